package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lookingTurn is how long contacts are read before a batch has its turn: 12 requests at the vendor's pace.
const lookingTurn = 3 * time.Second

// goesOn tells that a look failed only after it had come further, so that a batch may have its turn before the next one. Where
// one reading in three fails, hardly any look ends without.
func (l *lane) goesOn(ctx context.Context, err error) bool {
	if !l.further || !mayPass(err) {
		return false
	}
	l.runner.Log.InfoContext(ctx, "looking at Constant Contact broke off and goes on", "account", l.account, "error", err)
	return true
}

// cameFurther notes that a contact or a page of them was read that need not be read again.
func (l *lane) cameFurther() { l.further, l.unread = true, 0 }

// look does all looking at Constant Contact that is due.
func (l *lane) look(ctx context.Context) error {
	l.further = false
	if !l.runner.Now().Before(l.nextFollow) {
		if err := l.follow(ctx); err != nil {
			return err
		}
	}
	if err := l.lookIntoUnknown(ctx); err != nil {
		return err
	}
	if err := l.proveFirst(ctx); err != nil {
		return err
	}
	if !l.runner.Now().Before(l.holdLooks) {
		l.unread = 0
	}
	return nil
}

func (l *lane) beginTurn() { l.turnEnds = l.runner.Now().Add(lookingTurn) }

// turnOver tells that something else has its turn. What is being read goes on at the next look.
func (l *lane) turnOver() bool { return !l.runner.Now().Before(l.turnEnds) }

// lookIntoUnknown resolves the unknown attempts that are due, the most urgent first, until one stays unknown or the turn is
// over: then other batches are sent before the next.
func (l *lane) lookIntoUnknown(ctx context.Context) error {
	earliest := later(l.holdLooks, l.looked.Add(l.runner.Follow))
	l.beginTurn()
	for {
		a, err := l.dueUnknown(ctx, earliest)
		if err != nil || a == nil {
			return err
		}
		l.looked = l.runner.Now()
		l.nextCheck = l.looked.Add(l.runner.Follow) // there may be another one
		if err := l.resolve(ctx, a); err != nil {
			return err
		}
		if err := l.park(ctx, a); err != nil || a.State.Open() || l.turnOver() {
			return err
		}
	}
}

// dueUnknown is the most urgent unknown attempt, or nil when there is none or it is not to be looked into yet; when it will be
// is kept in nextCheck.
func (l *lane) dueUnknown(ctx context.Context, earliest time.Time) (*Attempt, error) {
	l.nextCheck = time.Time{}
	a, err := l.runner.Store.NextUnknown(ctx, l.account)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for an unknown attempt: %w", err)
	}
	l.nextCheck = later(l.planned(a), earliest)
	if l.runner.Now().Before(l.nextCheck) {
		return nil, nil
	}
	return a, nil
}
