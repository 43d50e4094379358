package deletion

import "time"

const (
	// clockSafety widens what was measured: the vendor's times are whole seconds, its machines' clocks may differ among each other,
	// and ours may be set by a little between a comparison and a request.
	clockSafety = 10 * time.Second
	// clockJitter is by how much two comparisons may differ for no reason but whole seconds and the time that an answer takes.
	clockJitter = 2 * time.Second
)

// window is when the activity of an attempt was created, by Constant Contact's clock, if it ran within the grace time.
type window struct{ from, until time.Time }

// windowOf is as narrow as the clocks were known when the attempt was claimed, with room for what they show now. Of an attempt that
// another process claimed it is only known that the clocks did not differ by much.
func (l *lane) windowOf(a *Attempt) window {
	ahead, known := l.ahead[a.ID]
	if !known {
		ahead = l.runner.Clocks.Tolerated()
	}
	if now, measured := l.runner.Clocks.Claims(); measured {
		ahead = ahead.with(now)
	}
	return window{
		from:  a.ClaimedAt.Add(-ahead.Most - clockSafety),
		until: a.ClaimedAt.Add(l.mayRunFor() - ahead.Least + clockSafety),
	}
}

// listedFrom is from when on the list of deleted contacts has to be read for an attempt. Where its process is gone, that is less far
// back than its window, as each page of the list costs a call; but what a candidate did is always in it.
func (l *lane) listedFrom(a *Attempt, candidates []Activity) time.Time {
	safety := clockSafety
	if _, known := l.ahead[a.ID]; !known {
		safety = clockMargin
	}
	from := a.ClaimedAt.Add(-l.aheadAt(a).Most - safety)
	for _, c := range candidates {
		from = earlier(from, c.CreatedAt.Add(-endSlack))
	}
	return from
}

// vendorNow is what Constant Contact's clock shows at least: a little less than it does.
func (l *lane) vendorNow() time.Time {
	ahead, _ := l.runner.Clocks.Vendor()
	return l.runner.Now().Add(-ahead.Most)
}

// aheadAt is how far the clock that dated an attempt was ahead of Constant Contact's; if that is not known, how far it is now.
func (l *lane) aheadAt(a *Attempt) Offset {
	if ahead, known := l.ahead[a.ID]; known {
		return ahead
	}
	ahead, _ := l.runner.Clocks.Claims()
	return ahead
}

// mayRunFor is how long after its claim a request whose answer was lost may run. The grace time counts from its start, of which the
// claim says only that it came within startWithin; a grace time of seconds, which tests have, is not made much longer.
func (l *lane) mayRunFor() time.Duration { return l.runner.Grace + min(startWithin, l.runner.Grace/30) }

// graceEnd is when the grace time of an attempt is over by Constant Contact's clock, which nobody sets meanwhile.
func (l *lane) graceEnd(a *Attempt) time.Time {
	return a.ClaimedAt.Add(l.mayRunFor() - l.aheadAt(a).Least)
}

// graceLeft is how much of the grace time of an attempt is left.
func (l *lane) graceLeft(a *Attempt) time.Duration {
	now := l.vendorNow()
	if _, measured := l.runner.Clocks.Vendor(); !measured {
		now = l.runner.Now().Add(-l.aheadAt(a).Most)
	}
	return l.graceEnd(a).Sub(now)
}
