package main

import (
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// Rare constellations that a history found or would have to wait for.

// TestAnOutageAfterAReleaseIsWaitedOut: the look that a release asks for does not work, while a lost request is due to be looked
// into.
func TestAnOutageAfterAReleaseIsWaitedOut(t *testing.T) {
	l := openLarge(t, 1_000, sandbox.Kind)
	defer l.close()
	l.vendor.box.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ResetBefore})
	for l.witness.count() == 0 {
		l.advance()
	}
	l.runFor(2 * time.Second)
	l.ok(l.db.Hold(t.Context(), l.account, deletion.HeldActivities, "a test"))
	h, err := l.db.OpenHold(t.Context(), l.account)
	l.ok(err)
	l.ok(l.db.Release(t.Context(), l.account, h.ID, olivia, l.clock.now()))
	l.vendor.goDown(true)
	l.runFor(time.Hour) // fails when the runner spins
	l.vendor.goDown(false)
	l.finish(4 * time.Hour)
	l.keptPromises()
}

// TestLostRequestsSlowAnAccountDown has one request after the other lost: after the first five only one a minute is sent.
func TestLostRequestsSlowAnAccountDown(t *testing.T) {
	l := openLarge(t, 20_000, sandbox.Kind)
	defer l.close()
	lose := l.vendor.box.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ResetBefore, Count: sandbox.EveryTime})
	l.runFor(l.grace - time.Minute)
	if got := l.witness.count(); got < 10 || got > 20 {
		t.Errorf("%d requests were sent and lost in %v, want 10 to 20", got, l.grace-time.Minute)
	}
	lose.Remove()
	l.finish(2 * time.Hour)
	l.keptPromises()
	if got := l.deletion().Counts.Deleted; got != 20_000 {
		t.Errorf("%d contacts are deleted", got)
	}
}
