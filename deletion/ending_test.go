package deletion_test

import (
	"slices"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

func TestAnActivityThatEndsEarly(t *testing.T) {
	for _, c := range []struct {
		name    string
		effect  sandbox.Effect
		items   int
		outcome deletion.Outcome
	}{
		{"failed at once", sandbox.ActivityFails, 0, deletion.Failed},
		{"failed after some", sandbox.ActivityFails, 70, deletion.Failed},
		{"failed after all", sandbox.ActivityFails, 300, deletion.Completed},
		{"timed out after some", sandbox.ActivityTimesOut, 299, deletion.TimedOut},
		{"completed with less than all", sandbox.ActivityEndsShort, 1, deletion.Completed},
		{"completed with nothing", sandbox.ActivityEndsShort, 0, deletion.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.spoil(sandbox.Fault{Effect: c.effect, Items: c.items})
			ids := slices.Sorted(slices.Values(w.living(300)))
			id := w.start(ids)
			w.run()
			w.state(id, deletion.Finished, deletion.NoReason)
			b, left := w.batch(id, 1), ids[c.items:]
			same(w, "outcome", b.Outcome, c.outcome)
			same(w, "activity", b.Activity.ID, w.posts()[0].ActivityID)
			w.counts(id, deletion.Counts{Deleted: int64(c.items), Failed: int64(len(left))})
			w.failedAre(id, left)

			rows, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
			w.ok(err)
			same(w, "rows that wait", rows, int64(len(left)))
			w.run()
			w.counts(id, deletion.Counts{Deleted: 300})
			same(w, "requests", w.posted(), slices.Concat(bodies(ids), bodies(left)))
		})
	}
}

// failedAre checks that the failed rows are those of these contacts, and that the sandbox agrees.
func (w *world) failedAre(id int64, want []string) {
	w.Helper()
	var failed []string
	for _, r := range w.results(id, deletion.FailedResults) {
		failed = append(failed, r.ID)
		if contact, ok := w.box.Contact(w.account, r.ID); ok && !contact.DeletedAt.IsZero() {
			w.Errorf("contact %s is called failed and is deleted", r.ID)
		}
	}
	slices.Sort(failed)
	same(w, "failed contacts", failed, slices.Sorted(slices.Values(want)))
}

func TestAFileOfNobodysIdsIsNotSentToItsEnd(t *testing.T) {
	w := newWorld(t)
	id := w.start(strangers(4000))
	w.until("the runner gives up", func() bool { return w.deletion(id).State == deletion.Paused })
	w.state(id, deletion.Paused, deletion.FailuresInARow)
	w.run()
	c := w.deletion(id).Counts
	if c.Deleted != 0 || c.Failed < 2500 || c.Failed+c.NotSent != 4000 {
		t.Errorf("counts are %+v", c)
	}
}

func TestActivitiesThatTheVendorForgot(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityFails, Items: 130})
	ids := slices.Sorted(slices.Values(w.living(500)))
	id := w.start(ids)
	w.advance()
	known := w.batch(id, 1).Activity
	w.clock.move(11 * 24 * time.Hour)
	w.door.signIn(w.account, sandbox.OwnerLogin)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 130, Failed: 370})
	w.failedAre(id, ids[130:])
	known.State = "forgotten"
	same(w, "what is known of the activity", w.batch(id, 1).Activity, known)
	same(w, "requests", len(w.posts()), 1)
}

func TestAQueueThatIsFullEmptiesAgain(t *testing.T) {
	w := newWorld(t, func(o *sandbox.Options) { o.QueueLimit = 1 })
	ids := w.living(1200)
	id := w.start(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1200})
	same(w, "effects", w.effects(), 3)
	if posts := len(w.posts()); posts > 8 {
		t.Errorf("%d requests for 3 batches", posts)
	}
}
