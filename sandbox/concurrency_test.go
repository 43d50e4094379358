package sandbox_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"winnow/sandbox"
)

// Everything at once, for the race detector; what has to hold afterwards are the sums.
func TestEverythingAtOnce(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Chaos = sandbox.DefaultChaos(5).Without(sandbox.HangBefore, sandbox.HangAfter, sandbox.ExpireToken)
	})
	ids := a.living(sandbox.MainAccount, 60)
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			client := a.client()
			for i := range 10 {
				_, _ = client.send("POST", deletePath, deleteBody("contact_ids", ids[10*n+i]))
				_, _ = client.send("GET", "/v3/activities", "")
				_, _ = client.send("GET", "/v3/contacts?limit=20&status=deleted", "")
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			a.clock.Advance(time.Second)
			_ = a.Clock().Advance(time.Second) // never negative
			a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore}).Remove()
			if i%10 == 0 {
				a.managedTo(nil, "GET", "/state", "")
			}
			_ = a.Journal()
		}
	})
	wg.Wait()
	a.Settle()
	all := a.Journal()
	steps := map[int64]bool{}
	for i, r := range all {
		if r.Seq != int64(i+1) || !r.Done {
			t.Errorf("entry %d is %+v", i, r)
		}
		last := int64(0)
		for _, m := range []sandbox.Moment{r.HeadersIn, r.BodyComplete, r.EffectApplied, r.AnswerWritten} {
			if !m.Reached() {
				continue
			}
			if m.Step <= last || steps[m.Step] {
				t.Errorf("the moments of %d are out of order: %+v", r.Seq, r)
			}
			last, steps[m.Step] = m.Step, true
		}
	}
	counts := a.Counts().Accounts[sandbox.MainAccount]
	if counts.Queued != 0 || sumOf(counts.Contacts) != 600 {
		t.Errorf("the counts are %+v", counts)
	}
}

func TestResetsWhileRequestsRun(t *testing.T) {
	a := start(t, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			client := a.client()
			for range 20 {
				_, _ = client.send("GET", "/v3/activities", "") // with a token that a reset has voided
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			a.Reset()
		}
	})
	wg.Wait()
	a.Reset()
	if n := len(a.Journal()); n != 0 {
		t.Errorf("the journal has %d entries", n)
	}
	a.token = a.Token(t, sandbox.OwnerLogin)
	if got := a.do("GET", "/v3/activities", "").status; got != 200 || a.Journal()[0].Seq != 1 {
		t.Errorf("answered %d as %+v", got, a.Journal())
	}
}

func TestRequestIDsFollowFromTheSeed(t *testing.T) {
	ids := func(seed uint64) string {
		a := start(t, func(o *sandbox.Options) { o.Seed = seed })
		a.do("GET", "/v3/nothing", "")
		a.do("GET", "/favicon.ico", "")
		var all []string
		for _, r := range a.Journal() {
			all = append(all, r.RequestID)
		}
		return fmt.Sprint(all)
	}
	first, again, other := ids(1), ids(1), ids(2)
	if first != again || first == other {
		t.Errorf("seed 1 gives %s and %s, seed 2 %s", first, again, other)
	}
}
