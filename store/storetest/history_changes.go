package storetest

import (
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
)

// change has some of the contacts of a batch change after the preview.
func (h *history) change(t *rapid.T) {
	b := h.pick(t, func(b *modelBatch) bool { return !b.outcome.Final() })
	if h.changes == nil {
		h.changes = deletion.Changes{}
	}
	h.changes[b.ids[rapid.IntRange(0, len(b.ids)-1).Draw(t, "contact")]] = preview.Add(time.Minute)
}

// leaveOut applies to the model what a claim leaves out: the contacts that changed, of the batch it took and of those before
// it of which nothing was left.
func (h *history) leaveOut(taken *deletion.Attempt) {
	for _, b := range h.batches {
		if b.outcome != deletion.Waiting || h.states[b.deletion] != deletion.Running {
			continue
		}
		isTaken := taken != nil && taken.Deletion == b.deletion && taken.Batch == b.n
		if !isTaken && h.staysUntouched(b) {
			continue
		}
		for i, f := range b.fates {
			if f == lacking && h.changes.Since(b.ids[i], h.asOf[b.deletion]) {
				b.fates[i] = leftOut
			}
		}
		if b.count(lacking) == 0 {
			b.outcome = deletion.LeftOut
		}
	}
}

// staysUntouched tells whether the store left a waiting batch alone.
func (h *history) staysUntouched(b *modelBatch) bool {
	stored := h.batch(b.deletion, b.n)
	return stored.Outcome == deletion.Waiting && stored.Changed == b.count(leftOut)
}

// park lets others go on although an attempt is unknown.
func (h *history) park(t *rapid.T) {
	if h.attempt == nil || h.attempt.State != deletion.AttemptUnknown {
		t.Skip("nothing is unknown")
	}
	err := h.s.Park(t.Context(), h.attempt.ID)
	if len(h.parked) == deletion.MaxParked {
		h.wants(err, deletion.ErrChanged)
		return
	}
	h.ok(err)
	h.parked = append(h.parked, h.attempt)
	h.attempt = nil
}

// sendChanged is a person who has sent what was left out.
func (h *history) sendChanged(t *rapid.T) {
	id := h.pickDeletion(t)
	var want int64
	for _, b := range h.batches {
		if b.deletion == id && b.outcome.Final() && b.outcome != deletion.NotSent && b.count(leftOut) > 0 {
			want += int64(b.count(leftOut) + b.count(failed))
			b.turn(leftOut, lacking)
			b.turn(failed, lacking)
			b.outcome = deletion.Waiting
		}
	}
	asOf := preview.Add(time.Hour)
	rows, err := h.s.SendChanged(t.Context(), h.account, id, asOf)
	h.ok(err)
	h.same(rows, want, "rows that wait")
	if want > 0 {
		h.states[id], h.asOf[id] = deletion.Running, asOf
	}
}
