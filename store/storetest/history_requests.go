package storetest

import (
	"cmp"
	"slices"

	"pgregory.net/rapid"

	"winnow/deletion"
)

func (h *history) answer(t *rapid.T) {
	if h.attempt == nil || h.attempt.State != deletion.AttemptSending {
		t.Skip("nothing is being sent")
	}
	b := h.batchOf(h.attempt)
	switch rapid.SampledFrom([]string{"accepted", "accepted", "unsent", "throttled", "rejected", "unknown"}).Draw(t, "answer") {
	case "accepted":
		h.settle(h.attempt, deletion.AttemptAccepted, deletion.Accepted)
		b.outcome, b.activity, h.attempt = deletion.Accepted, activityOf(h.attempt).ID, nil
	case "unsent":
		h.settle(h.attempt, deletion.AttemptUnsent, deletion.Waiting)
		h.backToWaiting(b, h.attempt)
	case "throttled":
		h.settle(h.attempt, deletion.AttemptRejected, deletion.Waiting)
		h.backToWaiting(b, h.attempt)
	case "rejected":
		h.settle(h.attempt, deletion.AttemptRejected, deletion.Rejected)
		b.turn(lacking, failed)
		b.outcome, h.attempt = deletion.Rejected, nil
	case "unknown":
		h.settle(h.attempt, deletion.AttemptUnknown, deletion.Unknown)
		b.outcome, h.attempt.State = deletion.Unknown, deletion.AttemptUnknown
	}
}

// unknown is the attempt that the store should name first: none has a time for its next check, so the oldest.
func (h *history) unknown(t *rapid.T) *deletion.Attempt {
	all := slices.Clone(h.parked)
	if h.attempt != nil && h.attempt.State == deletion.AttemptUnknown {
		all = append(all, h.attempt)
	}
	if len(all) == 0 {
		t.Skip("nothing is unknown")
	}
	return slices.MinFunc(all, func(a, b *deletion.Attempt) int { return cmp.Compare(a.ID, b.ID) })
}

// closed forgets an attempt of which the end is known.
func (h *history) closed(a *deletion.Attempt) {
	if h.attempt != nil && h.attempt.ID == a.ID {
		h.attempt = nil
	}
	h.parked = slices.DeleteFunc(h.parked, func(p *deletion.Attempt) bool { return p.ID == a.ID })
}

func (h *history) resolve(t *rapid.T) {
	a := h.unknown(t)
	open, err := h.s.NextUnknown(t.Context(), h.account)
	h.ok(err)
	b := h.batchOf(a)
	h.same(open.ID, a.ID, "most urgent attempt")
	h.same(open.IDs, b.lacks(), "ids of the open attempt")
	proofs := []string{"look again", "not executed", "found", "executed", "executed in part", "executed in full"}
	switch rapid.SampledFrom(proofs).Draw(t, "proof") {
	case "look again":
		h.settle(a, deletion.AttemptUnknown, deletion.Unknown)
	case "not executed":
		h.settle(a, deletion.AttemptNotExecuted, deletion.Waiting)
		h.backToWaiting(b, a)
	case "found":
		h.settle(a, deletion.AttemptAccepted, deletion.Unknown)
		b.activity = activityOf(a).ID
		h.closed(a)
	case "executed":
		r := h.outcomeOf(t, b)
		s := settlement(a, deletion.AttemptExecuted, r.Outcome)
		s.Result = &r
		h.ok(h.s.Settle(t.Context(), s))
		h.closed(a)
	case "executed in part":
		h.inPart(b, a)
	case "executed in full":
		h.settle(a, deletion.AttemptExecuted, deletion.Completed)
		b.turn(lacking, deleted)
		b.outcome = deletion.Completed
		h.closed(a)
	}
}

// inPart proves that the first of the ids that were sent is deleted and lets the others wait.
func (h *history) inPart(b *modelBatch, a *deletion.Attempt) {
	if b.count(lacking) < 2 {
		return
	}
	b.fates[slices.Index(b.fates, lacking)] = deleted
	missed := deletion.NewBitmap(len(b.ids))
	for i, f := range b.fates {
		if f == lacking {
			missed.Set(i)
		}
	}
	s := settlement(a, deletion.AttemptExecuted, deletion.Waiting)
	s.Result = &deletion.Result{Deletion: b.deletion, Batch: b.n, Outcome: deletion.Waiting, Deleted: b.count(deleted), Missed: missed}
	h.ok(h.s.Settle(h.Context(), s))
	h.backToWaiting(b, a)
}
