package deletion

import (
	"log/slog"
	"sync"
	"time"

	"winnow/constantcontact"
)

// ClockTolerance is how far our clock and another one may be apart before nothing more is claimed.
const ClockTolerance = 5 * time.Minute

// wholeSecond is what a Date leaves open.
const wholeSecond = time.Second

// Offset bounds how far one clock is ahead of another one; less than zero is behind.
type Offset struct{ Least, Most time.Duration }

// Middle is the best guess.
func (o Offset) Middle() time.Duration { return (o.Least + o.Most) / 2 }

// ClockName says with which clock ours was compared.
type ClockName string

// The clocks that ours is compared with.
const (
	VendorClock   ClockName = "vendor"
	DatabaseClock ClockName = "database"
)

// ClockDifference says that our clock and another one differ by more than ClockTolerance.
type ClockDifference struct {
	With  ClockName
	Ahead Offset    // how far ours is ahead
	Since time.Time // when that was found out, by our clock
}

// Clocks compares the clock of this process with Constant Contact's and with the database's, whenever either shows what time it is.
// Two comparisons in a row decide whether they differ or agree: one may be a freak. The zero value is ready and goes by
// time.Now; nil knows nothing and holds nothing. It is safe for concurrent use.
type Clocks struct {
	Now func() time.Time
	Log *slog.Logger // of when a difference begins and ends; nil: none

	mu               sync.Mutex
	vendor, database gap
}

// now is our clock without its monotonic part, which does not move when somebody sets the clock.
func (c *Clocks) now() time.Time {
	if c.Now == nil {
		return time.Now().Round(0)
	}
	return c.Now().Round(0)
}

// SawVendor takes in what an answer of Constant Contact showed.
func (c *Clocks) SawVendor(r constantcontact.Reading) {
	if c == nil {
		return
	}
	now := c.now()
	most := now.Add(-r.Came).Sub(r.Date)
	c.note(VendorClock, Offset{Least: most - (r.Sent - r.Came) - wholeSecond, Most: most}, now)
}

// SawDatabase takes in what the database showed when it was asked so long ago.
func (c *Clocks) SawDatabase(shown time.Time, asked time.Duration) {
	if c == nil {
		return
	}
	now := c.now()
	most := now.Sub(shown)
	c.note(DatabaseClock, Offset{Least: most - asked, Most: most}, now)
}

func (c *Clocks) gap(with ClockName) *gap {
	if with == VendorClock {
		return &c.vendor
	}
	return &c.database
}

func (c *Clocks) note(with ClockName, ahead Offset, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.gap(with)
	if turned := g.note(ahead, now); !turned || c.Log == nil {
		return
	}
	if g.side == 0 {
		c.Log.Info("the clocks agree again; sending goes on", "with", with, "ahead", ahead.Middle().Round(time.Second))
		return
	}
	c.Log.Error("the clock of this process and another one differ; nothing is sent until they agree", "with", with,
		"ahead", ahead.Middle().Round(time.Second), "tolerance", ClockTolerance)
}

// Differences hold everything that would be claimed; none while the clocks agree.
func (c *Clocks) Differences() []ClockDifference {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []ClockDifference
	for _, with := range []ClockName{VendorClock, DatabaseClock} {
		if g := c.gap(with); g.side != 0 {
			all = append(all, ClockDifference{With: with, Ahead: g.shown(), Since: g.since})
		}
	}
	return all
}

// Ahead is how far our clock is ahead of another one by the latest comparison; false before the first.
func (c *Clocks) Ahead(of ClockName) (Offset, bool) {
	if c == nil {
		return Offset{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.gap(of)
	return g.last, g.n > 0
}

// Due lists the clocks that have to be compared with ours before anything is claimed. The database's is left out where nobody
// ever asked it: in a file it is ours.
func (c *Clocks) Due() []ClockName {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	var due []ClockName
	if c.vendor.due(now) {
		due = append(due, VendorClock)
	}
	if c.database.n > 0 && c.database.due(now) {
		due = append(due, DatabaseClock)
	}
	return due
}

// again is how long who is held by the clocks waits before it asks once more.
func (c *Clocks) again() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := compareLate
	for _, g := range []*gap{&c.vendor, &c.database} {
		switch {
		case !g.settled():
			return CompareClocksAgain
		case g.side != 0:
			wait = min(wait, g.again(c.now()))
		}
	}
	return wait
}

// asked notes that a clock was asked for, so that one that shows nothing is not asked again at once.
func (c *Clocks) asked(with ClockName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gap(with).asked = c.now()
}

// Agree tells that nothing speaks against the clocks, as far as they were compared.
func (c *Clocks) Agree() bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vendor.agrees() && c.database.agrees()
}
