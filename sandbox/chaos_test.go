package sandbox_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// chaotic runs a sandbox with chaos of this seed.
func chaotic(t *testing.T, seed uint64) *api {
	t.Helper()
	return start(t, func(o *sandbox.Options) { o.Chaos = sandbox.DefaultChaos(seed) })
}

// endure sends a request and lets it fail. When it hangs, the clock is moved until it goes on; when its token expires,
// the user signs in again.
func (a *api) endure(method, path, body string) {
	a.t.Helper()
	before := int64(len(a.Journal()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = a.client().send(method, path, body) // whatever comes of it
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for moved := false; ; {
		select {
		case <-over:
			if a.JournalAfter(before)[0].Fault == sandbox.ExpireToken {
				a.token = a.Token(a.t, sandbox.OwnerLogin)
			}
			return
		case <-tick.C:
			last := a.JournalAfter(before)
			if !moved && len(last) == 1 && hangs(last[0]) {
				a.clock.Advance(5 * time.Minute)
				moved = true
			}
		}
	}
}

// hangs tells whether a request has come as far as it can before the clock moves.
func hangs(r sandbox.Request) bool {
	if r.Fault == sandbox.HangAfter && r.Method == http.MethodPost {
		return r.EffectApplied.Reached()
	}
	return (r.Fault == sandbox.HangBefore || r.Fault == sandbox.HangAfter) && r.BodyComplete.Reached()
}

// client is the same user on connections of its own, following no redirects.
func (a *api) client() *rawClient {
	return &rawClient{url: a.URL, token: a.token, http: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type rawClient struct {
	url, token string
	http       *http.Client
}

func (c *rawClient) send(method, path, body string) (string, error) {
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// history is what a program of 120 requests meets.
func history(t *testing.T, seed uint64) ([]sandbox.Request, []sandbox.Activity) {
	t.Helper()
	a := chaotic(t, seed)
	ids := a.living(sandbox.MainAccount, 120)
	for i := range 40 {
		a.endure("POST", deletePath, deleteBody("contact_ids", ids[3*i:3*i+3]...))
		a.clock.Advance(time.Second)
		a.endure("GET", "/v3/activities?limit=20", "")
		a.endure("GET", "/v3/contacts?limit=50&status=deleted", "")
	}
	return a.Journal(), a.Activities(sandbox.MainAccount)
}

func TestOneSeedGivesOneJournal(t *testing.T) {
	first, activities := history(t, 7)
	again, activitiesAgain := history(t, 7)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the journal differs (-first +again):\n%s", diff)
	}
	if diff := cmp.Diff(activities, activitiesAgain); diff != "" {
		t.Errorf("the activities differ (-first +again):\n%s", diff)
	}
	other, _ := history(t, 8)
	if faultsOf(first) == faultsOf(other) {
		t.Error("another seed gives the same faults")
	}
	if n := len(strings.Fields(strings.ReplaceAll(faultsOf(first), "-", ""))); n < 20 {
		t.Errorf("only %d of %d requests met a fault: %s", n, len(first), faultsOf(first))
	}
}

// faultsOf lists the faults of requests in the order of their numbers within the route.
func faultsOf(requests []sandbox.Request) string {
	var all []string
	for _, r := range requests {
		name := strings.ReplaceAll(string(r.Fault), " ", "_")
		if name == "" {
			name = "-"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestChanceDoesNotDependOnTiming(t *testing.T) {
	rules := []sandbox.Fault{
		{Effect: sandbox.AnswerBefore, Status: 503, Probability: 0.3},
		{Effect: sandbox.ExtraFields, Probability: 0.3},
		{Route: "GET /v3/contact_lists", Effect: sandbox.NextSelf, Probability: 0.5},
	}
	paths := []string{"/v3/contacts?limit=1", "/v3/contact_lists?limit=1", "/v3/activities", "/v3/account/summary"}
	run := func(parallel bool) map[string]sandbox.Effect {
		a := start(t, func(o *sandbox.Options) { o.Chaos = &sandbox.Chaos{Seed: 3, Rules: rules} })
		var wg sync.WaitGroup
		for range 25 {
			for _, path := range paths {
				if !parallel {
					_, _ = a.client().send("GET", path, "")
					continue
				}
				wg.Go(func() { _, _ = a.client().send("GET", path, "") })
			}
		}
		wg.Wait()
		met := make(map[string]sandbox.Effect)
		for _, r := range a.Journal() {
			met[fmt.Sprint(r.Route, r.Nth)] = r.Fault
		}
		return met
	}
	one := run(false)
	if diff := cmp.Diff(one, run(true)); diff != "" || len(one) != 100 {
		t.Errorf("%d requests; at once they meet other faults than one after the other:\n%s", len(one), diff)
	}
}

func TestChanceIsAsProbableAsItSays(t *testing.T) {
	const requests = 5_000
	s := sandbox.New(sandbox.Options{Contacts: 10, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off})
	token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
	if err != nil {
		t.Fatal(err)
	}
	rare := s.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Probability: 0.01})
	common := s.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Probability: 0.4})
	ended := s.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Probability: 0.5, Skip: 100, Count: 7})
	for range requests {
		r := httptest.NewRequest(http.MethodGet, "/v3/activities", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	for name, tc := range map[string]struct {
		injected *sandbox.Injection
		want     float64
	}{
		"1 in 100": {rare, 0.01 * requests}, "40 in 100 of the others": {common, 0.4 * 0.99 * requests},
	} {
		if got := float64(tc.injected.Hits()); math.Abs(got-tc.want) > 4*math.Sqrt(tc.want) {
			t.Errorf("%s: hit %v of %d, want about %v", name, got, requests, tc.want)
		}
	}
	if ended.Hits() != 7 {
		t.Errorf("a fault of 7 hits hit %d times", ended.Hits())
	}
}
