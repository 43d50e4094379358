package deletion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"winnow/constantcontact"
)

// lookback is what Constant Contact has shown of the contacts that one request named. It is kept until the request is
// accounted for, because a reading that fails among hundreds must not make all of them begin again; a process that does
// not have it reads anew.
type lookback struct {
	try     int // of the batch
	ids     []ID
	named   map[ID]bool
	deleted map[ID]time.Time // deleted since the request, when: listed so, or read so by id
	read    map[ID]time.Time // what was read by id: the day of its deletion, zero for one that is not deleted
	sampled []ID             // the contacts that speak for all others, once they were drawn

	listed   time.Time // everything that was deleted from the request on up to here was on the list that was read
	listedAt time.Time // when the list was last read
}

// lookbacks are those of an account's requests.
type lookbacks map[batchRef]*lookback

type batchRef struct {
	deletion int64
	n        int
}

// of is the lookback of a batch's latest request, which named ids and may have deleted some of them since.
func (all lookbacks) of(ref batchRef, try int, ids []ID, since time.Time) *lookback {
	if k := all[ref]; k != nil && k.try == try {
		return k
	}
	k := &lookback{try: try, ids: ids, named: make(map[ID]bool, len(ids)), deleted: map[ID]time.Time{}, read: map[ID]time.Time{}, listed: since}
	for _, id := range ids {
		k.named[id] = true
	}
	all[ref] = k
	return k
}

const (
	// clockMargin is how far the vendor's clock and ours may differ where nobody compared them; see windowOf.
	clockMargin = time.Minute
	// endSlack widens the time that an activity says it took: the vendor's times are whole seconds, and its machines' clocks
	// may differ.
	endSlack = 20 * time.Second
)

// see takes note of a contact that the list shows.
func (k *lookback) see(c *constantcontact.Contact) {
	id, ok := ParseID([]byte(c.ContactID))
	if !ok || !k.named[id] || !c.Deleted() {
		return
	}
	if _, known := k.deleted[id]; !known {
		k.deleted[id] = c.UpdatedAt
	}
}

// showed tells whether any of the contacts was deleted while an activity ran, as far as the list was read.
func (k *lookback) showed(a Activity) bool {
	for _, at := range k.deleted {
		if at.After(a.start().Add(-endSlack)) && at.Before(a.end().Add(endSlack)) {
			return true
		}
	}
	return false
}

// missing are the contacts that nothing has shown as deleted.
func (k *lookback) missing() []ID {
	missing := make([]ID, 0, len(k.ids)-len(k.deleted))
	for _, id := range k.ids {
		if _, gone := k.deleted[id]; !gone {
			missing = append(missing, id)
		}
	}
	return missing
}

func (k *lookback) allDeleted() bool { return len(k.deleted) == len(k.ids) }

// agrees tells that the list shows exactly as many of the contacts as the activity says it completed.
func (k *lookback) agrees(a Activity) bool {
	return a.ItemsCompleted != nil && *a.ItemsCompleted == len(k.deleted)
}

const (
	// fewMissing is how many contacts are rather read one by one than concluded about from a count and a sample.
	fewMissing = 25
	// failedReads is how many of them may fail one after another: then it is not about single contacts.
	failedReads = 3
	// sampleSize is how many contacts are read by id before all of a request are taken for what they show.
	sampleSize = 5
)

// readMissing reads the contacts that the list did not show by id, some in each turn, and tells whether it is through. One that
// the account does not know is not deleted either.
func (l *lane) readMissing(ctx context.Context, k *lookback) (bool, error) {
	var failed error
	inARow := 0
	for _, id := range k.missing() {
		if _, known := k.read[id]; known {
			continue
		}
		err := l.readOne(ctx, k, id)
		if inARow++; err == nil {
			inARow = 0
		} else if failed = err; inARow == failedReads || !mayPass(err) {
			return false, err
		}
		if l.turnOver() {
			break
		}
	}
	if failed != nil || k.unread() {
		return false, failed
	}
	for id, day := range k.read {
		if !day.IsZero() {
			k.deleted[id] = time.Time{}
		}
	}
	return true, nil
}

// unread tells whether a missing contact was not read yet.
func (k *lookback) unread() bool {
	return slices.ContainsFunc(k.missing(), func(id ID) bool { _, known := k.read[id]; return !known })
}

// readOne reads a contact, once.
func (l *lane) readOne(ctx context.Context, k *lookback, id ID) error {
	if _, known := k.read[id]; known {
		return nil
	}
	contact, err := readContact(ctx, l.client, id)
	if err != nil {
		return err
	}
	k.read[id] = time.Time{}
	l.cameFurther()
	if contact != nil {
		k.read[id] = contact.DeletedAt
	}
	return nil
}

// mayPass tells whether a failed reading says something about that reading only: another one may work right away.
func mayPass(err error) bool {
	var refused *constantcontact.Error
	var quota *QuotaError
	_, held := retryAt(err)
	return !held && !errors.As(err, &quota) && !errors.Is(err, ErrSignInAgain) && !errors.Is(err, context.Canceled) &&
		(!errors.As(err, &refused) || !refused.Unauthorized() && !refused.Forbidden() && refused.Status != 429)
}

// sample reads a few of the missing contacts by id, and tells whether one of them was deleted on that day or later although
// the list does not show it.
func (l *lane) sample(ctx context.Context, k *lookback, day time.Time) (contradiction bool, err error) {
	if k.sampled == nil {
		missing := k.missing()
		for _, i := range rand.Perm(len(missing))[:min(sampleSize, len(missing))] {
			k.sampled = append(k.sampled, missing[i])
		}
	}
	for _, id := range k.sampled {
		if err := l.readOne(ctx, k, id); err != nil {
			return false, err
		}
		if at := k.read[id]; !at.IsZero() && !at.Before(day) {
			return true, nil
		}
	}
	return false, nil
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
	missed, n := NewBitmap(len(batch.IDs)), 0
	for i, id := range batch.IDs {
		if _, gone := k.deleted[id]; k.named[id] && !gone {
			missed.Set(i)
			n++
		}
	}
	return missed, n
}
