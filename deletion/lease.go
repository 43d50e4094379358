package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"winnow/constantcontact"
)

// ErrLeased means that another process works on this, or may still do so.
var ErrLeased = errors.New("another process works on this")

const (
	// LeaseTime is how long a process that says nothing more counts as alive. What a dead one leaves goes on within 30 s,
	// of which 2 s are for finding it and the others for looking what is on its way.
	LeaseTime = 20 * time.Second
	// renewLease leaves room for two renewals that fail.
	renewLease = LeaseTime / 4
	// leaseAgain is how long who found another process at work waits before it looks again.
	leaseAgain = 5 * time.Second
	// OnTheWire is how long after its claim a request may be on its way whatever became of its process: its own deadline and
	// 10 s for the difference between a process's clock and the database's within that time.
	OnTheWire = constantcontact.MaxDeleteTime + 10*time.Second
)

// leased does the work while no other process does it: it takes the lease of that name, renews it, ends the work's context
// when the lease is lost, and gives it back. When another process has it, it asks to be called again later.
func (r *Runner) leased(ctx context.Context, name string, work func(context.Context) (time.Duration, error)) (time.Duration, error) {
	err := r.Store.Lease(ctx, name)
	if errors.Is(err, ErrLeased) {
		return leaseAgain, nil
	}
	if err != nil {
		return 0, fmt.Errorf("take the lease of %s: %w", name, err)
	}
	again, err := r.renewing(ctx, name, work)
	if errors.Is(err, ErrLeased) {
		return leaseAgain, nil
	}
	if err := r.Store.EndLease(context.WithoutCancel(ctx), name); err != nil {
		r.Log.WarnContext(ctx, "a lease was not given back and runs out", "name", name, "error", err)
	}
	return again, err
}

// renewing does the work and renews the lease meanwhile, but no longer than the work lasts, however it ends.
func (r *Runner) renewing(ctx context.Context, name string, work func(context.Context) (time.Duration, error)) (time.Duration, error) {
	ctx, stop := context.WithCancel(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		r.renewLease(ctx, stop, name)
	}()
	defer func() {
		stop()
		<-renewed
	}()
	return work(ctx)
}

// renewLease renews until ctx ends, and ends it when another process has the lease. A database that does not answer ends
// nothing: without it nothing is claimed either.
func (r *Runner) renewLease(ctx context.Context, lost context.CancelFunc, name string) {
	tick := time.NewTicker(renewLease)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := r.Store.Lease(ctx, name)
		if errors.Is(err, ErrLeased) {
			r.Log.WarnContext(ctx, "another process took over", "name", name)
			lost()
			return
		}
		if err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "a lease was not renewed", "name", name, "error", err)
		}
	}
}
