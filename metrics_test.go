package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, operations string) string {
	t.Helper()
	res, err := http.Get(operations + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", res.Status, err)
	}
	return string(text)
}

// ours are the lines of an exposition that are Winnow's, comments included.
func ours(exposition string) string {
	var kept strings.Builder
	for line := range strings.Lines(exposition) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), "winnow_") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// says fails for every line that an exposition does not hold.
func says(t *testing.T, exposition string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+exposition, "\n"+line+"\n") {
			t.Errorf("there is no line %q in\n%s", line, exposition)
		}
	}
}

// wellFormed has Prometheus's own linter look at an exposition.
func wellFormed(t *testing.T, exposition string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(exposition)).Lint()
	if err != nil {
		t.Fatalf("not an exposition: %v\n%s", err, exposition)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// startWatched starts a world whose console has a listener for operations.
func startWatched(t *testing.T, flags ...string) (w *world, operations string) {
	t.Helper()
	address := freeAddress(t)
	return newWorld(t, quick(), append(append(flags, "--ops-listen", address), hasty...)...), "http://" + address
}

var (
	label = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
	// plainValue is every value that a label may have: a word of ours or the pattern of a route.
	plainValue = regexp.MustCompile(`^([a-z0-9_.]+|[1-5]xx|/[a-z/:*._]*)$`)
)

func TestAScrapeTellsWhatHappenedAndNamesNobody(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.upload(w, "contacts.csv", contactsFile(t, w, 700))
	p.submit("/confirm", map[string]string{"count": "700"})
	p.waitUntilEnded(30 * time.Second)
	for _, path := range []string{"/deletions/" + sandbox.OwnerLogin, "/" + firstContact(w), "/lists?q=" + sandbox.OwnerLogin, "/static/" + sandbox.MainAccount} {
		ask(t, p.http, http.MethodGet, w.console+path)
	}
	ask(t, p.http, "OLIVIA", w.console+"/lists")

	var exposition string
	eventually(t, 2*figuresFor, "the figures are read again", func() bool {
		exposition = ours(scrape(t, operations))
		return strings.Contains(exposition, `winnow_deletions{state="finished"} 1`)
	})
	wellFormed(t, exposition)
	says(t, exposition, `winnow_contacts{state="deleted"} 700`, `winnow_batch_ends_total{outcome="completed"} `+fmt.Sprint(requestsFor(700)),
		`winnow_batches{outcome="waiting"} 0`, `winnow_attempts_open{state="unknown"} 0`, `winnow_halted 0`, `winnow_database_readable 1`,
		`winnow_quota_limit_calls 1e+06`, `winnow_quota_reserve_calls 300`, `winnow_page_duration_seconds_count{class="3xx",route="/uploads"} 1`,
		`winnow_page_duration_seconds_count{class="4xx",route="/deletions/:id"} 1`, `winnow_page_duration_seconds_count{class="4xx",route="other"} 1`)
	says(t, exposition, `winnow_calls_total{kind="delete",name="activities.contact_delete",outcome="ok"} `+fmt.Sprint(requestsFor(700)), "winnow_vendor_down 0")
	for _, found := range label.FindAllStringSubmatch(exposition, -1) {
		if name, value := found[1], found[2]; name != "le" && name != "version" && name != "go_version" && !plainValue.MatchString(value) {
			t.Errorf("the label %s has the value %q", name, value)
		}
	}
	for _, secret := range []string{sandbox.OwnerLogin, sandbox.MainAccount, firstContact(w), "@", "OLIVIA"} {
		if strings.Contains(exposition, secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
}

func TestAHaltIsSeenInTheMetrics(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.open(w.console + "/halt")
	p.submit("/halt", nil)
	eventually(t, 2*figuresFor, "the halt shows", func() bool {
		return strings.Contains(scrape(t, operations), "\nwinnow_halted 1\n")
	})
}

func TestCallsAreCountedByHowTheyEnded(t *testing.T) {
	refusal := func(status int, key string) error {
		return fmt.Errorf("read: %w", &constantcontact.Error{Status: status, Key: key, FromVendor: key != "", Method: "GET", Path: "/v3/contacts"})
	}
	queueFull := &constantcontact.Error{Status: 429, FromVendor: true, Method: "POST", Path: "/v3/activities/contact_delete"}
	for name, c := range map[string]struct {
		err            error
		outcome, limit string
	}{
		"an answer":              {nil, "ok", ""},
		"too many in a second":   {refusal(429, "throttled"), "limited", "second"},
		"too many in a day":      {refusal(429, "quota_exceeded"), "limited", "day"},
		"a full queue":           {queueFull, "limited", "queue"},
		"a proxy's limit":        {refusal(429, ""), "limited", "unknown"},
		"a token that ran out":   {refusal(401, "unauthorized"), "unauthorized", ""},
		"a refusal":              {refusal(403, "forbidden"), "refused", ""},
		"an error of the server": {refusal(503, ""), "server_error", ""},
		"no connection":          {errors.New("dial a07account: refused"), "no_answer", ""},
		"we gave up":             {fmt.Errorf("read: %w", context.Canceled), "cancelled", ""},
		"proven not sent":        {&constantcontact.UnsentError{Err: context.Canceled}, "unsent", ""},
		"not known":              {&constantcontact.UnclearError{Status: 502, Err: errors.New("a page")}, "unclear", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMetrics()
			call := constantcontact.Call{Kind: constantcontact.KindRead, Name: "contacts.list"}
			m.callEnded(t.Context(), call, 300*time.Millisecond, c.err)
			exposition := ours(expose(m))
			wellFormed(t, exposition)
			says(t, exposition, `winnow_calls_total{kind="read",name="contacts.list",outcome="`+c.outcome+`"} 1`,
				`winnow_call_duration_seconds_bucket{kind="read",name="contacts.list",le="0.25"} 0`,
				`winnow_call_duration_seconds_bucket{kind="read",name="contacts.list",le="0.5"} 1`)
			for _, limit := range []string{"second", "day", "queue", "unknown"} {
				n := 0
				if limit == c.limit {
					n = 1
				}
				says(t, exposition, fmt.Sprintf(`winnow_calls_limited_total{limit="%s"} %d`, limit, n))
			}
		})
	}
}

// expose answers one scrape without a listener.
func expose(m *metrics) string {
	recorder := httptest.NewRecorder()
	m.handler(slog.New(slog.DiscardHandler)).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return recorder.Body.String()
}

// fakeFigures is a collector over figures that the test sets, with a clock that it moves.
type fakeFigures struct {
	*figureCollector
	metrics *metrics
	reads   int
	batches int64 // that have failed
	err     error
	clock   time.Time
}

func newFakeFigures(t *testing.T, log io.Writer) *fakeFigures {
	t.Helper()
	f := &fakeFigures{metrics: newMetrics(), clock: time.Unix(0, 0)}
	f.figureCollector = &figureCollector{
		now: func() time.Time { return f.clock }, log: slog.New(slog.NewJSONHandler(log, nil)),
		read: func(context.Context) (stand, error) {
			f.reads++
			return stand{figures: store.Figures{Batches: map[deletion.Outcome]int64{deletion.Failed: f.batches}}}, f.err
		},
	}
	if err := f.metrics.registry.Register(f.figureCollector); err != nil {
		t.Fatal(err)
	}
	return f
}

// scraped moves the clock on and scrapes.
func (f *fakeFigures) scraped(later time.Duration) string {
	f.clock = f.clock.Add(later)
	return ours(expose(f.metrics))
}

func TestTheDatabaseIsReadOnceHoweverManyScrape(t *testing.T) {
	f := newFakeFigures(t, io.Discard)
	for range 10 {
		f.scraped(figuresFor / 20)
	}
	if f.reads != 1 {
		t.Errorf("%d readings within %v", f.reads, figuresFor/2)
	}
	f.scraped(figuresFor)
	if f.reads != 2 {
		t.Errorf("%d readings after %v more", f.reads, figuresFor)
	}
}

func TestEndsAreCountedFromTheFirstReadingAndNeverTakenBack(t *testing.T) {
	f := newFakeFigures(t, io.Discard)
	for _, step := range []struct {
		failed int64
		want   int
	}{{1000, 0}, {1003, 3}, {1003, 3}, {0, 3}, {2, 5}} { // the 0: a person had all of them tried again
		f.batches = step.failed
		says(t, f.scraped(figuresFor), fmt.Sprintf(`winnow_batch_ends_total{outcome="failed"} %d`, step.want))
	}
}

func TestADatabaseThatDoesNotAnswerIsSaidAndNoFigureInvented(t *testing.T) {
	var log bytes.Buffer
	f := newFakeFigures(t, &log)
	f.batches = 5
	f.scraped(0)
	f.err = errors.New("disk is gone")
	exposition := f.scraped(figuresFor)
	wellFormed(t, exposition)
	says(t, exposition, "winnow_database_readable 0")
	if strings.Contains(exposition, "winnow_deletions") || !strings.Contains(log.String(), "disk is gone") {
		t.Errorf("it says\n%s\nand the log %s", exposition, log.String())
	}
	f.err, f.batches = nil, 7
	says(t, f.scraped(figuresFor), "winnow_database_readable 1", `winnow_batch_ends_total{outcome="failed"} 2`)
}
