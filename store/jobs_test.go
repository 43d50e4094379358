package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"winnow/store/pgtest"
)

// TestAnotherTurnIsTakenOnce has a job of account a want another turn in 10 s while other jobs are in the queue: it must
// end instead exactly when one of these will look at the same account by then.
func TestAnotherTurnIsTakenOnce(t *testing.T) {
	for name, o := range map[string]func(*testing.T) Options{
		"SQLite":     func(t *testing.T) Options { return Options{Path: filepath.Join(t.TempDir(), "winnow.db")} },
		"PostgreSQL": func(t *testing.T) Options { return onServer(t, pgtest.Empty(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), o(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			anotherTurnIsTakenOnce(t, db)
		})
	}
}

func anotherTurnIsTakenOnce(t *testing.T, db *DB) {
	t.Helper()
	const again = 10 * time.Second
	for name, c := range map[string]struct {
		account string
		in      time.Duration
		state   string
		ends    bool
	}{
		"nothing else":                     {"", 0, "", false},
		"another at once":                  {"a", 0, "", true},
		"another that comes first":         {"a", again / 2, "", true},
		"another that comes later":         {"a", 2 * again, "", false},
		"another that waits after errors":  {"a", again / 2, "retryable", true},
		"another that runs already":        {"a", 0, "running", false},
		"another account":                  {"b", 0, "", false},
		"another that ended before it ran": {"a", 0, "discarded", false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, err := db.w.Exec(ctx, `DELETE FROM river_job`); err != nil {
				t.Fatal(err)
			}
			if c.account != "" {
				putIn(t, db, c.account, c.in, c.state)
			}
			job := &rivertype.JobRow{ID: 1 << 40, Kind: advanceArgs{}.Kind()}
			err := db.queue.after(ctx, job, again, nil, jobAccount, "a")
			var snooze *rivertype.JobSnoozeError
			if ends := err == nil; ends != c.ends || !ends && (!errors.As(err, &snooze) || snooze.Duration != again) {
				t.Errorf("after the turn: %v, want it to end to be %t", err, c.ends)
			}
		})
	}
}

// putIn puts in a job for an account that is due in a while, and forces it into a state unless that is empty.
func putIn(t *testing.T, db *DB, account string, in time.Duration, state string) {
	t.Helper()
	err := db.inTx(t.Context(), func(tx *tx) error {
		if err := tx.wake(t.Context(), account, time.Now().Add(in)); err != nil || state == "" {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE river_job SET state = $1,
			finalized_at = CASE WHEN CAST($2 AS TEXT) = 'discarded' THEN CURRENT_TIMESTAMP END`, state, state)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatAJobBecomes(t *testing.T) {
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "winnow.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	job := &rivertype.JobRow{ID: 1, Kind: advanceArgs{}.Kind()}
	after := func(again time.Duration, err error) error {
		return db.queue.after(context.Background(), job, again, err, jobAccount, "a")
	}
	if err := after(0, nil); err != nil {
		t.Errorf("with nothing more to do: %v, want it to end", err)
	}
	failure := errors.New("on purpose")
	if err := after(time.Hour, failure); !errors.Is(err, failure) {
		t.Errorf("after an error: %v, want that error for River to try again", err)
	}
	var snooze *rivertype.JobSnoozeError
	if err := after(time.Hour, nil); !errors.As(err, &snooze) || snooze.Duration != longestNap {
		t.Errorf("with an hour to wait: %v, want a look after %v", err, longestNap)
	}
}

func TestBackoffIsCapped(t *testing.T) {
	for failed, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		job := &rivertype.JobRow{Errors: make([]rivertype.AttemptError, failed)}
		got := time.Until(cappedBackoff{}.NextRetry(job))
		if want *= time.Second; got > want || got < want-time.Second/2 {
			t.Errorf("after %d earlier errors the wait is %v, want %v", failed, got, want)
		}
	}
	if got := time.Until(cappedBackoff{}.NextRetry(&rivertype.JobRow{Errors: make([]rivertype.AttemptError, 99)})); got > longestBackoff {
		t.Errorf("after 99 errors the wait is %v", got)
	}
}
