package store

import (
	"testing"

	"pgregory.net/rapid"
)

// TestStartsKeepTheirDistance has calls take their moments and start late by any time, each as soon as it may.
func TestStartsKeepTheirDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const interval = 254
		o := GovernorOptions{Interval: interval * 1e6, Daily: 1e6}
		l, now, last := line{}, int64(1_000_000_000_000), int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			now += rapid.Int64Range(0, 2*interval).Draw(t, "later")
			l.tick(now)
			at, err := l.take(now, request{patience: dayLong, count: 1}, o)
			if err != nil {
				t.Fatal(err)
			}
			now = max(now, at) + rapid.SampledFrom([]int64{0, 3, 40, 120_000}).Draw(t, "late")
			l.tick(now)
			if wait := l.start(now, at, interval); wait > 0 {
				now += wait
				if again := l.start(now, at, interval); again != 0 {
					t.Fatalf("told to wait %d ms, and then again %d", wait, again)
				}
			}
			if now-last < interval {
				t.Fatalf("two calls start %d ms apart", now-last)
			}
			if far := l.nextAt - now; far > 2*interval {
				t.Fatalf("the next call waits %d ms for the late one", far)
			}
			last = now
		}
	})
}

// TestWhoWaitsBehindALateCallKeepsHisPlace has three calls in line of which the first is late: the line moves by that, once.
func TestWhoWaitsBehindALateCallKeepsHisPlace(t *testing.T) {
	const interval, begin = 254, int64(1_000_000)
	l := line{nextAt: begin + 3*interval, startedAt: begin - interval}
	for n := range int64(3) {
		if wait := l.start(begin+n*interval+100, begin+n*interval, interval); wait != 0 {
			t.Errorf("call %d waits another %d ms", n, wait)
		}
	}
	if l.nextAt != begin+3*interval+100 {
		t.Errorf("the line moved by %d ms, want 100", l.nextAt-begin-3*interval)
	}
}
