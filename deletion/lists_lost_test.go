package deletion_test

import (
	"errors"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

// lostLists starts a deletion of two lists as such; the request has no effect and no answer.
func lostLists(w *world) (id int64, lists []sandbox.List) {
	w.Helper()
	lists = w.lists()[6:8]
	w.lose(1)
	id = w.confirm(w.choose(deletion.FromLists, lists...))
	w.advance()
	w.counts(id, deletion.Counts{Unknown: 2})
	return id, lists
}

// decide closes the first batch by a person's word.
func (w *world) decide(id int64, outcome deletion.Outcome) error {
	w.Helper()
	return w.console.Decide(w.Context(), w.deletion(id), w.batch(id, 1), outcome, olivia)
}

func TestALostRequestForListsWaitsForAPerson(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome deletion.Outcome
		counts  deletion.Counts
		state   deletion.AttemptState
	}{
		{"it ran", deletion.Completed, deletion.Counts{Deleted: 2}, deletion.AttemptExecuted},
		{"it did not run", deletion.Failed, deletion.Counts{Failed: 2}, deletion.AttemptNotExecuted},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			id, lists := lostLists(w)
			w.runFor(time.Hour)
			w.state(id, deletion.Paused, deletion.NeedsDecision)
			w.counts(id, deletion.Counts{Unknown: 2})
			same(w, "requests", w.posted(), []string{listsBody(lists)})

			w.ok(w.decide(id, c.outcome))
			w.counts(id, c.counts)
			same(w, "tries", w.tries(id, 1), []deletion.AttemptState{c.state})
			w.run()
			w.state(id, deletion.Finished, deletion.NoReason)
			same(w, "requests", len(w.posts()), 1)
			if err := w.decide(id, c.outcome); !errors.Is(err, deletion.ErrChanged) {
				t.Errorf("a second decision got %v", err)
			}
		})
	}
}

func TestListsThatDidNotRunAreSentAgainByAPerson(t *testing.T) {
	w := newWorld(t)
	id, lists := lostLists(w)
	w.advance()
	w.ok(w.decide(id, deletion.Failed))
	w.run()
	_, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
	w.ok(err)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 2})
	same(w, "requests", w.posted(), []string{listsBody(lists), listsBody(lists)})
	same(w, "people left on the lists", w.memberships(lists), nil)
}

func TestOnlyListsOfUnknownEndAreDecided(t *testing.T) {
	w := newWorld(t)
	lists, _ := lostLists(w)
	for _, outcome := range []deletion.Outcome{deletion.Waiting, deletion.Accepted, deletion.Rejected, ""} {
		if err := w.decide(lists, outcome); !errors.Is(err, deletion.ErrChanged) {
			t.Errorf("deciding %q got %v", outcome, err)
		}
	}
	other := newWorld(t)
	other.lose(1)
	contacts := other.start(other.living(10))
	other.advance()
	same(other, "outcome", other.batch(contacts, 1).Outcome, deletion.Unknown)
	if err := other.decide(contacts, deletion.Completed); !errors.Is(err, deletion.ErrChanged) {
		t.Errorf("deciding about contacts got %v", err)
	}
	other.counts(contacts, deletion.Counts{Unknown: 10})
}

func TestALostRequestForListsThatRanIsFound(t *testing.T) {
	w := newWorld(t)
	lists := w.lists()[6:8]
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
	id := w.confirm(w.choose(deletion.FromLists, lists...))
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 2})
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptExecuted})
	same(w, "requests", len(w.posts()), 1)
}

func TestALostRequestForListsThatIsFoundLateNeedsNoDecision(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Effect: sandbox.HangBefore, Release: release})
	id := w.confirm(w.choose(deletion.FromLists, w.lists()[6]))
	done := w.background(t.Context())
	<-hang.Reached()
	w.door.cut()
	w.ok(<-done)
	w.runFor(grace)
	w.state(id, deletion.Paused, deletion.NeedsDecision)
	close(release)
	<-hang.Finished()
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1})
}

func TestAnotherProgramsDeletionOfListsProvesNothing(t *testing.T) {
	w := newWorld(t)
	id, lists := lostLists(w)
	theirs := w.lists()[10:12]
	request := constantcontact.ContactDelete{ListIDs: []string{theirs[0].ID, theirs[1].ID}}
	w.send(request)
	w.runFor(2 * grace)
	w.state(id, deletion.Paused, deletion.NeedsDecision)
	w.counts(id, deletion.Counts{Unknown: 2})
	if len(w.memberships(lists)) == 0 {
		t.Error("the lists of ours are empty, so this test proves nothing")
	}
	same(w, "requests", len(w.posts()), 2)
}
