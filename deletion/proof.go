package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// conclude writes the end of a batch whose activity has ended. The vendor's counts are taken as proof only when the
// activity was answered to our own request and completed exactly as many contacts as the request named; in every other
// case the contacts are read back.
func (l *lane) conclude(ctx context.Context, b *Batch, a Activity) error {
	switch {
	case b.Source == FromLists:
		return l.concludeLists(ctx, b, a)
	case b.Outcome == Accepted && a.completedAll(b.Open()):
		return l.write(ctx, b, Result{Outcome: Completed, Deleted: b.Items - b.Changed, Activity: a})
	case b.Outcome == Accepted && a.namesMore(b.Open()):
		// Its contacts are read back like those of any other whose counts prove nothing; but nothing else is sent before a
		// person has looked.
		note := fmt.Sprintf("Batch %d named %d contacts, and Constant Contact reports more.", b.N, b.Open())
		if err := l.pause(ctx, b.Deletion, CountsDiffer, note); err != nil {
			return err
		}
		fallthrough
	case b.Outcome == Accepted:
		// Say at once that the counts do not prove anything; the next look reads the contacts.
		return l.write(ctx, b, Result{Outcome: Unknown, Deleted: b.Deleted, Failed: b.Failed, Activity: a})
	}
	return l.concludeByContacts(ctx, b, a)
}

// completedAll tells that the activity completed n items of n.
func (a *Activity) completedAll(n int) bool {
	return a.State == "completed" && a.ItemsTotal != nil && a.ItemsCompleted != nil &&
		*a.ItemsTotal == n && *a.ItemsCompleted == n
}

// namesMore tells that the activity counts more items than the n that were sent.
func (a *Activity) namesMore(n int) bool {
	return a.ItemsTotal != nil && *a.ItemsTotal > n || a.ItemsCompleted != nil && *a.ItemsCompleted > n
}

// concludeLists takes the vendor's word for lists: which contacts were members is nowhere recorded. Less than everything
// is a failure; the counters stay on the batch's page.
func (l *lane) concludeLists(ctx context.Context, b *Batch, a Activity) error {
	short := a.ItemsTotal != nil && *a.ItemsTotal > 0 && (a.ItemsCompleted == nil || *a.ItemsCompleted < *a.ItemsTotal)
	if a.State == "completed" && !short {
		return l.write(ctx, b, Result{Outcome: Completed, Deleted: b.Items, Activity: a})
	}
	return l.write(ctx, b, Result{Outcome: a.endedAs(), Failed: b.Items, Activity: a})
}

// concludeByContacts finds out which contacts of a batch are deleted, once the vendor had time to show it.
func (l *lane) concludeByContacts(ctx context.Context, b *Batch, a Activity) error {
	ids, err := l.runner.Store.BatchIDs(ctx, b.Deletion, b.N)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	k := l.lookbacks.of(batchRef{b.Deletion, b.N}, b.Tries, ids.sentLast(b), a.start().Add(-endSlack))
	if settled, err := l.listActivity(ctx, k, a); err != nil || !settled {
		return err
	}
	if last, err := l.lastWord(ctx, b, a, k); err != nil || !last {
		return err
	}
	if proven, err := l.proveRest(ctx, k, k.agrees(a)); err != nil || !proven {
		l.nextFollow = l.runner.Now() // there is more to read
		return err
	}
	r := k.resultOf(ids, a.endedAs())
	r.Activity = a
	return l.write(ctx, b, r)
}

// lastWord tells whether nothing will change any more about what the contacts show. A request whose answer was lost may still
// run until the grace time is over, unless the contacts account for the activity that it was given later.
func (l *lane) lastWord(ctx context.Context, b *Batch, a Activity, k *lookback) (bool, error) {
	if k.allDeleted() || len(k.deleted) > 0 && k.agrees(a) {
		return true, nil
	}
	attempts, err := l.runner.Store.Attempts(ctx, b.Deletion, b.N)
	if err != nil {
		return false, fmt.Errorf("attempts of batch: %w", err)
	}
	if len(attempts) == 0 {
		return true, nil
	}
	last := attempts[len(attempts)-1]
	lost := last.Evidence != ""
	return !lost || l.graceLeft(last) <= 0, nil
}

// sentLast are the contacts that the last request for the batch named: all that are not left out, or those of them that an
// earlier one had missed.
func (ids *BatchIDs) sentLast(b *Batch) []ID {
	if b.Deleted == 0 || ids.Missed == nil {
		return ids.kept()
	}
	var sent []ID
	for i, id := range ids.IDs {
		if ids.Missed.Has(i) && !ids.Changed.Has(i) {
			sent = append(sent, id)
		}
	}
	return sent
}

// start is when the activity began to delete, as far as the vendor says.
func (a *Activity) start() time.Time {
	if a.StartedAt.IsZero() {
		return a.CreatedAt
	}
	return a.StartedAt
}

// end is when the activity ended, as far as the vendor says.
func (a *Activity) end() time.Time {
	for _, t := range []time.Time{a.CompletedAt, a.UpdatedAt, a.StartedAt} {
		if !t.IsZero() {
			return t
		}
	}
	return a.CreatedAt
}

// write stores a result and counts failures in a row.
func (l *lane) write(ctx context.Context, b *Batch, r Result) error {
	r.Deletion, r.Batch = b.Deletion, b.N
	err := l.runner.Store.Conclude(ctx, r)
	if err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("conclude batch %d of deletion %d: %w", b.N, b.Deletion, err)
	}
	if r.Outcome.Final() {
		l.open--
		l.forget(b.Deletion, b.N)
	}
	if err != nil {
		return nil // concluded already
	}
	if r.Outcome != b.Outcome {
		l.runner.Log.InfoContext(ctx, "batch ended", "account", l.account, "deletion", b.Deletion, "batch", b.N,
			"outcome", r.Outcome, "deleted", r.Deleted, "failed", r.Failed, "activity", r.Activity.ID)
	}
	if r.Waived {
		return nil // nothing failed that says something about the next one
	}
	return l.tally(ctx, b.Deletion, r.Outcome)
}

// tally counts a deletion's failed batches in a row.
func (l *lane) tally(ctx context.Context, deletion int64, o Outcome) error {
	switch o {
	case Completed:
		delete(l.failures, deletion)
	case Failed, TimedOut, Cancelled:
		return l.countFailure(ctx, deletion)
	}
	return nil
}
