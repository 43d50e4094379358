package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
)

// histories lets two deletions of an account live through random legal events and compares the store, after each of them,
// with a model that knows the fate of every single id.
func histories(t *testing.T, s deletion.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{bench: newBench(rt, s)}
		for range 2 {
			h.begin(rt)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":        h.check,
			"claim":   h.claimNext,
			"answer":  h.answer,
			"resolve": h.resolve,
			"end":     h.end,
			"retry":   h.retry,
			"pause":   h.pause,
			"resume":  h.resume,
			"stop":    h.stop,
			"finish":  h.finishAll,
			"die":     h.die,
			"park":    h.park,
			"change":  h.change,
			"send":    h.sendChanged,
		})
	})
}

// history is the model of an account with its deletions.
type history struct {
	*bench
	deletions []int64
	states    map[int64]deletion.State
	batches   []*modelBatch
	attempt   *deletion.Attempt // the open one that holds the account
	parked    []*deletion.Attempt
	changes   deletion.Changes
	asOf      map[int64]time.Time
	touched   *modelBatch // what the last event changed
}

func (h *history) begin(t *rapid.T) {
	const size = 3
	items := rapid.IntRange(1, 8).Draw(t, "items")
	id, err := h.s.CreateDeletion(t.Context(), deletion.NewDeletion{
		Account: h.account, Source: deletion.FromMembers, By: ann, AsOf: preview,
	})
	h.ok(err)
	m := h.fill(id, items, size)
	h.ok(h.s.MakeReady(t.Context(), id, readingOf(m.Items), m))
	h.ok(h.s.Confirm(t.Context(), h.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}))
	batches, _ := batched(items, size)
	for _, b := range batches {
		h.batches = append(h.batches, &modelBatch{
			deletion: id, n: b.N, outcome: deletion.Waiting, ids: b.IDs, fates: make([]fate, len(b.IDs)),
		})
	}
	h.deletions = append(h.deletions, id)
	if h.states == nil {
		h.states, h.asOf = map[int64]deletion.State{}, map[int64]time.Time{}
	}
	h.states[id], h.asOf[id] = deletion.Running, preview
}

// pick draws one of the batches for which keep is true, or skips the event.
func (h *history) pick(t *rapid.T, keep func(*modelBatch) bool) *modelBatch {
	var kept []*modelBatch
	for _, b := range h.batches {
		if keep(b) {
			kept = append(kept, b)
		}
	}
	if len(kept) == 0 {
		t.Skip("no such batch")
	}
	h.touched = kept[rapid.IntRange(0, len(kept)-1).Draw(t, "batch")]
	return h.touched
}

func (h *history) pickDeletion(t *rapid.T) int64 {
	return rapid.SampledFrom(h.deletions).Draw(t, "deletion")
}

func (h *history) batchOf(a *deletion.Attempt) *modelBatch {
	i := slices.IndexFunc(h.batches, func(b *modelBatch) bool { return b.deletion == a.Deletion && b.n == a.Batch })
	h.touched = h.batches[i]
	return h.touched
}

func (h *history) claimNext(t *rapid.T) {
	a, err := h.s.Claim(t.Context(), h.account, h.changes)
	if h.attempt == nil {
		h.leaveOut(a)
	}
	claimable := h.attempt == nil && slices.ContainsFunc(h.batches, func(b *modelBatch) bool {
		return b.outcome == deletion.Waiting && h.states[b.deletion] == deletion.Running
	})
	if !claimable {
		h.wants(err, deletion.ErrNothingToSend)
		return
	}
	h.ok(err)
	h.ok(h.s.MaySend(t.Context(), h.account, a.Deletion))
	b := h.batchOf(a)
	if b.outcome != deletion.Waiting || h.states[b.deletion] != deletion.Running {
		t.Fatalf("claimed a batch that is %s of a deletion that is %s", b.outcome, h.states[b.deletion])
	}
	h.same(a.IDs, b.lacks(), "ids of the request")
	b.outcome, b.activity, h.attempt = deletion.Sending, "", a
}

// backToWaiting is what a batch becomes that was proven not to have run.
func (h *history) backToWaiting(b *modelBatch, a *deletion.Attempt) {
	b.outcome = deletion.Waiting
	if h.states[b.deletion] == deletion.Stopped {
		b.outcome = deletion.NotSent
	}
	h.closed(a)
}

// outcomeOf draws which of the ids that were sent are deleted, and applies it to the model.
func (h *history) outcomeOf(t *rapid.T, b *modelBatch) deletion.Result {
	missed := deletion.NewBitmap(len(b.ids))
	for i, f := range b.fates {
		if f != lacking {
			continue
		}
		b.fates[i] = rapid.SampledFrom([]fate{deleted, failed}).Draw(t, "fate")
		if b.fates[i] == failed {
			missed.Set(i)
		}
	}
	b.outcome = deletion.Completed
	if b.count(failed) > 0 {
		b.outcome = rapid.SampledFrom([]deletion.Outcome{deletion.Completed, deletion.Failed, deletion.TimedOut, deletion.Cancelled}).Draw(t, "end")
	}
	return deletion.Result{
		Deletion: b.deletion, Batch: b.n, Outcome: b.outcome, Deleted: b.count(deleted), Failed: b.count(failed), Missed: missed,
	}
}

// end has a batch end whose activity is followed, or only shows that its activity proves nothing.
func (h *history) end(t *rapid.T) {
	b := h.pick(t, func(b *modelBatch) bool {
		return b.activity != "" && (b.outcome == deletion.Accepted || b.outcome == deletion.Unknown)
	})
	if rapid.IntRange(0, 3).Draw(t, "proves nothing") == 0 {
		b.outcome = deletion.Unknown
		h.ok(h.s.Conclude(t.Context(), deletion.Result{Deletion: b.deletion, Batch: b.n, Outcome: deletion.Unknown}))
		return
	}
	h.ok(h.s.Conclude(t.Context(), h.outcomeOf(t, b)))
}

func (h *history) retry(t *rapid.T) {
	id := h.pickDeletion(t)
	var want int64
	for _, b := range h.batches {
		if b.deletion == id && b.count(failed) > 0 {
			want += int64(b.count(failed))
			b.turn(failed, lacking)
			b.outcome = deletion.Waiting
		}
	}
	rows, err := h.s.RetryFailed(t.Context(), h.account, id, preview.Add(time.Hour))
	h.ok(err)
	h.same(rows, want, "rows that wait")
	if want > 0 {
		h.states[id], h.asOf[id] = deletion.Running, preview.Add(time.Hour)
	}
}

// move asks for a change of state that is legal from the given states only.
func (h *history) move(id int64, err error, to deletion.State, from ...deletion.State) bool {
	if !slices.Contains(from, h.states[id]) {
		h.wants(err, deletion.ErrChanged)
		return false
	}
	h.ok(err)
	h.states[id] = to
	return true
}

func (h *history) pause(t *rapid.T) {
	id := h.pickDeletion(t)
	err := h.s.Pause(t.Context(), h.account, id, deletion.PausedByPerson, "ann", time.Time{})
	h.move(id, err, deletion.Paused, deletion.Running)
}

func (h *history) resume(t *rapid.T) {
	id := h.pickDeletion(t)
	h.move(id, h.s.Resume(t.Context(), h.account, id, time.Now()), deletion.Running, deletion.Paused)
}

func (h *history) stop(t *rapid.T) {
	id := h.pickDeletion(t)
	if !h.move(id, h.s.Stop(t.Context(), h.account, id), deletion.Stopped, deletion.Running, deletion.Paused) {
		return
	}
	for _, b := range h.batches {
		if b.deletion == id && b.outcome == deletion.Waiting {
			b.outcome = deletion.NotSent
		}
	}
}

func (h *history) finishAll(t *rapid.T) {
	running := 0
	for id, state := range h.states {
		if state != deletion.Running {
			continue
		}
		alive, left := false, false
		for _, b := range h.batches {
			alive = alive || b.deletion == id && !b.outcome.Final()
			left = left || b.deletion == id && b.outcome == deletion.NotSent
		}
		switch {
		case alive:
			running++
		case left:
			h.states[id] = deletion.Stopped
		default:
			h.states[id] = deletion.Finished
		}
	}
	h.finish(running)
}

// die is a process that ends while it sends, and a new one that finds the attempt.
func (h *history) die(t *rapid.T) {
	n, err := h.s.AdoptLost(t.Context(), h.account)
	h.ok(err)
	if h.attempt == nil || h.attempt.State != deletion.AttemptSending {
		h.same(n, 0, "adopted")
		return
	}
	h.same(n, 1, "adopted")
	h.attempt.State = deletion.AttemptUnknown
	h.batchOf(h.attempt).outcome = deletion.Unknown
}

// check compares the store with the model.
func (h *history) check(t *rapid.T) {
	type row struct {
		N, Deleted, Failed, Changed int
		Outcome                     deletion.Outcome
	}
	for _, id := range h.deletions {
		d, batches := h.addsUp(id)
		h.same(d.State, h.states[id], "state")
		var got, want []row
		for _, b := range batches {
			got = append(got, row{b.N, b.Deleted, b.Failed, b.Changed, b.Outcome})
		}
		for _, b := range h.batches {
			if b.deletion == id {
				want = append(want, row{b.n, b.count(deleted), b.count(failed), b.count(leftOut), b.outcome})
			}
		}
		h.same(got, want, "batches")
	}
	if b := h.touched; b != nil {
		ids, err := h.s.BatchIDs(t.Context(), b.deletion, b.n)
		h.ok(err)
		for i, f := range b.fates {
			if f == failed && b.count(deleted) > 0 && !ids.Missed.Has(i) {
				t.Fatalf("id %d of batch %d is not marked as missed", i, b.n)
			}
		}
	}
	_, err := h.s.NextUnknown(t.Context(), h.account)
	if unknown := len(h.parked) > 0 || h.attempt != nil && h.attempt.State == deletion.AttemptUnknown; unknown != !errors.Is(err, deletion.ErrNotFound) {
		t.Fatalf("open attempt: %v, the model says unknown is %t", err, unknown)
	}
}
