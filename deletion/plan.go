package deletion

import (
	"cmp"
	"time"
)

// Plan says what sending a manifest takes, with what the running deletions still need before it.
type Plan struct {
	Requests  int           // POSTs
	SendFor   time.Duration // at the pace of the API key
	LeftAfter int64         // of today's requests, when it fits into today
	Days      int           // UTC days from today until the last request; 1 when it fits into today
	Today     int           // POSTs of it that can still be sent today
	Ahead     int64         // requests that the running deletions need first
	LastDay   time.Time     // the UTC day of the last request; zero when the day is not known
}

// Forecast says what the running deletions of an API key still need.
type Forecast struct {
	Calls   int64     // requests, looks included; 0 when nothing waits
	Days    int       // as in Plan
	LastDay time.Time // as in Plan
}

const (
	// usualInterval is the vendor's limit of 4 requests a second for an API key
	// (https://developer.constantcontact.com/api_guide/rate_limits.html).
	usualInterval = time.Second / 4
	// sendsPerLook is how many POSTs come with one look: the activities are followed, and contacts compared, for many batches
	// at once. It is on the safe side.
	sendsPerLook = 5
	// lastLook is the one that sees the end.
	lastLook = 1
)

// PlanFor plans the sending of a number of batches with what is left of today after the deletions that run already.
func PlanFor(batches int, u Usage) Plan {
	p := Plan{Requests: batches, SendFor: time.Duration(batches) * cmp.Or(u.Interval, usualInterval), Ahead: callsFor(u.Waiting)}
	calls := p.Ahead + callsFor(int64(batches)) + lastLook
	p.Days, p.LastDay = u.days(calls)
	if p.Days > 1 {
		p.Today = int(max(u.today()-p.Ahead-lastLook, 0) * sendsPerLook / (sendsPerLook + 1))
		return p
	}
	p.LeftAfter, p.Today = max(u.Limit-u.Used-calls, 0), batches
	return p
}

// ForecastFor says when the deletions that run will have been sent.
func ForecastFor(u Usage) Forecast {
	if u.Waiting == 0 {
		return Forecast{}
	}
	f := Forecast{Calls: callsFor(u.Waiting) + lastLook}
	f.Days, f.LastDay = u.days(f.Calls)
	return f
}

// callsFor is how many requests a number of POSTs takes with the looks that belong to them.
func callsFor(sends int64) int64 {
	return sends + (sends+sendsPerLook-1)/sendsPerLook
}

// today is how many requests can still be made for sending today: what is left of the day's, above the reserve, and what the
// pace lets through until midnight.
func (u Usage) today() int64 {
	left := max(u.Limit-u.Reserve-u.Used, 0)
	if u.Interval > 0 && !u.Resets.IsZero() {
		left = min(left, int64(u.Resets.Sub(u.AsOf)/u.Interval))
	}
	return left
}

// fullDay is how many requests a whole day lets through for sending.
func (u Usage) fullDay() int64 {
	perDay := u.Limit - u.Reserve
	if u.Interval > 0 {
		perDay = min(perDay, int64(24*time.Hour/u.Interval))
	}
	return perDay
}

// days is how many UTC days a number of requests takes, today included, and which is the last. Without a limit it is today.
func (u Usage) days(calls int64) (int, time.Time) {
	days := 1
	if perDay := u.fullDay(); perDay > 0 && calls > u.today() {
		days += int((calls - u.today() + perDay - 1) / perDay)
	}
	if u.Resets.IsZero() {
		return days, time.Time{}
	}
	return days, u.Resets.AddDate(0, 0, days-2)
}
