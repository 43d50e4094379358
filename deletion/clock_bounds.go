package deletion

import "time"

// Vendor bounds how far our clock is ahead of Constant Contact's; false, and nothing, when the latest comparison is old.
func (c *Clocks) Vendor() (ahead Offset, measured bool) {
	if c == nil {
		return Offset{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vendor.recent(c.now())
}

// Claims bounds how far the clock that dates attempts, the database's, is ahead of Constant Contact's; false, and nothing, when
// the latest comparisons are old.
func (c *Clocks) Claims() (ahead Offset, measured bool) {
	theirs, measured := c.Vendor()
	if !measured {
		return Offset{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.database.n == 0 { // a file goes by our clock
		return theirs, true
	}
	ours, measured := c.database.recent(c.now())
	if !measured {
		return Offset{}, false
	}
	return Offset{Least: theirs.Least - ours.Most, Most: theirs.Most - ours.Least}, true
}

// Tolerated is how far the clock that dates attempts may be from Constant Contact's when something is claimed.
func (c *Clocks) Tolerated() Offset {
	limit := ClockTolerance
	if _, compared := c.Ahead(DatabaseClock); compared {
		limit *= 2 // from theirs to ours, and from ours to the database's
	}
	return Offset{Least: -limit, Most: limit}
}

// AsOf is a moment of ours, such as that of a preview, by Constant Contact's clock, so that what changes there later is later. It
// may be a little too early, and is as early as the clocks ever were apart when they were not compared for a while.
func (c *Clocks) AsOf(moment time.Time) time.Time {
	if c == nil {
		return moment
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.vendor.n == 0 {
		return moment
	}
	theirs := moment.Add(-c.vendor.both().Most)
	if !c.vendor.fresh(c.now()) {
		return earlier(theirs, moment)
	}
	return theirs
}

// recent is what is known of the moment.
func (g *gap) recent(now time.Time) (ahead Offset, measured bool) {
	if g.n == 0 || !g.fresh(now) {
		return Offset{}, false
	}
	return g.both(), true
}

// both is what the two latest comparisons leave open. One of them may be a freak.
func (g *gap) both() Offset {
	if g.n < 2 {
		return g.last
	}
	return g.last.with(g.before)
}

// with has room for both.
func (o Offset) with(other Offset) Offset {
	return Offset{Least: min(o.Least, other.Least), Most: max(o.Most, other.Most)}
}
