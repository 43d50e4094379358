package storetest

import "winnow/deletion"

var concluding = map[string]func(*bench){
	"a completed batch is deleted as a whole": func(b *bench) {
		id := b.running(5, 5)
		a := b.accepted()
		activity := fullActivity(activityOf(a).ID)
		b.ok(b.s.Conclude(b.Context(), deletion.Result{Deletion: id, Batch: 1, Outcome: deletion.Completed, Deleted: 5, Activity: activity}))
		b.countsAre(id, deletion.Counts{Deleted: 5})
		got := b.batch(id, 1)
		b.same(got.Activity, activity, "activity")
		b.recent(got.CheckedAt, "CheckedAt")
	},
	"every end accounts for every row": func(b *bench) {
		ends := []deletion.Outcome{deletion.Completed, deletion.Failed, deletion.TimedOut, deletion.Cancelled}
		id := b.running(5*len(ends), 5)
		for range ends {
			b.accepted()
		}
		for i, outcome := range ends {
			a := &deletion.Attempt{Deletion: id, Batch: i + 1}
			b.conclude(a, outcome, 3, 2, missing(5, 0, 4))
			b.outcomeIs(id, i+1, outcome, 3, 2)
			ids, err := b.s.BatchIDs(b.Context(), id, i+1)
			b.ok(err)
			b.same(ids.Missed, missing(5, 0, 4), "missed ids")
		}
		b.countsAre(id, deletion.Counts{Deleted: 12, Failed: 8})
	},
	"results that do not add up are refused": func(b *bench) {
		id := b.running(5, 5)
		b.accepted()
		wrong := map[string]deletion.Result{
			"too few rows":             {Outcome: deletion.Failed, Deleted: 2, Failed: 2, Missed: missing(5, 0, 1)},
			"too many rows":            {Outcome: deletion.Failed, Deleted: 4, Failed: 2, Missed: missing(5, 0, 1)},
			"a negative count":         {Outcome: deletion.Failed, Deleted: 6, Failed: -1},
			"no marks for some rows":   {Outcome: deletion.Failed, Deleted: 3, Failed: 2},
			"other marks than counts":  {Outcome: deletion.Failed, Deleted: 3, Failed: 2, Missed: missing(5, 0, 1, 2)},
			"an end that is none":      {Outcome: deletion.Waiting, Deleted: 5},
			"an end before sending":    {Outcome: deletion.NotSent, Deleted: 5},
			"a move that is not known": {Outcome: deletion.Rejected, Failed: 5},
		}
		for what, r := range wrong {
			r.Deletion, r.Batch = id, 1
			b.refused(b.s.Conclude(b.Context(), r), what)
		}
		b.outcomeIs(id, 1, deletion.Accepted, 0, 0)
	},
	"a batch ends once": func(b *bench) {
		id := b.running(10, 5)
		a := b.accepted()
		b.conclude(a, deletion.Completed, 5, 0, nil)
		r := deletion.Result{Deletion: id, Batch: 1, Outcome: deletion.Failed, Failed: 5}
		b.wants(b.s.Conclude(b.Context(), r), deletion.ErrChanged)
		b.wants(b.s.RecordActivity(b.Context(), id, 1, activityOf(a)), deletion.ErrChanged)
		r.Batch = 2 // still waiting
		b.wants(b.s.Conclude(b.Context(), r), deletion.ErrChanged)
		r.Batch = 3
		b.wants(b.s.Conclude(b.Context(), r), deletion.ErrNotFound)
	},
	"counts that prove nothing leave the batch open": func(b *bench) {
		id := b.running(5, 5)
		a := b.accepted()
		activity := fullActivity(activityOf(a).ID)
		b.ok(b.s.Conclude(b.Context(), deletion.Result{Deletion: id, Batch: 1, Outcome: deletion.Unknown, Activity: activity}))
		b.countsAre(id, deletion.Counts{Unknown: 5})
		b.same(b.batch(id, 1).Activity, activity, "activity")
		b.conclude(a, deletion.Failed, 4, 1, missing(5, 2))
		b.countsAre(id, deletion.Counts{Deleted: 4, Failed: 1})
	},
	"another activity than the batch's own is not recorded": func(b *bench) {
		id := b.running(5, 5)
		b.accepted()
		b.wants(b.s.RecordActivity(b.Context(), id, 1, deletion.Activity{ID: "another"}), deletion.ErrChanged)
	},
	"an unknown attempt and the end of its batch are one step": func(b *bench) {
		id := b.running(5, 5)
		a := b.claim()
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		s := settlement(a, deletion.AttemptExecuted, deletion.Failed)
		s.Result = &deletion.Result{Deletion: id, Batch: 1, Outcome: deletion.Failed, Deleted: 3, Failed: 2, Missed: missing(5, 1, 2)}
		for what, change := range map[string]func(*deletion.Result){
			"the result of another batch":    func(r *deletion.Result) { r.Batch = 2 },
			"the result of another deletion": func(r *deletion.Result) { r.Deletion++ },
			"another outcome":                func(r *deletion.Result) { r.Outcome = deletion.Completed },
			"a result that does not add up":  func(r *deletion.Result) { r.Failed = 1 },
		} {
			bad, r := s, *s.Result
			change(&r)
			bad.Result = &r
			b.refused(b.s.Settle(b.Context(), bad), what)
			b.same(b.attempt(id, 1).State, deletion.AttemptUnknown, "attempt after "+what)
		}
		b.ok(b.s.Settle(b.Context(), s))
		b.outcomeIs(id, 1, deletion.Failed, 3, 2)
		b.same(b.attempt(id, 1).State, deletion.AttemptExecuted, "attempt")
		b.wants(b.s.Settle(b.Context(), s), deletion.ErrChanged)
	},
	"concluding a batch closes its open attempt": func(b *bench) {
		id := b.running(10, 5)
		b.settle(b.claim(), deletion.AttemptUnknown, deletion.Unknown)
		b.conclude(&deletion.Attempt{Deletion: id, Batch: 1}, deletion.Completed, 5, 0, nil)
		b.same(b.attempt(id, 1).State, deletion.AttemptExecuted, "attempt that was unknown")
		b.claim()
		b.conclude(&deletion.Attempt{Deletion: id, Batch: 2}, deletion.Failed, 0, 5, nil)
		b.same(b.attempt(id, 2).State, deletion.AttemptNotExecuted, "attempt that was sending")
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
	},
}
