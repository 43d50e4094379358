package sandbox_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// nextOf is the next link of a page, or nothing.
func nextOf(t *testing.T, body string) string {
	t.Helper()
	_, link, found := strings.Cut(body, `"_links":{"next":{"href":"`)
	if link, _, _ = strings.Cut(link, `"`); found && link == "" {
		t.Errorf("the next link is empty: %s", body)
	}
	return link
}

// wantNext checks the next link of a page that has one, and of one that has none.
func (a *api) wantNext(effect sandbox.Effect, link string) {
	a.t.Helper()
	a.Inject(sandbox.Fault{Effect: effect})
	body := a.ask("GET", contactsPath, "").wantAnswer(a.t, 200, `"_links":{"next":{"href":"`+link+`"}}}`)
	if strings.Count(body, `"_links"`) != 1 || strings.Count(body, `"contact_id"`) != 5 {
		a.t.Errorf("the page is %s", body)
	}
	a.Inject(sandbox.Fault{Effect: effect})
	a.ask("GET", "/v3/contacts?lists="+stranger, "").wantAnswer(a.t, 200, `{"contacts":[],"_links":{"next":{"href":"`)
}

// wantEnding checks how an activity of three items ends after its first.
func (a *api) wantEnding(effect sandbox.Effect, contains ...string) {
	a.t.Helper()
	ids := a.living(sandbox.MainAccount, 3)
	a.Inject(sandbox.Fault{Effect: effect, Items: 1})
	job := a.remove("contact_ids", ids...)
	a.Settle()
	for _, text := range append(contains, `"items_total_count":3,"items_completed_count":1`) {
		a.ask("GET", "/v3/activities/"+job.ID, "").wantAnswer(a.t, 200, text)
	}
	if first, second := a.status(ids[0]), a.status(ids[1]); first != "deleted" || second == "deleted" {
		a.t.Errorf("the contacts are %s and %s", first, second)
	}
}

func TestEveryEffectFromARawConnection(t *testing.T) {
	for _, effect := range sandbox.Effects() {
		observe, known := rawCases[effect]
		if !known {
			t.Errorf("nobody observes %q", effect)
			continue
		}
		t.Run(string(effect), func(t *testing.T) {
			observe(t, start(t, func(o *sandbox.Options) { o.Elsewhere = "https://other.example" }))
		})
	}
}

func TestRedirectsLeadElsewhere(t *testing.T) {
	for status := 301; status <= 308; status++ {
		for effect, jobs := range map[sandbox.Effect]int{sandbox.AnswerBefore: 0, sandbox.AnswerAfter: 1} {
			a := start(t, nil)
			a.Inject(sandbox.Fault{Effect: effect, Status: status})
			got := a.ask("POST", deletePath, deleteBody("contact_ids", stranger))
			_, header, _, _ := got.parse(t)
			got.wantAnswer(t, status, "")
			if to := header.Get("Location"); !strings.HasSuffix(to, deletePath) || strings.HasPrefix(to, a.URL) || a.jobs() != jobs {
				t.Errorf("%d %s: leads to %q with %d activities", status, effect, to, a.jobs())
			}
			a.NobodyWentElsewhere(t)
		}
	}
}

func TestBodiesOfSomebodyElse(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  sandbox.Fault
		status int
		kind   string
		body   string
	}{
		"HTML":          {sandbox.Fault{Status: 502, Body: sandbox.HTMLBody}, 502, "text/html", sandbox.HTMLBody},
		"nothing":       {sandbox.Fault{Status: 200, Body: sandbox.NoBody}, 200, "application/json", ""},
		"queue full":    {sandbox.Fault{Status: 429, Body: sandbox.QueueFullBody}, 429, "application/json", sandbox.QueueFullBody},
		"throttled":     {sandbox.Fault{Status: 429, Body: sandbox.ThrottledBody}, 429, "application/json", throttledBody},
		"empty 429":     {sandbox.Fault{Status: 429, Body: sandbox.NoBody, RetryAfter: time.Second}, 429, "application/json", ""},
		"not JSON":      {sandbox.Fault{Status: 201, Body: "Created"}, 201, "application/json", "Created"},
		"404 of nobody": {sandbox.Fault{Status: 404}, 404, "application/json", notFoundBody},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, nil)
			tc.fault.Effect = sandbox.AnswerBefore
			a.Inject(tc.fault)
			got := a.ask("POST", deletePath, deleteBody("contact_ids", stranger))
			status, header, body, err := got.parse(t)
			if status != tc.status || body != tc.body || header.Get("Content-Type") != tc.kind || err != nil {
				t.Errorf("heard %q", got.text)
			}
		})
	}
}

func TestHangThatNeverEnds(t *testing.T) {
	a := start(t, nil)
	injected := a.Inject(sandbox.Fault{Effect: sandbox.HangBefore})
	w := a.dial()
	body := deleteBody("contact_ids", stranger)
	w.write(a.head("POST", deletePath, body) + body)
	<-injected.Reached()
	a.clock.Advance(1000 * time.Hour)
	w.Close()
	<-injected.Finished()
	if a.jobs() != 0 {
		t.Error("it took effect")
	}
}

func TestHangThatTakesEffectAfterTheCallerLeft(t *testing.T) {
	a := start(t, nil)
	injected := a.Inject(sandbox.Fault{Effect: sandbox.HangBefore, Delay: 5 * time.Minute})
	w := a.dial()
	body := deleteBody("contact_ids", stranger)
	w.write(a.head("POST", deletePath, body) + body)
	<-injected.Reached()
	w.Close()
	if err := a.Clock().Advance(5 * time.Minute); err != nil {
		t.Fatal(err)
	}
	<-injected.Finished()
	if a.jobs() != 1 {
		t.Errorf("%d activities were made", a.jobs())
	}
}

func TestTrickleEndsWhenTheServerCloses(t *testing.T) {
	a := start(t, nil)
	injected := a.Inject(sandbox.Fault{Effect: sandbox.Trickle, Delay: time.Hour})
	w := a.dial()
	w.write(a.head("GET", "/v3/account/summary", ""))
	<-injected.Finished() // the trickle itself comes after the work
	a.Close()
	if _, _, body, err := w.listen().parse(t); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) > 9 {
		t.Errorf("%q came (%v)", body, err)
	}
}
