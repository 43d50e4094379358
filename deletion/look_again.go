package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lookAgain keeps the attempt unknown and plans the next look. Of the activities that may be its own, it waits for those that
// have not ended.
func (l *lane) lookAgain(ctx context.Context, a *Attempt, evidence string, candidates []Activity) error {
	now := l.runner.Now()
	a.Checks++
	a.Evidence = evidence
	left := l.graceLeft(a)
	a.NextCheck = now.Add(checkWait(a.Checks, l.mayRunFor()-left, l.runner.Grace))
	if left > 0 {
		a.NextCheck = earlier(a.NextCheck, now.Add(left+clockJitter))
	}
	a.State = AttemptUnknown
	return l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Unknown, NextCheck: a.NextCheck, Waits: standing(candidates)})
}

// park lets other batches go on after a look that has not found out what became of an attempt. Lists are never parked, and the
// store says how many attempts are enough. When one request after another is lost, the next has to wait a minute each time.
func (l *lane) park(ctx context.Context, a *Attempt) error {
	inTrouble := l.lost >= maxFailures && l.runner.Now().Before(a.ClaimedAt.Add(l.runner.Grace/parkAfter))
	if a.State != AttemptUnknown || a.Source == FromLists || inTrouble {
		return nil
	}
	err := l.runner.Store.Park(ctx, a.ID)
	if err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("park attempt %d: %w", a.ID, err)
	}
	return nil
}

// parkAfter is the part of the grace time for which an attempt keeps its account when one request after another is lost: a
// minute of 15.
const parkAfter = 15

// checkWait doubles from a sixtieth of the grace time to a third of it, with 15 minutes 15 s, 30 s, 1, 2, 4 and then 5 minutes. It
// begins anew when the grace time is over, because little is missing then, and after a day of looks it is four times the grace
// time, because a person may take days to decide.
func checkWait(checks int, age, grace time.Duration) time.Duration {
	switch {
	case age > longUnknown && checks > manyChecks:
		return 4 * grace
	case age > grace && age < 2*grace:
		return grace / 30
	}
	first := grace / 60
	return max(min(first<<min(checks-1, 5), grace/3), 10*time.Millisecond)
}

// planned is when to look into an attempt again: at once when that was planned by a clock that was ahead.
func (l *lane) planned(a *Attempt) time.Time {
	now, longest := l.runner.Now(), l.runner.Grace/3
	if now.Sub(a.ClaimedAt) > longUnknown {
		longest = 4 * l.runner.Grace
	}
	if a.NextCheck.After(now.Add(longest + clockJitter)) {
		return now
	}
	return a.NextCheck
}

// longUnknown is the age from which nothing is expected to change about an unknown attempt by itself.
const longUnknown = 24 * time.Hour

// manyChecks are some hours of looks. Without them the age says little: the console may have stood still.
const manyChecks = 60
