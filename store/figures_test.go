package store_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"winnow/deletion"
	"winnow/store"
)

func figuresOf(t *testing.T, db *store.DB) store.Figures {
	t.Helper()
	f, err := db.Figures(t.Context())
	must(t, err)
	return f
}

func claimed(t *testing.T, db *store.DB, account string) *deletion.Attempt {
	t.Helper()
	a, err := db.Claim(t.Context(), account, nil)
	must(t, err)
	return a
}

func settled(t *testing.T, db *store.DB, a *deletion.Attempt, state deletion.AttemptState, outcome deletion.Outcome) {
	t.Helper()
	a.State = state
	must(t, db.Settle(t.Context(), deletion.Settlement{Attempt: *a, Outcome: outcome}))
}

func TestFiguresAreSumsOverAllAccounts(t *testing.T) {
	db := open(t)
	if f := figuresOf(t, db); len(f.Deletions)+len(f.Batches)+len(f.Attempts) > 0 || f.Halted || f.Contacts != (store.Contacts{}) {
		t.Errorf("of an empty database: %+v", f)
	}
	readySmall(t, db, "a")
	runSmall(t, db, "b")
	paused := runSmall(t, db, "c")
	settled(t, db, claimed(t, db, "b"), deletion.AttemptRejected, deletion.Rejected)
	settled(t, db, claimed(t, db, "b"), deletion.AttemptUnknown, deletion.Unknown)
	claimed(t, db, "c")
	must(t, db.Pause(t.Context(), "c", paused, deletion.PausedByPerson, "ada@example.com", time.Time{}))
	must(t, db.Halt(t.Context(), deletion.User{ID: "u"}))

	got := figuresOf(t, db)
	want := store.Figures{
		Deletions: map[deletion.State]int64{deletion.Ready: 1, deletion.Running: 1, deletion.Paused: 1},
		Paused:    map[deletion.Reason]int64{deletion.PausedByPerson: 1},
		Batches:   map[deletion.Outcome]int64{deletion.Rejected: 1, deletion.Unknown: 1, deletion.Sending: 1, deletion.Waiting: 1},
		Contacts:  store.Contacts{Open: 6, Failed: 2},
		Attempts:  map[deletion.AttemptState]store.OpenAttempts{deletion.AttemptUnknown: {N: 1}, deletion.AttemptSending: {N: 1}},
		Halted:    true,
	}
	diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.Figures{}, "Jobs", "Overdue"), cmpopts.IgnoreFields(store.OpenAttempts{}, "Oldest"))
	if diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Jobs["available"] == 0 {
		t.Errorf("the queue, which has not started, holds %v", got.Jobs)
	}
}

func TestTheAgeOfWhatIsOpen(t *testing.T) {
	db, path := openNew(t)
	runSmall(t, db, "a")
	settled(t, db, claimed(t, db, "a"), deletion.AttemptUnknown, deletion.Unknown)
	r := openRaw(t, path)
	r.exec(`DROP TRIGGER attempts_frozen`)
	r.exec(`UPDATE attempts SET claimed_at = claimed_at - 60000`)
	r.exec(`UPDATE river_job SET scheduled_at = datetime('now', '-1 hour')`)
	f := figuresOf(t, db)
	for what, c := range map[string]struct{ got, from time.Duration }{
		"oldest attempt": {f.Attempts[deletion.AttemptUnknown].Oldest, time.Minute},
		"overdue job":    {f.Overdue, time.Hour},
	} {
		if c.got < c.from || c.got > c.from+time.Minute {
			t.Errorf("%s is %v old, want about %v", what, c.got, c.from)
		}
	}
}

func TestListsAreNotCountedAsContacts(t *testing.T) {
	db, path := openNew(t)
	id := runSmall(t, db, "a")
	r := openRaw(t, path)
	r.exec(`DROP TRIGGER deletions_frozen`)
	r.exec(`UPDATE deletions SET source = 'lists' WHERE id = $1`, id)
	if f := figuresOf(t, db); f.Contacts != (store.Contacts{}) || f.Batches[deletion.Waiting] != 2 {
		t.Errorf("got %+v and %v", f.Contacts, f.Batches)
	}
}

func TestTheLineOfCalls(t *testing.T) {
	db, path := openNew(t)
	if next, err := db.NextCall(t.Context(), "key"); next != 0 || err != nil {
		t.Errorf("before the first call: %v, %v", next, err)
	}
	openRaw(t, path).exec(`INSERT INTO governor (key, next_at, day, used, sends, looks) VALUES ('key', $1, 0, 0, 0, 0), ('past', 1, 0, 0, 0, 0)`,
		time.Now().Add(time.Hour).UnixMilli())
	if next, err := db.NextCall(t.Context(), "key"); err != nil || next < 59*time.Minute || next > time.Hour {
		t.Errorf("held for an hour: %v, %v", next, err)
	}
	if next, err := db.NextCall(t.Context(), "past"); next != 0 || err != nil {
		t.Errorf("free since long: %v, %v", next, err)
	}
}

// BenchmarkFigures reads what a scrape costs after years: 2,000 deletions of every kind of outcome.
func BenchmarkFigures(b *testing.B) {
	db, path := openNew(b)
	r, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for _, statement := range []string{
		`DROP TRIGGER deletions_begin`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 2000)
		INSERT INTO deletions (id, account_id, source, state, created_by_id, created_by_name, created_at, confirmed_at)
		SELECT i, 'a' || i % 50, 'csv', 'finished', 'u', 'u', 1, 1 FROM n`,
		`INSERT INTO tallies SELECT d.id, o.value, 1000, 500000, 1, 1, 1 FROM deletions AS d,
		json_each('["waiting","completed","failed","rejected","timed_out","not_sent"]') AS o`,
	} {
		if _, err := r.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := db.Figures(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
