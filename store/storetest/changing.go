package storetest

import (
	"time"

	"winnow/deletion"
)

var preview = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// previewed makes a running deletion of n ids in batches of the given size whose preview was then.
func (b *bench) previewed(n, size int, asOf time.Time) int64 {
	b.Helper()
	id, err := b.s.CreateDeletion(b.Context(), deletion.NewDeletion{
		Account: b.account, Source: deletion.FromMembers, By: ann, AsOf: asOf,
	})
	b.ok(err)
	m := b.fill(id, n, size)
	b.ok(b.s.MakeReady(b.Context(), id, readingOf(m.Items), m))
	b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}))
	return id
}

// changedAt are changes of the given ids of the first n, all at one time.
func changedAt(at time.Time, n int, which ...int) deletion.Changes {
	changes := deletion.Changes{}
	for _, i := range which {
		changes[idsFrom(0, n)[i]] = at
	}
	return changes
}

// claimWith claims although contacts have changed.
func (b *bench) claimWith(changes deletion.Changes) *deletion.Attempt {
	b.Helper()
	a, err := b.s.Claim(b.Context(), b.account, changes)
	b.ok(err)
	return a
}

var changing = map[string]func(*bench){
	"what changed after the preview is left out": func(b *bench) {
		id := b.previewed(5, 5, preview)
		a := b.claimWith(changedAt(preview.Add(time.Minute), 5, 1, 3))
		all := idsFrom(0, 5)
		b.same(a.IDs, []deletion.ID{all[0], all[2], all[4]}, "ids of the request")
		b.same(b.batch(id, 1).Changed, 2, "left out")
		b.countsAre(id, deletion.Counts{InProgress: 3, Changed: 2})
		ids, err := b.s.BatchIDs(b.Context(), id, 1)
		b.ok(err)
		b.same(ids.Changed, missing(5, 1, 3), "marks")
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.conclude(a, deletion.Completed, 3, 0, nil)
		b.countsAre(id, deletion.Counts{Deleted: 3, Changed: 2})
		b.finish(0)
		b.stateIs(id, deletion.Finished)
	},
	"what changed before the preview is sent": func(b *bench) {
		b.previewed(5, 5, preview)
		b.same(b.claimWith(changedAt(preview.Add(-time.Second), 5, 1, 3)).IDs, idsFrom(0, 5), "ids of the request")
	},
	"what changed in the second of the preview is left out": func(b *bench) {
		b.previewed(5, 5, preview.Add(900*time.Millisecond))
		b.same(len(b.claimWith(changedAt(preview, 5, 1)).IDs), 4, "ids of the request")
	},
	"each deletion has a preview of its own": func(b *bench) {
		early, late := b.previewed(4, 4, preview), b.previewed(4, 4, preview.Add(time.Hour))
		changes := changedAt(preview.Add(time.Minute), 4, 0)
		for _, want := range []struct {
			deletion int64
			items    int
		}{{early, 3}, {late, 4}} {
			a := b.claimWith(changes)
			b.same([]any{a.Deletion, a.Items}, []any{want.deletion, want.items}, "request")
			b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		}
	},
	"a batch without any other contact is left out and the next one is sent": func(b *bench) {
		id := b.previewed(5, 2, preview)
		a := b.claimWith(changedAt(preview.Add(time.Minute), 5, 0, 1, 2, 3))
		b.same(a.Batch, 3, "batch of the request")
		b.same(b.batch(id, 1).Outcome, deletion.LeftOut, "outcome")
		b.countsAre(id, deletion.Counts{InProgress: 1, Changed: 4})
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.conclude(a, deletion.Completed, 1, 0, nil)
		b.finish(0)
		b.stateIs(id, deletion.Finished)
	},
	"a deletion of which everything changed ends without a request": func(b *bench) {
		id := b.previewed(3, 2, preview)
		_, err := b.s.Claim(b.Context(), b.account, changedAt(preview.Add(time.Minute), 3, 0, 1, 2))
		b.wants(err, deletion.ErrNothingToSend)
		b.finish(0)
		b.stateIs(id, deletion.Finished)
		b.countsAre(id, deletion.Counts{Changed: 3})
	},
	"more may change while a batch waits again": func(b *bench) {
		id := b.previewed(5, 5, preview)
		changes := changedAt(preview.Add(time.Minute), 5, 1)
		b.settle(b.claimWith(changes), deletion.AttemptUnsent, deletion.Waiting)
		changes[idsFrom(0, 5)[2]] = preview.Add(time.Hour)
		a := b.claimWith(changes)
		all := idsFrom(0, 5)
		b.same(a.IDs, []deletion.ID{all[0], all[3], all[4]}, "ids of the second request")
		b.settle(a, deletion.AttemptRejected, deletion.Rejected)
		b.countsAre(id, deletion.Counts{Failed: 3, Changed: 2})
	},
	"a retry leaves out what was left out": func(b *bench) {
		id := b.previewed(5, 5, preview)
		a := b.claimWith(changedAt(preview.Add(time.Minute), 5, 1))
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.conclude(a, deletion.Failed, 2, 2, missing(5, 3, 4))
		rows, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.same(rows, int64(2), "rows that wait")
		b.same(b.claim().IDs, idsFrom(3, 2), "ids of the second request")
		b.countsAre(id, deletion.Counts{Deleted: 2, Changed: 1, InProgress: 2})
	},
	"a person has what was left out sent": func(b *bench) {
		id := b.previewed(7, 5, preview)
		changes := changedAt(preview.Add(time.Minute), 7, 1, 4, 5, 6)
		a := b.claimWith(changes)
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.conclude(a, deletion.Failed, 2, 1, missing(5, 3))
		_, err := b.s.Claim(b.Context(), b.account, changes)
		b.wants(err, deletion.ErrNothingToSend)
		b.finish(0)
		b.countsAre(id, deletion.Counts{Deleted: 2, Failed: 1, Changed: 4})

		rows, err := b.s.SendChanged(b.Context(), b.account, id, preview.Add(time.Hour))
		b.ok(err)
		b.same(rows, int64(5), "rows that wait")
		b.stateIs(id, deletion.Running)
		b.countsAre(id, deletion.Counts{Deleted: 2, NotSent: 5})
		all := idsFrom(0, 7)
		a = b.claimWith(changes)
		b.same(a.IDs, []deletion.ID{all[1], all[3], all[4]}, "ids of the first batch")
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.same(b.claimWith(changes).IDs, all[5:], "ids of the second batch")
		rows, err = b.s.SendChanged(b.Context(), b.account, id, preview.Add(time.Hour))
		b.ok(err)
		b.same(rows, int64(0), "rows that wait for a second click")
	},
	"a person resumes in spite of very many changes": func(b *bench) {
		id := b.previewed(3, 3, preview)
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.ManyChanges, "", time.Time{}))
		b.ok(b.s.Resume(b.Context(), b.account, id, preview.Add(time.Hour)))
		b.same(b.deletion(id).AsOf, preview.Add(time.Hour), "preview")
		b.same(b.claimWith(changedAt(preview.Add(time.Minute), 3, 0)).Items, 3, "items")
	},
	"resuming after any other pause keeps the preview": func(b *bench) {
		id := b.previewed(3, 3, preview)
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "ann", time.Time{}))
		b.ok(b.s.Resume(b.Context(), b.account, id, preview.Add(time.Hour)))
		b.same(b.deletion(id).AsOf, preview, "preview")
	},
	"the oldest preview is that of what is still to be sent": func(b *bench) {
		oldest := func(want time.Time) {
			b.Helper()
			got, err := b.s.OldestAsOf(b.Context(), b.account)
			b.ok(err)
			b.same(got, want, "oldest preview")
		}
		early := b.previewed(2, 2, preview)
		b.previewed(2, 2, preview.Add(time.Hour))
		oldest(preview)
		b.ok(b.s.Pause(b.Context(), b.account, early, deletion.PausedByPerson, "ann", time.Time{}))
		oldest(preview.Add(time.Hour))
		b.accepted()
		_, err := b.s.OldestAsOf(b.Context(), b.account)
		b.wants(err, deletion.ErrNotFound)
	},
}
