package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// jitter is what rounding to milliseconds may shift a moment by, twice.
const jitter = 2 * time.Millisecond

func take(t *testing.T, g *store.Governor, key string, kind store.Kind) time.Duration {
	t.Helper()
	wait, err := g.Take(t.Context(), key, kind)
	if err != nil {
		t.Fatal(err)
	}
	return wait.Wait
}

// refusedUntilTomorrow ends the test unless the day of the key is used for this kind of call.
func refusedUntilTomorrow(t *testing.T, g *store.Governor, key string, kind store.Kind) {
	t.Helper()
	before := nextDay(time.Now())
	_, err := g.Take(t.Context(), key, kind)
	var quota *deletion.QuotaError
	if !errors.As(err, &quota) {
		t.Fatalf("%s: %v, want a QuotaError", kind, err)
	}
	if after := nextDay(time.Now()); !quota.ResumeAt.Equal(before) && !quota.ResumeAt.Equal(after) {
		t.Fatalf("%s resumes at %v, want %v", kind, quota.ResumeAt, after)
	}
}

func nextDay(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// governed opens a database, a governor on it and a look at its rows.
func governed(t *testing.T, o store.GovernorOptions) (*store.Governor, raw) {
	t.Helper()
	db, path := openNew(t)
	return store.NewGovernor(db, o), openRaw(t, path)
}

const interval = 254 * time.Millisecond

func TestCallsKeepTheirDistance(t *testing.T) {
	g, r := governed(t, store.GovernorOptions{})
	var starts []time.Time
	for range 12 {
		asked := time.Now()
		wait := take(t, g, "key", store.Send)
		answered := time.Now()
		start := time.UnixMilli(one[int64](r, `SELECT next_at FROM governor`)).Add(-interval)
		if start.Before(asked.Add(wait-jitter)) || start.After(answered.Add(wait+jitter)) {
			t.Errorf("told to wait %v at %v, but the start is reserved for %v", wait, asked, start)
		}
		starts = append(starts, start)
	}
	for i := range starts[4:] {
		if window := starts[i+4].Sub(starts[i]); window <= time.Second {
			t.Errorf("five calls start within %v", window)
		}
	}
}

func TestManyAtOnceStandInOneLine(t *testing.T) {
	g, r := governed(t, store.GovernorOptions{})
	const lines, each = 16, 4
	begin := time.Now()
	var wg sync.WaitGroup
	for range lines {
		wg.Go(func() {
			for range each {
				if _, err := g.Take(t.Context(), "key", store.Look); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	next := time.UnixMilli(one[int64](r, `SELECT next_at FROM governor`))
	if earliest := begin.Add(lines*each*interval - jitter); next.Before(earliest) {
		t.Errorf("after %d calls the next may start at %v, want not before %v", lines*each, next, earliest)
	}
	if used := one[int](r, `SELECT used FROM governor`); used != lines*each {
		t.Errorf("%d calls are counted as %d", lines*each, used)
	}
}

func TestAQuietLineStartsAtOnce(t *testing.T) {
	g, r := governed(t, store.GovernorOptions{})
	take(t, g, "key", store.Look)
	r.exec(`UPDATE governor SET next_at = next_at - 60000`)
	if wait := take(t, g, "key", store.Look); wait != 0 {
		t.Errorf("wait after a minute of quiet is %v", wait)
	}
	if wait := take(t, g, "key", store.Look); wait == 0 {
		t.Error("a quiet minute was saved up for a burst")
	}
}

func TestTheReserveIsForLooking(t *testing.T) {
	g := store.NewGovernor(open(t), store.GovernorOptions{Daily: 5, Reserve: 2})
	for range 3 {
		take(t, g, "key", store.Send)
	}
	refusedUntilTomorrow(t, g, "key", store.Send)
	take(t, g, "key", store.Look)
	take(t, g, "key", store.Look)
	refusedUntilTomorrow(t, g, "key", store.Look)
	take(t, g, "another key", store.Send)
}

func TestANewDayBeginsFromZero(t *testing.T) {
	g, r := governed(t, store.GovernorOptions{Daily: 2, Reserve: -1})
	take(t, g, "key", store.Send)
	take(t, g, "key", store.Send)
	refusedUntilTomorrow(t, g, "key", store.Send)
	r.exec(`UPDATE governor SET day = day - 1`)
	usageIs(t, g, 0, 2)
	take(t, g, "key", store.Look)
	usageIs(t, g, 1, 2)
	if sends, looks := one[int](r, `SELECT sends FROM governor`), one[int](r, `SELECT looks FROM governor`); sends != 0 || looks != 1 {
		t.Errorf("calls by kind are %d and %d, want 0 and 1", sends, looks)
	}
}

func usageIs(t *testing.T, g *store.Governor, used, limit int64) {
	t.Helper()
	u, err := g.Usage(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	if u.Used != used || u.Limit != limit || u.Resets != nextDay(u.AsOf) {
		t.Errorf("usage is %+v, want %d of %d until midnight", u, used, limit)
	}
}

func TestUsageOfAKeyThatWasNeverUsed(t *testing.T) {
	usageIs(t, store.NewGovernor(open(t), store.GovernorOptions{}), 0, 10_000)
}

func TestHoldMovesTheLineBack(t *testing.T) {
	for name, prepare := range map[string]func(g *store.Governor){
		"never used": func(*store.Governor) {},
		"in use":     func(g *store.Governor) { take(t, g, "key", store.Look) },
		"held less":  func(g *store.Governor) { hold(t, g, time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := clocked(t, noon, store.GovernorOptions{})
			prepare(g)
			hold(t, g, time.Minute)
			hold(t, g, time.Second) // a shorter hold takes nothing back
			if wait := take(t, g, "key", store.Look); wait != time.Minute {
				t.Errorf("wait is %v, want a minute", wait)
			}
		})
	}
}

func hold(t *testing.T, g *store.Governor, d time.Duration) {
	t.Helper()
	if err := g.Hold(t.Context(), "key", d); err != nil {
		t.Fatal(err)
	}
}

func exhaust(t *testing.T, g *store.Governor) {
	t.Helper()
	if err := g.Exhaust(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
}

func TestExhaustedMeansTheReserveToo(t *testing.T) {
	for name, prepare := range map[string]func(g *store.Governor){
		"a key that was used":       func(g *store.Governor) { take(t, g, "key", store.Send) },
		"a key that was never used": func(*store.Governor) {},
	} {
		t.Run(name, func(t *testing.T) {
			g, c := clocked(t, noon, store.GovernorOptions{})
			prepare(g)
			exhaust(t, g)
			for _, kind := range []store.Kind{store.Send, store.Look} {
				_, err := g.Take(t.Context(), "key", kind)
				var quota *deletion.QuotaError
				if !errors.As(err, &quota) || !quota.ResumeAt.Equal(nextDay(noon)) {
					t.Errorf("%s: %v, want the day to be used until midnight", kind, err)
				}
			}
			usageIs(t, g, 10_000, 10_000)
			c.move(12 * time.Hour)
			take(t, g, "key", store.Send)
			usageIs(t, g, 1, 10_000)
		})
	}
}

func TestAVendorThatIsBehindAtMidnightCostsAMinuteAndNotADay(t *testing.T) {
	g, c := clocked(t, noon.Truncate(24*time.Hour).Add(time.Minute), store.GovernorOptions{})
	exhaust(t, g)
	if wait := take(t, g, "key", store.Send); wait != time.Minute {
		t.Errorf("wait is %v, want a minute", wait)
	}
	c.move(5 * time.Minute)
	exhaust(t, g)
	if err := g.Check(t.Context(), "key", store.Look); !errors.As(err, new(*deletion.QuotaError)) {
		t.Errorf("later that day: %v, want the day to be used", err)
	}
}
