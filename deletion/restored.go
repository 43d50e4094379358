package deletion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"winnow/constantcontact"
)

// HoldCause is what gave away that the database may be older than what happened.
type HoldCause string

// The causes of a hold.
const (
	HeldOlder      HoldCause = "older"      // it has counted less than the emergency file beside it
	HeldActivities HoldCause = "activities" // the account has activities that it should know and does not
)

// Hold keeps everything of an account from being sent until a person releases it: what the database says is still to be
// done may have been done already.
type Hold struct {
	ID       int64
	Cause    HoldCause
	Evidence string // what was seen, in words for people
	HeldAt   time.Time
}

// Holds keeps what is needed to notice that an older copy of the database was put back, and what follows from it.
type Holds interface {
	// Hold holds the account and pauses its running deletions as Restored. Until it is released Claim finds nothing to send
	// for the account, and Resume does not end a Restored pause. Holding what is held changes nothing.
	Hold(ctx context.Context, account string, cause HoldCause, evidence string) error
	// OpenHold returns the account's hold that nobody has released, or ErrNotFound.
	OpenHold(ctx context.Context, account string) (*Hold, error)
	// Release ends a hold, records who did it, and lets what it paused go on. The activities created until that moment are
	// accounted for. ErrChanged when it is released already.
	Release(ctx context.Context, account string, hold int64, by User, at time.Time) error
	// Standing tells what the account's activities are compared with.
	Standing(ctx context.Context, account string) (Standing, error)
	// LostAttempts lists the attempts since a time, and all open ones, that may have an activity which the database does
	// not know: their answer was lost, and what became of them was found out in another way or is not known yet.
	LostAttempts(ctx context.Context, account string, since time.Time) ([]*Attempt, error)
}

// Standing is what the database knows of an account when its activities are looked at for the first time after a start.
type Standing struct {
	Held          bool
	SeenUntil     time.Time // activities created until then are accounted for by a person's word, by the vendor's clock
	NewestAttempt time.Time // when it was claimed; zero without one
	OldestLive    time.Time // when the oldest deletion that has not ended was created; zero without one
}

// startMargin is how far the vendor's clock may differ from ours before an activity that somebody else began after our
// start counts as one from before it.
const startMargin = 5 * time.Minute

// witness makes sure, once after each start and before anything is sent, that the database is not older than what happened:
// every deletion that the account's activities show since our newest attempt has to be ours. If not, the
// account is held. What was created after the start is not stale and needs no look.
func (l *lane) witness(ctx context.Context) error {
	if l.witnessed {
		return nil
	}
	s, err := l.runner.Store.Standing(ctx, l.account)
	if err != nil {
		return fmt.Errorf("look how the account stands: %w", err)
	}
	if s.Held {
		return l.keepHolding(ctx)
	}
	if s.OldestLive.IsZero() || !s.OldestLive.Before(l.runner.started) {
		return nil
	}
	strange, err := l.unexplained(ctx, s)
	if err != nil {
		return err
	}
	if len(strange) == 0 {
		l.witnessed = true
		return nil
	}
	l.runner.Log.WarnContext(ctx, "the account has deletions that this database does not know: everything is held", "account", l.account,
		"activities", len(strange), "newest", strange[0].ActivityID)
	if err := l.runner.Store.Hold(ctx, l.account, HeldActivities, strangeEvidence(s, strange)); err != nil {
		return fmt.Errorf("hold the account: %w", err)
	}
	return nil
}

// keepHolding pauses what was confirmed or resumed during the hold.
func (l *lane) keepHolding(ctx context.Context) error {
	if err := l.runner.Store.PauseAccount(ctx, l.account, Restored, "", time.Time{}); err != nil {
		return fmt.Errorf("pause what is held: %w", err)
	}
	return nil
}

// unexplained are the deletions among the account's activities, newest first, that ought to be ours and that nothing in the database
// accounts for.
func (l *lane) unexplained(ctx context.Context, s Standing) ([]constantcontact.Activity, error) {
	seen := s.SeenUntil.Truncate(time.Second).Add(-time.Nanosecond) // the vendor's times are whole seconds
	since := later(seen, later(s.OldestLive, s.NewestAttempt).Add(-clockMargin))
	recent, err := l.activitiesSince(ctx, since, 0)
	if err != nil {
		return nil, err
	}
	until := l.runner.started.Add(startMargin)
	found := slices.DeleteFunc(slices.Clone(recent), func(a constantcontact.Activity) bool {
		return !a.CreatedAt.After(since) || a.CreatedAt.After(until) || !mayBeDeletion(&a)
	})
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].ActivityID
	}
	ours, err := l.runner.Store.BatchesOfActivities(ctx, l.account, ids)
	if err != nil {
		return nil, fmt.Errorf("activities of ours: %w", err)
	}
	found = slices.DeleteFunc(found, func(a constantcontact.Activity) bool { return ours[a.ActivityID] != nil })
	if len(found) == 0 {
		return nil, nil
	}
	lost, err := l.runner.Store.LostAttempts(ctx, l.account, since.Add(-l.runner.Grace))
	if err != nil {
		return nil, fmt.Errorf("attempts without an activity: %w", err)
	}
	for _, attempt := range lost {
		fits := func(a constantcontact.Activity) bool { return mayBe(&a, attempt, l.windowOf(attempt)) }
		if i := slices.IndexFunc(found, fits); i >= 0 {
			found = slices.Delete(found, i, i+1)
		}
	}
	return found, nil
}

// mayBeDeletion tells whether an activity has the shape of one that deletes contacts: no file that was read, none that was
// written, and none of the counters of an import.
func mayBeDeletion(a *constantcontact.Activity) bool {
	return a.SourceFileName == "" && a.Links.Results.Href == "" && a.Status.PersonCount == nil
}

func strangeEvidence(s Standing, strange []constantcontact.Activity) string {
	known := "this database knows of no request for the account"
	if !s.NewestAttempt.IsZero() {
		known = "the newest request that this database knows is of " + s.NewestAttempt.UTC().Format(evidenceTime)
	}
	what := "an activity"
	if len(strange) > 1 {
		what = fmt.Sprintf("%d activities", len(strange))
	}
	return fmt.Sprintf("Constant Contact shows %s that may be deletions and that this database does not know, the newest of %s (%s); %s.",
		what, strange[0].CreatedAt.UTC().Format(evidenceTime), strange[0].ActivityID, known)
}

const evidenceTime = "2 January 2006, 15:04:05 UTC"

// ReleaseHold ends a hold by a person's word; what it paused goes on. ErrChanged when it is not the account's open hold any
// more.
func (c *Console) ReleaseHold(ctx context.Context, account string, hold int64, by User) error {
	open, err := c.Store.OpenHold(ctx, account)
	if errors.Is(err, ErrNotFound) || err == nil && open.ID != hold {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("find the hold: %w", err)
	}
	return c.Store.Release(ctx, account, hold, by, c.AsOf())
}

// afterWitnessError pauses or waits as after any other look that did not work. Nothing is sent before one has.
func (l *lane) afterWitnessError(ctx context.Context, err error) (time.Duration, error) {
	wait, err := l.afterReadError(ctx, err, &l.unread)
	if wait == idle {
		return 0, err
	}
	return wait, err
}
