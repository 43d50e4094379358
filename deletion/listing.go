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
	// clockMargin is how far the vendor's clock and ours may differ when an activity is looked for.
	clockMargin = time.Minute
	// endSlack widens the time that an activity says it took, at the first look at what it deleted: the vendor's times are whole
	// seconds. wideSlack does at the second look, because its machines' clocks may differ.
	endSlack, wideSlack = 5 * time.Second, 20 * time.Second
	// lateList is how much later than usual the list may show a deletion. Nobody published a figure.
	lateList = time.Minute
	// The part of the list that is read at a time: a minute at first, then what fits into a page or two.
	firstSlice, shortestSlice = time.Minute, 10 * time.Second
	pageful                   = 500
	// slicesATurn is how many parts are read before something else has its turn.
	slicesATurn = 10
	// anew is how often the shortest part is begun anew because its pages are short.
	anew = 10
)

// listing reads the account's list of deleted contacts, those deleted from a moment on until another. It goes on where it
// failed.
type listing struct {
	from, until time.Time // from moves on
	slice       time.Duration
	place       constantcontact.Bookmark
	shown       int // in this slice, since it was begun
	begun       int // how often the shortest slice was begun anew
	progress    int // grows with each contact and slice
}

func (r *listing) done() bool { return !r.from.Before(r.until) }

// read goes on until it is through, has read some slices, or fails, and shows every contact at least once.
func (r *listing) read(ctx context.Context, c *constantcontact.Client, show func(*constantcontact.Contact)) error {
	for slices := 0; !r.done() && slices < slicesATurn; slices++ {
		end := r.from.Add(min(r.slice, r.until.Sub(r.from)))
		whole, err := r.readUntil(ctx, c, end, show)
		switch {
		case err != nil:
			return fmt.Errorf("read deleted contacts: %w", err)
		case whole:
			r.turn(end)
		default:
			if r.slice == shortestSlice {
				r.begun++
			}
			r.slice = max(r.slice/2, shortestSlice)
			r.begin()
		}
	}
	return nil
}

// readUntil reads the slice up to its end, and tells whether it did. It stops when the slice has too many pages, or short ones:
// all pages that follow a short one are as short.
func (r *listing) readUntil(ctx context.Context, c *constantcontact.Client, end time.Time, show func(*constantcontact.Contact)) (bool, error) {
	options := constantcontact.ContactOptions{ // both ends are given in whole seconds
		Status: []string{constantcontact.StatusDeleted}, UpdatedAfter: r.from.Add(-time.Second), UpdatedBefore: end.Add(time.Second),
	}
	for contact, err := range c.Contacts.AllFrom(ctx, options, &r.place) {
		if err != nil {
			return false, err
		}
		pages := r.place.Pages()
		if short := r.shown < pages*pageful/2; (short || pages > 4) && (r.slice > shortestSlice || short && r.begun < anew) {
			return false, nil
		}
		r.shown++
		r.progress++
		show(&contact)
	}
	return true, nil
}

func (r *listing) begin() { r.shown, r.place = 0, constantcontact.Bookmark{} }

// turn goes on to the next slice, longer or shorter by what the last one held.
func (r *listing) turn(end time.Time) {
	switch {
	case r.shown < pageful/2:
		r.slice *= 2
	case r.shown > pageful:
		r.slice = max(r.slice/2, shortestSlice)
	}
	r.from, r.begun = end, 0
	r.progress++
	r.begin()
}

// window is a time in which an activity may have deleted something, in Unix milliseconds.
type window struct{ from, until int64 }

func around(a Activity, slack time.Duration) window {
	return window{a.start().Add(-slack).UnixMilli(), a.end().Add(slack).UnixMilli()}
}

// reading is a listing for several lookbacks at a time: whoever waits for what became of a request is shown everything that is
// read, so that ten requests cost little more than one.
type reading struct {
	listing
	of []*lookback
}

// readingOf begins a reading for all lookbacks that there are.
func (l *lane) readingOf(from, until time.Time) *reading {
	return &reading{listing: listing{from: from, until: until, slice: firstSlice}, of: slices.Collect(maps.Values(l.lookbacks))}
}

// readOn lets a reading go on. One that fails but came further is not in the way of the next look.
func (l *lane) readOn(ctx context.Context, r *reading, saw func(*lookback)) error {
	before := r.progress
	err := r.read(ctx, l.client, func(contact *constantcontact.Contact) {
		for _, k := range r.of {
			if k.see(contact) {
				saw(k)
			}
		}
	})
	if r.progress != before {
		l.unread = 0
	}
	return err
}

// list reads who was deleted in a window, once for each lookback, and tells whether it is through.
func (l *lane) list(ctx context.Context, k *lookback, w window) (bool, error) {
	if k.windows[w] {
		return true, nil
	}
	r := l.windows[w]
	if r == nil || !slices.Contains(r.of, k) {
		r = l.readingOf(time.UnixMilli(w.from), time.UnixMilli(w.until))
		l.windows[w] = r
	}
	if err := l.readOn(ctx, r, func(k *lookback) { k.seen[w]++ }); err != nil || !r.done() {
		return false, err
	}
	for _, other := range r.of {
		other.windows[w] = true
	}
	delete(l.windows, w)
	return true, nil
}

// listActivity reads who was deleted while an activity that has ended ran, and tells whether the list has had the time to show
// them all. What is not shown at first is looked for once more, when the list may not be behind any more, and in a wider time.
func (l *lane) listActivity(ctx context.Context, k *lookback, a Activity) (settled bool, err error) {
	now := l.runner.Now()
	if now.Before(a.end().Add(l.runner.Lag)) {
		return false, nil
	}
	if through, err := l.list(ctx, k, around(a, endSlack)); err != nil || !through {
		return false, err
	}
	if k.agrees(a) || len(k.missing()) <= fewMissing {
		return true, nil
	}
	if now.Before(a.end().Add(l.runner.Lag + lateList)) {
		return false, nil
	}
	return l.list(ctx, k, around(a, wideSlack))
}

// showed tells whether an activity deleted any of the contacts, as far as the list was read.
func (k *lookback) showed(a Activity) bool {
	return k.seen[around(a, endSlack)]+k.seen[around(a, wideSlack)] > 0
}

// listAll brings a lookback up to a moment that is past, and all others of the account with it: each contact that was deleted is
// read about once, however many requests are being looked into. It tells whether it is through.
func (l *lane) listAll(ctx context.Context, k *lookback, moment time.Time) (bool, error) {
	for k.listedAt.Before(moment) {
		if l.whole == nil {
			l.whole = l.readingOf(l.runner.Now(), l.runner.Now())
			for _, other := range l.whole.of {
				l.whole.from = earlier(l.whole.from, other.listed)
			}
		}
		if err := l.readOn(ctx, l.whole, func(*lookback) {}); err != nil || !l.whole.done() {
			return false, err
		}
		for _, other := range l.whole.of {
			other.listed, other.listedAt = l.whole.until.Add(-readingOverlap), l.whole.until
		}
		l.whole = nil
	}
	return true, nil
}

// forget drops what is known of a request that is accounted for, and what was being read for nobody else.
func (l *lane) forget(deletion int64, n int) {
	delete(l.lookbacks, batchRef{deletion, n})
	if len(l.lookbacks) == 0 {
		clear(l.windows)
		l.whole = nil
	}
}
