package storetest

import (
	"time"

	"winnow/deletion"
)

// lost claims a batch and loses its answer.
func (b *bench) lost() *deletion.Attempt {
	b.Helper()
	a := b.claim()
	b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
	return a
}

// parked loses the answer of a batch and lets others go on.
func (b *bench) parked() *deletion.Attempt {
	b.Helper()
	a := b.lost()
	b.ok(b.s.Park(b.Context(), a.ID))
	return a
}

var parking = map[string]func(*bench){
	"a parked attempt is unknown and lets others go on": func(b *bench) {
		id := b.running(4, 2)
		a := b.parked()
		b.same(b.attempt(id, 1).State, deletion.AttemptParked, "state")
		b.same(b.attempt(id, 1).EndedAt, time.Time{}, "end")
		b.countsAre(id, deletion.Counts{Unknown: 2, NotSent: 2})
		b.same(b.claim().Batch, 2, "next batch")
		next, err := b.s.NextUnknown(b.Context(), b.account)
		b.ok(err)
		b.same([]any{next.ID, next.IDs}, []any{a.ID, idsFrom(0, 2)}, "what is unknown")
	},
	"no more attempts are parked than allowed": func(b *bench) {
		b.running(2*deletion.MaxParked+4, 2)
		for range deletion.MaxParked {
			b.parked()
		}
		a := b.lost()
		b.wants(b.s.Park(b.Context(), a.ID), deletion.ErrChanged)
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
	},
	"only an unknown attempt is parked": func(b *bench) {
		b.running(4, 2)
		a := b.claim()
		b.wants(b.s.Park(b.Context(), a.ID), deletion.ErrChanged)
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.wants(b.s.Park(b.Context(), a.ID), deletion.ErrChanged)
		parked := b.parked()
		b.wants(b.s.Park(b.Context(), parked.ID), deletion.ErrChanged)
		b.wants(b.s.Park(b.Context(), 1<<40), deletion.ErrChanged)
	},
	"attempts for lists are never parked": func(b *bench) {
		id, err := b.s.CreateDeletion(b.Context(), deletion.NewDeletion{Account: b.account, Source: deletion.FromLists, By: ann})
		b.ok(err)
		m := b.fill(id, 2, 50)
		b.ok(b.s.MakeReady(b.Context(), id, readingOf(m.Items), m))
		b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}))
		a := b.lost()
		b.wants(b.s.Park(b.Context(), a.ID), deletion.ErrChanged)

		b.noticed(deletion.Notices{}) // it may still turn out by itself
		a.Checks = 1
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		b.noticed(deletion.Notices{Undecided: id})
		newBench(b.tb, b.s).noticed(deletion.Notices{})
	},
	"a parked attempt may stay unknown, with new evidence": func(b *bench) {
		id := b.running(2, 2)
		a := b.parked()
		a.Evidence, a.Checks, a.NextCheck = "No activity fits.", 4, preview
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		got := b.attempt(id, 1)
		b.same([]any{got.State, got.Evidence, got.Checks, got.NextCheck, got.EndedAt},
			[]any{deletion.AttemptParked, "No activity fits.", 4, preview, time.Time{}}, "attempt")
	},
	"what waits because it was lost is sent after all others": func(b *bench) {
		b.running(6, 2)
		a := b.parked()
		b.settle(a, deletion.AttemptNotExecuted, deletion.Waiting)
		var order []int
		for range 3 {
			order = append(order, b.accepted().Batch)
		}
		b.same(order, []int{2, 3, 1}, "batches in the order of sending")
	},
	"the remainder of a lost attempt waits": func(b *bench) {
		id := b.running(5, 5)
		a := b.parked()
		s := settlement(a, deletion.AttemptExecuted, deletion.Waiting)
		s.Result = &deletion.Result{Deletion: id, Batch: 1, Outcome: deletion.Waiting, Deleted: 3, Missed: missing(5, 1, 4)}
		b.ok(b.s.Settle(b.Context(), s))
		b.outcomeIs(id, 1, deletion.Waiting, 3, 0)
		b.countsAre(id, deletion.Counts{Deleted: 3, NotSent: 2})
		all := idsFrom(0, 5)
		b.same(b.claim().IDs, []deletion.ID{all[1], all[4]}, "ids of the second request")
	},
	"a remainder that does not add up is refused": func(b *bench) {
		id := b.running(5, 5)
		a := b.lost()
		for name, r := range map[string]deletion.Result{
			"one too few":    {Deleted: 2, Missed: missing(5, 1, 4)},
			"nothing missed": {Deleted: 5, Missed: missing(5)},
			"failed rows":    {Deleted: 3, Failed: 2, Missed: missing(5, 1, 4)},
		} {
			r.Deletion, r.Batch, r.Outcome = id, 1, deletion.Waiting
			s := settlement(a, deletion.AttemptExecuted, deletion.Waiting)
			s.Result = &r
			b.refused(b.s.Settle(b.Context(), s), name)
		}
		b.outcomeIs(id, 1, deletion.Unknown, 0, 0)
	},
	"what is most urgent is looked into first": func(b *bench) {
		b.running(4, 2)
		late, soon := b.parked(), b.parked()
		late.NextCheck, soon.NextCheck = preview.Add(time.Hour), preview
		b.settle(late, deletion.AttemptUnknown, deletion.Unknown)
		b.settle(soon, deletion.AttemptUnknown, deletion.Unknown)
		next, err := b.s.NextUnknown(b.Context(), b.account)
		b.ok(err)
		b.same(next.ID, soon.ID, "most urgent attempt")
	},
	"a dead process leaves parked attempts as they are": func(b *bench) {
		id := b.running(4, 2)
		b.parked()
		n, err := b.s.AdoptLost(b.Context(), b.account)
		b.ok(err)
		b.same(n, 0, "adopted")
		b.same(b.attempt(id, 1).State, deletion.AttemptParked, "state")
	},
}
