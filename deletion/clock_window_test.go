package deletion_test

import (
	"slices"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

// slightly are differences under which something is still claimed.
var slightly = map[string]time.Duration{
	"the same time": 0, "theirs is 4 minutes ahead": 4 * time.Minute, "theirs is 4 minutes behind": -4 * time.Minute,
}

func TestBoundsAreWhatWasMeasured(t *testing.T) {
	at := noon
	clocks := &deletion.Clocks{Now: func() time.Time { return at }}
	is := func(what string, want deletion.Offset, wantMeasured bool) {
		t.Helper()
		if got, measured := clocks.Claims(); got != want || measured != wantMeasured {
			t.Errorf("%s: %v (measured: %t), want %v (%t)", what, got, measured, want, wantMeasured)
		}
	}
	tolerated := func(want time.Duration) {
		t.Helper()
		if got := clocks.Tolerated(); got != (deletion.Offset{Least: -want, Most: want}) {
			t.Errorf("tolerated: %v, want %v", got, want)
		}
	}
	is("nothing was compared", deletion.Offset{}, false)
	tolerated(deletion.ClockTolerance)
	shows(clocks, 3*time.Minute)
	is("one answer that took a second", deletion.Offset{Least: -3*time.Minute - 2*time.Second, Most: -3 * time.Minute}, true)
	shows(clocks, 3*time.Minute+4*time.Second)
	is("two that leave different things open", deletion.Offset{Least: -3*time.Minute - 6*time.Second, Most: -3 * time.Minute}, true)
	clocks.SawDatabase(noon.Add(time.Minute), 2*time.Second)
	is("with the database's clock between them", deletion.Offset{Least: -2*time.Minute - 6*time.Second, Most: -2*time.Minute + 2*time.Second}, true)
	tolerated(2 * deletion.ClockTolerance)
	at = noon.Add(time.Minute)
	is("it is old", deletion.Offset{}, false)
	at = noon.Add(-time.Second)
	is("our clock was set back", deletion.Offset{}, false)
}

// next is the process after this one, which knows nothing of how the clocks were.
func (w *world) next() {
	clocks := &deletion.Clocks{Now: w.clock.now}
	w.door.dated = clocks.SawVendor
	w.restart(func(o *deletion.RunnerOptions) { o.Clocks = clocks })
}

// TestALostRequestThatRanIsFoundAlthoughTheClocksDiffer has the answer lost. For lists the activity alone decides.
func TestALostRequestThatRanIsFoundAlthoughTheClocksDiffer(t *testing.T) {
	for name, ahead := range slightly {
		for end, after := range map[string]func(*world, *skew){
			"by the same process":                       func(*world, *skew) {},
			"by the next process":                       func(w *world, _ *skew) { w.next() },
			"by the next process, when a clock was set": func(w *world, s *skew) { s.set(0); w.next() },
		} {
			t.Run(name+", "+end, func(t *testing.T) {
				w, s := newSkewedWorld(t)
				s.set(ahead)
				w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter, Count: 2})
				lists := w.confirm(w.choose(deletion.FromLists, w.lists()[6:8]...))
				w.until("it is lost", func() bool { return len(w.posts()) == 1 })
				after(w, s)
				w.run()
				w.state(lists, deletion.Finished, deletion.NoReason)
				w.counts(lists, deletion.Counts{Deleted: 2})

				s.set(ahead)
				w.next()
				contacts := w.start(w.living(300))
				w.until("it is lost, too", func() bool { return len(w.posts()) == 2 })
				after(w, s)
				w.run()
				w.counts(contacts, deletion.Counts{Deleted: 300})
				same(w, "tries", w.tries(contacts, 1), []deletion.AttemptState{deletion.AttemptExecuted})
				same(w, "requests", len(w.posts()), 2)
			})
		}
	}
}

// TestALostRequestThatRunsLateIsFoundAlthoughTheClocksDiffer has it run a minute before the end of the grace time.
func TestALostRequestThatRunsLateIsFoundAlthoughTheClocksDiffer(t *testing.T) {
	for name, ahead := range slightly {
		t.Run(name, func(t *testing.T) {
			w, s := newSkewedWorld(t)
			s.set(ahead)
			release := make(chan struct{})
			hang := w.spoil(sandbox.Fault{Effect: sandbox.HangBefore, Release: release})
			ids := w.living(200)
			id := w.start(ids)
			done := w.background(t.Context())
			<-hang.Reached()
			w.door.cut()
			w.ok(<-done)
			w.runFor(grace - time.Minute)
			w.counts(id, deletion.Counts{Unknown: 200})
			close(release)
			<-hang.Finished()
			w.run()
			w.counts(id, deletion.Counts{Deleted: 200})
			same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptExecuted})
			same(w, "requests", len(w.posts()), 1)
		})
	}
}

// TestTheMeasuredWindowLeavesOthersActivitiesOut has somebody else delete as many lists half a minute before us: that cannot be
// ours when the clocks are known, and so nobody is asked.
func TestTheMeasuredWindowLeavesOthersActivitiesOut(t *testing.T) {
	w := newWorld(t)
	lists := w.lists()
	w.send(constantcontact.ContactDelete{ListIDs: []string{lists[10].ID, lists[11].ID}})
	w.clock.move(30 * time.Second)
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
	id := w.confirm(w.choose(deletion.FromLists, lists[6:8]...))
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 2})
}

// TestAClockThatWasAheadDoesNotPutALookOff has the next look planned by a clock that was an hour ahead.
func TestAClockThatWasAheadDoesNotPutALookOff(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	id := w.start(w.living(60))
	w.until("it is lost", func() bool { return w.batch(id, 1).Outcome == deletion.Unknown })
	a, err := w.db.NextUnknown(t.Context(), w.account)
	w.ok(err)
	a.NextCheck = w.clock.now().Add(time.Hour)
	w.ok(w.db.Settle(t.Context(), deletion.Settlement{Attempt: *a, Outcome: deletion.Unknown, NextCheck: a.NextCheck}))
	w.restart()
	w.runFor(grace + 2*time.Minute)
	w.counts(id, deletion.Counts{Deleted: 60})
}

// seesTheTime has something read, as every page about lists does.
func (w *world) seesTheTime() {
	w.Helper()
	client, err := w.door.client(w.account)
	w.ok(err)
	for range 2 {
		_, err = client.Activities.Recent(w.Context(), 1)
		w.ok(err)
	}
}

func TestWhoChangesAfterAPreviewIsLeftOutAlthoughTheClocksDiffer(t *testing.T) {
	for name, ahead := range map[string]time.Duration{
		"theirs is 4 minutes ahead": 4 * time.Minute, "theirs is 4 minutes behind": -4 * time.Minute, "ours is an hour ahead, and then set": -time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newSkewedWorld(t)
			s.set(ahead)
			w.seesTheTime()
			ids := w.living(60)
			id := w.upload(ids)
			w.clock.move(20 * time.Second)
			w.edit(ids[0])
			if ahead == -time.Hour {
				s.set(0)
			}
			w.confirm(id)
			w.run()
			w.counts(id, deletion.Counts{Deleted: 59, Changed: 1})
		})
	}
}

// TestNoChangeFallsBetweenTwoReadings has the second reading go back behind the first one by Constant Contact's clock.
func TestNoChangeFallsBetweenTwoReadings(t *testing.T) {
	for name, ahead := range slightly {
		t.Run(name, func(t *testing.T) {
			w, s := newSkewedWorld(t)
			s.set(ahead)
			w.seesTheTime()
			ids := slices.Sorted(slices.Values(w.living(1000)))
			id := w.start(ids)
			w.until("a batch is sent", func() bool { return len(w.posts()) == 1 })
			w.edit(ids[900])
			w.clock.move(61 * time.Second)
			w.run()
			w.counts(id, deletion.Counts{Deleted: 999, Changed: 1})
		})
	}
}
