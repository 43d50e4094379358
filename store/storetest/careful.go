package storetest

import (
	"time"

	"winnow/deletion"
)

// carefully makes a running deletion of n ids in batches of 2 of which the first are proven one by one.
func (b *bench) carefully(n, first int) int64 {
	b.Helper()
	id, m := b.ready(n, 2)
	b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash, FirstBatches: first}))
	return id
}

// due is the batch that must be proven next; 0 for none.
func (b *bench) due() int {
	b.Helper()
	batch, err := b.s.FirstDue(b.Context(), b.account)
	if err != nil {
		b.wants(err, deletion.ErrNotFound)
		return 0
	}
	return batch.N
}

var careful = map[string]func(*bench){
	"nothing is sent before a first batch is proven": func(b *bench) {
		id := b.carefully(8, 2)
		for n := 1; n <= 2; n++ {
			a := b.accepted()
			b.same(a.Batch, n, "batch")
			b.same(b.due(), 0, "due while it is open")
			_, err := b.s.Claim(b.Context(), b.account, nil)
			b.wants(err, deletion.ErrNothingToSend)
			b.conclude(a, deletion.Completed, 2, 0, nil)
			b.same(b.due(), n, "due when it has ended")
			_, err = b.s.Claim(b.Context(), b.account, nil)
			b.wants(err, deletion.ErrNothingToSend)
			b.ok(b.s.ProveFirst(b.Context(), id, n))
			b.wants(b.s.ProveFirst(b.Context(), id, n), deletion.ErrChanged)
		}
		b.same([]int{b.accepted().Batch, b.accepted().Batch}, []int{3, 4}, "batches after the proofs")
		b.same([]int{b.deletion(id).FirstBatches, b.deletion(id).FirstProven}, []int{2, 2}, "first batches")
	},
	"other deletions go on meanwhile": func(b *bench) {
		b.carefully(8, 2)
		b.accepted()
		other := b.running(4, 2)
		b.same(b.claim().Deletion, other, "deletion")
	},
	"a first batch that was not sent is next again": func(b *bench) {
		b.carefully(8, 2)
		b.settle(b.lost(), deletion.AttemptNotExecuted, deletion.Waiting)
		b.same(b.claim().Batch, 1, "batch")
	},
	"a deletion has fewer first batches than batches": func(b *bench) {
		one, two := b.carefully(2, 2), b.carefully(4, 2)
		b.same([]int{b.deletion(one).FirstBatches, b.deletion(two).FirstBatches}, []int{0, 1}, "first batches")
	},
	"a person resumes after a surprise": func(b *bench) {
		id := b.carefully(8, 2)
		b.conclude(b.accepted(), deletion.Failed, 1, 1, missing(2, 0))
		b.same(b.due(), 1, "due")
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.Surprise, "One is missing.", time.Time{}))
		b.same(b.due(), 0, "due while it is paused")
		b.ok(b.s.Resume(b.Context(), b.account, id, preview))
		b.same([]int{b.accepted().Batch, b.accepted().Batch}, []int{2, 3}, "batches after the decision")
	},
	"what failed in a proven batch can be retried after a stop": func(b *bench) {
		id := b.carefully(8, 2)
		b.conclude(b.accepted(), deletion.Completed, 1, 1, missing(2, 0))
		b.ok(b.s.ProveFirst(b.Context(), id, 1))
		b.ok(b.s.Stop(b.Context(), b.account, id))
		_, err := b.s.RetryFailed(b.Context(), b.account, id, preview)
		b.ok(err)
		b.same(b.claim().Batch, 1, "batch")
	},
	"a person's pause does not prove anything": func(b *bench) {
		id := b.carefully(8, 2)
		b.conclude(b.accepted(), deletion.Completed, 2, 0, nil)
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "ann", time.Time{}))
		b.ok(b.s.Resume(b.Context(), b.account, id, preview))
		b.same(b.due(), 1, "due")
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
	},
	"what was sent is found among contacts": func(b *bench) {
		b.running(4, 2)
		b.accepted()
		ids := idsFrom(1, 4)
		sent, err := b.s.SentAmong(b.Context(), b.account, time.Now().Add(-time.Minute), ids)
		b.ok(err)
		b.same(sent, ids[:1], "sent")
		sent, err = b.s.SentAmong(b.Context(), b.account, time.Now().Add(time.Minute), ids)
		b.ok(err)
		b.same(len(sent), 0, "sent later")
		sent, err = b.s.SentAmong(b.Context(), "another", time.Now().Add(-time.Minute), ids)
		b.ok(err)
		b.same(len(sent), 0, "sent by another account")
	},
}
