package deletion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"winnow/constantcontact"
)

// Changes says when contacts that are not deleted last changed at Constant Contact. Whoever is in it with a time after a
// deletion's preview is not what a person decided about: somebody edited the contact, or it came back.
type Changes map[ID]time.Time

// Since tells whether a contact changed at asOf or later. The vendor's times are whole seconds.
func (c Changes) Since(id ID, asOf time.Time) bool {
	at, known := c[id]
	return known && !at.Before(asOf.Truncate(time.Second))
}

const (
	// batchesPerReading is how many batches may be sent on one reading of the changes, which costs one call as a rule.
	batchesPerReading = 20
	// readingAge is how old a reading may be when a batch is sent.
	readingAge = time.Minute
	// readingOverlap is how far a reading goes back behind the last one: the vendor shows changes late.
	readingOverlap = 2 * time.Minute
	// maxChanges bounds a reading: 40 calls, and about 2 MB to remember. Where more contacts change, leaving them out one by
	// one is not what a person expects.
	maxChanges = 20_000
)

// errManyChanges means that more contacts changed than a reading may show.
var errManyChanges = errors.New("too many contacts changed")

// changeWatch remembers which contacts of the account changed since a moment.
type changeWatch struct {
	since  time.Time // the reading goes back to here
	at     time.Time // when it was last read, by Constant Contact's clock
	sent   int       // batches sent since
	unread int       // readings in a row that failed
	seen   Changes   // nil before the first reading

	from, began time.Time // of the reading that is under way: what it asks for, and when it asked by ours
	place       constantcontact.Bookmark
}

// current tells whether a batch of a deletion as of then may be sent without reading again.
func (w *changeWatch) current(asOf, now time.Time) bool {
	return w.seen != nil && !asOf.Before(w.since) && w.sent < batchesPerReading && now.Sub(w.at) < readingAge
}

// read brings the watch up to date. A reading that failed goes on where it did, as long as it is not too old by then.
func (w *changeWatch) read(ctx context.Context, c *constantcontact.Client, asOf, now time.Time) error {
	w.begin(asOf, now)
	options := constantcontact.ContactOptions{UpdatedAfter: w.from.Add(-time.Second)}
	for end := false; !end; {
		var contacts []constantcontact.Contact
		var err error
		if contacts, end, err = c.Contacts.NextPage(ctx, options, &w.place); err != nil {
			return fmt.Errorf("read changed contacts: %w", err)
		}
		w.note(contacts)
		if len(w.seen) > maxChanges {
			*w = changeWatch{unread: w.unread}
			return errManyChanges
		}
	}
	w.at, w.sent, w.began = w.began, 0, time.Time{}
	return nil
}

// note remembers when those of the contacts changed that are not deleted.
func (w *changeWatch) note(contacts []constantcontact.Contact) {
	for i := range contacts {
		if id, ok := ParseID([]byte(contacts[i].ContactID)); ok && !contacts[i].Deleted() {
			w.seen[id] = contacts[i].UpdatedAt
		}
	}
}

// begin begins a reading, unless one is under way that is good for the deletion.
func (w *changeWatch) begin(asOf, now time.Time) {
	known := w.seen != nil && !asOf.Before(w.since)
	if known && !w.began.IsZero() && now.Sub(w.began) < readingAge {
		return
	}
	w.began, w.place = now, constantcontact.Bookmark{}
	w.from = w.at.Add(-readingOverlap)
	if !known || w.from.Before(asOf) {
		w.seen, w.since, w.from = Changes{}, asOf, asOf
	}
}

// changes are what the next batches leave out. Reading them is shared by up to batchesPerReading batches.
func (l *lane) changes(ctx context.Context) (Changes, error) {
	asOf, err := l.runner.Store.OldestAsOf(ctx, l.account)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("preview of what runs: %w", err)
	}
	if l.watch.current(asOf, l.vendorNow()) {
		return l.watch.seen, nil
	}
	err = l.watch.read(ctx, l.client, asOf, l.runner.Now())
	if ahead, _ := l.runner.Clocks.Vendor(); err == nil { // its answers told the time
		l.watch.at = l.watch.at.Add(-ahead.Most)
	}
	return l.watch.seen, err
}
