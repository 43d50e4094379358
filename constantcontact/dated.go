package constantcontact

import (
	"net/http"
	"time"
)

// Reading is what one answer of the service showed of its clock.
type Reading struct {
	// Date is the header of that name, in whole seconds: the clock showed it, or up to a second more, at some moment
	// between Sent and Came.
	Date time.Time
	// Sent and Came are how long ago the request was begun and its answer was there, by the monotonic clock.
	Sent, Came time.Duration
}

// dated is when an answer was asked for, when it came and what its Date says; a zero date says nothing.
type dated struct{ date, sent, came time.Time }

// datedBy takes the Date from an answer that has just come. One that a cache kept is old, and says so by its Age.
func datedBy(res *http.Response, sent time.Time) dated {
	d := dated{sent: sent, came: time.Now()}
	if res.Header.Get("Age") != "" {
		return d
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		d.date = date
	}
	return d
}

// tellDate passes on the Date of an answer that is the vendor's own: a success that could be read, or a refusal in its own words.
// What a proxy answers in its place says nothing about its clock.
func (c *Client) tellDate(a *answer, e Ending) {
	own := e.Err == nil || e.Refusal != nil && e.Refusal.FromVendor
	if c.options.Dated == nil || a == nil || !own || a.dated.date.IsZero() {
		return
	}
	c.options.Dated(Reading{Date: a.dated.date, Sent: time.Since(a.dated.sent), Came: time.Since(a.dated.came)})
}
