package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// calls says which wake-ups came, in order.
type calls struct {
	advance chan string
	prepare chan int64
}

// start starts the queue with functions that only note who was woken, and stops it when the test ends.
func start(t *testing.T, db *store.DB) calls {
	t.Helper()
	c := calls{make(chan string, 100), make(chan int64, 100)}
	startWith(t, db, store.Wakes{
		Advance: func(_ context.Context, account string) (time.Duration, error) { c.advance <- account; return 0, nil },
		Prepare: func(_ context.Context, id int64) (time.Duration, error) { c.prepare <- id; return 0, nil },
	})
	return c
}

func startWith(t *testing.T, db *store.DB, w store.Wakes) {
	t.Helper()
	if w.Prepare == nil {
		w.Prepare = func(context.Context, int64) (time.Duration, error) { return 0, nil }
	}
	if err := db.StartQueue(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.StopQueue(context.Background()); err != nil {
			t.Errorf("stop the queue: %v", err)
		}
	})
}

// patience is how long a wake-up may take on a busy machine before the test says that it does not come.
const patience = time.Minute

// next waits for something to come.
func next[T comparable](t *testing.T, c <-chan T, want T) {
	t.Helper()
	select {
	case got := <-c:
		if got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("%v did not come", want)
	}
}

func TestQueueBeginsWithTheWorkThereIs(t *testing.T) {
	db, path := openNew(t)
	runSmall(t, db, "a")
	preparing, err := db.CreateDeletion(t.Context(), deletion.NewDeletion{Account: "b", Source: deletion.FromMembers})
	if err != nil {
		t.Fatal(err)
	}
	openRaw(t, path).exec(`DELETE FROM river_job`) // every wake-up is lost
	c := start(t, db)
	next(t, c.advance, "a")
	next(t, c.prepare, preparing)
}

func TestChangesWake(t *testing.T) {
	db := open(t)
	c := start(t, db)
	ctx := t.Context()
	id, m := readySmall(t, db, "a")
	next(t, c.prepare, id) // it is made from members
	steps := []struct {
		name string
		do   func() error
	}{
		{"confirm", func() error {
			return db.Confirm(ctx, "a", id, deletion.Confirmation{By: deletion.User{}, Count: m.Items, Hash: m.Hash})
		}},
		{"wake", func() error { return db.Wake(ctx, "a") }},
		{"resume", func() error {
			return errors.Join(db.Pause(ctx, "a", id, deletion.PausedByPerson, "", time.Time{}), db.Resume(ctx, "a", id, time.Now()))
		}},
		{"resume the account", func() error {
			return errors.Join(db.PauseAccount(ctx, "a", deletion.SignInAgain, "", time.Time{}), db.ResumeAccount(ctx, "a", deletion.SignInAgain))
		}},
		{"retry", func() error {
			a, err := db.Claim(ctx, "a", nil)
			if err != nil {
				return err
			}
			a.State = deletion.AttemptRejected
			err = db.Settle(ctx, deletion.Settlement{Attempt: *a, Outcome: deletion.Rejected})
			_, retryErr := db.RetryFailed(ctx, "a", id, time.Now())
			return errors.Join(err, retryErr)
		}},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		next(t, c.advance, "a")
	}
}

func TestARefusedChangeWakesNobody(t *testing.T) {
	db, path := openNew(t)
	r := openRaw(t, path)
	id, m := readySmall(t, db, "a")
	before := one[int](r, `SELECT count(*) FROM river_job`)
	if err := db.Confirm(t.Context(), "a", id, deletion.Confirmation{By: deletion.User{}, Count: m.Items + 1, Hash: m.Hash}); !errors.Is(err, deletion.ErrChanged) {
		t.Fatal(err)
	}
	if err := errors.Join(db.PauseAccount(t.Context(), "a", deletion.QuotaUsed, "", time.Now().Add(time.Hour)),
		db.ResumeAccount(t.Context(), "a", deletion.QuotaUsed)); err != nil {
		t.Fatal(err)
	}
	if after := one[int](r, `SELECT count(*) FROM river_job`); after != before {
		t.Errorf("%d jobs were put in", after-before)
	}
}

func TestAPauseIsWokenFromAtItsTime(t *testing.T) {
	db, path := openNew(t)
	at := time.Now().Add(7 * time.Hour).Truncate(time.Millisecond) // what a column holds
	for account, pause := range map[string]func(id int64) error{
		"one": func(id int64) error { return db.Pause(t.Context(), "one", id, deletion.QuotaUsed, "", at) },
		"all": func(int64) error { return db.PauseAccount(t.Context(), "all", deletion.QuotaUsed, "", at) },
	} {
		if err := pause(runSmall(t, db, account)); err != nil {
			t.Fatal(err)
		}
	}
	r := openRaw(t, path)
	want := at.UTC().Format("2006-01-02 15:04:05.000")
	for _, account := range []string{"one", "all"} {
		got := one[string](r, `SELECT strftime('%Y-%m-%d %H:%M:%f', scheduled_at) FROM river_job
			WHERE state = 'scheduled' AND kind = 'advance' AND json_extract(args, '$.account') = $1`, account)
		if got != want {
			t.Errorf("%s is woken at %s, want %s", account, got, want)
		}
	}
}

func TestAWakeUpThatWantsMoreGetsIt(t *testing.T) {
	db := open(t)
	var turns atomic.Int32
	done := make(chan int32, 1)
	startWith(t, db, store.Wakes{Advance: func(context.Context, string) (time.Duration, error) {
		if n := turns.Add(1); n == 3 {
			done <- n
			return 0, nil
		}
		return time.Millisecond, nil
	}})
	if err := db.Wake(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	next(t, done, 3)
}

func TestAnErrorOrAPanicIsTriedAgain(t *testing.T) {
	for name, fail := range map[string]func() (time.Duration, error){
		"error": func() (time.Duration, error) { return time.Hour, errors.New("on purpose") },
		"panic": func() (time.Duration, error) { panic("on purpose") },
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			var turns atomic.Int32
			turn := make(chan int32, 3)
			startWith(t, db, store.Wakes{Advance: func(context.Context, string) (time.Duration, error) {
				n := turns.Add(1)
				turn <- n
				if n == 1 {
					return fail()
				}
				return 0, nil
			}})
			if err := db.Wake(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			next(t, turn, 1)
			next(t, turn, 2)
		})
	}
}

func TestAWakeUpDuringAnotherIsNotLost(t *testing.T) {
	db := open(t)
	entered, release := make(chan string, 2), make(chan struct{})
	startWith(t, db, store.Wakes{Advance: func(_ context.Context, account string) (time.Duration, error) {
		entered <- account
		<-release
		return 0, nil
	}})
	for range 2 { // the second comes while the first is being worked on
		if err := db.Wake(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		next(t, entered, "a")
	}
	close(release)
}

func TestStoppingWaitsForWhoIsAtWork(t *testing.T) {
	db := open(t)
	entered := make(chan string, 1)
	var left atomic.Bool
	err := db.StartQueue(t.Context(), store.Wakes{Advance: func(ctx context.Context, account string) (time.Duration, error) {
		entered <- account
		<-ctx.Done() // as the runner does: it finishes the request on the wire and returns
		left.Store(true)
		return time.Millisecond, nil
	}})
	if err := errors.Join(err, db.Wake(t.Context(), "a")); err != nil {
		t.Fatal(err)
	}
	next(t, entered, "a")
	if err := db.StopQueue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !left.Load() {
		t.Error("the queue stopped before the work had ended")
	}
}

func TestStoppingGivesUpWhenItsTimeIsOver(t *testing.T) {
	db := open(t)
	entered, release := make(chan string, 1), make(chan struct{})
	err := db.StartQueue(t.Context(), store.Wakes{Advance: func(_ context.Context, account string) (time.Duration, error) {
		entered <- account
		<-release
		return 0, nil
	}})
	if err := errors.Join(err, db.Wake(t.Context(), "a")); err != nil {
		t.Fatal(err)
	}
	next(t, entered, "a")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.StopQueue(over); !errors.Is(err, context.Canceled) {
		t.Errorf("stopping in no time: %v, want the context's error", err)
	}
	close(release)
	if err := db.StopQueue(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStoppingWhatNeverStarted(t *testing.T) {
	if err := open(t).StopQueue(t.Context()); err != nil {
		t.Error(err)
	}
}
