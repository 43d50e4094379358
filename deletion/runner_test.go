package deletion_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

func TestAFileIsDeletedBatchByBatch(t *testing.T) {
	w := newWorld(t)
	ids := w.living(1200)
	before := len(w.contacts(true))
	id := w.upload(ids)
	w.counts(id, deletion.Counts{NotSent: 1200})
	w.run()
	same(w, "requests before the confirmation", len(w.posts()), 0)

	w.confirm(id)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1200})
	same(w, "requests", w.posted(), bodies(ids))
	same(w, "effects", w.effects(), 3)
	for _, p := range w.posts() {
		if len(p.ListIDs) > 0 || len(p.ContactIDs) > 500 {
			t.Errorf("request %d names %d contacts and %d lists", p.Seq, len(p.ContactIDs), len(p.ListIDs))
		}
	}
	for n := 1; n <= 3; n++ {
		same(w, "tries", w.tries(id, n), []deletion.AttemptState{deletion.AttemptAccepted})
	}
	for _, c := range ids {
		if contact, _ := w.box.Contact(w.account, c); contact.DeletedAt.IsZero() {
			t.Errorf("contact %s is not deleted", c)
		}
	}
	same(w, "deleted contacts of the account", len(w.contacts(true)), before+1200)
	if w.deletion(id).EndedAt.IsZero() {
		t.Error("a finished deletion has no end")
	}
	w.run()
	same(w, "requests after the end", len(w.posts()), 3)
}

func TestNumbersAddUpWhilePagesLook(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityEndsShort, Items: 100})
	w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: http.StatusTooManyRequests})
	w.spoil(sandbox.Fault{Effect: sandbox.ResetAfter})
	id := w.start(w.living(1600))
	stop, looked := make(chan struct{}), make(chan error, 1)
	go func() { looked <- lookUntil(t.Context(), w, id, stop) }()
	w.run()
	close(stop)
	w.ok(<-looked)
	w.counts(id, deletion.Counts{Deleted: 1200, Failed: 400})
}

// lookUntil reads a deletion over and over, as pages do.
func lookUntil(ctx context.Context, w *world, id int64, stop <-chan struct{}) error {
	for {
		d, err := w.store.Deletion(ctx, w.account, id)
		if err != nil {
			return err
		}
		if d.Counts.Items() != d.Items {
			return fmt.Errorf("%+v do not add up to %d", d.Counts, d.Items)
		}
		select {
		case <-stop:
			return nil
		default:
		}
	}
}

func TestUnknownAndDeletedContactsAreToldApart(t *testing.T) {
	w := newWorld(t)
	gone, unknown := w.contacts(true)[:90], strangers(30)
	ids := slices.Concat(w.living(300), gone, unknown)
	id := w.start(ids)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 390, Failed: 30})
	same(w, "requests", w.posted(), bodies(ids))
	stored, err := w.store.BatchIDs(t.Context(), id, 1)
	w.ok(err)
	for i, contact := range stored.IDs {
		if stored.Missed.Has(i) != slices.Contains(unknown, contact.String()) {
			t.Errorf("contact %s: missed is %v", contact, stored.Missed.Has(i))
		}
	}
}

func TestContactsThatWereDeletedBeforeNeedNoReading(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.contacts(true)[:80])
	w.run()
	w.counts(id, deletion.Counts{Deleted: 80})
	var reads []string
	for _, r := range w.box.Journal() {
		if r.Route == contactsRoute || r.Route == contactRoute {
			reads = append(reads, r.Path)
		}
	}
	same(w, "readings of contacts, one for what changed since the preview", reads, []string{"/v3/contacts"})
}

func TestAPauseTakesEffectWithinOneAttempt(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Effect: sandbox.HangAfter, Release: release, Skip: 1})
	ids := w.living(1700)
	id := w.start(ids)
	w.advance()
	done := w.background(t.Context())
	<-hang.Reached()
	w.ok(w.store.Pause(t.Context(), w.account, id, deletion.PausedByPerson, olivia.Name, time.Time{}))
	close(release)
	w.ok(<-done)
	w.run()
	w.state(id, deletion.Paused, deletion.PausedByPerson)
	w.counts(id, deletion.Counts{Deleted: 1000, NotSent: 700})
	same(w, "requests", w.posted(), bodies(ids)[:2])

	w.ok(w.store.Resume(t.Context(), w.account, id, time.Now()))
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1700})
	same(w, "requests", w.posted(), bodies(ids))
}

func TestStoppingLeavesTheRestAndARetryOnlyTheFailed(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityEndsShort, Items: 400})
	ids := slices.Sorted(slices.Values(w.living(1700)))
	id := w.start(ids)
	w.advance()
	w.advance()
	w.ok(w.store.Stop(t.Context(), w.account, id))
	if w.deletion(id).Ended() {
		t.Error("a stopped deletion has ended while its batches are open")
	}
	w.run()
	w.state(id, deletion.Stopped, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 900, Failed: 100, NotSent: 700})
	same(w, "requests", w.posted(), bodies(ids)[:2])
	if !w.deletion(id).Ended() {
		t.Error("a stopped deletion with nothing open has not ended")
	}

	rows, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
	w.ok(err)
	same(w, "rows that wait", rows, 100)
	w.run()
	w.state(id, deletion.Stopped, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1000, NotSent: 700})
	same(w, "requests", w.posted(), append(bodies(ids)[:2], bodies(ids[400:500])...))
}

func TestDeletionsOfAnAccountTakeTurns(t *testing.T) {
	w := newWorld(t)
	ids := w.living(2600)
	a, b := w.start(ids[:1400]), w.start(ids[1400:])
	w.run()
	w.counts(a, deletion.Counts{Deleted: 1400})
	w.counts(b, deletion.Counts{Deleted: 1200})
	first, second := bodies(ids[:1400]), bodies(ids[1400:])
	same(w, "requests", w.posted(), []string{first[0], second[0], first[1], second[1], first[2], second[2]})
}

func TestAccountsDoNotWaitForEachOther(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Effect: sandbox.HangBefore, Release: release})
	id := w.start(w.living(100))
	done := w.background(t.Context())
	<-hang.Reached()
	other := w.as(sandbox.SecondAccount)
	theirs := other.start(other.living(50))
	other.run()
	other.state(theirs, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{InProgress: 100})
	close(release)
	w.ok(<-done)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
}

func TestASecondCallForABusyAccountReturnsAtOnce(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Effect: sandbox.HangBefore, Release: release})
	w.start(w.living(600))
	done := w.background(t.Context())
	<-hang.Reached()
	wait, err := w.runner.Advance(t.Context(), w.account)
	w.ok(err)
	same(w, "wait of the second call", wait, 0)
	same(w, "requests", len(w.posts()), 1)
	close(release)
	w.ok(<-done)
}

// knocking is a store that has something happen when the runner has looked for the last time.
type knocking struct {
	deletion.Store
	once  sync.Once
	knock func()
}

func (s *knocking) FinishDeletions(ctx context.Context, account string) (int, error) {
	n, err := s.Store.FinishDeletions(ctx, account)
	s.once.Do(s.knock)
	return n, err
}

func TestAKnockAtABusyAccountIsNotLost(t *testing.T) {
	w := newWorld(t)
	var id int64
	knocked := &knocking{Store: w.store}
	w.restart(func(o *deletion.RunnerOptions) { o.Store = knocked })
	knocked.knock = func() {
		id = w.start(w.living(10))
		wait, err := w.runner.Advance(t.Context(), w.account)
		if wait != 0 || err != nil {
			t.Errorf("the knock got %v, %v", wait, err)
		}
	}
	if w.advance() == 0 {
		t.Fatal("the runner went to sleep although somebody knocked")
	}
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
}

func TestAKnockWakesASleepingRunner(t *testing.T) {
	w := newWorld(t)
	w.restart(func(o *deletion.RunnerOptions) { o.Slice, o.Follow = 2*time.Hour, time.Hour })
	first := w.spoil(sandbox.Fault{Effect: sandbox.HangAfter, Release: closed()})
	second := w.spoil(sandbox.Fault{Effect: sandbox.HangAfter, Release: closed()})
	w.start(w.living(10))
	ctx, cancel := context.WithCancel(t.Context())
	done := w.background(ctx)
	<-first.Finished()
	w.start(w.living(20)[10:])
	_, err := w.runner.Advance(t.Context(), w.account)
	w.ok(err)
	<-second.Finished()
	cancel()
	w.ok(<-done)
	same(w, "requests", len(w.posts()), 2)
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
