package deletion_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// edit has somebody change a contact at Constant Contact.
func (w *world) edit(ids ...string) {
	w.Helper()
	for _, id := range ids {
		_, err := w.box.ChangeContact(w.account, id, func(c *sandbox.Contact) { c.FirstName += "x" })
		w.ok(err)
	}
}

func TestContactsThatChangedAfterThePreviewAreLeftOut(t *testing.T) {
	w := newWorld(t)
	ids := slices.Sorted(slices.Values(w.living(600)))
	id := w.upload(ids)
	w.clock.move(time.Hour)
	changed := []string{ids[3], ids[499], ids[550]}
	w.edit(changed...)
	w.confirm(id)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 597, Changed: 3})
	kept := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(changed, id) })
	same(w, "requests", w.posted(), []string{body("contact_ids", kept[:498]), body("contact_ids", kept[498:])})
	for _, left := range changed {
		if c, _ := w.box.Contact(w.account, left); !c.DeletedAt.IsZero() {
			t.Errorf("contact %s was deleted", left)
		}
	}
	w.partition(id)
	same(w, "rows left out", len(w.results(id, deletion.LeftOutResults)), 3)

	rows, err := w.store.SendChanged(t.Context(), w.account, id, w.clock.now())
	w.ok(err)
	same(w, "rows that wait", rows, 3)
	w.counts(id, deletion.Counts{Deleted: 597, NotSent: 3})
	w.clock.move(time.Minute)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
	w.partition(id)
}

func TestABatchWhoseContactsAllChangedIsNotSent(t *testing.T) {
	w := newWorld(t)
	ids := slices.Sorted(slices.Values(w.living(510)))
	id := w.upload(ids)
	w.clock.move(time.Hour)
	w.edit(ids[500:]...)
	w.confirm(id)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 500, Changed: 10})
	same(w, "outcome", w.batch(id, 2).Outcome, deletion.LeftOut)
	same(w, "requests", w.posted(), bodies(ids[:500]))
	if rows, err := w.store.RetryFailed(t.Context(), w.account, id, w.clock.now()); err != nil || rows != 0 {
		t.Errorf("retrying what failed takes in %d rows (%v)", rows, err)
	}
	w.clock.move(time.Minute)
	rows, err := w.store.SendChanged(t.Context(), w.account, id, w.clock.now())
	w.ok(err)
	same(w, "rows that wait", rows, 10)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 510})
}

func TestAContactThatChangesBetweenTwoBatchesIsLeftOut(t *testing.T) {
	w := newWorld(t)
	ids := slices.Sorted(slices.Values(w.living(1500)))
	id := w.start(ids)
	w.advance()
	w.clock.move(2 * time.Minute)
	w.edit(ids[1200])
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1499, Changed: 1})
}

// A contact that is sent again by itself was lost, and may have come back meanwhile.
func TestWhatChangedIsNotSentAgain(t *testing.T) {
	w := newWorld(t)
	ids := slices.Sorted(slices.Values(w.living(100)))
	w.lose(1)
	id := w.start(ids)
	w.advance()
	w.clock.move(5 * time.Minute)
	w.edit(ids[:2]...)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 98, Changed: 2})
	same(w, "requests", w.posted(), []string{bodies(ids)[0], bodies(ids[2:])[0]})
}

func TestAPartThatRanIsNotSentAgain(t *testing.T) {
	w := newWorld(t)
	all := slices.Sorted(slices.Values(w.living(100)))
	w.lose(1)
	id := w.start(all)
	w.advance()
	deleteByHand(w, all[:40])
	w.run()
	w.counts(id, deletion.Counts{Deleted: 100})
	same(w, "requests of ours", w.posted(), []string{bodies(all)[0], bodies(all[40:])[0]})
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptExecuted, deletion.AttemptAccepted})
}

// deleteByHand has a person delete contacts in Constant Contact's own pages.
func deleteByHand(w *world, ids []string) {
	w.Helper()
	for _, id := range ids {
		_, err := w.box.ChangeContact(w.account, id, func(c *sandbox.Contact) { c.Status = "deleted" })
		w.ok(err)
	}
}

func TestVeryManyChangesNeedAPerson(t *testing.T) {
	w := newWorld(t, func(o *sandbox.Options) { o.Contacts = 24_000 })
	all := w.living(22_000)
	id := w.upload(all[:600])
	w.clock.move(time.Hour)
	w.edit(all[600:21_000]...)
	w.confirm(id)
	w.run()
	w.state(id, deletion.Paused, deletion.ManyChanges)
	same(w, "requests", len(w.posts()), 0)

	w.clock.move(time.Minute)
	w.ok(w.store.Resume(t.Context(), w.account, id, w.clock.now()))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
}

func TestReadingTheChangesIsSharedByTwentyBatches(t *testing.T) {
	w := newWorld(t, func(o *sandbox.Options) { o.Contacts = 22_000 })
	id := w.start(w.living(20_000))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 20_000})
	readings := 0
	for _, r := range w.box.Journal() {
		if r.Route == contactsRoute {
			readings++
		}
	}
	same(w, "readings of what changed, for 40 batches", readings, 2)
}

func TestListsHaveNoPreviewOfContacts(t *testing.T) {
	w := newWorld(t)
	id := w.confirm(w.choose(deletion.FromLists, w.lists()[6]))
	w.clock.move(time.Hour)
	w.edit(w.box.Members(w.account, w.lists()[6].ID)...)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1})
	if _, err := w.store.OldestAsOf(t.Context(), w.account); !errors.Is(err, deletion.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
