package constantcontact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"strconv"
)

const (
	// pageSize is the most the vendor gives in one answer, for contacts, lists and activities alike.
	pageSize = 500

	// maxPages ends a collection that does not end by itself: it is 5,000,000 items at 500 a page, and every
	// request an API key may make in a day.
	maxPages = 10_000

	// maxLink is far above the 120 characters or so of a real link.
	maxLink = 4096
)

// errNextLink does not repeat the link, which a hostile server may have filled with anything.
var errNextLink = errors.New("next link is not a plain path under " + apiRoot + "/")

// nextLink is the only form of link we follow: a path from /v3 on, without dots, escapes or empty segments,
// and a printable query without a fragment or backslash.
var nextLink = regexp.MustCompile(`^` + apiRoot + `(?:/[A-Za-z0-9_-]+)+(?:\?[!"$-\[\]-~]*)?$`)

// links is how a collection names its next page. The key, the object and the href may each be missing or null.
type links struct {
	Next struct {
		Href *string `json:"href"`
	} `json:"next"`
}

// page is one answer of a collection.
type page[T any] struct {
	items []T
	next  string // target of the next page, empty at the end
}

// Bookmark keeps the place at which reading a collection broke off, so that the next reading begins with the page that
// failed instead of the first. The zero value is the beginning, and so is the bookmark of a reading that came to its end, or
// whose place the vendor refuses. It goes with the options it was made for, and with one reading at a time.
type Bookmark struct {
	next string          // target of the page to read next, empty for the first
	read map[string]bool // targets of the pages that were read whole
}

// Pages is how many pages of the reading were read whole.
func (m *Bookmark) Pages() int { return len(m.read) }

// pages iterates over a collection, making one request a page and none ahead of need. It ends after the first error. Each range
// over the result starts anew.
func pages[T any](ctx context.Context, c *Client, name, first, field string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		var mark Bookmark
		for end := false; !end; {
			var items []T
			var err error
			items, end, err = nextPage[T](ctx, c, name, first, field, &mark)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if err != nil {
				yield(zero, err)
				return
			}
		}
	}
}

// nextPage reads the page at the bookmark, which then stands at the one after it, and tells whether it was the last. After an error
// the bookmark stands where it did; a page that leads back to where it came from is given all the same.
func nextPage[T any](ctx context.Context, c *Client, name, first, field string, mark *Bookmark) (items []T, end bool, err error) {
	if mark.next == "" {
		*mark = Bookmark{next: first, read: make(map[string]bool)}
	}
	p, err := getPage[T](ctx, c, name, mark.next, field)
	if err != nil {
		mark.lost(err)
		return nil, false, err
	}
	if err := mark.turn(p.next); err != nil {
		return p.items, false, fmt.Errorf("%s: %w", name, err)
	}
	return p.items, mark.next == "", nil
}

// turn goes on to the next page, unless that was read before or is one too many.
func (m *Bookmark) turn(next string) error {
	switch {
	case next == m.next, m.read[next]:
		return errors.New("pages go round in a circle")
	case next != "" && len(m.read)+1 >= maxPages:
		return fmt.Errorf("collection has more than %d pages", maxPages)
	}
	m.read[m.next] = true
	m.next = next
	return nil
}

// lost begins anew when the vendor itself refuses the page, since nobody knows how long its places are good for.
func (m *Bookmark) lost(err error) {
	var refused *Error
	if errors.As(err, &refused) && refused.FromVendor && !mayPass(err) && !refused.Unauthorized() && !refused.QuotaExceeded() {
		*m = Bookmark{}
	}
}

// getPage reads one page. The answer must hold the collection's field: an answer without it is not an empty
// collection but something else.
func getPage[T any](ctx context.Context, c *Client, name, target, field string) (page[T], error) {
	var p page[T]
	var envelope map[string]json.RawMessage
	if err := c.get(ctx, name, target, &envelope); err != nil {
		return p, err
	}
	if err := json.Unmarshal(envelope[field], &p.items); err != nil {
		return p, fmt.Errorf("decode %q of %s: %w", field, name, scrub(err, ""))
	}
	if p.items == nil {
		return p, fmt.Errorf("%s: answer has no %q", name, field)
	}
	next, err := decodeNext(envelope["_links"])
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	p.next = next
	return p, nil
}

// decodeNext returns the target of the next page, or nothing at the end.
func decodeNext(raw json.RawMessage) (string, error) {
	if raw == nil {
		return "", nil
	}
	var l links
	if json.Unmarshal(raw, &l) != nil {
		return "", errNextLink
	}
	if l.Next.Href == nil {
		return "", nil
	}
	return checkNext(*l.Next.Href)
}

// checkNext accepts a link that can only lead to our own host and below /v3/.
func checkNext(href string) (string, error) {
	if len(href) > maxLink || !nextLink.MatchString(href) {
		return "", errNextLink
	}
	return href, nil
}

func limitQuery(limit int) url.Values {
	return url.Values{"limit": {strconv.Itoa(limit)}}
}
