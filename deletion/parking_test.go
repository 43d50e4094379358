package deletion_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

func TestAnUnknownRequestLetsOthersGoOnAfterTheFirstLook(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	ids := w.living(1500)
	id := w.start(ids)
	begin := w.clock.now()
	for w.deletion(id).Counts.NotSent > 500 {
		w.advance()
	}
	passed := w.clock.now().Sub(begin)
	if passed > time.Minute {
		t.Errorf("the next request went out after %v, want soon after the first look", passed)
	}
	same(w, "tries of the unknown batch", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptParked})
	same(w, "outcome", w.batch(id, 1).Outcome, deletion.Unknown)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1500})
	same(w, "requests, the unknown one again at the end", w.posted(),
		[]string{bodies(ids)[0], bodies(ids)[1], bodies(ids)[2], bodies(ids)[0]})
}

// When nothing of what is sent is answered, it is sent slowly: others may be answered later.
func TestRequestsThatAreLostOneAfterAnotherHoldTheAccountForAMinuteEach(t *testing.T) {
	w := newWorld(t)
	w.lose(7)
	id := w.start(w.living(3300))
	begin := w.clock.now()
	w.until("five are lost", func() bool { return len(w.posts()) == 5 })
	if passed := w.clock.now().Sub(begin); passed > time.Minute {
		t.Errorf("the first five take %v", passed)
	}
	w.until("all are sent", func() bool { return len(w.posts()) == 7 })
	if passed := w.clock.now().Sub(begin); passed < 2*time.Minute {
		t.Errorf("seven take %v, want a minute for each after the fifth", passed)
	}
	w.counts(id, deletion.Counts{Unknown: 3300})
	w.run()
	w.counts(id, deletion.Counts{Deleted: 3300})
	same(w, "effects", w.effects(), 7)
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

// Nothing could be read for the whole grace time, and then reading takes longer than one turn.
func TestARequestWhoseFirstLookIsLongLetsOthersGoOn(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	begin := w.clock.now()
	w.door.permit = func(_ context.Context, call constantcontact.Call) error {
		switch {
		case call.Kind == constantcontact.KindDelete:
			return nil
		case w.clock.now().Before(begin.Add(grace)) && len(w.posts()) > 0:
			return errors.New("nothing can be read")
		}
		w.clock.move(2 * time.Second)
		return nil
	}
	id := w.start(w.living(1000))
	w.until("the other batch is sent", func() bool { return len(w.posts()) == 2 })
	same(w, "tries of the unknown batch", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptParked})
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1000})
}

func TestRequestsForListsAreNeverParked(t *testing.T) {
	w := newWorld(t)
	id, _ := lostLists(w)
	w.start(w.living(100))
	w.runFor(2 * grace)
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptUnknown})
	same(w, "requests", len(w.posts()), 1)
}

// TestWhatIsADayOldIsFoundOutSoon: nobody looked for a day, so that the age of a lost request says nothing about what looks bring.
func TestWhatIsADayOldIsFoundOutSoon(t *testing.T) {
	w := newWorld(t)
	all := w.living(120)
	ids, theirs := all[:60], all[60:]
	w.lose(1)
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	id := w.start(ids)
	w.advance()
	w.send(constantcontact.ContactDelete{ContactIDs: theirs})
	w.clock.move(30 * time.Hour)
	w.door.signIn(w.account, sandbox.OwnerLogin)
	w.runFor(time.Minute)
	w.counts(id, deletion.Counts{Unknown: 60}) // theirs may be ours
	close(release)
	w.runFor(grace + 2*time.Minute)
	w.counts(id, deletion.Counts{Deleted: 60})
}
