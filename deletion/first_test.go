package deletion_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// careful makes the world's deletions begin with 10 and 100 contacts, each proven before the next.
func careful(w *world) *world {
	w.console.FirstSizes = deletion.FirstSizes
	w.restart(func(o *deletion.RunnerOptions) { o.FirstSizes = deletion.FirstSizes })
	return w
}

// startCarefully uploads and confirms with the box ticked.
func (w *world) startCarefully(ids []string) int64 {
	w.Helper()
	id := w.upload(ids)
	d := w.deletion(id)
	w.ok(w.store.Confirm(w.Context(), w.account, id, deletion.Confirmation{
		By: olivia, Count: d.Items, Hash: d.Hash, FirstBatches: len(deletion.FirstSizes),
	}))
	return id
}

func TestACarefulDeletionGrowsAfterEachProof(t *testing.T) {
	w := careful(newWorld(t))
	ids := slices.Sorted(slices.Values(w.living(1200)))
	id := w.startCarefully(ids)
	var sizes []int64
	for last := int64(-1); w.advance() != 0; {
		if d := w.deletion(id); d.Counts.Sent() != last {
			last = d.Counts.Sent()
			sizes = append(sizes, last)
			if d.FirstProven < len(sizes)-1 && len(sizes) <= 3 {
				t.Errorf("%d contacts are sent while only %d batches are proven", last, d.FirstProven)
			}
		}
	}
	same(w, "sent so far", sizes, []int64{10, 110, 610, 1110, 1200})
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1200})
	w.partition(id)
}

func TestASurpriseAfterAFirstBatch(t *testing.T) {
	for _, c := range []struct {
		name   string
		happen func(w *world, ids []string)
		sent   int64
		note   string
	}{
		{"the activity deletes less than it was given", func(w *world, _ []string) {
			w.spoil(sandbox.Fault{Effect: sandbox.ActivityEndsShort, Items: 9})
		}, 10, "Not deleted: 1 of the 10 contacts in batch 1."},
		{"the second activity fails", func(w *world, _ []string) {
			w.spoil(sandbox.Fault{Effect: sandbox.ActivityFails, Items: 60, Skip: 1})
		}, 110, "Not deleted: 40 of the 100 contacts in batch 2."},
		{"a contact came back at once", func(w *world, ids []string) {
			w.door.showsAsRestored(ids[4])
		}, 10, "Not deleted: 1 of the 10 contacts in batch 1."},
		{"the request is refused", func(w *world, _ []string) {
			w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 400})
		}, 10, "The request for batch 1 was refused."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := careful(newWorld(t))
			ids := slices.Sorted(slices.Values(w.living(800)))
			c.happen(w, ids)
			id := w.startCarefully(ids)
			w.run()
			w.state(id, deletion.Paused, deletion.Surprise)
			if d := w.deletion(id); !strings.Contains(d.ReasonNote, c.note) || d.Counts.Sent() != c.sent {
				t.Errorf("after %d contacts: %q, want %d and %q", d.Counts.Sent(), d.ReasonNote, c.sent, c.note)
			}

			w.door.setGuard(nil)
			w.ok(w.store.Resume(t.Context(), w.account, id, w.clock.now()))
			w.run()
			w.state(id, deletion.Finished, deletion.NoReason)
			same(w, "all are sent", w.deletion(id).Counts.Sent(), 800)
		})
	}
}

func TestContactsThatNobodyNamedAreASurprise(t *testing.T) {
	w := careful(newWorld(t))
	all := slices.Sorted(slices.Values(w.living(900)))
	release := make(chan struct{})
	stalled := w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	id := w.startCarefully(all[:800])
	w.until("the first batch is sent", func() bool { return stalled.Hits() == 1 })
	deleteByHand(w, all[800:803])
	close(release)
	w.run()
	w.state(id, deletion.Paused, deletion.Surprise)
	if note := w.deletion(id).ReasonNote; !strings.Contains(note, "Deleted at the same time as batch 1: 3 that Winnow did not name.") {
		t.Errorf("the note says %q", note)
	}
}

func TestAFewContactsThatTheAccountDoesNotKnowAreNoSurprise(t *testing.T) {
	for unknown, state := range map[int]deletion.State{4: deletion.Finished, 7: deletion.Paused} {
		w := careful(newWorld(t))
		id := w.startCarefully(append(w.living(700), strangers(unknown)...)) // their ids sort before all others
		w.run()
		if d := w.deletion(id); d.State != state {
			t.Errorf("with %d unknown contacts among the first 10 the deletion is %s (%q), want %s", unknown, d.State, d.ReasonNote, state)
		}
	}
}

func TestAnotherDeletionOfOursIsNoSurprise(t *testing.T) {
	w := careful(newWorld(t))
	all := slices.Sorted(slices.Values(w.living(1600)))
	a, b := w.startCarefully(all[:800]), w.startCarefully(all[800:])
	w.run()
	w.counts(a, deletion.Counts{Deleted: 800})
	w.counts(b, deletion.Counts{Deleted: 800})
}

func TestWhatWasDeletedBeforeIsNoSurprise(t *testing.T) {
	w := careful(newWorld(t))
	ids := slices.Sorted(slices.Values(append(w.contacts(true)[:30], w.living(500)...)))
	id := w.startCarefully(ids)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: int64(len(ids))})
}

func TestALostFirstRequestIsSentAgainBeforeAnythingElse(t *testing.T) {
	w := careful(newWorld(t))
	w.lose(1)
	ids := slices.Sorted(slices.Values(w.living(800)))
	id := w.startCarefully(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 800})
	first := body("contact_ids", ids[:10])
	same(w, "first two requests", w.posted()[:2], []string{first, first})
}

func TestAProcessDiesBetweenTheEndOfAFirstBatchAndItsProof(t *testing.T) {
	w := careful(newWorld(t))
	id := w.startCarefully(w.living(800))
	for w.advance() != 0 {
		w.restart()
	}
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 800})
	same(w, "proven", w.deletion(id).FirstProven, 2)
}

func TestADeletionThatIsOneRequestHasNoFirstBatch(t *testing.T) {
	w := careful(newWorld(t))
	id := w.startCarefully(w.living(7))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 7})
	same(w, "first batches", w.deletion(id).FirstBatches, 0)
}

func TestMoreThanWasNamedIsLookedAtByAPerson(t *testing.T) {
	w := newWorld(t)
	all := w.living(1100)
	w.door.tellsOfMore()
	id := w.start(all[:600])
	w.until("it pauses", func() bool { return w.deletion(id).State == deletion.Paused })
	w.state(id, deletion.Paused, deletion.CountsDiffer)
	w.door.setGuard(nil)
	w.runFor(time.Minute)
	w.ok(w.store.Resume(t.Context(), w.account, id, w.clock.now()))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
}
