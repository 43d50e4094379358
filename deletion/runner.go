package deletion

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"winnow/constantcontact"
)

// RunnerOptions configures a Runner. Store, Client and Log are required; zero durations mean the defaults.
type RunnerOptions struct {
	Store Store
	// Client gives the API client that acts for an account, with its connection, its token and the governor built in.
	Client func(account string) (*constantcontact.Client, error)
	// MayDelete tells what would keep a deletion request from being made now; nothing is claimed then. Nil tells nothing.
	MayDelete func(ctx context.Context) error
	// Clocks hears from Client and Store what time it is elsewhere; nothing is claimed while they differ. Nil: nobody compares.
	Clocks *Clocks
	Log    *slog.Logger
	Dir    string // where the sorter may put its unlinked files
	// FirstSizes are the sizes of the first batches of a deletion of contacts; none: all batches are full.
	FirstSizes []int

	// Follow is the shortest time between two looks at the activities of an account, 2 s by default.
	Follow time.Duration
	// Lag is how long the vendor's contacts may show an old state after an activity has ended, 20 s by default. Nobody
	// published a figure; a contact is only called not deleted after it.
	Lag time.Duration
	// Grace is how long a request whose answer was lost may still run, 15 min by default. Nothing is sent again before.
	Grace time.Duration
	// Slice is how long one call of Advance works at most, 60 s by default.
	Slice time.Duration
	Now   func() time.Time
}

const (
	defaultFollow = 2 * time.Second
	defaultLag    = 20 * time.Second
	defaultGrace  = 15 * time.Minute
	defaultSlice  = time.Minute

	// maxOpen is how many batches of an account may be open at the vendor. Its queue takes 1,000 activities of an account
	// and a page of activities shows 500: so one call sees all of ours, and others find room in the queue.
	maxOpen = 450
	// maxFailures is how many batches of a deletion may fail one after another before it pauses.
	maxFailures = 5
)

// Runner does the work that needs nobody's browser: it reads members of lists, sends batches and follows them. It keeps
// nothing that matters in memory; the rows in the store are the truth, and a new process goes on where the old one died.
type Runner struct {
	RunnerOptions
	lanes     lanes
	preparing once
	started   time.Time
}

// NewRunner returns a runner with the defaults filled in.
func NewRunner(o RunnerOptions) *Runner {
	o.Follow = orDefault(o.Follow, defaultFollow)
	o.Lag = orDefault(o.Lag, defaultLag)
	o.Grace = orDefault(o.Grace, defaultGrace)
	o.Slice = orDefault(o.Slice, defaultSlice)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Runner{RunnerOptions: o, started: o.Now()}
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// Advance does what there is to do for an account, for at most one slice of time, and says after how long it wants to be
// called again; 0 means not until there is new work. A call while another one works on the same account makes that one
// look again and returns at once.
func (r *Runner) Advance(ctx context.Context, account string) (time.Duration, error) {
	l, free := r.lanes.enter(account)
	if !free {
		return 0, nil
	}
	again, err := r.leased(ctx, account, func(ctx context.Context) (time.Duration, error) { return r.advance(ctx, l) })
	if r.lanes.leave(l) && again == 0 {
		again = time.Millisecond // somebody knocked while we were leaving
	}
	return again, err
}

func (r *Runner) advance(ctx context.Context, l *lane) (time.Duration, error) {
	l.runner = r
	client, err := r.Client(l.account)
	if err != nil {
		return 0, fmt.Errorf("client for account: %w", err)
	}
	l.client = client
	if err := l.adopt(ctx); err != nil {
		return 0, err
	}
	if err := l.resume(ctx); err != nil {
		return 0, err
	}
	if err := l.witness(ctx); err != nil {
		return l.afterWitnessError(ctx, err)
	}
	end := r.Now().Add(r.Slice)
	for ctx.Err() == nil {
		wait, err := l.step(ctx)
		switch {
		case err != nil:
			return 0, err
		case wait == idle:
			return 0, nil
		case r.Now().Add(wait).After(end):
			return max(wait, time.Millisecond), nil
		}
		l.sleep(ctx, wait)
	}
	return time.Millisecond, nil
}
