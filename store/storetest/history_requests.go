package storetest

import (
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
		h.backToWaiting(b)
	case "throttled":
		h.settle(h.attempt, deletion.AttemptRejected, deletion.Waiting)
		h.backToWaiting(b)
	case "rejected":
		h.settle(h.attempt, deletion.AttemptRejected, deletion.Rejected)
		b.turn(lacking, failed)
		b.outcome, h.attempt = deletion.Rejected, nil
	case "unknown":
		h.settle(h.attempt, deletion.AttemptUnknown, deletion.Unknown)
		b.outcome, h.attempt.State = deletion.Unknown, deletion.AttemptUnknown
	}
}

func (h *history) resolve(t *rapid.T) {
	if h.attempt == nil || h.attempt.State != deletion.AttemptUnknown {
		t.Skip("nothing is unknown")
	}
	open, err := h.s.NextUnknown(t.Context(), h.account)
	h.ok(err)
	b := h.batchOf(h.attempt)
	h.same(open.IDs, b.lacks(), "ids of the open attempt")
	switch rapid.SampledFrom([]string{"look again", "not executed", "found", "executed", "executed in full"}).Draw(t, "proof") {
	case "look again":
		h.settle(h.attempt, deletion.AttemptUnknown, deletion.Unknown)
	case "not executed":
		h.settle(h.attempt, deletion.AttemptNotExecuted, deletion.Waiting)
		h.backToWaiting(b)
	case "found":
		h.settle(h.attempt, deletion.AttemptAccepted, deletion.Unknown)
		b.activity, h.attempt = activityOf(h.attempt).ID, nil
	case "executed":
		r := h.outcomeOf(t, b)
		s := settlement(h.attempt, deletion.AttemptExecuted, r.Outcome)
		s.Result = &r
		h.ok(h.s.Settle(t.Context(), s))
		h.attempt = nil
	case "executed in full":
		h.settle(h.attempt, deletion.AttemptExecuted, deletion.Completed)
		b.turn(lacking, deleted)
		b.outcome, h.attempt = deletion.Completed, nil
	}
}
