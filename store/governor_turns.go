package store

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// turns decides which call of this process gets a moment that has come: one for which a person waits, or the one that came first.
// Whoever had the moment takes the other's, and with it stays where it was among those who wait. So a person goes before
// everybody else, all others come one place later, and no call starts more or earlier than the line in the database lets it.
type turns struct {
	mu      sync.Mutex
	came    int64                // how many calls have come
	waiting map[string][]*waiter // by API key, in the order in which they get moments
}

// waiter is a call that waits for its moment.
type waiter struct {
	slot  Slot
	at    time.Time // its moment
	given chan Slot // the moment that another one gave it
}

func newTurns() *turns { return &turns{waiting: map[string][]*waiter{}} }

// come gives a call its place among all that came.
func (t *turns) come(slot Slot) Slot {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.came++
	slot.order = t.came
	return slot
}

// first compares two calls by who gets a moment first.
func first(a, b Slot) int {
	if asks := a.kind == Ask; asks != (b.kind == Ask) {
		if asks {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.order, b.order)
}

func (t *turns) join(slot Slot) *waiter {
	w := &waiter{slot: slot, at: time.Now().Add(slot.Wait), given: make(chan Slot, 1)}
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.waiting[slot.key]
	i, _ := slices.BinarySearchFunc(all, slot, func(w *waiter, s Slot) int { return first(w.slot, s) })
	t.waiting[slot.key] = slices.Insert(all, i, w)
	return w
}

// leave takes a call out of those that wait. False when another one gave it a moment just before.
func (t *turns) leave(w *waiter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.waiting[w.slot.key]
	i := slices.Index(all, w)
	if i >= 0 {
		t.waiting[w.slot.key] = slices.Delete(all, i, i+1)
	}
	return i >= 0
}

// pass gives a moment that has come to a call that is before its own, and returns the place of that one in exchange.
func (t *turns) pass(slot Slot) (Slot, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.waiting[slot.key]
	if slot.probe || len(all) == 0 || first(all[0].slot, slot) > 0 {
		return slot, false
	}
	w := all[0]
	t.waiting[slot.key] = slices.Delete(all, 0, 1)
	place := w.slot
	place.Wait = max(0, time.Until(w.at))
	place.kind, place.order, slot.kind, slot.order = slot.kind, slot.order, place.kind, place.order
	w.given <- slot
	return place, true
}

// wait waits for the slot's moment or for one that another call gives, which has come.
func (t *turns) wait(ctx context.Context, slot Slot) (given Slot, early bool, err error) {
	w := t.join(slot)
	timer := time.NewTimer(slot.Wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case given = <-w.given:
		return given, true, nil
	case <-ctx.Done():
		err = ctx.Err()
	}
	if t.leave(w) {
		return slot, false, err
	}
	return <-w.given, true, nil
}
