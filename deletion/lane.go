package deletion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	inherited  bool      // a request of another process, which is gone, may be on its way
	sent       int       // batches sent since the last look
	earnest    bool      // sending was what mattered at the last look
	sending    bool      // there was something to send when it was last tried
	nextFollow time.Time // when to look at the activities again
	nextCheck  time.Time // when to look into an unknown attempt again; zero: there is none
	turnEnds   time.Time // until then contacts are read
	further    bool      // the last look read some of them
	looked     time.Time // when an unknown attempt was last looked into
	nextProof  time.Time // when to look at one of the first batches again; zero: none has to be proven
	holdLooks  time.Time // no looking at Constant Contact before
	holdUntil  time.Time // no sending before
	unsent     int       // requests in a row that could not be sent
	unread     int       // looks in a row that failed and came no further
	lost       int       // requests in a row whose answer was lost
	turnedDown int       // requests in a row whose connection was not accepted
	nextRoom   time.Time // when to look whether the account's queue has room again; zero while it is not full
	roomLooks  int       // looks for room in a row that were followed by "full" again
	failures   map[int64]int
	ahead      map[int64]Offset // by unknown attempt: how far its clock was ahead of the vendor's when it was claimed
	watch      changeWatch
	recent     []constantcontact.Activity // the account's newest, as they were at recentAt
	recentAt   time.Time
	recentFrom time.Time // all that were created from then on are among them
	lookbacks  lookbacks
	listing    *listing  // for lookbacks; nil: none is under way
	listedAt   time.Time // when the last one began
	witnessed  bool      // the account's activities were compared with the database since the start
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

// adopt turns what a dead process left as sending into unknown. The lane and the lease are ours, so nothing alive is sending. What
// cannot be turned yet has the account looked at at once, and again, as if it were open.
func (l *lane) adopt(ctx context.Context) error {
	n, err := l.runner.Store.AdoptLost(ctx, l.account)
	if err != nil {
		return fmt.Errorf("adopt lost attempts: %w", err)
	}
	if n > 0 {
		l.runner.Log.WarnContext(ctx, "a request was cut off and its outcome is unknown", "account", l.account, "attempts", n)
	}
	before := l.inherited
	if l.inherited, err = l.runner.Store.OnTheWay(ctx, l.account); err != nil {
		return fmt.Errorf("look for a request of another process: %w", err)
	}
	if l.inherited && !before {
		l.nextFollow = time.Time{}
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

// step looks at what is due, sends one batch and says how long to wait before the next step.
func (l *lane) step(ctx context.Context) (time.Duration, error) {
	if err := l.look(ctx); err != nil && !l.goesOn(ctx, err) {
		return l.afterReadError(ctx, err, &l.unread)
	}
	now := l.runner.Now()
	switch {
	case now.Before(l.holdUntil):
		return l.untilLook(l.holdUntil), nil
	case now.Before(l.holdLooks): // who cannot look does not send either
		return l.untilLook(l.holdLooks), nil
	case l.open >= maxOpen:
		return l.untilLook(l.nextFollow), nil
	}
	if wait, err := l.mayClaim(ctx); wait != 0 || err != nil {
		return wait, err
	}
	if !l.runner.Clocks.Agree() {
		return l.heldByClocks(ctx)
	}
	changes, err := l.changes(ctx)
	if errors.Is(err, errManyChanges) {
		return l.pauseForChanges(ctx)
	}
	if err != nil {
		return l.afterReadError(ctx, err, &l.watch.unread)
	}
	l.watch.unread = 0
	if len(l.runner.Clocks.Due()) > 0 { // nothing was read for a while
		return l.heldByClocks(ctx)
	}
	return l.sendNext(ctx, changes)
}

// sendNext claims the next batch and sends it.
func (l *lane) sendNext(ctx context.Context, changes Changes) (time.Duration, error) {
	claimed := time.Now()
	a, err := l.runner.Store.Claim(ctx, l.account, changes)
	l.sending = err == nil
	if errors.Is(err, ErrNothingToSend) {
		return l.nothingToSend(ctx)
	}
	if errors.Is(err, ErrHalted) {
		return l.halted(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("claim a batch: %w", err)
	}
	return 0, l.send(ctx, a, claimed)
}

// nothingToSend finds out whether anything is left to wait for.
func (l *lane) nothingToSend(ctx context.Context) (time.Duration, error) {
	running, err := l.runner.Store.FinishDeletions(ctx, l.account)
	if err != nil {
		return 0, fmt.Errorf("finish deletions: %w", err)
	}
	if running == 0 && l.open == 0 && l.nextCheck.IsZero() {
		return idle, nil
	}
	if err := l.adopt(ctx); err != nil { // of another process, once it cannot be on its way any more
		return 0, err
	}
	return l.untilLook(l.nextFollow), nil
}

// untilLook is the time to the given moment or to the next look at Constant Contact that is allowed, whichever comes first, at
// least a millisecond.
func (l *lane) untilLook(first time.Time) time.Duration {
	for _, m := range []time.Time{l.nextFollow, l.nextCheck, l.nextProof} {
		if m.IsZero() {
			continue
		}
		if m = later(m, l.holdLooks); m.Before(first) {
			first = m
		}
	}
	return max(first.Sub(l.runner.Now()), time.Millisecond)
}

// afterReadError decides what a failed look at the vendor means: a pause that a person must end, a wait, or an error. Looks of
// its kind that fail one after another are counted in inARow.
func (l *lane) afterReadError(ctx context.Context, err error, inARow *int) (time.Duration, error) {
	if ctx.Err() != nil {
		return time.Millisecond, nil
	}
	if at, held := retryAt(err); held {
		l.holdReads(l.askAgain(at))
		return l.untilLook(l.nextFollow), nil
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
	*inARow++
	wait := backoff(*inARow)
	l.holdReads(l.runner.Now().Add(wait))
	l.runner.Log.WarnContext(ctx, "looking at Constant Contact did not work", "account", l.account, "error", err, "again_in", wait)
	return wait, nil
}

// holdReads leaves Constant Contact alone until then.
func (l *lane) holdReads(until time.Time) {
	l.holdLooks, l.nextFollow = until, until
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// backoff is a wait with full jitter whose bound doubles from 1 s to 60 s.
func backoff(failures int) time.Duration {
	return rand.N(min(time.Second<<min(failures-1, 6), time.Minute))
}
