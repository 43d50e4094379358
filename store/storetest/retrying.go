package storetest

import (
	"time"

	"winnow/deletion"
)

var retrying = map[string]func(*bench){
	"only the rows that failed are sent again": func(b *bench) {
		id := b.running(8, 5)
		b.conclude(b.accepted(), deletion.Failed, 3, 2, missing(5, 1, 3))
		b.conclude(b.accepted(), deletion.Completed, 3, 0, nil)
		b.finish(0)
		b.stateIs(id, deletion.Finished)
		rows, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.same(rows, int64(2), "rows that wait")
		b.stateIs(id, deletion.Running)
		b.countsAre(id, deletion.Counts{Deleted: 6, NotSent: 2})
		a := b.accepted()
		all := idsFrom(0, 5)
		b.same([]any{a.Batch, a.Try, a.Items, a.IDs}, []any{1, 2, 2, []deletion.ID{all[1], all[3]}}, "second try")
		b.countsAre(id, deletion.Counts{Deleted: 6, InProgress: 2})
		b.conclude(a, deletion.Failed, 4, 1, missing(5, 3))
		b.finish(0)
		_, err = b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		a = b.accepted()
		b.same([]any{a.Try, a.IDs}, []any{3, []deletion.ID{all[3]}}, "third try")
		b.conclude(a, deletion.Completed, 5, 0, nil)
		b.finish(0)
		b.countsAre(id, deletion.Counts{Deleted: 8})
	},
	"a batch that failed as a whole is sent as a whole": func(b *bench) {
		id := b.running(5, 5)
		b.conclude(b.accepted(), deletion.TimedOut, 0, 5, missing(5, 0, 1, 2, 3, 4))
		_, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.same(b.claim().IDs, idsFrom(0, 5), "ids")
	},
	"a retry forgets the activity of the try before": func(b *bench) {
		id := b.running(5, 5)
		b.conclude(b.accepted(), deletion.Failed, 0, 5, nil)
		_, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.claim()
		b.same(b.batch(id, 1).Activity, deletion.Activity{}, "activity")
		b.same(b.batch(id, 1).Tries, 2, "tries")
	},
	"a rest that is refused has failed, and what was deleted stays deleted": func(b *bench) {
		id := b.running(5, 5)
		b.conclude(b.accepted(), deletion.Failed, 3, 2, missing(5, 0, 4))
		_, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.settle(b.claim(), deletion.AttemptRejected, deletion.Rejected)
		b.outcomeIs(id, 1, deletion.Rejected, 3, 2)
		_, err = b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		all := idsFrom(0, 5)
		a := b.claim()
		b.same(a.IDs, []deletion.ID{all[0], all[4]}, "ids")
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		open, err := b.s.NextUnknown(b.Context(), b.account)
		b.ok(err)
		b.same(open.IDs, a.IDs, "ids of the open attempt")
		b.settle(a, deletion.AttemptExecuted, deletion.Completed)
		b.outcomeIs(id, 1, deletion.Completed, 5, 0)
		ids, err := b.s.BatchIDs(b.Context(), id, 1)
		b.ok(err)
		b.same(ids.Missed, deletion.Bitmap(nil), "missed ids")
	},
	"without failed rows nothing changes": func(b *bench) {
		id := b.running(5, 5)
		b.conclude(b.accepted(), deletion.Completed, 5, 0, nil)
		b.finish(0)
		rows, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.same(rows, int64(0), "rows that wait")
		b.stateIs(id, deletion.Finished)
	},
	"what a stop left out stays left out": func(b *bench) {
		id := b.running(15, 5)
		b.conclude(b.accepted(), deletion.Failed, 0, 5, nil)
		b.ok(b.s.Stop(b.Context(), b.account, id))
		_, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		b.stateIs(id, deletion.Running)
		if d := b.deletion(id); !d.EndedAt.IsZero() {
			b.Fatal("a running deletion has ended")
		}
		b.conclude(b.accepted(), deletion.Completed, 5, 0, nil)
		_, err = b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		b.finish(0)
		b.stateIs(id, deletion.Stopped)
		b.countsAre(id, deletion.Counts{Deleted: 5, NotSent: 10})
	},
	"lists are sent again when a person says so": func(b *bench) {
		id, err := b.s.CreateDeletion(b.Context(), deletion.NewDeletion{Account: b.account, Source: deletion.FromLists, By: ann})
		b.ok(err)
		batches, m := batched(3, 50)
		b.ok(b.s.AddBatches(b.Context(), id, batches))
		b.ok(b.s.MakeReady(b.Context(), id, deletion.Reading{Read: 3, Accepted: 3}, m))
		b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}))
		a := b.accepted()
		b.same(a.Source, deletion.FromLists, "source")
		b.conclude(a, deletion.Failed, 0, 3, nil)
		_, err = b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		a = b.claim()
		b.same([]any{a.IDs, b.batch(id, 1).Source}, []any{idsFrom(0, 3), deletion.FromLists}, "lists")
	},
}
