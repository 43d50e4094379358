package deletion

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"winnow/constantcontact"
)

const (
	// lateList is how much later than usual the list of deleted contacts may show one. Nobody published a figure. A reading goes
	// back this far behind the one before.
	lateList = time.Minute
	// listEvery is the time from the beginning of one reading to the next, which reads what the list may have shown late once
	// more; while there is something to send it may be older.
	listEvery  = lateList / 2
	listRarely = 2 * lateList
	// pageful is the vendor's largest page.
	pageful = 500
	// The part of the list that is read at a time: a minute at first, then what fits into a few pages.
	firstSlice, shortestSlice = time.Minute, 10 * time.Second
	// anew is how often the shortest part is begun anew because its pages are short.
	anew = 10
)

// listing reads the account's list of deleted contacts, those deleted from a moment on until another, for all lookbacks that
// there were when it began: each contact that was deleted is read about once, however many requests are being looked into.
// It goes on where it failed.
type listing struct {
	of          []*lookback
	from, until time.Time // from moves on
	slice       time.Duration
	place       constantcontact.Bookmark
	shown       int // in this slice, since it was begun
	begun       int // how often the shortest slice was begun anew
	progress    int // grows with each page
}

func (r *listing) done() bool { return !r.from.Before(r.until) }

// read reads one page. Where pages are short, it begins the slice anew, because all that follow a short one are as short.
func (r *listing) read(ctx context.Context, c *constantcontact.Client) error {
	end := r.from.Add(min(r.slice, r.until.Sub(r.from)))
	options := constantcontact.ContactOptions{ // both ends are given in whole seconds
		Status: []string{constantcontact.StatusDeleted}, UpdatedAfter: r.from.Add(-time.Second), UpdatedBefore: end.Add(time.Second),
	}
	contacts, last, err := c.Contacts.NextPage(ctx, options, &r.place)
	for i := range contacts {
		for _, k := range r.of {
			k.see(&contacts[i])
		}
	}
	r.shown += len(contacts)
	switch {
	case err != nil:
		return fmt.Errorf("read deleted contacts: %w", err)
	case last:
		r.turn(end)
	case r.shown < r.place.Pages()*pageful/4 && r.begun < anew:
		r.again()
	}
	r.progress++
	return nil
}

// turn goes on to the next slice, longer or shorter by what the last one held.
func (r *listing) turn(end time.Time) {
	switch {
	case r.shown < pageful:
		r.slice *= 2
	case r.shown > 4*pageful:
		r.slice = max(r.slice/2, shortestSlice)
	}
	r.from, r.begun = end, 0
	r.begin()
}

// again begins a slice anew, a shorter one if possible.
func (r *listing) again() {
	if r.slice == shortestSlice {
		r.begun++
	}
	r.slice = max(r.slice/2, shortestSlice)
	r.begin()
}

func (r *listing) begin() { r.shown, r.place = 0, constantcontact.Bookmark{} }

// listUntil brings a lookback, and all others of the account with it, up to a moment that is past. It tells whether it is through.
func (l *lane) listUntil(ctx context.Context, k *lookback, moment time.Time) (bool, error) {
	for k.listedAt.Before(moment) {
		if l.listing == nil {
			if l.vendorNow().Before(l.listedAt.Add(l.listingAge())) {
				return false, nil
			}
			l.beginListing()
		}
		if through, err := l.goOnListing(ctx); err != nil || !through {
			return false, err
		}
		for _, other := range l.listing.of {
			other.listed, other.listedAt = l.listing.until.Add(-lateList), l.listing.until
		}
		l.listing, l.listedAt = nil, l.listing.until
	}
	return true, nil
}

// listingAge is how old a reading is before another one is begun.
func (l *lane) listingAge() time.Duration {
	if l.sending {
		return listRarely
	}
	return listEvery
}

// goOnListing reads on until the end, or until something else has its turn.
func (l *lane) goOnListing(ctx context.Context) (through bool, err error) {
	r := l.listing
	for !r.done() {
		before := r.progress
		err := r.read(ctx, l.client)
		if r.progress != before { // one that fails but came further is not in the way of the next look
			l.cameFurther()
		}
		if err != nil {
			return false, err
		}
		if l.turnOver() {
			break
		}
	}
	return r.done(), nil
}

// beginListing begins a reading of what any of the lookbacks lacks.
func (l *lane) beginListing() {
	now := l.vendorNow()
	l.listing = &listing{of: slices.Collect(maps.Values(l.lookbacks)), from: now, until: now, slice: firstSlice}
	for _, k := range l.listing.of {
		l.listing.from = earlier(l.listing.from, k.listed)
	}
}

// listActivity reads who was deleted until an activity that has ended did, and tells whether the list has had the time to show
// them all.
func (l *lane) listActivity(ctx context.Context, k *lookback, a Activity) (settled bool, err error) {
	now, usual := l.vendorNow(), a.end().Add(l.runner.Lag)
	if now.Before(usual) {
		return false, nil
	}
	through, err := l.listUntil(ctx, k, usual)
	switch {
	case err != nil || !through:
		return false, err
	case k.agrees(a), len(k.missing()) <= fewMissing:
		return true, nil
	case now.Before(usual.Add(lateList)):
		return false, nil
	}
	return l.listUntil(ctx, k, usual.Add(lateList))
}

// forget drops what is known of a request that is accounted for.
func (l *lane) forget(deletion int64, n int) {
	delete(l.lookbacks, batchRef{deletion, n})
	if len(l.lookbacks) == 0 {
		l.listing = nil
	}
}
