package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// large is a stage with one deletion of many contacts that has just been confirmed.
type large struct {
	*stage
	t         *testing.T
	id        int64
	confirmed time.Time
	words
}

// openLarge sets it. The caller closes it.
func openLarge(t *testing.T, contacts int, chaos *sandbox.Chaos) *large {
	t.Helper()
	dir := memoryFolder(t)
	s := openStage(t, dir, sandbox.Options{Contacts: contacts + contacts/4, JournalEntries: 1 << 20, Chaos: chaos})
	l := &large{stage: s, t: t}
	var ids []string
	for c := range s.vendor.box.Contacts(s.account) {
		if c.DeletedAt.IsZero() && len(ids) < contacts {
			ids = append(ids, c.ID)
		}
	}
	s.console.MaxUpload = 1 << 30
	var err error
	l.id, err = s.console.Upload(t.Context(), s.account, olivia, "contacts.csv",
		strings.NewReader("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	s.ok(err)
	d := l.deletion()
	s.ok(s.db.Confirm(t.Context(), s.account, l.id, deletion.Confirmation{By: olivia, Count: d.Items, Hash: d.Hash}))
	l.confirmed = s.clock.now()
	l.words = nothingSaid()
	l.approvals[l.id] = []time.Time{l.confirmed}
	return l
}

func (l *large) deletion() *deletion.Deletion {
	d, err := l.db.Deletion(context.Background(), l.account, l.id)
	l.ok(err)
	return d
}

// finish works until every row is accounted for, for so long at most. A person who watches lets it go on whenever it asks.
func (l *large) finish(limit time.Duration) (took time.Duration, resumed map[deletion.Reason]int) {
	l.t.Helper()
	resumed = map[deletion.Reason]int{}
	for {
		took = l.clock.now().Sub(l.confirmed)
		switch d := l.deletion(); {
		case d.State == deletion.Finished:
			return took, resumed
		case took > limit:
			l.t.Fatalf("not finished after %v and %d calls: %+v, a person let it go on %v", took.Round(time.Second), l.starts.Load(), d.Counts, resumed)
		case d.State == deletion.Paused:
			if resumed[d.Reason]++; d.Reason == deletion.SignInAgain {
				l.connect()
			}
			l.ok(l.db.Resume(context.Background(), l.account, l.id, l.clock.now()))
		}
		l.advance()
	}
}

// keptPromises checks everything over the whole journal.
func (l *large) keptPromises() *evidence {
	l.t.Helper()
	e, err := l.gather()
	l.ok(err)
	l.ok(e.look(l.console, l.account, true))
	e.words = l.words
	e.deleted = func(id string) bool {
		c, ok := l.vendor.box.Contact(l.account, id)
		return ok && !c.DeletedAt.IsZero()
	}
	if err := e.violations(); err != nil {
		l.t.Error(err)
	}
	return e
}

// manyContacts are 100,000 in `make soak`, and fewer in a plain `go test`.
func manyContacts() int {
	if os.Getenv("WINNOW_SOAK") != "" {
		return 100_000
	}
	return 20_000
}

// TestManyContactsInPeace deletes many contacts by the hand-moved clock, with the pace of the governor.
func TestManyContactsInPeace(t *testing.T) {
	l := openLarge(t, manyContacts(), sandbox.Kind)
	defer l.close()
	took, _ := l.finish(time.Hour)
	e := l.keptPromises()
	t.Logf("%d contacts in %v of the clock: %d requests, %d of them deletes", manyContacts(), took.Round(time.Second),
		len(e.requests), len(e.posts))
	if c := l.deletion().Counts; c.Deleted != int64(manyContacts()) {
		t.Errorf("%d contacts are deleted when nothing goes wrong", c.Deleted)
	}
}

// TestAnOutageOfAnHour counts what an hour without the vendor costs, and checks that everything goes on afterwards.
func TestAnOutageOfAnHour(t *testing.T) {
	for _, c := range []struct {
		name  string
		begin func(l *large) (end func())
	}{
		{"every connection is refused", func(l *large) func() {
			l.vendor.goDown(true)
			return func() { l.vendor.goDown(false) }
		}},
		{"every answer is 503", func(l *large) func() {
			return l.vendor.box.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 503, Count: sandbox.EveryTime}).Remove
		}},
		{"every connection is reset", func(l *large) func() {
			return l.vendor.box.Inject(sandbox.Fault{Effect: sandbox.ResetUnread, Count: sandbox.EveryTime}).Remove
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := openLarge(t, 3_000, sandbox.Kind)
			defer l.close()
			l.runFor(time.Second)
			before := l.starts.Load()
			end := c.begin(l)
			l.runFor(time.Hour)
			cost := l.starts.Load() - before
			end()
			healed := l.clock.now()
			posts := l.witness.count()
			for l.witness.count() == posts {
				l.advance()
			}
			again := l.clock.now().Sub(healed)
			l.finish(12 * time.Hour)
			l.keptPromises()
			t.Logf("%d calls in the hour; sending again %v after it", cost, again.Round(time.Second))
			if cost > 120 {
				t.Errorf("%d calls in an hour without the vendor, want 120 at most", cost)
			}
			if got := l.deletion().Counts.Deleted; got != 3_000 {
				t.Errorf("%d contacts are deleted", got)
			}
			if limit := l.grace + 2*time.Minute; again > limit {
				t.Errorf("sending again after %v, want %v at most", again, limit)
			}
		})
	}
}
