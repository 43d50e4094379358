package deletion

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"winnow/constantcontact"
)

const (
	// activityPage is the vendor's largest page of activities: one call shows the newest 500.
	activityPage = 500
	// maxSingleLooks bounds how many activities that the page did not show are read one by one in a tick.
	maxSingleLooks = 5
	// sendsInEarnest is how many batches sent since the last look mean that sending is what matters now.
	sendsInEarnest = 4
	// maxFollow is the longest time between two looks while batches are open.
	maxFollow = 30 * time.Second
)

// follow asks once for the account's activities and carries every open batch as far as the answer proves.
func (l *lane) follow(ctx context.Context) error {
	batches, err := l.runner.Store.OpenBatches(ctx, l.account)
	if err != nil {
		return fmt.Errorf("open batches: %w", err)
	}
	l.open = len(batches)
	if l.open == 0 && !l.inherited {
		l.earnest = false
		l.nextFollow = l.runner.Now().Add(maxFollow)
		return nil
	}
	recent, err := l.recentActivities(ctx)
	if err != nil {
		return err
	}
	l.nextFollow = l.runner.Now().Add(l.followWait(batches))
	return l.observeAll(ctx, batches, recent)
}

// recentActivities are the account's newest activities.
func (l *lane) recentActivities(ctx context.Context) ([]constantcontact.Activity, error) {
	now := l.runner.Now()
	recent, err := l.client.Activities.Recent(ctx, activityPage)
	if err != nil {
		return nil, fmt.Errorf("read activities: %w", err)
	}
	l.recent, l.recentAt, l.recentFrom = recent, now, time.Time{}
	if len(recent) > 0 { // the next page may have more of that second
		l.recentFrom = recent[len(recent)-1].CreatedAt.Add(time.Second)
	}
	return recent, nil
}

// activitiesSince are all that were created since then, as they were so long ago at most. It reads on behind the first page: at
// full speed the vendor's largest is filled in two minutes, and one that is not seen does not count as none.
func (l *lane) activitiesSince(ctx context.Context, since time.Time, age time.Duration) ([]constantcontact.Activity, error) {
	now := l.runner.Now()
	if l.recent != nil && now.Sub(l.recentAt) < age && !l.recentFrom.After(since) {
		return l.recent, nil
	}
	all := []constantcontact.Activity{}
	for activity, err := range l.client.Activities.All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read activities: %w", err)
		}
		if activity.CreatedAt.Before(since) {
			break
		}
		all = append(all, activity)
	}
	l.recent, l.recentAt, l.recentFrom = all, now, since
	return all, nil
}

// followWait grows with the age of the oldest open batch: quick for short deletions, sparing for long queues, and half as
// often while there is something to send.
func (l *lane) followWait(batches []*Batch) time.Duration {
	shortest := l.runner.Follow
	if l.earnest = l.sent > sendsInEarnest; l.earnest {
		shortest *= 2
	}
	l.sent = 0
	if len(batches) == 0 {
		return maxFollow
	}
	oldest := batches[0].Activity.CreatedAt
	for _, b := range batches {
		if c := b.Activity.CreatedAt; c.Before(oldest) {
			oldest = c
		}
	}
	age := l.runner.Now().Sub(oldest)
	return min(max(age/8, shortest), max(maxFollow, shortest))
}

// observeAll matches batches with activities by id. Those that the page does not show are read one by one, the oldest
// first, because they end first.
func (l *lane) observeAll(ctx context.Context, batches []*Batch, recent []constantcontact.Activity) error {
	seen := make(map[string]*constantcontact.Activity, len(recent))
	for i := range recent {
		seen[recent[i].ActivityID] = &recent[i]
	}
	looks := 0
	l.beginTurn()
	for _, b := range batches {
		if l.turnOver() {
			l.nextFollow = l.runner.Now()
			return nil
		}
		if shown := seen[b.Activity.ID]; shown != nil {
			if err := l.observe(ctx, b, activityOf(shown)); err != nil {
				return err
			}
			continue
		}
		if looks++; looks > maxSingleLooks {
			continue
		}
		activity, err := l.lookAt(ctx, b)
		if err != nil {
			return err
		}
		if err := l.observe(ctx, b, activity); err != nil {
			return err
		}
	}
	return nil
}

// lookAt reads one activity. The vendor forgets activities after 10 days; then what is known of it stays as it is and the
// contacts decide.
func (l *lane) lookAt(ctx context.Context, b *Batch) (Activity, error) {
	activity, err := l.client.Activities.Get(ctx, b.Activity.ID)
	var refused *constantcontact.Error
	if errors.As(err, &refused) && refused.NotFound() {
		known := b.Activity
		known.State = "forgotten"
		return known, nil
	}
	if err != nil {
		return Activity{}, fmt.Errorf("read activity: %w", err)
	}
	return activityOf(activity), nil
}

// observe stores what the vendor says about a batch and concludes it when that is the end, or when a person does not want to wait
// for it.
func (l *lane) observe(ctx context.Context, b *Batch, a Activity) error {
	noted := !b.MovedAt.IsZero() && l.runner.Now().Sub(b.CheckedAt) < noteLooks
	switch {
	case a.ended():
		return l.conclude(ctx, b, a)
	case !b.WaivedAt.IsZero():
		return l.countWaived(ctx, b, a)
	case noted && reflect.DeepEqual(a, b.Activity):
		return nil
	}
	err := l.runner.Store.RecordActivity(ctx, b.Deletion, b.N, a)
	if err != nil && !errors.Is(err, ErrChanged) { // it may have ended since the batches were read
		return fmt.Errorf("record activity: %w", err)
	}
	return nil
}

// ended tells that the vendor will do nothing more for the activity.
func (a *Activity) ended() bool { return a.endedAs() != "" }

// endedAs is the outcome that the vendor's final state stands for, or empty.
func (a *Activity) endedAs() Outcome {
	switch a.State {
	case "completed":
		return Completed
	case "failed", "forgotten":
		return Failed
	case "timed_out":
		return TimedOut
	case "cancelled":
		return Cancelled
	}
	return ""
}
