package main

import (
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// handClock stands still until somebody moves it. Sandbox, runner and database go by the same one, so that hours cost
// milliseconds and a busy machine does not change what happens.
type handClock struct{ at atomic.Int64 } // Unix nanoseconds

// historyBegin is when every hand-moved clock starts: in the morning, so that a day's quota is not over by chance.
var historyBegin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newHandClock() *handClock {
	c := new(handClock)
	c.at.Store(historyBegin.UnixNano())
	return c
}

func (c *handClock) now() time.Time       { return time.Unix(0, c.at.Load()).UTC() }
func (c *handClock) move(d time.Duration) { c.at.Add(int64(d)) }

// databaseTime is what unixepoch('subsec') says in this process: the hand-moved clock while one is set, otherwise the time.
// Tests that set one must not be parallel.
var databaseTime struct {
	once  sync.Once
	clock atomic.Pointer[handClock]
}

// rule has the databases that are opened from now on go by the clock; nil gives them the time of the machine again.
func (c *handClock) rule() {
	databaseTime.once.Do(func() {
		sqlite.MustRegisterScalarFunction("unixepoch", 1, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
			now := time.Now()
			if c := databaseTime.clock.Load(); c != nil {
				now = c.now()
			}
			return float64(now.UnixMilli()) / 1000, nil
		})
	})
	databaseTime.clock.Store(c)
}
