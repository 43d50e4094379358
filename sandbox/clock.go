package sandbox

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Clock is the time of a Server: that of Options.Now, which can be moved forward and stopped. Everything that depends
// on time follows it: activities, codes and tokens, the requests of a second and of a day, the ten days for which an
// activity is kept, and requests that hang. It never goes back, and is safe for concurrent use.
type Clock struct {
	source func() time.Time

	mu      sync.Mutex
	ahead   time.Duration // of the source
	stopped bool
	at      time.Time // while stopped
}

func newClock(source func() time.Time) *Clock { return &Clock{source: source} }

// Now is the present.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.stopped {
		return c.at
	}
	return c.source().Add(c.ahead)
}

// Advance moves the present on. A negative duration is an error and moves nothing.
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 {
		return errors.New("the clock goes forward only")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	if c.stopped {
		c.at = c.at.Add(d)
	}
	return nil
}

// Stop makes time stand still until Run; Advance still moves it. Stopping twice does nothing.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.now()
	c.stopped = true
}

// Run lets a stopped clock go on from where it stands. Running twice does nothing.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		c.ahead = c.at.Sub(c.source())
		c.stopped = false
	}
}

// Stopped tells whether time stands still.
func (c *Clock) Stopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped
}

// look is how often a request that waits for the clock looks at it. The clock may be moved by hand, or be a test's
// own, and so gives no signal.
const look = 2 * time.Millisecond

// wait returns true when the clock has come to the moment, and false when ctx or closed ended first.
func (c *Clock) wait(ctx context.Context, closed <-chan struct{}, until time.Time) bool {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for c.Now().Before(until) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		case <-closed:
			return false
		}
	}
	return true
}
