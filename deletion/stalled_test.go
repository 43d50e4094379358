package deletion_test

import (
	"database/sql"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

// stillClock only goes on when it is moved.
type stillClock struct{ at atomic.Int64 } // Unix nanoseconds

func (c *stillClock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *stillClock) move(d time.Duration) { c.at.Add(int64(d)) }

// slowWorld is one whose vendor goes by a clock of its own, and takes 1,000 s for each activity and 10 s for each contact.
func slowWorld(t *testing.T) (w *world, vendor *stillClock) {
	t.Helper()
	vendor = &stillClock{}
	vendor.move(time.Duration(time.Now().UnixNano()))
	return newWorld(t, func(o *sandbox.Options) { o.Now, o.Speed = vendor.now, 0.001 }), vendor
}

// worksOn lets the vendor go on until so many of the contacts are deleted.
func (w *world) worksOn(vendor *stillClock, ids []string, deleted int) {
	w.Helper()
	gone := func() (n int) {
		for _, id := range ids {
			if c, _ := w.box.Contact(w.account, id); !c.DeletedAt.IsZero() {
				n++
			}
		}
		return n
	}
	for range 2000 {
		if gone() >= deleted {
			same(w, "deleted by the vendor", gone(), deleted)
			return
		}
		vendor.move(5 * time.Second)
	}
	w.Fatalf("the vendor has deleted %d, want %d", gone(), deleted)
}

// stopWaiting has a day pass without a move, as far as the batch is concerned, and then a person decide.
func (w *world) stopWaiting(id int64, n int) {
	w.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(10000)")
	w.ok(err)
	defer db.Close()
	_, err = db.Exec(`UPDATE batches SET moved_at = moved_at - $3 WHERE deletion_id = $1 AND n = $2 AND moved_at > 0`, id, n, (25 * time.Hour).Milliseconds())
	w.ok(err)
	ctx := deletion.WithActor(w.Context(), deletion.Actor{User: olivia, Account: w.account})
	w.ok(w.store.StopWaiting(ctx, w.account, id, n, w.batch(id, n).MovedAt))
}

// sentOnce makes sure that nothing of a deletion is sent again, not even when a person has what failed tried again.
func (w *world) sentOnce(id int64) {
	w.Helper()
	before := len(w.posts())
	_, err := w.store.RetryFailed(w.Context(), w.account, id, w.clock.now())
	w.ok(err)
	w.run()
	same(w, "requests", len(w.posts()), before)
}

// reads is how many contacts were read by id.
func (w *world) reads() (n int) {
	for _, r := range w.box.Journal() {
		if r.Route == contactRoute {
			n++
		}
	}
	return n
}

func TestAnActivityThatStopsHalfWayIsCountedByWhatTheContactsShow(t *testing.T) {
	for name, between := range map[string]func(*world){
		"in one process":     func(*world) {},
		"by another process": func(w *world) { w.restart() },
		"though the first reading of it fails": func(w *world) {
			w.spoil(sandbox.Fault{Route: contactsRoute, Effect: sandbox.AnswerBefore, Status: 404, Body: "<html>"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, vendor := slowWorld(t)
			ids := slices.Sorted(slices.Values(w.living(60)))
			id := w.start(ids)
			w.advance()
			w.worksOn(vendor, ids, 20)
			w.runFor(2 * time.Hour) // nobody decides
			w.counts(id, deletion.Counts{InProgress: 60})
			same(w, "what it waits for", w.batch(id, 1).Waits, "Activity "+w.batch(id, 1).Activity.ID+" is processing, 33 % done, 20 of 60 items.")

			w.stopWaiting(id, 1)
			between(w)
			w.run()
			w.counts(id, deletion.Counts{Deleted: 20, Failed: 40})
			w.state(id, deletion.Finished, deletion.NoReason)
			same(w, "never sent again", w.deletion(id).Waived, deletion.Waived{Failed: 40})
			same(w, "outcome", w.batch(id, 1).Outcome, deletion.TimedOut)
			if n := w.reads(); n != 5 {
				t.Errorf("%d contacts were read by id, want the sample of 5: the counts agree", n)
			}
			same(w, "rows", details(w.results(id, deletion.FailedResults)), map[string]int{"1 failed " + waivedText: 40})
			w.sentOnce(id)
			vendor.move(time.Hour) // it goes on after all
			w.sentOnce(id)
		})
	}
}

const waivedText = "not deleted when somebody stopped waiting for Constant Contact; it may still be deleted, so it is not sent again"

func TestAnActivityThatNeverBeginsHoldsUpNobodyElse(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	id := w.start(w.living(600))
	w.runFor(2 * time.Hour)
	same(w, "requests: what comes after it is sent", len(w.posts()), 2)
	w.counts(id, deletion.Counts{InProgress: 600})
	w.stopWaiting(id, 1)
	w.until("it is counted", func() bool { return w.batch(id, 1).Outcome.Final() })
	w.counts(id, deletion.Counts{Failed: 500, InProgress: 100})
	w.state(id, deletion.Running, deletion.NoReason)
	close(release)
	w.run()
	w.counts(id, deletion.Counts{Failed: 500, Deleted: 100})
	w.sentOnce(id)
}

func TestAnActivityThatEndsBeforeItIsCountedIsProof(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	id := w.start(w.living(60))
	w.runFor(2 * time.Hour)
	w.stopWaiting(id, 1)
	close(release)
	w.living(1) // the sandbox begins to work when it is looked at
	w.clock.move(time.Hour)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 60})
	same(w, "outcome", w.batch(id, 1).Outcome, deletion.Completed)
	same(w, "decided", w.batch(id, 1).WaivedAt, time.Time{})
}

func TestALostRequestThatWaitsForWhatNeverEndsIsCounted(t *testing.T) {
	w, vendor := slowWorld(t)
	ids := slices.Sorted(slices.Values(w.living(60)))
	w.door.answersLost()
	id := w.start(ids)
	w.advance()
	w.worksOn(vendor, ids, 20)
	w.runFor(2 * time.Hour)
	w.counts(id, deletion.Counts{Unknown: 60})
	if b := w.batch(id, 1); b.MovedAt.IsZero() || b.Activity.ID != "" {
		t.Errorf("waits for %q since %v, and is bound to %q", b.Waits, b.MovedAt, b.Activity.ID)
	}
	w.stopWaiting(id, 1)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 20, Failed: 40})
	w.state(id, deletion.Finished, deletion.NoReason)
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptExecuted})
	w.sentOnce(id)
}

func TestALostRequestOfWhichNothingIsDeletedIsCountedToo(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	w.door.answersLost()
	id := w.start(w.living(300))
	w.runFor(2 * time.Hour)
	w.counts(id, deletion.Counts{Unknown: 300})
	w.stopWaiting(id, 1)
	w.run()
	w.counts(id, deletion.Counts{Failed: 300})
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptNotExecuted})
	same(w, "never sent again", w.deletion(id).Waived, deletion.Waived{Failed: 300})
	w.sentOnce(id)
	close(release)
	w.clock.move(time.Hour)
	w.sentOnce(id)
}

// What a lost request waited for is gone when its turn to be counted comes: the person's word still holds.
func TestALostRequestIsNotSentAgainWhenWhatItWaitedForIsGone(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	all := w.living(120)
	id := w.start(all[:60])
	w.advance()
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	w.send(constantcontact.ContactDelete{ContactIDs: all[60:]})
	w.runFor(2 * time.Hour)
	w.counts(id, deletion.Counts{Unknown: 60})
	w.stopWaiting(id, 1)
	close(release)
	w.living(1) // the sandbox begins to work when it is looked at
	w.clock.move(time.Hour)
	w.run()
	w.counts(id, deletion.Counts{Failed: 60})
	same(w, "requests, theirs among them", len(w.posts()), 2)
	w.sentOnce(id)
}

func TestListsThatNobodyWaitsForAreCountedByWhoIsOnThem(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: make(chan struct{})})
	lists := w.lists()
	i := slices.IndexFunc(w.box.Lists(w.account), func(l sandbox.List) bool { return l.Members == 0 })
	if i < 0 {
		t.Fatal("no list of the sandbox is empty")
	}
	empty := w.box.Lists(w.account)[i]
	id := w.confirm(w.choose(deletion.FromLists, empty, lists[6], lists[7]))
	w.runFor(2 * time.Hour)
	w.counts(id, deletion.Counts{InProgress: 3})
	w.stopWaiting(id, 1)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1, Failed: 2})
	w.state(id, deletion.Finished, deletion.NoReason)
	for _, row := range w.results(id, deletion.DeletedResults) {
		if row.ID != empty.ID {
			t.Errorf("called deleted: %v, want %s", row, empty.ID)
		}
	}
	w.sentOnce(id)
}

func TestLostListsThatMayStillRunAreNotSentAgain(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: make(chan struct{})})
	w.door.answersLost()
	id := w.confirm(w.choose(deletion.FromLists, w.lists()[6:8]...))
	w.runFor(time.Hour)
	w.state(id, deletion.Paused, deletion.NeedsDecision)
	if b := w.batch(id, 1); b.Waits == "" || !b.MovedAt.IsZero() {
		t.Errorf("it waits for %q, and there is a question about it since %v beside the one whether it ran", b.Waits, b.MovedAt)
	}
	w.ok(w.decide(id, deletion.Failed))
	w.counts(id, deletion.Counts{Failed: 2})
	same(w, "never sent again", w.deletion(id).Waived, deletion.Waived{Failed: 2})
	w.sentOnce(id)
}

func TestAFirstBatchThatNobodyWaitsForIsASurprise(t *testing.T) {
	w := careful(newWorld(t))
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: make(chan struct{})})
	id := w.startCarefully(w.living(300))
	w.runFor(2 * time.Hour)
	same(w, "requests: the rest waits for the first", len(w.posts()), 1)
	w.stopWaiting(id, 1)
	w.run()
	w.state(id, deletion.Paused, deletion.Surprise)
	w.counts(id, deletion.Counts{Failed: 10, NotSent: 290})
}
