package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"winnow/constantcontact"
)

// lookback finds out which of a batch's contacts are deleted now.
type lookback struct {
	ids          []ID
	since, until time.Time // when the deletion ran, on the vendor's clock
	deleted      map[ID]bool
	read         map[ID]bool // what was read by id: whether it is deleted
}

// readings keep what reading the contacts of a batch by id has shown until the batch is settled: a read that fails among
// hundreds must not make all of them begin again.
type readings map[batchRef]map[ID]bool

type batchRef struct {
	deletion int64
	n        int
}

func (r readings) of(deletion int64, n int) map[ID]bool {
	ref := batchRef{deletion, n}
	if r[ref] == nil {
		r[ref] = map[ID]bool{}
	}
	return r[ref]
}

func (r readings) forget(deletion int64, n int) { delete(r, batchRef{deletion, n}) }

// clockMargin widens the window of a lookback: the vendor's times are whole seconds, and its machines' clocks differ.
const clockMargin = time.Minute

// listDeleted reads the contacts that were deleted in the window, one call for 500 of them, and marks ours.
func (k *lookback) listDeleted(ctx context.Context, c *constantcontact.Client) error {
	ours := make(map[ID]bool, len(k.ids))
	for _, id := range k.ids {
		ours[id] = true
	}
	k.deleted = map[ID]bool{}
	options := constantcontact.ContactOptions{
		Status: []string{"deleted"}, UpdatedAfter: k.since.Add(-clockMargin), UpdatedBefore: k.until.Add(clockMargin),
	}
	for contact, err := range c.Contacts.All(ctx, options) {
		if err != nil {
			return fmt.Errorf("read deleted contacts: %w", err)
		}
		if id, ok := ParseID([]byte(contact.ContactID)); ok && ours[id] && contact.Deleted() {
			k.deleted[id] = true
		}
		if len(k.deleted) == len(k.ids) {
			return nil
		}
	}
	return nil
}

// readMissing reads every contact that the list did not show; one that the account does not know is not deleted either.
func (k *lookback) readMissing(ctx context.Context, c *constantcontact.Client) error {
	for _, id := range k.ids {
		if k.deleted[id] {
			continue
		}
		gone, known := k.read[id]
		if !known {
			var err error
			if gone, err = isDeleted(ctx, c, id); err != nil {
				return err
			}
			k.read[id] = gone
		}
		if gone {
			k.deleted[id] = true
		}
	}
	return nil
}

// isDeleted reads one contact.
func isDeleted(ctx context.Context, c *constantcontact.Client, id ID) (bool, error) {
	contact, err := readContact(ctx, c, id)
	return contact != nil && contact.Deleted(), err
}

// readContact returns nil for a contact that the account does not know.
func readContact(ctx context.Context, c *constantcontact.Client, id ID) (*constantcontact.Contact, error) {
	contact, err := c.Contacts.Get(ctx, id.String())
	var refused *constantcontact.Error
	if errors.As(err, &refused) && refused.NotFound() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read contact: %w", err)
	}
	return contact, nil
}

// resultOf is the end of a batch of which the lookback read those contacts that were sent last; the others were deleted
// before. An activity that completed without deleting any of them has failed them.
func (k *lookback) resultOf(batch *BatchIDs, ended Outcome) Result {
	missed, failed := k.missed(batch)
	kept := len(batch.kept())
	switch {
	case failed == 0:
		return Result{Outcome: Completed, Deleted: kept}
	case len(k.deleted) == 0 && ended == Completed:
		ended = Failed
	}
	return Result{Outcome: ended, Deleted: kept - failed, Failed: failed, Missed: missed}
}

// missed marks the contacts of a batch that were sent last and are not deleted, and counts them.
func (k *lookback) missed(batch *BatchIDs) (Bitmap, int) {
	sent := make(map[ID]bool, len(k.ids))
	for _, id := range k.ids {
		sent[id] = true
	}
	missed, n := NewBitmap(len(batch.IDs)), 0
	for i, id := range batch.IDs {
		if sent[id] && !k.deleted[id] {
			missed.Set(i)
			n++
		}
	}
	return missed, n
}
