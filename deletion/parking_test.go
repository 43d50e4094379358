package deletion_test

import (
	"slices"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

func TestAnUnknownRequestLetsOthersGoOnAfterAMinute(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	ids := w.living(1500)
	id := w.start(ids)
	begin := w.clock.now()
	for w.deletion(id).Counts.NotSent > 500 {
		w.advance()
	}
	passed := w.clock.now().Sub(begin)
	if passed < time.Minute || passed > 3*time.Minute {
		t.Errorf("the next request went out after %v, want soon after a minute", passed)
	}
	same(w, "tries of the unknown batch", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptParked})
	same(w, "outcome", w.batch(id, 1).Outcome, deletion.Unknown)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1500})
	same(w, "requests, the unknown one again at the end", w.posted(),
		[]string{bodies(ids)[0], bodies(ids)[1], bodies(ids)[2], bodies(ids)[0]})
}

func TestTheFourthUnknownRequestHoldsTheAccount(t *testing.T) {
	w := newWorld(t)
	w.lose(4)
	ids := w.living(3000)
	id := w.start(ids)
	w.runFor(grace - time.Second)
	w.counts(id, deletion.Counts{Unknown: 2000, NotSent: 1000})
	same(w, "requests", len(w.posts()), 4)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 3000})
	same(w, "effects", w.effects(), 6)
}

func TestAParkedRequestThatRunsLateIsFound(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Effect: sandbox.HangBefore, Release: release})
	ids := w.living(1000)
	id := w.start(ids)
	done := w.background(t.Context())
	<-hang.Reached()
	w.door.cut()
	w.ok(<-done)
	w.until("the other batch is sent", func() bool { return len(w.posts()) == 2 })
	close(release)
	<-hang.Finished()
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1000})
	same(w, "requests", len(w.posts()), 2)
}

func TestAParkedRequestSurvivesItsProcess(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	ids := w.living(1000)
	id := w.start(ids)
	w.until("it is parked", func() bool {
		return slices.Equal(w.tries(id, 1), []deletion.AttemptState{deletion.AttemptParked})
	})
	w.restart()
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1000})
	same(w, "tries", w.tries(id, 1), resent)
}

func TestRequestsForListsAreNeverParked(t *testing.T) {
	w := newWorld(t)
	id, _ := lostLists(w)
	w.start(w.living(100))
	w.runFor(2 * grace)
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptUnknown})
	same(w, "requests", len(w.posts()), 1)
}
