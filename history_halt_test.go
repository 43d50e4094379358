package main

import (
	"context"
	"errors"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
)

// What people do in a history to stop everything, and to let it go on.

// halt stops all sending. inHand is how many requests have their permission already.
func (h *history) halt(inHand int) {
	if _, err := h.db.Halted(context.Background()); err == nil {
		h.ok(h.db.Halt(context.Background(), olivia)) // once more changes nothing
		return
	}
	h.ok(h.db.Halt(context.Background(), olivia))
	h.fallSilent(halted, inHand)
}

// haltIn has somebody press the button inside one of the next requests.
func (h *history) haltIn(t *rapid.T) {
	e := new(event)
	e.do = func() {
		inHand := 0
		if e.at == afterPermit {
			inHand = 1
		}
		h.halt(inHand)
	}
	h.planIn(t, e)
}

// lift lets sending go on; a session that is older than the halt cannot.
func (h *history) lift(t *rapid.T) {
	halt, err := h.db.Halted(context.Background())
	if errors.Is(err, deletion.ErrNotFound) {
		t.Skip("nothing is halted")
	}
	h.ok(err)
	if err := h.db.LiftHalt(context.Background(), olivia, halt.At); !errors.Is(err, deletion.ErrStaleSignIn) {
		h.Fatalf("a session as old as the halt lifts it: %v", err)
	}
	h.liftAll()
}

// liftAll lifts the halt, if there is one, after a new sign-in.
func (h *history) liftAll() {
	h.vendor.pass(time.Second)
	h.ok(h.db.LiftHalt(context.Background(), olivia, h.clock.now()))
	h.speakAgain(halted)
}

// The times in which nothing may be sent.
const (
	halted   = "all sending was stopped"
	restored = "an older copy was put back"
)

// fallSilent notes that from now on nothing may be sent, but for what is in hand.
func (h *history) fallSilent(name string, inHand int) {
	n := h.witness.countSince() + inHand
	h.mu.Lock()
	defer h.mu.Unlock()
	h.silences = append(h.silences, silence{name, n, -1})
}

// speakAgain ends it.
func (h *history) speakAgain(name string) {
	n := h.witness.countSince()
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.silences {
		if s := &h.silences[i]; s.name == name && s.to < 0 {
			s.to = n
		}
	}
}

// releaseAll lets a held account go on, and tells whether there was one.
func (h *history) releaseAll() bool {
	hold, err := h.db.OpenHold(context.Background(), h.account)
	if errors.Is(err, deletion.ErrNotFound) {
		return false
	}
	h.ok(err)
	h.tell("the hold was released: %s", hold.Evidence)
	h.ok(h.console.ReleaseHold(context.Background(), h.account, hold.ID, olivia))
	h.speakAgain(restored)
	if h.copied == nil || !h.copied.back {
		return true // another program was taken for us
	}
	for _, d := range h.deletions() {
		if !d.ConfirmedAt.IsZero() {
			h.approve(d.ID)
		}
	}
	h.copied.back = false
	return true
}

func (h *history) release(t *rapid.T) {
	if !h.releaseAll() {
		t.Skip("nothing is held")
	}
}

// held tells whether something waits for a release.
func (h *history) held() bool {
	_, err := h.db.OpenHold(context.Background(), h.account)
	return err == nil
}
