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

// endure sends a request and lets it fail. When it hangs, the clock is moved until it goes on.
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
			return
		case <-tick.C:
			last := a.JournalAfter(before)
			if !moved && len(last) == 1 && last[0].Fault == sandbox.HangBefore && last[0].BodyComplete.Reached() {
				a.clock.Advance(5 * time.Minute)
				moved = true
			}
		}
	}
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
	const requests = 20_000
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

func TestChaosStandsBehindWhatIsInjected(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Chaos = &sandbox.Chaos{Rules: []sandbox.Fault{{Effect: sandbox.AnswerBefore, Status: 503, Count: sandbox.EveryTime}}}
	})
	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 502})
	var got []int
	for range 3 {
		got = append(got, a.do("GET", "/v3/activities", "").status)
	}
	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 501})
	var ids []int
	for _, i := range a.Faults() {
		ids = append(ids, i.ID())
	}
	got = append(got, a.do("GET", "/v3/activities", "").status)
	a.ClearFaults()
	got = append(got, a.do("GET", "/v3/activities", "").status)
	a.Reset()
	a.token = a.Token(t, sandbox.OwnerLogin)
	got = append(got, a.do("GET", "/v3/activities", "").status)
	if fmt.Sprint(got) != "[502 503 503 501 200 503]" || fmt.Sprint(ids) != "[1 2 -1]" {
		t.Errorf("answered %v with the faults %v", got, ids)
	}
}

func TestChaosIsReadFromText(t *testing.T) {
	for text, rules := range map[string]bool{"": false, "off": false, "default": true, "0": true, "18446744073709551615": true} {
		chaos, err := sandbox.ParseChaos(text)
		if err != nil || (len(chaos.Rules) > 0) != rules {
			t.Errorf("%q gives %+v, %v", text, chaos, err)
		}
	}
	if chaos, err := sandbox.ParseChaos("42"); err != nil || chaos.Seed != 42 {
		t.Errorf("42 gives %+v, %v", chaos, err)
	}
	for _, text := range []string{"on", "-1", "1.5", "18446744073709551616"} {
		if chaos, err := sandbox.ParseChaos(text); err == nil {
			t.Errorf("%q gives %+v", text, chaos)
		}
	}
}

func TestDefaultChaosIsValid(t *testing.T) {
	chaos := sandbox.DefaultChaos(1)
	if err := (sandbox.Options{Chaos: chaos}).Validate(); err != nil {
		t.Error(err)
	}
	for _, f := range chaos.Rules {
		if f.Probability <= 0 || f.Probability > 0.1 {
			t.Errorf("%+v has the probability %v", f.Effect, f.Probability)
		}
		if f.Effect == sandbox.GzipBomb || f.Effect == sandbox.ExpireToken || f.Effect == sandbox.NextEndless {
			t.Errorf("%s is part of it", f.Effect)
		}
	}
}

func TestFaultsThatAreWrong(t *testing.T) {
	good := sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore, Probability: 1}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, f := range map[string]sandbox.Fault{
		"no effect":         {},
		"unknown effect":    {Effect: "explode"},
		"unknown route":     {Effect: sandbox.AnswerBefore, Route: "GET /v3/nothing"},
		"probability":       {Effect: sandbox.AnswerBefore, Probability: 1.1},
		"negative":          {Effect: sandbox.AnswerBefore, Probability: -0.1},
		"status":            {Effect: sandbox.AnswerBefore, Status: 99},
		"delay":             {Effect: sandbox.AnswerBefore, Delay: -1},
		"count":             {Effect: sandbox.AnswerBefore, Count: -2},
		"more than a disk":  {Effect: sandbox.GzipBomb, Size: 1 << 60},
		"negative contacts": {Effect: sandbox.ContactsReturn, Items: -1},
	} {
		if err := f.Validate(); err == nil {
			t.Errorf("%s: is taken", name)
		}
		if err := (sandbox.Options{Chaos: &sandbox.Chaos{Rules: []sandbox.Fault{f}}}).Validate(); err == nil {
			t.Errorf("%s: is taken as chaos", name)
		}
	}
}

func TestFaultsOfOneAccount(t *testing.T) {
	a := start(t, nil)
	second := a.as(sandbox.SecondOwnerLogin)
	a.Inject(sandbox.Fault{Account: sandbox.SecondAccount, Effect: sandbox.AnswerBefore, Status: 503})
	for i, step := range []struct {
		who  *api
		want int
	}{{a, 200}, {second, 503}, {a, 200}, {second, 200}} {
		if got := step.who.do("GET", "/v3/activities", "").status; got != step.want {
			t.Errorf("request %d is answered %d, want %d", i, got, step.want)
		}
	}
}

func TestEffectsThatDoNotFitDoNotHit(t *testing.T) {
	a := start(t, nil)
	for _, effect := range []sandbox.Effect{sandbox.NextSelf, sandbox.ShortPage, sandbox.IndexLag, sandbox.ActivityFails, sandbox.ForeignActivity, sandbox.NoIDAfter, sandbox.NoCompletedCount} {
		a.Inject(sandbox.Fault{Effect: effect, Count: sandbox.EveryTime})
	}
	a.do("GET", "/v3/account/summary", "")
	if last := a.Journal()[0]; last.Fault != "" || last.Status != 200 {
		t.Errorf("the journal says %+v", last)
	}
}
