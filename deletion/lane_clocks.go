package deletion

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// heldByClocks compares our clock with the others when that is due, and says how long to wait before something may be claimed:
// times decide what changed after a preview, and which activity a lost request may have made. Looking goes on meanwhile.
func (l *lane) heldByClocks(ctx context.Context) (time.Duration, error) {
	waits, err := l.somethingWaits(ctx)
	if err != nil {
		return 0, err
	}
	if !waits {
		return l.nothingToSend(ctx)
	}
	for range 2 { // one, and one that confirms it
		if wait, err := l.compareClocks(ctx, l.runner.Clocks.Due()); wait != 0 || err != nil {
			return wait, err
		}
	}
	if l.runner.Clocks.Agree() {
		return 0, nil
	}
	wait := l.runner.Clocks.again()
	if l.open == 0 && l.nextCheck.IsZero() && l.nextProof.IsZero() {
		return wait, nil
	}
	return l.untilLook(l.runner.Now().Add(wait)), nil
}

// compareClocks asks for the time where that is due. Every answer of Constant Contact shows it, and every renewal of the lease.
func (l *lane) compareClocks(ctx context.Context, due []ClockName) (time.Duration, error) {
	if slices.Contains(due, VendorClock) {
		l.runner.Clocks.asked(VendorClock)
		if _, err := l.client.Activities.Recent(ctx, 1); err != nil {
			return l.afterReadError(ctx, fmt.Errorf("compare the clocks: %w", err), &l.unread)
		}
	}
	if slices.Contains(due, DatabaseClock) {
		l.runner.Clocks.asked(DatabaseClock)
		if err := l.runner.Store.Lease(ctx, l.account); err != nil {
			return 0, fmt.Errorf("renew the lease: %w", err)
		}
	}
	return 0, nil
}
