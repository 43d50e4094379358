package deletion_test

import (
	"slices"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

// lose plans that a deletion request has no effect and no answer.
func (w *world) lose(count int) {
	w.spoil(sandbox.Fault{Effect: sandbox.ResetBefore, Count: count})
}

func TestALostRequestThatRanInPart(t *testing.T) {
	for _, c := range []struct {
		name    string
		effect  sandbox.Effect
		outcome deletion.Outcome
	}{
		{"the activity failed", sandbox.ActivityFails, deletion.Failed},
		{"the activity timed out", sandbox.ActivityTimesOut, deletion.TimedOut},
		{"the activity completed short", sandbox.ActivityEndsShort, deletion.Completed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.spoil(sandbox.Fault{Effect: c.effect, Items: 120})
			w.door.answersLost()
			ids := slices.Sorted(slices.Values(w.living(300)))
			id := w.start(ids)
			w.run()
			same(w, "outcome", w.batch(id, 1).Outcome, c.outcome)
			w.counts(id, deletion.Counts{Deleted: 120, Failed: 180})
			same(w, "effects", w.effects(), 1)

			_, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
			w.ok(err)
			w.run()
			w.counts(id, deletion.Counts{Deleted: 300})
			same(w, "requests", w.posted(), []string{body("contact_ids", ids), body("contact_ids", ids[120:])})
		})
	}
}

func TestAnotherProgramsActivityProvesNothing(t *testing.T) {
	w := newWorld(t)
	all := w.living(120)
	ids, theirs := all[:60], all[60:]
	w.lose(1)
	id := w.start(ids)
	w.advance()
	w.send(constantcontact.ContactDelete{ContactIDs: theirs})
	begin := w.clock.now()
	for w.clock.now().Sub(begin) < grace-time.Minute {
		w.advance()
		w.counts(id, deletion.Counts{Unknown: 60})
	}
	w.run()
	w.counts(id, deletion.Counts{Deleted: 60})
	same(w, "tries", w.tries(id, 1), resent)
	same(w, "requests", len(w.posts()), 3)
	same(w, "the last request", w.posted()[2], bodies(ids)[0])
}

func TestOursIsFoundBesideAnotherProgramsActivity(t *testing.T) {
	w := newWorld(t)
	all := w.living(1200)
	ids := all[:600]
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
	id := w.start(ids)
	w.advance()
	w.send(constantcontact.ContactDelete{ContactIDs: all[600:1100]})
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptExecuted})
	same(w, "effects", w.effects(), 3)
}

func TestNothingIsConcludedWhileAnActivityThatMayBeOursWaits(t *testing.T) {
	w := newWorld(t)
	all := w.living(1500)
	ids := all[:500]
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	w.door.answersLost()
	id := w.start(ids)
	w.advance()
	w.send(constantcontact.ContactDelete{ContactIDs: all[500:1000]})
	w.runFor(2 * grace)
	w.counts(id, deletion.Counts{Unknown: 500})
	same(w, "requests", len(w.posts()), 2)

	close(release)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 500})
	same(w, "requests", len(w.posts()), 2)
}

// The vendor's largest page is 500 activities: one of a request that was lost is found behind them, too.
func TestALostRequestWhoseActivityIsNotAmongTheNewest(t *testing.T) {
	w := newWorld(t)
	ids := w.living(500)
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	w.door.answersLost()
	id := w.start(ids)
	w.advance()
	w.door.showsExportsFirst(w.clock.now().Add(time.Second))
	w.runFor(2 * grace)
	w.counts(id, deletion.Counts{Unknown: 500})

	close(release)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 500})
	same(w, "requests", len(w.posts()), 1)
}

func TestTwoActivitiesOfOthersAndALostRequest(t *testing.T) {
	w := newWorld(t)
	all := w.living(1500)
	w.lose(1)
	id := w.start(all[:500])
	w.advance()
	w.send(constantcontact.ContactDelete{ContactIDs: all[500:1000]})
	w.send(constantcontact.ContactDelete{ContactIDs: all[1000:]})
	w.runFor(grace - time.Minute)
	w.counts(id, deletion.Counts{Unknown: 500})
	w.run()
	w.counts(id, deletion.Counts{Deleted: 500})
	same(w, "tries", w.tries(id, 1), resent)
	same(w, "requests", len(w.posts()), 4)
}

func TestAContactThatWasPutBackIsNotDeletedAgain(t *testing.T) {
	w := newWorld(t)
	ids := slices.Sorted(slices.Values(w.living(60)))
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
	w.door.showsAsRestored(ids[7])
	id := w.start(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 59, Failed: 1})
	stored, err := w.store.BatchIDs(t.Context(), id, 1)
	w.ok(err)
	if !stored.Missed.Has(7) {
		t.Error("the contact that was put back is not the one that is marked")
	}
	same(w, "requests", len(w.posts()), 1)
}

func TestWhatCannotBeLookedAtStaysUnknown(t *testing.T) {
	for route, c := range map[string]struct {
		before int // calls before the first request
		counts deletion.Counts
		sent   int
	}{
		activitiesRoute: {0, deletion.Counts{Unknown: 500, NotSent: 100}, 1},
		contactsRoute:   {1, deletion.Counts{Unknown: 500, Deleted: 100}, 2}, // the other batch needs no look at contacts
	} {
		t.Run(route, func(t *testing.T) {
			w := newWorld(t)
			w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
			broken := w.spoil(sandbox.Fault{Route: route, Effect: sandbox.AnswerBefore, Status: 500, Count: sandbox.EveryTime, Skip: c.before})
			ids := w.living(600)
			id := w.start(ids)
			w.runFor(2 * grace)
			w.state(id, deletion.Running, deletion.NoReason)
			w.counts(id, c.counts)
			same(w, "requests", len(w.posts()), c.sent)
			if broken.Hits() < 3 {
				t.Errorf("it was only asked %d times", broken.Hits())
			}
			broken.Remove()
			w.run()
			w.counts(id, deletion.Counts{Deleted: 600})
			same(w, "requests", w.posted(), bodies(ids))
		})
	}
}

func TestALostRequestIsRepeatedByItselfOnlyOnce(t *testing.T) {
	w := newWorld(t)
	w.lose(2)
	ids := w.living(500)
	id := w.start(ids)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptNotExecuted, deletion.AttemptNotExecuted})
	w.counts(id, deletion.Counts{Failed: 500})

	_, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
	w.ok(err)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 500})
}

func TestContactsThatWereDeletedLongAgoAreNoEvidence(t *testing.T) {
	w := newWorld(t)
	w.lose(1)
	ids := append(w.contacts(true)[:95], w.living(5)...)
	id := w.start(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 100})
	same(w, "tries", w.tries(id, 1), resent)
}

func TestContactsThatWereDeletedTodayAreRead(t *testing.T) {
	w := newWorld(t)
	ids := w.living(100)
	w.send(constantcontact.ContactDelete{ContactIDs: ids[:95]})
	w.clock.move(time.Hour)
	w.lose(1)
	id := w.start(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 100})
	same(w, "requests of ours, the second for the remainder", w.posted()[1:], []string{bodies(ids)[0], bodies(ids[95:])[0]})
}

func TestARetryReadsOnlyWhatItSent(t *testing.T) {
	w := newWorld(t)
	unknown := strangers(4)
	ids := append(w.living(450), unknown...)
	id := w.start(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 450, Failed: 4})
	_, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
	w.ok(err)
	last := w.box.Journal()[len(w.box.Journal())-1].Seq
	w.run()
	w.counts(id, deletion.Counts{Deleted: 450, Failed: 4})
	same(w, "second request", w.posted()[1], bodies(unknown)[0])
	reads := 0
	for _, r := range w.box.JournalAfter(last) {
		if r.Route == contactRoute {
			reads++
		}
	}
	same(w, "contacts read", reads, 4)
}

func TestALostRequestIsLookedIntoWhateverItsDeletionDoes(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  sandbox.Effect
		act    func(w *world, id int64) error
		state  deletion.State
		reason deletion.Reason
		counts deletion.Counts
	}{
		{"paused, and it ran", sandbox.ResetAfter, pause, deletion.Paused, deletion.PausedByPerson,
			deletion.Counts{Deleted: 500, NotSent: 100}},
		{"paused, and it did not run", sandbox.ResetBefore, pause, deletion.Paused, deletion.PausedByPerson,
			deletion.Counts{NotSent: 600}},
		{"stopped, and it ran", sandbox.ResetAfter, stop, deletion.Stopped, deletion.NoReason,
			deletion.Counts{Deleted: 500, NotSent: 100}},
		{"stopped, and it did not run", sandbox.ResetBefore, stop, deletion.Stopped, deletion.NoReason,
			deletion.Counts{NotSent: 600}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.spoil(sandbox.Fault{Effect: c.fault})
			id := w.start(w.living(600))
			w.advance()
			w.counts(id, deletion.Counts{Unknown: 500, NotSent: 100})
			w.ok(c.act(w, id))
			w.run()
			w.state(id, c.state, c.reason)
			w.counts(id, c.counts)
			same(w, "requests", len(w.posts()), 1)
			same(w, "ended", w.deletion(id).Ended(), c.state == deletion.Stopped)
		})
	}
}

func pause(w *world, id int64) error {
	return w.store.Pause(w.Context(), w.account, id, deletion.PausedByPerson, olivia.Name, time.Time{})
}

func stop(w *world, id int64) error { return w.store.Stop(w.Context(), w.account, id) }

func TestALostRequestWaitsForTheSignIn(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
	ids := w.living(600)
	id := w.start(ids)
	w.advance()
	w.box.Revoke(sandbox.OwnerLogin)
	w.run()
	w.state(id, deletion.Paused, deletion.SignInAgain)
	w.counts(id, deletion.Counts{Unknown: 500, NotSent: 100})
	w.door.signIn(w.account, sandbox.OwnerLogin)
	w.ok(w.store.ResumeAccount(t.Context(), w.account, deletion.SignInAgain))
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "requests", w.posted(), bodies(ids))
}
