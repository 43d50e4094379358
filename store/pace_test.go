package store

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPace has calls ask at any times, in any order of two keys, and looks at every sliding window.
func TestPace(t *testing.T) {
	begin := time.Now()
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]struct {
			interval, window time.Duration
			most             int
		}{
			{254 * time.Millisecond, time.Second, 4},
			{250 * time.Millisecond, time.Second, 4},
			{100 * time.Millisecond, time.Second, 10},
			{time.Millisecond, 64 * time.Millisecond, 64},
			{1020 * time.Millisecond, time.Second, 1},
			{3 * time.Second, 3 * time.Second, 1},
		}).Draw(t, "limit")
		p := newPace(c.interval)
		now, starts := begin, map[string][]time.Time{}
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(c.interval)).Draw(t, "later")))
			if wait := p.start(key, now); wait > 0 {
				if p.start(key, now.Add(wait-1)) == 0 {
					t.Fatalf("told to wait %v, and let go a nanosecond earlier", wait)
				}
				now = now.Add(wait)
				if again := p.start(key, now); again != 0 {
					t.Fatalf("told to wait %v, and then again %v", wait, again)
				}
			}
			starts[key] = append(starts[key], now)
		}
		for key, all := range starts {
			for i := range max(len(all)-c.most, 0) {
				if d := all[i+c.most].Sub(all[i]); d < c.window {
					t.Fatalf("%s: %d calls start within %v", key, c.most+1, d)
				}
			}
		}
	})
}

func TestPaceWithoutAnInterval(t *testing.T) {
	p := newPace(0)
	now := time.Now()
	for range 1000 {
		if wait := p.start("key", now); wait != 0 {
			t.Fatalf("wait is %v", wait)
		}
	}
}
