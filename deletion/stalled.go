package deletion

import (
	"context"
	"fmt"
	"strings"
	"time"

	"winnow/constantcontact"
)

const (
	// StalledAfter is how long an activity may stand still before pages and metrics say so. Nobody published how long one may
	// take; they take seconds or minutes as a rule, a full queue at Constant Contact less than an hour.
	StalledAfter = time.Hour
	// AskAfter is how long it may before a person is asked whether to go on waiting.
	AskAfter = 24 * time.Hour
	// noteLooks is how often it is written down that an activity was looked at and has not changed.
	noteLooks = 5 * time.Minute
	// namedActivities is how many activities are named among those that a lost request may wait for.
	namedActivities = 3
)

// Stalled tells of a deletion's batches that wait for what has not moved for StalledAfter, and that nobody stopped waiting for.
type Stalled struct {
	Batches int
	Asking  int       // of these, those that a person is asked about, after AskAfter
	First   int       // the batch that has waited longest; 0 without one
	Since   time.Time // for how long
	Waits   string    // for what, see Batch.Waits
	Blocks  bool      // nothing of the account is sent before one of them is found out about
	// Of the whole account: batches that are with Constant Contact, counted only when some of them do not move, and those.
	AccountOpen, AccountBatches int
}

// Full tells that nothing of the account is sent before one of its open batches ends, and that some of them do not move.
func (s Stalled) Full() bool { return s.AccountOpen >= maxOpen && s.AccountBatches > 0 }

// Standing says in words for people how far an activity has come. While it stays the same, the activity has not moved: when the
// vendor last touched it does not count.
func (a *Activity) Standing() string {
	words := fmt.Sprintf("Activity %s is %s, %d %% done", a.ID, a.State, a.PercentDone)
	switch {
	case a.ItemsCompleted != nil && a.ItemsTotal != nil:
		words += fmt.Sprintf(", %d of %d items", *a.ItemsCompleted, *a.ItemsTotal)
	case a.ItemsTotal != nil:
		words += fmt.Sprintf(", %d items", *a.ItemsTotal)
	}
	return words + "."
}

// standing says how those activities stand that have not ended.
func standing(candidates []Activity) string {
	var words []string
	for _, a := range candidates {
		if unfinished(a) {
			words = append(words, a.Standing())
		}
	}
	if more := len(words) - namedActivities; more > 0 {
		words = append(words[:namedActivities], fmt.Sprintf("And %d more.", more))
	}
	return strings.Join(words, " ")
}

// nothingDone tells that the activity says of no item that it completed it.
func (a *Activity) nothingDone() bool { return a.ItemsCompleted == nil || *a.ItemsCompleted == 0 }

// countWaived ends a batch that a person does not want to wait for, though its activity has not ended: what the account shows as
// deleted is deleted, and the rest is not sent again.
func (l *lane) countWaived(ctx context.Context, b *Batch, a Activity) error {
	ids, err := l.runner.Store.BatchIDs(ctx, b.Deletion, b.N)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	counted, since := l.countContacts, a.start().Add(-endSlack)
	if b.Source == FromLists {
		counted, since = l.countLists, l.runner.Now() // no list of deleted contacts is read for it
	}
	k := l.lookbacks.of(batchRef{b.Deletion, b.N}, b.Tries, ids.sentLast(b), since)
	if through, err := counted(ctx, k, a, b.WaivedAt); err != nil || !through {
		return err
	}
	r := k.resultOf(ids, TimedOut)
	r.Activity, r.Waived = a, r.Failed > 0
	return l.write(ctx, b, r)
}

// countContacts reads who of the contacts was deleted until then, and tells whether it is through.
func (l *lane) countContacts(ctx context.Context, k *lookback, a Activity, until time.Time) (through bool, err error) {
	a.CompletedAt = until
	if settled, err := l.listActivity(ctx, k, a); err != nil || !settled {
		return false, err
	}
	through, err = l.proveRest(ctx, k, k.agrees(a) || a.nothingDone() && len(k.deleted) == 0)
	if !through {
		l.nextFollow = l.runner.Now() // there is more to read
	}
	return through, err
}

// countLists reads which of the lists have nobody on them, some in each turn, and tells whether it is through.
func (l *lane) countLists(ctx context.Context, k *lookback, _ Activity, until time.Time) (through bool, err error) {
	if l.runner.Now().Before(until.Add(l.runner.Lag)) {
		return false, nil
	}
	for _, id := range k.missing() {
		if _, known := k.read[id]; known {
			continue
		}
		if l.turnOver() {
			l.nextFollow = l.runner.Now()
			return false, nil
		}
		members, err := l.client.Contacts.Count(ctx, constantcontact.ContactOptions{Lists: []string{id.String()}})
		if err != nil {
			return false, fmt.Errorf("count members: %w", err)
		}
		k.read[id] = time.Time{}
		if members == 0 {
			k.deleted[id] = l.runner.Now()
		}
	}
	return true, nil
}

// keepWaiting leaves a lost request unknown while activities that may be its own have not ended, unless a person stopped waiting:
// then its contacts are counted as the account shows them, and it is not sent again. It tells whether one of both was to be done.
func (l *lane) keepWaiting(ctx context.Context, a *Attempt, k *lookback, f found) (waits bool, err error) {
	b, err := l.runner.Store.Batch(ctx, a.Deletion, a.Batch)
	switch {
	case err != nil:
		return false, fmt.Errorf("batch of the lost request: %w", err)
	case len(f.open) == 0 && (b.WaivedAt.IsZero() || len(f.ours) > 0):
		return false, nil
	case b.WaivedAt.IsZero():
		return true, l.lookAgain(ctx, a, f.evidence(a, k), f.open)
	}
	through, err := l.countContacts(ctx, k, Activity{CreatedAt: a.ClaimedAt}, b.WaivedAt)
	if err != nil || !through {
		return true, err
	}
	return true, l.settleWaived(ctx, a, b, k)
}

// settleWaived ends a lost request that nobody waits for any more.
func (l *lane) settleWaived(ctx context.Context, a *Attempt, b *Batch, k *lookback) error {
	ids, err := l.runner.Store.BatchIDs(ctx, a.Deletion, a.Batch)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	r := k.resultOf(ids, TimedOut)
	r.Deletion, r.Batch, r.Waived = a.Deletion, a.Batch, r.Failed > 0
	a.State, a.NextCheck = AttemptNotExecuted, time.Time{}
	a.Evidence = fmt.Sprintf("%s stopped waiting. %d of its %d contacts were seen as deleted; what it waited for may still run.",
		b.WaivedBy, len(k.deleted), a.Items)
	s := Settlement{Outcome: r.Outcome, Waived: r.Waived}
	if len(k.deleted) > 0 {
		a.State, s.Result = AttemptExecuted, &r
	}
	s.Attempt = *a
	return l.settleUnknown(ctx, s)
}
