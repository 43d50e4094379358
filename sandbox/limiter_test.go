package sandbox_test

import (
	"testing"
	"time"

	"winnow/sandbox"
)

// admitted sends so many requests at once and counts those that got through; the rest has to be refused with body.
func (a *api) admitted(n int, body string) int {
	a.t.Helper()
	through := 0
	for range n {
		got := a.do("GET", "/v3/account/user/privileges", "")
		switch {
		case got.status == 200:
			through++
		case got.status != 429 || got.body != body:
			a.t.Errorf("refused with %d %s, want 429 %s", got.status, got.body, body)
		case got.header.Get("Retry-After") != "":
			a.t.Error("there is a Retry-After, which the vendor does not send")
		}
	}
	return through
}

func TestFourRequestsInAnySlidingSecond(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.RatePerSecond = 0 }) // the default
	for i, step := range []struct {
		wait time.Duration
		send int
		want int
	}{
		{0, 2, 2},
		{600 * time.Millisecond, 3, 2},
		{399 * time.Millisecond, 1, 0}, // 999 ms after the first two
		{time.Millisecond, 3, 2},
		{599 * time.Millisecond, 1, 0},
		{time.Millisecond, 3, 2},
		{time.Hour, 9, 4},
	} {
		a.clock.Advance(step.wait)
		if got := a.admitted(step.send, sandbox.ThrottledBody); got != step.want {
			t.Errorf("step %d: %d requests got through, want %d", i, got, step.want)
		}
	}
}

func TestRequestsOfADayEndAtMidnightUTC(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.RatePerDay = 5 })
	if got := a.admitted(7, sandbox.QuotaExceededBody); got != 5 {
		t.Errorf("%d requests got through, want 5", got)
	}
	a.clock.Advance(12*time.Hour - time.Millisecond)
	if got := a.admitted(1, sandbox.QuotaExceededBody); got != 0 {
		t.Error("a request got through before midnight")
	}
	a.clock.Advance(time.Millisecond)
	if got := a.admitted(6, sandbox.QuotaExceededBody); got != 5 {
		t.Errorf("%d requests got through on the next day, want 5", got)
	}
}

func TestLimitsCountByClient(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.RatePerSecond = 1 })
	manager := a.as(sandbox.ManagerLogin)
	if got := a.admitted(1, "") + manager.admitted(1, sandbox.ThrottledBody); got != 1 {
		t.Errorf("two users of one client got %d requests through, want 1", got)
	}
}

func TestRequestsThatUseUpNothing(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.RatePerDay = 1 })
	a.do("GET", "/v3/nothing", "")
	stranger := *a
	stranger.token = "wrong"
	stranger.do("GET", "/v3/contacts", "")
	if got := a.admitted(2, sandbox.QuotaExceededBody); got != 1 {
		t.Errorf("%d requests got through, want 1", got)
	}
}

func TestLimitsCanBeOff(t *testing.T) {
	a := start(t, nil)
	if got := a.admitted(50, ""); got != 50 {
		t.Errorf("%d of 50 requests got through", got)
	}
}
