package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// noon is a time of day far from midnight.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// handClock moves only when told; it stands for the database's.
type handClock struct{ at atomic.Int64 }

func (c *handClock) now() time.Time       { return time.UnixMilli(c.at.Load()).UTC() }
func (c *handClock) move(d time.Duration) { c.at.Add(d.Milliseconds()) }

// clocked is a governor with a clock that is moved by hand.
func clocked(t *testing.T, at time.Time, o store.GovernorOptions) (*store.Governor, *handClock) {
	t.Helper()
	c := new(handClock)
	c.at.Store(at.UnixMilli())
	o.Now = c.now
	return store.NewGovernor(open(t), o), c
}

func TestAClockThatIsSetBack(t *testing.T) {
	for name, c := range map[string]struct {
		queue  int           // calls that stand in line already
		back   time.Duration // that the clock is set back by
		passed time.Duration // really, before the next call asks
		want   time.Duration // its wait
	}{
		"a second, nobody in line":    {0, time.Second, 0, 0},
		"an hour, nobody in line":     {1, time.Hour, time.Second, interval}, // as if no time had passed since
		"an hour, twenty in line":     {20, time.Hour, 0, 20 * interval},
		"a month, twenty in line":     {20, 30 * 24 * time.Hour, 0, 20 * interval},
		"over midnight":               {3, 13 * time.Hour, 0, 3 * interval},
		"a few milliseconds, in line": {4, 5 * time.Millisecond, 0, 4 * interval},
	} {
		t.Run(name, func(t *testing.T) {
			g, clock := clocked(t, noon, store.GovernorOptions{})
			for range c.queue {
				take(t, g, "key", store.Look)
			}
			clock.move(c.passed - c.back)
			if wait := take(t, g, "key", store.Look); wait != c.want {
				t.Errorf("wait is %v, want %v", wait, c.want)
			}
			if wait := take(t, g, "key", store.Look); wait != c.want+interval {
				t.Errorf("the next one's wait is %v, want %v", wait, c.want+interval)
			}
			usageIs(t, g, int64(c.queue+2), 10_000)
		})
	}
}

func TestAHoldOutlivesAClockThatIsSetBack(t *testing.T) {
	g, clock := clocked(t, noon, store.GovernorOptions{})
	hold(t, g, 30*time.Second)
	clock.move(-time.Hour)
	if wait := take(t, g, "key", store.Look); wait != 30*time.Second {
		t.Errorf("wait is %v, want what was left of the hold", wait)
	}
}

func TestADayThatBeginsTwiceIsCountedOnce(t *testing.T) {
	g, clock := clocked(t, noon.Truncate(24*time.Hour), store.GovernorOptions{Daily: 3, Reserve: -1})
	for range 3 {
		take(t, g, "key", store.Send)
	}
	clock.move(-time.Minute) // into the day before
	if err := g.Check(t.Context(), "key", store.Send); !errors.As(err, new(*deletion.QuotaError)) {
		t.Errorf("got %v, want the day to be used", err)
	}
	usageIs(t, g, 3, 3)
}

// runs lets goroutines make calls through the governor and returns when they started.
func runs(t *testing.T, g *store.Governor, lines, each int) []time.Time {
	t.Helper()
	var mu sync.Mutex
	var starts []time.Time
	var wg sync.WaitGroup
	for range lines {
		wg.Go(func() {
			for range each {
				slot, err := g.Await(t.Context(), "key", store.Look)
				mu.Lock()
				starts = append(starts, time.Now())
				mu.Unlock()
				if err = errors.Join(err, g.Ended(t.Context(), slot, store.Answered)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	slices.SortFunc(starts, time.Time.Compare)
	return starts
}

// noted is how late a goroutine of a busy machine may be in noting its start. TestPace has the rule to the nanosecond.
const noted = 200 * time.Millisecond

// wantPace wants at most n starts in every sliding window.
func wantPace(t *testing.T, starts []time.Time, n int, window time.Duration) {
	t.Helper()
	for i := range max(len(starts)-n, 0) {
		if d := starts[i+n].Sub(starts[i]); d < window-noted {
			t.Errorf("calls %d to %d start within %v", i+1, i+n+1, d)
		}
	}
}

func TestCallsReallyStartApart(t *testing.T) {
	g := store.NewGovernor(open(t), store.GovernorOptions{})
	wantPace(t, runs(t, g, 3, 3), 4, time.Second)
}

// TestADatabaseClockThatRunsWild has the database's clock jump between all calls: the process's own clock keeps the pace.
func TestADatabaseClockThatRunsWild(t *testing.T) {
	var n atomic.Int64
	g := store.NewGovernor(open(t), store.GovernorOptions{Now: func() time.Time {
		return noon.Add(time.Duration(n.Add(1)) * time.Hour)
	}})
	wantPace(t, runs(t, g, 2, 3), 4, time.Second)
}

func TestWhoWaitsIsHeldToo(t *testing.T) {
	g := store.NewGovernor(open(t), store.GovernorOptions{})
	take(t, g, "key", store.Look)
	began := make(chan time.Time, 1)
	go func() {
		_, err := g.Await(t.Context(), "key", store.Look)
		if err != nil {
			t.Error(err)
		}
		began <- time.Now()
	}()
	for { // until it stands in line
		u, err := g.Usage(t.Context(), "key")
		if err != nil {
			t.Fatal(err)
		}
		if u.Used == 2 {
			break
		}
	}
	held := time.Now()
	hold(t, g, 700*time.Millisecond)
	if waited := (<-began).Sub(held); waited < 700*time.Millisecond {
		t.Errorf("started %v after the hold", waited)
	}
	usageIs(t, g, 2, 10_000)
}

func TestALongLineSendsAway(t *testing.T) {
	g, clock := clocked(t, noon, store.GovernorOptions{})
	hold(t, g, time.Minute)
	_, err := g.Await(t.Context(), "key", store.Look)
	var busy *deletion.VendorBusyError
	if !errors.As(err, &busy) || !busy.RetryAt.Equal(clock.now().Add(time.Minute)) {
		t.Errorf("got %v, want to be told to come back in a minute", err)
	}
	usageIs(t, g, 0, 10_000)
}

func TestACallWhoseTimeEndsBeforeItsMoment(t *testing.T) {
	g := store.NewGovernor(open(t), store.GovernorOptions{})
	hold(t, g, 5*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := g.Await(ctx, "key", store.Look); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of its time", err)
	}
	if ctx.Err() != nil {
		t.Error("it waited for the end of its time")
	}
}
