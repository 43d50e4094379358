package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pauseAll pauses what runs and idles: a person has to do something first.
func (l *lane) pauseAll(ctx context.Context, reason Reason, note string) (time.Duration, error) {
	err := l.runner.Store.PauseAccount(ctx, l.account, reason, note, time.Time{})
	if err != nil {
		return 0, fmt.Errorf("pause account: %w", err)
	}
	return idle, nil
}

// pauseForChanges pauses what runs: so much of the account changed since the preview that a person has to look at it again.
func (l *lane) pauseForChanges(ctx context.Context) (time.Duration, error) {
	if err := l.runner.Store.PauseAccount(ctx, l.account, ManyChanges, "", time.Time{}); err != nil {
		return 0, fmt.Errorf("pause account: %w", err)
	}
	return 0, nil
}

// pause pauses one deletion until a person resumes it. One that does not run any more stays as it is.
func (l *lane) pause(ctx context.Context, deletion int64, reason Reason, note string) error {
	err := l.runner.Store.Pause(ctx, l.account, deletion, reason, note, time.Time{})
	if err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("pause deletion %d: %w", deletion, err)
	}
	return nil
}

// pauseForQuota pauses what runs until the vendor's day begins; the store wakes us then. What was sent is followed all the
// same, as long as looking is allowed: some requests of the day are kept back for it.
func (l *lane) pauseForQuota(ctx context.Context, until time.Time) (time.Duration, error) {
	if err := l.runner.Store.PauseAccount(ctx, l.account, QuotaUsed, "", until); err != nil {
		return 0, fmt.Errorf("pause account: %w", err)
	}
	return idle, nil
}

// dayTurn is how far our clock and the vendor's may be apart at midnight, and the pause while they may be.
const dayTurn, dayTurnPause = 5 * time.Minute, time.Minute

// nextUTCDay is when the vendor, which says that the day is used, counts from zero again. In the first minutes of a day it may
// be speaking of the day before.
func nextUTCDay(now time.Time) time.Time {
	day := now.UTC().Truncate(24 * time.Hour)
	if now.Sub(day) < dayTurn {
		return now.Add(dayTurnPause).UTC()
	}
	return day.Add(24 * time.Hour)
}
