package deletion_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

// request is the body of an attempt, as the runner would send it.
func request(a *deletion.Attempt) constantcontact.ContactDelete {
	var r constantcontact.ContactDelete
	for _, id := range a.IDs {
		r.ContactIDs = append(r.ContactIDs, id.String())
	}
	return r
}

func TestADeadProcessHadSentItsRequest(t *testing.T) {
	w := newWorld(t)
	ids := w.living(600)
	id := w.start(ids)
	a, err := w.store.Claim(t.Context(), w.account, nil)
	w.ok(err)
	w.send(request(a))
	w.counts(id, deletion.Counts{InProgress: 500, NotSent: 100})

	w.restart()
	w.advance()
	if got := w.deletion(id).Counts.Unknown; got != 500 {
		t.Errorf("%d rows are unknown", got)
	}
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "requests", w.posted(), bodies(ids))
}

// heir is the store of a process that took an account over: the request that the dead one had may still be on its way.
type heir struct{ deletion.Store }

func (heir) AdoptLost(context.Context, string) (int, error) { return 0, nil }

func TestWhoeverTakesAnAccountOverLooksAtOnce(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(300))
	_, err := w.store.Claim(t.Context(), w.account, nil)
	w.ok(err)
	w.restart(func(o *deletion.RunnerOptions) { o.Store = heir{o.Store} })
	before := w.asked(activitiesRoute)
	w.runFor(2 * time.Minute)
	if looks := w.asked(activitiesRoute) - before; looks < 4 || looks > 8 { // some are for the clocks
		t.Errorf("%d looks in two minutes, want one at once and one in half a minute", looks)
	}
	same(w, "requests", len(w.posts()), 0)
	w.counts(id, deletion.Counts{InProgress: 300})
}

func TestADeadProcessHadNotSentItsRequest(t *testing.T) {
	w := newWorld(t)
	ids := w.living(600)
	id := w.start(ids)
	a, err := w.store.Claim(t.Context(), w.account, nil)
	w.ok(err)

	w.restart()
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "requests, the lost one last", w.posted(), []string{bodies(ids)[1], bodies(ids)[0]})
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptNotExecuted, deletion.AttemptAccepted})
	if waited := w.posts()[1].At.Sub(a.ClaimedAt); waited < grace {
		t.Errorf("it was sent again after %v", waited)
	}
}

func TestEveryStepInAProcessOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityEndsShort, Items: 300, Skip: 1})
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter, Skip: 1})
	ids := w.living(1700)
	id := w.start(ids)
	for w.advance() != 0 {
		w.restart()
	}
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1500, Failed: 200})
	same(w, "requests", w.posted(), bodies(ids))
}

var errDiskFull = errors.New("disk full")

// forgetful is a store that loses what it is told once.
type forgetful struct {
	deletion.Store
	lost bool
}

func (s *forgetful) Settle(ctx context.Context, settlement deletion.Settlement) error {
	if !s.lost {
		s.lost = true
		return errDiskFull
	}
	return s.Store.Settle(ctx, settlement)
}

func TestAnAnswerThatCouldNotBeStoredIsFoundAgain(t *testing.T) {
	w := newWorld(t)
	w.restart(func(o *deletion.RunnerOptions) { o.Store = &forgetful{Store: w.store} })
	ids := w.living(600)
	id := w.start(ids)
	if _, err := w.runner.Advance(t.Context(), w.account); !errors.Is(err, errDiskFull) {
		t.Fatalf("got %v, want the store's error", err)
	}
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "requests", w.posted(), bodies(ids))
}

func TestAShutdownWaitsForTheAnswer(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Effect: sandbox.HangAfter, Release: release})
	id := w.start(w.living(600))
	ctx, cancel := context.WithCancel(t.Context())
	done := w.background(ctx)
	<-hang.Reached()
	cancel()
	close(release)
	w.ok(<-done)
	same(w, "requests", len(w.posts()), 1)
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptAccepted})
	w.counts(id, deletion.Counts{InProgress: 500, NotSent: 100})
}
