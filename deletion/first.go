package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"winnow/constantcontact"
)

// FirstSizes are the sizes of a careful deletion's first batches: a mistake in the file or at Constant Contact shows while
// it has cost 10 contacts, or 110.
var FirstSizes = []int{10, 100}

// proveFirst compares the account with what the last of a deletion's first batches should have done to it, and lets the
// deletion go on only when they agree.
func (l *lane) proveFirst(ctx context.Context) error {
	if l.runner.Now().Before(later(l.nextProof, l.holdLooks)) {
		return nil
	}
	l.nextProof = time.Time{}
	b, err := l.runner.Store.FirstDue(ctx, l.account)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("first batch to prove: %w", err)
	}
	surprise, err := l.surprise(ctx, b)
	switch {
	case errors.Is(err, errTooEarly):
		l.nextProof = l.runner.Now().Add(l.runner.Follow)
		return nil
	case err != nil:
		return err
	case surprise != "":
		return l.pause(ctx, b.Deletion, Surprise, surprise)
	}
	err = l.runner.Store.ProveFirst(ctx, b.Deletion, b.N)
	if err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("note the proof of batch %d: %w", b.N, err)
	}
	return nil
}

// errTooEarly means that the account may not show yet what happened.
var errTooEarly = errors.New("too early to tell")

// surprise says in a sentence for people what about the account is not as expected after a batch, or nothing: every contact
// that was named and that the account knows is deleted, nobody else is, and the account knows most of them.
func (l *lane) surprise(ctx context.Context, b *Batch) (string, error) {
	switch b.Outcome {
	case LeftOut:
		return "", nil // nothing was sent
	case Rejected:
		return fmt.Sprintf("The request for batch %d was refused.", b.N), nil
	}
	ids, err := l.runner.Store.BatchIDs(ctx, b.Deletion, b.N)
	if err != nil {
		return "", fmt.Errorf("ids of batch: %w", err)
	}
	named := ids.kept()
	w := witness{lane: l, batch: b}
	if err := w.read(ctx); err != nil {
		return "", err
	}
	if err := w.readMissing(ctx, named); err != nil {
		return "", err
	}
	switch {
	case w.left > 0:
		return fmt.Sprintf("Not deleted: %d of the %d contacts in batch %d.", w.left, len(named), b.N), nil
	case 2*w.strangers > len(named):
		return fmt.Sprintf("Not in this account: %d of the %d contacts in batch %d.", w.strangers, len(named), b.N), nil
	}
	others, err := w.others(ctx)
	if err != nil || others == 0 {
		return "", err
	}
	return fmt.Sprintf("Deleted at the same time as batch %d: %d that Winnow did not name.", b.N, others), nil
}

// witness is what the account shows about the time in which a batch was worked on.
type witness struct {
	lane    *lane
	batch   *Batch
	deleted map[ID]bool

	left      int // of the contacts that were named: not deleted
	strangers int // of the contacts that were named: not in the account
}

// since is when Constant Contact took the batch, by its own clock where it told.
func (w *witness) since() time.Time {
	if created := w.batch.Activity.CreatedAt; !created.IsZero() {
		return created
	}
	return w.batch.ClaimedAt.Add(-clockMargin)
}

// until is when Constant Contact had finished with it.
func (w *witness) until() time.Time {
	if end := w.batch.Activity.end(); !end.IsZero() {
		return end
	}
	return w.batch.CheckedAt
}

// read lists every contact that was deleted in that time.
func (w *witness) read(ctx context.Context) error {
	w.deleted = map[ID]bool{}
	options := constantcontact.ContactOptions{
		Status: []string{"deleted"}, UpdatedAfter: w.since().Add(-time.Second), UpdatedBefore: w.until().Add(2 * time.Second),
	}
	for contact, err := range w.lane.client.Contacts.All(ctx, options) {
		if err != nil {
			return fmt.Errorf("read deleted contacts: %w", err)
		}
		if id, ok := ParseID([]byte(contact.ContactID)); ok && contact.Deleted() {
			w.deleted[id] = true
		}
		if len(w.deleted) > maxChanges {
			return nil // far more than we named, whoever they are
		}
	}
	return nil
}

// readMissing reads the contacts that the list does not show by id, once it had time to show them. They may have been deleted
// long before.
func (w *witness) readMissing(ctx context.Context, named []ID) error {
	for _, id := range named {
		if w.deleted[id] {
			continue
		}
		if w.lane.vendorNow().Before(w.until().Add(w.lane.runner.Lag)) {
			return errTooEarly
		}
		contact, err := readContact(ctx, w.lane.client, id)
		switch {
		case err != nil:
			return err
		case contact == nil:
			w.strangers++
		case !contact.Deleted():
			w.left++
		}
	}
	return nil
}

// others counts the contacts that were deleted in that time and that no request of ours named.
func (w *witness) others(ctx context.Context) (int, error) {
	shown := make([]ID, 0, len(w.deleted))
	for id := range w.deleted {
		shown = append(shown, id)
	}
	ours, err := w.lane.runner.Store.SentAmong(ctx, w.lane.account, w.batch.ClaimedAt.Add(-time.Hour), shown)
	if err != nil {
		return 0, fmt.Errorf("which contacts were ours: %w", err)
	}
	return len(shown) - len(ours), nil
}

// kept are the contacts of a batch that are not left out.
func (ids *BatchIDs) kept() []ID {
	if ids.Changed == nil {
		return ids.IDs
	}
	kept := make([]ID, 0, len(ids.IDs))
	for i, id := range ids.IDs {
		if !ids.Changed.Has(i) {
			kept = append(kept, id)
		}
	}
	return kept
}
