package deletion_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
)

// leasing is a store in which leases are all that there is. The work of an account is adopting.
type leasing struct {
	deletion.Store
	lease    func(n int) error // the n-th answer, from 1
	adopt    func(context.Context) error
	leased   int
	released int
}

func (s *leasing) Lease(context.Context, string) error { s.leased++; return s.lease(s.leased) }

func (s *leasing) EndLease(context.Context, string) error { s.released++; return nil }

func (s *leasing) AdoptLost(ctx context.Context, _ string) (int, error) { return 0, s.adopt(ctx) }

func (s *leasing) OnTheWay(context.Context, string) (bool, error) { return false, nil }

func runnerOn(s deletion.Store) *deletion.Runner {
	return deletion.NewRunner(deletion.RunnerOptions{
		Store: s, Log: slog.New(slog.DiscardHandler),
		Client: func(string) (*constantcontact.Client, error) { return nil, nil },
	})
}

func granted(int) error { return nil }

// refusedFrom refuses the lease from the n-th time on.
func refusedFrom(n int) func(int) error {
	return func(i int) error {
		if i >= n {
			return deletion.ErrLeased
		}
		return nil
	}
}

func untilItEnds(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestWhatAnotherProcessWorksOnIsLeftAlone(t *testing.T) {
	s := &leasing{lease: refusedFrom(1), adopt: func(context.Context) error { t.Error("it was worked on"); return nil }}
	again, err := runnerOn(s).Advance(t.Context(), "a")
	if err != nil || again <= 0 || again > deletion.LeaseTime {
		t.Errorf("Advance = %v, %v, want another look before a dead process's lease is long over", again, err)
	}
	if s.released != 0 {
		t.Error("the lease of another process was given back")
	}
}

func TestALeaseIsRenewedWhileTheWorkLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("the work is over")
		s := &leasing{lease: granted, adopt: func(context.Context) error { <-time.After(time.Minute); return enough }}
		if _, err := runnerOn(s).Advance(t.Context(), "a"); !errors.Is(err, enough) {
			t.Errorf("Advance: %v", err)
		}
		if atLeast := int(2 * time.Minute / deletion.LeaseTime); s.leased < atLeast || s.released != 1 {
			t.Errorf("in a minute of work the lease was renewed %d times and given back %d times, want %d and 1", s.leased, s.released, atLeast)
		}
	})
}

func TestWorkEndsWhenTheLeaseIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &leasing{lease: refusedFrom(3), adopt: untilItEnds}
		begun := time.Now()
		if _, err := runnerOn(s).Advance(t.Context(), "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("Advance: %v, want the end of its context", err)
		}
		if worked := time.Since(begun); worked > deletion.LeaseTime {
			t.Errorf("it worked for %v", worked)
		}
	})
}

func TestADatabaseThatIsAwayEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := errors.New("the work is over")
		away := func(n int) error {
			if n > 1 {
				return errors.New("connection refused")
			}
			return nil
		}
		s := &leasing{lease: away, adopt: func(ctx context.Context) error {
			select {
			case <-time.After(time.Minute):
				return over
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		if _, err := runnerOn(s).Advance(t.Context(), "a"); !errors.Is(err, over) {
			t.Errorf("Advance: %v", err)
		}
	})
}

// TestAPanicEndsTheRenewal would not end otherwise: a goroutine would go on renewing.
func TestAPanicEndsTheRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &leasing{lease: granted, adopt: func(context.Context) error { panic("on purpose") }}
		defer func() {
			if recover() == nil {
				t.Error("the panic went nowhere")
			}
		}()
		_, _ = runnerOn(s).Advance(t.Context(), "a")
	})
}
