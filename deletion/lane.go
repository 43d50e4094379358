package deletion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"winnow/constantcontact"
)

// idle is the wait of a lane with nothing to do until somebody makes new work.
const idle = time.Duration(-1)

// lane is one account's line of work: one request after another. What it remembers between two slices only makes it
// polite (when to look next, how often in a row something failed); losing it loses nothing.
type lane struct {
	account string
	runner  *Runner
	client  *constantcontact.Client
	knock   chan struct{}

	open       int       // batches that are followed, as far as the last look tells
	sent       int       // batches sent since the last look
	earnest    bool      // sending was what mattered at the last look
	nextFollow time.Time // when to look at the activities again
	holdLooks  time.Time // no looking at Constant Contact before
	holdUntil  time.Time // no sending before
	unsent     int       // requests in a row that could not be sent
	failures   map[int64]int
	witnessed  bool // the account's activities were compared with the database since the start
}

// lanes makes sure that an account has one lane and that one goroutine works in it.
type lanes struct {
	mu   sync.Mutex
	all  map[string]*lane
	busy map[string]bool
}

// enter takes the account's lane, or knocks at it when somebody is in it.
func (ls *lanes) enter(account string) (l *lane, free bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.all == nil {
		ls.all, ls.busy = map[string]*lane{}, map[string]bool{}
	}
	l = ls.all[account]
	if l == nil {
		l = &lane{account: account, knock: make(chan struct{}, 1), failures: map[int64]int{}}
		ls.all[account] = l
	}
	if ls.busy[account] {
		select {
		case l.knock <- struct{}{}:
		default:
		}
		return nil, false
	}
	ls.busy[account] = true
	return l, true
}

// leave frees the lane and tells whether somebody knocked since the last look.
func (ls *lanes) leave(l *lane) (knocked bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.busy[l.account] = false
	select {
	case <-l.knock:
		return true
	default:
		return false
	}
}

// sleep waits for d, for a knock or for the end of ctx.
func (l *lane) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.knock:
	case <-ctx.Done():
	}
}

// adopt turns what a dead process left as sending into unknown. The lane is ours, so nothing alive is sending.
func (l *lane) adopt(ctx context.Context) error {
	n, err := l.runner.Store.AdoptLost(ctx, l.account)
	if err != nil {
		return fmt.Errorf("adopt lost attempts: %w", err)
	}
	if n > 0 {
		l.runner.Log.WarnContext(ctx, "a request was cut off and its outcome is unknown", "account", l.account, "attempts", n)
	}
	return nil
}

// resume goes on with what waited for the next day. The store leaves alone what has to wait longer.
func (l *lane) resume(ctx context.Context) error {
	if err := l.runner.Store.ResumeAccount(ctx, l.account, QuotaUsed); err != nil {
		return fmt.Errorf("resume what waited for the next day: %w", err)
	}
	return nil
}

// step does one thing and says how long to wait before the next.
func (l *lane) step(ctx context.Context) (time.Duration, error) {
	now := l.runner.Now()
	if !now.Before(l.nextFollow) {
		if err := l.follow(ctx); err != nil {
			return l.afterReadError(ctx, err)
		}
	}
	if now.Before(l.holdUntil) {
		return l.until(l.holdUntil, l.nextFollow), nil
	}
	if l.open >= maxOpen {
		return l.until(l.nextFollow), nil
	}
	a, err := l.runner.Store.Claim(ctx, l.account)
	if errors.Is(err, ErrNothingToSend) {
		return l.nothingToSend(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("claim a batch: %w", err)
	}
	return 0, l.send(ctx, a)
}

// nothingToSend resolves an unknown attempt when one is due, or finds out whether anything is left to wait for.
func (l *lane) nothingToSend(ctx context.Context) (time.Duration, error) {
	a, err := l.runner.Store.OpenAttempt(ctx, l.account)
	if err == nil {
		if due := later(a.NextCheck, l.holdLooks); l.runner.Now().Before(due) {
			return l.until(due, l.nextFollow), nil
		}
		if err := l.resolve(ctx, a); err != nil {
			return l.afterReadError(ctx, err)
		}
		return 0, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return 0, fmt.Errorf("look for an unknown attempt: %w", err)
	}
	running, err := l.runner.Store.FinishDeletions(ctx, l.account)
	if err != nil {
		return 0, fmt.Errorf("finish deletions: %w", err)
	}
	if running == 0 && l.open == 0 {
		return idle, nil
	}
	return l.until(l.nextFollow), nil
}

// until is the time to the earliest of the given moments, at least a millisecond.
func (l *lane) until(moments ...time.Time) time.Duration {
	first := moments[0]
	for _, m := range moments[1:] {
		if m.Before(first) {
			first = m
		}
	}
	return max(first.Sub(l.runner.Now()), time.Millisecond)
}

// afterReadError decides what a failed look at the vendor means: a pause that a person must end, a wait, or an error.
func (l *lane) afterReadError(ctx context.Context, err error) (time.Duration, error) {
	if ctx.Err() != nil {
		return time.Millisecond, nil
	}
	var refused *constantcontact.Error
	var quota *QuotaError
	switch {
	case errors.As(err, &quota):
		l.holdReads(quota.ResumeAt)
		return l.pauseForQuota(ctx, quota.ResumeAt)
	case errors.As(err, &refused) && refused.Unauthorized():
		return l.pauseAll(ctx, SignInAgain, "")
	case errors.Is(err, ErrSignInAgain):
		return l.pauseAll(ctx, SignInAgain, "")
	case errors.As(err, &refused) && refused.Forbidden():
		return l.pauseAll(ctx, NotAllowed, refused.Message)
	case errors.As(err, &refused) && refused.QuotaExceeded():
		l.holdReads(nextUTCDay(l.runner.Now()))
		return l.pauseForQuota(ctx, nextUTCDay(l.runner.Now()))
	}
	l.unsent++
	wait := backoff(l.unsent)
	l.holdReads(l.runner.Now().Add(wait))
	l.runner.Log.WarnContext(ctx, "looking at Constant Contact did not work", "account", l.account, "error", err, "again_in", wait)
	return wait, nil
}

// pauseAll pauses what runs and idles: a person has to do something first.
func (l *lane) pauseAll(ctx context.Context, reason Reason, note string) (time.Duration, error) {
	err := l.runner.Store.PauseAccount(ctx, l.account, reason, note, time.Time{})
	if err != nil {
		return 0, fmt.Errorf("pause account: %w", err)
	}
	return idle, nil
}

// pauseForQuota pauses what runs until the vendor's day begins; the store wakes us then. What was sent is followed all the
// same, as long as looking is allowed: some requests of the day are kept back for it.
func (l *lane) pauseForQuota(ctx context.Context, until time.Time) (time.Duration, error) {
	if err := l.runner.Store.PauseAccount(ctx, l.account, QuotaUsed, "", until); err != nil {
		return 0, fmt.Errorf("pause account: %w", err)
	}
	return idle, nil
}

// holdReads leaves Constant Contact alone until then.
func (l *lane) holdReads(until time.Time) {
	l.holdLooks, l.nextFollow = until, until
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// nextUTCDay is when the vendor counts from zero again.
func nextUTCDay(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// backoff is a wait with full jitter that doubles from 1 s to 60 s.
func backoff(failures int) time.Duration {
	top := min(time.Second<<min(failures, 6), time.Minute)
	return time.Second/2 + rand.N(top)
}

// once lets one goroutine at a time do a thing to a deletion.
type once struct {
	mu   sync.Mutex
	busy map[int64]bool
}

func (o *once) begin(id int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[id] {
		return false
	}
	if o.busy == nil {
		o.busy = map[int64]bool{}
	}
	o.busy[id] = true
	return true
}

func (o *once) end(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, id)
}
