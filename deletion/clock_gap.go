package deletion

import "time"

const (
	// clockFresh is how old a comparison may be when something is claimed: as old as a reading of the changes.
	clockFresh = readingAge
	// CompareClocksAgain is how long after a comparison clocks that differ, or may, are compared again at first. The longer they
	// differ the less often it is done, down to compareLate, because it costs a call: 1,500 in a day.
	CompareClocksAgain = 5 * time.Second
	compareLate        = time.Minute
)

// gap is what is known of the difference between our clock and another one.
type gap struct {
	last, before Offset    // by the two latest comparisons
	n            int       // comparisons, up to two
	at           time.Time // of the latest comparison
	asked        time.Time // when the clock was last asked for, in vain perhaps
	side         int       // what two comparisons in a row said last: see beyond
	since        time.Time // when they began to say that the clocks differ
}

// beyond is 1 when it is certain that a clock is ahead by more than the tolerance, -1 when it is behind, and otherwise 0.
func (o Offset) beyond() int {
	switch {
	case o.Least > ClockTolerance:
		return 1
	case o.Most < -ClockTolerance:
		return -1
	}
	return 0
}

// note takes a comparison in and tells whether the clocks begin to differ, or to agree, with it.
func (g *gap) note(ahead Offset, now time.Time) (turned bool) {
	g.before, g.last, g.at = g.last, ahead, now
	side := ahead.beyond()
	confirmed := g.n > 0 && g.before.beyond() == side
	g.n = min(g.n+1, 2)
	if !confirmed || side == g.side {
		return false
	}
	turned = g.side == 0 || side == 0
	g.side = side
	if turned {
		g.since = now
	}
	return turned
}

// settled tells that the latest comparison says what two in a row said.
func (g *gap) settled() bool { return g.last.beyond() == g.side }

// fresh tells that the latest comparison may stand for the moment. One of the future was made before our clock was set back.
func (g *gap) fresh(now time.Time) bool {
	age := now.Sub(g.at)
	return age >= 0 && age < clockFresh
}

// shown is what to tell people: not the freak after two that agreed.
func (g *gap) shown() Offset {
	if g.settled() {
		return g.last
	}
	return g.before
}

func (g *gap) agrees() bool { return g.side == 0 && g.settled() }

// due tells whether the clocks have to be compared before anything is claimed.
func (g *gap) due(now time.Time) bool {
	age := now.Sub(later(g.at, g.asked))
	switch {
	case !g.settled(), age < 0: // our clock was set back
		return true
	case g.side != 0:
		return age >= g.again(now)
	}
	return age >= clockFresh
}

// again grows with the time for which the clocks have differed.
func (g *gap) again(now time.Time) time.Duration {
	return min(max(now.Sub(g.since)/5, CompareClocksAgain), compareLate)
}
