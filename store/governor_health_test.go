package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// call takes a moment and reports its end.
func call(t *testing.T, g *store.Governor, kind store.Kind, end store.End) {
	t.Helper()
	slot, err := g.Take(t.Context(), "key", kind)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, g, slot, end)
}

func ended(t *testing.T, g *store.Governor, slot store.Slot, end store.End) {
	t.Helper()
	if err := g.Ended(t.Context(), slot, end); err != nil {
		t.Fatal(err)
	}
}

// down ends the test unless a call is refused because the vendor does not answer, and tells until when.
func down(t *testing.T, g *store.Governor, kind store.Kind) time.Time {
	t.Helper()
	_, err := g.Take(t.Context(), "key", kind)
	var e *deletion.VendorDownError
	if !errors.As(err, &e) {
		t.Fatalf("%s: %v, want a VendorDownError", kind, err)
	}
	return e.RetryAt
}

// broken is a governor after five failures in a row.
func broken(t *testing.T) (*store.Governor, *handClock) {
	t.Helper()
	g, clock := clocked(t, noon, store.GovernorOptions{})
	for range 5 {
		call(t, g, store.Send, store.Failed)
	}
	return g, clock
}

func TestWhatComesBetweenFourFailuresAndTheFifth(t *testing.T) {
	for name, c := range map[string]struct {
		between store.End
		down    bool
	}{
		"an answer":                {store.Answered, false},
		"a call that we broke off": {store.BrokenOff, true},
		"the fifth itself":         {store.Failed, true},
	} {
		t.Run(name, func(t *testing.T) {
			g, clock := clocked(t, noon, store.GovernorOptions{})
			for range 4 {
				call(t, g, store.Look, store.Failed)
			}
			call(t, g, store.Look, c.between)
			if c.between != store.Failed {
				call(t, g, store.Look, store.Failed)
			}
			clock.move(interval * 6)
			err := g.Check(t.Context(), "key", store.Send)
			if isDown := errors.As(err, new(*deletion.VendorDownError)); isDown != c.down {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAfterFiveFailuresOneReadingTries(t *testing.T) {
	g, clock := broken(t)
	for _, kind := range []store.Kind{store.Send, store.Look} {
		if wait := down(t, g, kind).Sub(noon); wait <= 700*time.Millisecond || wait > time.Second {
			t.Errorf("%s: tried again in %v, want about a second", kind, wait)
		}
	}
	clock.move(time.Second)
	if at := down(t, g, store.Send); at.After(clock.now()) {
		t.Errorf("it is time to try, but the error says %v", at)
	}
	slot, err := g.Take(t.Context(), "key", store.Look)
	if err != nil {
		t.Fatal(err)
	}
	down(t, g, store.Look) // one at a time
	ended(t, g, slot, store.Answered)
	call(t, g, store.Send, store.Answered)
	u, err := g.Usage(t.Context(), "key")
	if err != nil || !u.DownUntil.IsZero() || u.Used != 7 {
		t.Errorf("usage is %+v, %v, want 7 calls and no trouble", u, err)
	}
}

func TestTriesBecomeRare(t *testing.T) {
	g, clock := broken(t)
	for _, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60, 60} {
		clock.move(down(t, g, store.Send).Sub(clock.now()))
		call(t, g, store.Look, store.Failed)
		want *= time.Second
		if wait := down(t, g, store.Look).Sub(clock.now()); wait <= want*3/4-time.Millisecond || wait > want {
			t.Errorf("wait is %v, want up to %v", wait, want)
		}
	}
}

func TestCallsUnderWayWhenItBroke(t *testing.T) {
	g, clock := clocked(t, noon, store.GovernorOptions{})
	var underWay []store.Slot
	for range 3 {
		slot, err := g.Take(t.Context(), "key", store.Look)
		if err != nil {
			t.Fatal(err)
		}
		underWay = append(underWay, slot)
	}
	for range 5 {
		call(t, g, store.Look, store.Failed)
	}
	at := down(t, g, store.Look)
	ended(t, g, underWay[0], store.Failed)
	ended(t, g, underWay[1], store.BrokenOff)
	if again := down(t, g, store.Look); !again.Equal(at) {
		t.Errorf("failures of earlier calls moved the try from %v to %v", at, again)
	}
	clock.move(time.Second)
	if _, err := g.Take(t.Context(), "key", store.Look); err != nil {
		t.Fatal(err)
	}
	ended(t, g, underWay[0], store.Failed)
	down(t, g, store.Look) // the try is still under way
	ended(t, g, underWay[2], store.Answered)
	call(t, g, store.Send, store.Answered) // any answer is an answer
}

func TestATryThatComesToNothing(t *testing.T) {
	t.Run("its caller gave up", func(t *testing.T) {
		g, clock := broken(t)
		clock.move(time.Second)
		call(t, g, store.Look, store.BrokenOff)
		clock.move(time.Second)
		call(t, g, store.Look, store.Answered)
	})
	t.Run("its caller gave up while it waited", func(t *testing.T) {
		g, clock := broken(t)
		clock.move(time.Second)
		hold(t, g, 5*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.Await(ctx, "key", store.Look); err == nil {
			t.Error("started before the end of the hold")
		}
		clock.move(time.Second)
		call(t, g, store.Look, store.Answered)
	})
	t.Run("its process died", func(t *testing.T) {
		g, clock := broken(t)
		clock.move(time.Second)
		take(t, g, "key", store.Look)
		clock.move(89 * time.Second)
		down(t, g, store.Look)
		clock.move(time.Second)
		call(t, g, store.Look, store.Answered)
	})
}

func TestTroubleSurvivesARestart(t *testing.T) {
	db := open(t)
	clock := new(handClock)
	clock.at.Store(noon.UnixMilli())
	o := store.GovernorOptions{Now: clock.now}
	first := store.NewGovernor(db, o)
	for range 5 {
		call(t, first, store.Look, store.Failed)
	}
	second := store.NewGovernor(db, o)
	down(t, second, store.Look)
	clock.move(time.Second)
	call(t, second, store.Look, store.Answered)
	call(t, first, store.Send, store.Answered)
}

func TestAnHourOfTroubleCostsFewCalls(t *testing.T) {
	g, clock := broken(t)
	before, err := g.Usage(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	for end := clock.now().Add(time.Hour); clock.now().Before(end); {
		clock.move(down(t, g, store.Send).Sub(clock.now()))
		call(t, g, store.Look, store.Failed)
	}
	after, err := g.Usage(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	if n := after.Used - before.Used; n < 60 || n > 90 {
		t.Errorf("%d calls in an hour, want 60 to 90", n)
	}
}

func TestWhatIsSaidOfTheVendor(t *testing.T) {
	g, clock := broken(t)
	for _, c := range []struct {
		name string
		move time.Duration
		down bool
	}{
		{"just broken", 0, true},
		{"time to try", time.Second, true},
		{"nobody has tried for a while", 58 * time.Second, true},
		{"nobody wanted anything for long", 2 * time.Second, false},
	} {
		clock.move(c.move)
		u, err := g.Usage(t.Context(), "key")
		if err != nil || u.DownUntil.IsZero() == c.down || c.down && u.DownUntil.Before(clock.now()) {
			t.Errorf("%s: tried again at %v (now %v), %v", c.name, u.DownUntil, clock.now(), err)
		}
		if alone, err := g.DownUntil(t.Context(), "key"); err != nil || !alone.Equal(u.DownUntil) {
			t.Errorf("%s: asked for alone it is %v (%v), and %v with the rest", c.name, alone, err, u.DownUntil)
		}
	}
	down(t, g, store.Send) // a deletion does not find out
}

func TestUsageByKind(t *testing.T) {
	g, _ := clocked(t, noon, store.GovernorOptions{})
	for _, kind := range []store.Kind{store.Send, store.Look, store.Look} {
		take(t, g, "key", kind)
	}
	u, err := g.Usage(t.Context(), "key")
	want := deletion.Usage{Used: 3, Sends: 1, Looks: 2, Limit: 10_000, Reserve: 300, Interval: interval, AsOf: noon, Resets: nextDay(noon)}
	if err != nil || u != want {
		t.Errorf("usage is %+v, %v, want %+v", u, err, want)
	}
	exhaust(t, g)
	u, err = g.Usage(t.Context(), "key")
	want.Used = 10_000
	if err != nil || u != want {
		t.Errorf("after the day is used: %+v, %v, want %+v", u, err, want)
	}
}
