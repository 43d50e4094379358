package deletion_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// clockBench is a Clocks at noon, with its log.
func clockBench() (*deletion.Clocks, *bytes.Buffer) {
	var log bytes.Buffer
	return &deletion.Clocks{Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(&log, nil))}, &log
}

// shows has Constant Contact's clock show a moment so far from noon, in an answer that took a second.
func shows(c *deletion.Clocks, fromNoon ...time.Duration) {
	for _, d := range fromNoon {
		c.SawVendor(constantcontact.Reading{Date: noon.Add(d).Truncate(time.Second), Sent: time.Second})
	}
}

func TestTwoComparisonsInARowDecideWhetherClocksDiffer(t *testing.T) {
	const ok, ahead, behind = time.Duration(0), 10 * time.Minute, -10 * time.Minute
	for name, c := range map[string]struct {
		shown  []time.Duration
		agree  bool
		differ int
	}{
		"never compared":               {nil, true, 0},
		"agree":                        {[]time.Duration{ok, ok}, true, 0},
		"the first one is beyond":      {[]time.Duration{ahead}, false, 0},
		"two ahead":                    {[]time.Duration{ahead, ahead}, false, 1},
		"two behind":                   {[]time.Duration{behind, behind}, false, 1},
		"one freak":                    {[]time.Duration{ok, ahead, ok}, true, 0},
		"one freak the other way":      {[]time.Duration{ahead, ahead, ok, ahead}, false, 1},
		"two freaks that disagree":     {[]time.Duration{ok, ahead, behind}, false, 0},
		"every other one":              {[]time.Duration{ok, ahead, ok, ahead, ok, ahead, ok}, true, 0},
		"it agrees again, said once":   {[]time.Duration{ahead, ahead, ok}, false, 1},
		"it agrees again, said twice":  {[]time.Duration{ahead, ahead, ok, ok}, true, 0},
		"from ahead to behind":         {[]time.Duration{ahead, ahead, behind, behind}, false, 1},
		"five minutes":                 {[]time.Duration{5 * time.Minute, -5 * time.Minute}, true, 0},
		"in doubt by the whole second": {[]time.Duration{-301 * time.Second, -301 * time.Second}, true, 0},
		"beyond it":                    {[]time.Duration{-304 * time.Second, -304 * time.Second}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			clocks, _ := clockBench()
			shows(clocks, c.shown...)
			if clocks.Agree() != c.agree || len(clocks.Differences()) != c.differ {
				t.Errorf("agree %t, differences %+v; want %t, %d", clocks.Agree(), clocks.Differences(), c.agree, c.differ)
			}
		})
	}
}

func TestAnAnswerThatTookLongLeavesMoreOpen(t *testing.T) {
	clocks, _ := clockBench()
	clocks.SawVendor(constantcontact.Reading{Date: noon.Add(-5*time.Minute - 10*time.Second), Sent: 20 * time.Second, Came: 2 * time.Second})
	want := deletion.Offset{Least: 5*time.Minute - 11*time.Second, Most: 5*time.Minute + 8*time.Second}
	if ahead, known := clocks.Ahead(deletion.VendorClock); !known || ahead != want {
		t.Errorf("ahead by %v (%t), want %v", ahead, known, want)
	}
	if !clocks.Agree() {
		t.Error("a difference is seen that may be less than five minutes")
	}
}

func TestTheLogSaysOnceThatADifferenceBeginsAndOnceThatItEnds(t *testing.T) {
	clocks, log := clockBench()
	shows(clocks, 0, 0, -time.Hour, -time.Hour, -time.Hour, -time.Hour, time.Hour, time.Hour, 0, 0, 0)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "differ") || !strings.Contains(lines[1], "agree again") {
		t.Errorf("log:\n%s", log)
	}
}

func TestADatabaseInAFileIsNeverAsked(t *testing.T) {
	clocks, _ := clockBench()
	shows(clocks, 0)
	if due := clocks.Due(); len(due) != 0 {
		t.Errorf("due: %v", due)
	}
	if _, known := clocks.Ahead(deletion.DatabaseClock); known {
		t.Error("it was compared")
	}
}

func TestWithoutClocksNothingIsHeld(t *testing.T) {
	var none *deletion.Clocks
	none.SawDatabase(noon, time.Second)
	if _, known := none.Ahead(deletion.VendorClock); known || !none.Agree() || none.Due() != nil || none.Differences() != nil {
		t.Error("nobody compared clocks, and something is known")
	}
}

// skew is how far the vendor's clock is ahead of the world's.
type skew struct{ atomic.Int64 }

func (s *skew) set(d time.Duration) { s.Store(int64(d)) }

// newSkewedWorld is a world whose vendor's clock can be set.
func newSkewedWorld(t *testing.T) (*world, *skew) {
	t.Helper()
	s := new(skew)
	w := newWorld(t, func(o *sandbox.Options) {
		right := o.Now
		o.Now = func() time.Time { return right().Add(time.Duration(s.Load())) }
	})
	return w, s
}

// withClocksThatDiffer runs a test with each difference between our clock and the vendor's: theirs is wrong, or ours.
func withClocksThatDiffer(t *testing.T, test func(w *world, s *skew, wrong time.Duration)) {
	for name, wrong := range map[string]time.Duration{
		"the vendor's is 10 minutes ahead": 10 * time.Minute, "the vendor's is 10 minutes behind": -10 * time.Minute,
		"ours is an hour behind": time.Hour, "ours is an hour ahead": -time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newSkewedWorld(t)
			test(w, s, wrong)
		})
	}
}

func TestNothingIsClaimedWhileTheClocksDiffer(t *testing.T) {
	withClocksThatDiffer(t, func(w *world, s *skew, wrong time.Duration) {
		s.set(wrong)
		ids := w.living(1200)
		id := w.start(ids)
		w.runFor(10 * time.Minute)
		same(w, "requests", len(w.posts()), 0)
		w.state(id, deletion.Running, deletion.NoReason)
		same(w, "differences", len(w.clocks.Differences()), 1)
		if asked := w.looksAtActivities(); asked > 30 {
			w.Errorf("asked for the time %d times in ten minutes", asked)
		}
		s.set(0)
		w.runFor(time.Minute)
		if len(w.posts()) == 0 {
			w.Error("nothing is sent a minute after the clocks agree again")
		}
		w.run()
		w.counts(id, deletion.Counts{Deleted: 1200})
		same(w, "requests", w.posted(), bodies(ids))
	})
}

func TestListsWaitWhileTheClocksDiffer(t *testing.T) {
	w, s := newSkewedWorld(t)
	s.set(-time.Hour)
	id := w.choose(deletion.FromLists, w.lists()[:2]...)
	w.prepare(id)
	w.confirm(id)
	w.runFor(5 * time.Minute)
	same(w, "requests", len(w.posts()), 0)
	s.set(0)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	same(w, "requests", len(w.posts()), 1)
}

// looksAtActivities counts the calls that read activities.
func (w *world) looksAtActivities() int {
	n := 0
	for _, r := range w.box.Journal() {
		if r.Route == activitiesRoute {
			n++
		}
	}
	return n
}

// TestClocksThatBeginToDiffer has the difference begin between two requests: the answer to the next one shows it. The sandbox's
// activities stand still while its clock is behind where it was.
func TestClocksThatBeginToDiffer(t *testing.T) {
	withClocksThatDiffer(t, func(w *world, s *skew, wrong time.Duration) {
		id := w.start(w.living(2000))
		w.until("a batch is sent", func() bool { return len(w.posts()) == 1 })
		s.set(wrong)
		w.runFor(5 * time.Minute)
		same(w, "requests", len(w.posts()), 2)
		if wrong > 0 {
			w.counts(id, deletion.Counts{Deleted: 1000, NotSent: 1000})
		}
		s.set(0)
		w.run()
		w.counts(id, deletion.Counts{Deleted: 2000})
		same(w, "requests", len(w.posts()), 4)
	})
}

// TestOneFreakDateHoldsNothing has one answer in between show a time that is an hour off.
func TestOneFreakDateHoldsNothing(t *testing.T) {
	w := newWorld(t)
	n := 0
	w.door.setGuard(func(rw http.ResponseWriter, r *http.Request) bool {
		if n++; n%5 == 2 {
			rw = freak{rw}
		}
		w.box.ServeHTTP(rw, r)
		return true
	})
	before := w.clock.now()
	id := w.start(w.living(3000))
	w.until("all is sent", func() bool { return len(w.posts()) == 6 })
	if took := w.clock.now().Sub(before); took > 20*time.Second {
		w.Errorf("it took %v", took)
	}
	same(w, "differences", len(w.clocks.Differences()), 0)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 3000})
}

// freak is an answer whose Date is an hour off.
type freak struct{ http.ResponseWriter }

func (f freak) WriteHeader(status int) {
	date, _ := http.ParseTime(f.Header().Get("Date"))
	f.Header().Set("Date", date.Add(time.Hour).Format(http.TimeFormat))
	f.ResponseWriter.WriteHeader(status)
}

// TestAVendorWithoutADateHoldsNothing has a proxy take the Date off every answer.
func TestAVendorWithoutADateHoldsNothing(t *testing.T) {
	w := newWorld(t)
	w.door.setGuard(func(rw http.ResponseWriter, r *http.Request) bool {
		w.box.ServeHTTP(dateless{rw}, r)
		return true
	})
	id := w.start(w.living(1200))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1200})
}

type dateless struct{ http.ResponseWriter }

func (d dateless) WriteHeader(status int) {
	d.Header()["Date"] = nil
	d.ResponseWriter.WriteHeader(status)
}
