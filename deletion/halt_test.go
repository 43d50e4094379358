package deletion_test

import (
	"context"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
)

func TestOnlyAFreshSignInLiftsAHalt(t *testing.T) {
	pressed := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		signedIn, now time.Duration // since the button was pressed
		want          bool
	}{
		"signed in before":                {-time.Second, time.Minute, false},
		"signed in in that moment":        {0, time.Minute, false},
		"signed in just after":            {time.Millisecond, time.Minute, true},
		"ten minutes after the sign-in":   {time.Hour, time.Hour + deletion.LiftWithin, true},
		"a moment more than ten minutes":  {time.Hour, time.Hour + deletion.LiftWithin + time.Millisecond, false},
		"a browser that was left open":    {time.Minute, 5 * time.Hour, false},
		"signed in hours after the press": {5 * time.Hour, 5*time.Hour + time.Second, true},
	} {
		h := deletion.Halt{At: pressed}
		if got := h.MayLift(pressed.Add(c.signedIn), pressed.Add(c.now)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if (deletion.Halt{At: pressed}).MayLift(time.Time{}, pressed) {
		t.Error("a session without a sign-in lifts it")
	}
}

// lift lets sending go on, as somebody who has just signed in.
func (w *world) lift() {
	w.Helper()
	w.ok(w.store.LiftHalt(w.Context(), olivia, time.Now().Add(time.Minute)))
}

func TestNothingIsSentWhileAllSendingIsStopped(t *testing.T) {
	w := newWorld(t)
	w.ok(w.store.Halt(w.Context(), olivia))
	ids := w.living(1200)
	id := w.start(ids)
	w.run()
	w.state(id, deletion.Running, deletion.NoReason)
	same(w, "requests", len(w.posts()), 0)
	w.lift()
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	same(w, "requests", w.posted(), bodies(ids))
}

func TestWhatWasSentIsFollowedWhileAllSendingIsStopped(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(1200))
	w.until("a batch is sent", func() bool { return len(w.posts()) == 1 })
	w.ok(w.store.Halt(w.Context(), olivia))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 500, NotSent: 700})
	same(w, "requests", len(w.posts()), 1)
}

func TestWhatIsUnknownIsFoundOutWhileAllSendingIsStopped(t *testing.T) {
	w := newWorld(t)
	w.door.answersLost()
	id := w.start(w.living(1200))
	w.until("a batch is unknown", func() bool { return w.batch(id, 1).Outcome == deletion.Unknown })
	w.ok(w.store.Halt(w.Context(), olivia))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 500, NotSent: 700})
	same(w, "requests", len(w.posts()), 1)
}

func TestARequestThatIsHeldBackAtTheLastMomentWaitsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		stop func(w *world, id int64) // between the claim and the request
		goOn func(w *world, id int64)
		says string
	}{
		"all sending is stopped": {
			func(w *world, _ int64) { w.ok(w.store.Halt(w.Context(), olivia)) },
			func(w *world, _ int64) { w.lift() },
			"All sending was stopped, so it was not sent.",
		},
		"the deletion is paused": {
			func(w *world, id int64) {
				w.ok(w.store.Pause(w.Context(), w.account, id, deletion.PausedByPerson, olivia.Name, time.Time{}))
			},
			func(w *world, id int64) { w.ok(w.store.Resume(w.Context(), w.account, id, time.Now())) },
			"The deletion was paused or stopped in that moment, so it was not sent.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ids := w.living(600)
			id := w.start(ids)
			stopped := false
			w.door.permit = func(ctx context.Context, call constantcontact.Call) error {
				if call.Kind != constantcontact.KindDelete {
					return nil
				}
				same(w, "the deletion that is asked about", deletion.SendingOf(ctx), id)
				if !stopped {
					stopped = true
					c.stop(w, id)
				}
				return w.store.MaySend(ctx, w.account, id)
			}
			w.run()
			same(w, "requests", len(w.posts()), 0)
			same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptUnsent})
			attempts, err := w.store.Attempts(w.Context(), id, 1)
			w.ok(err)
			same(w, "what is said", attempts[0].ErrorText, c.says)
			c.goOn(w, id)
			w.advance()
			same(w, "requests at once, as after no failure", len(w.posts()), 1)
			w.run()
			same(w, "requests", w.posted(), bodies(ids))
		})
	}
}
