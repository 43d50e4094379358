package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// waiting is a deletion of two batches of two, the first of which is with Constant Contact.
type waiting struct {
	*testing.T
	db   *store.DB
	path string
	r    raw
	id   int64
	a    *deletion.Attempt
}

func newWaiting(t *testing.T) *waiting {
	t.Helper()
	db, path := openNew(t)
	w := &waiting{T: t, db: db, path: path, r: openRaw(t, path), id: runSmall(t, db, "a")}
	w.a = claimed(t, db, "a")
	return w
}

// accepted is a waiting whose activity has done so many of its items.
func accepted(t *testing.T, done int) *waiting {
	t.Helper()
	w := newWaiting(t)
	w.accept(done)
	return w
}

func (w *waiting) accept(done int) {
	w.Helper()
	w.a.State, w.a.ActivityID = deletion.AttemptAccepted, "an activity"
	must(w.T, w.db.Settle(w.Context(), deletion.Settlement{Attempt: *w.a, Outcome: deletion.Accepted, Activity: w.activity(done)}))
}

func (w *waiting) activity(done int) deletion.Activity {
	total := 2
	return deletion.Activity{ID: "an activity", State: "processing", ItemsTotal: &total, ItemsCompleted: &done, UpdatedAt: time.Now().UTC()}
}

func (w *waiting) batch(n int) *deletion.Batch {
	w.Helper()
	b, err := w.db.Batch(w.Context(), w.id, n)
	must(w.T, err)
	return b
}

// ages lets time pass, as far as the first batch is concerned.
func (w *waiting) ages(d time.Duration) {
	w.Helper()
	w.r.exec(`UPDATE batches SET moved_at = moved_at - $1, checked_at = checked_at - $1 WHERE n = 1`, d.Milliseconds())
}

func (w *waiting) stopWaiting() error {
	ctx := deletion.WithActor(w.Context(), deletion.Actor{User: deletion.User{ID: "u1", Name: "olivia"}, Account: "a"})
	return w.db.StopWaiting(ctx, "a", w.id, 1, w.batch(1).MovedAt)
}

func (w *waiting) stalled() deletion.Stalled {
	w.Helper()
	s, err := w.db.Stalled(w.Context(), "a", w.id)
	must(w.T, err)
	n, err := w.db.Notices(w.Context(), "a")
	must(w.T, err)
	if n.Stalled != (s.AccountBatches > 0) {
		w.Errorf("%d batches of the account do not move, and its pages are told %v", s.AccountBatches, n.Stalled)
	}
	s.Since = time.Time{}
	return s
}

// lately tells whether a moment is one of the last minute.
func lately(at time.Time) bool { return time.Since(at).Abs() < time.Minute }

func TestWhatAnActivityHasDoneSaysWhenItMoved(t *testing.T) {
	w := accepted(t, 0)
	if b := w.batch(1); !lately(b.MovedAt) || b.Waits != "Activity an activity is processing, 0 % done, 0 of 2 items." {
		t.Fatalf("accepted: %q since %v", b.Waits, b.MovedAt)
	}
	w.ages(2 * time.Hour)
	before := w.batch(1).MovedAt
	must(t, w.db.RecordActivity(t.Context(), w.id, 1, w.activity(0)))
	if b := w.batch(1); !b.MovedAt.Equal(before) || !lately(b.CheckedAt) {
		t.Errorf("looked at, no more done: moved %v (before %v), checked %v", b.MovedAt, before, b.CheckedAt)
	}
	must(t, w.db.RecordActivity(t.Context(), w.id, 1, w.activity(1)))
	if b := w.batch(1); !lately(b.MovedAt) {
		t.Errorf("one more done: moved %v", b.MovedAt)
	}
	must(t, w.db.Conclude(t.Context(), deletion.Result{Deletion: w.id, Batch: 1, Outcome: deletion.Completed, Deleted: 2, Activity: w.activity(2)}))
	if b := w.batch(1); !b.MovedAt.IsZero() || b.Waits != "" {
		t.Errorf("at the end it waits for %q since %v", b.Waits, b.MovedAt)
	}
}

func TestALostRequestSaysWhatItWaitsFor(t *testing.T) {
	w := newWaiting(t)
	look := func(waits string) {
		t.Helper()
		w.a.State = deletion.AttemptUnknown
		must(t, w.db.Settle(t.Context(), deletion.Settlement{Attempt: *w.a, Outcome: deletion.Unknown, Waits: waits}))
	}
	look("")
	if b := w.batch(1); !b.MovedAt.IsZero() {
		t.Errorf("it waits for nothing since %v", b.MovedAt)
	}
	look("Activity x is initialized.")
	w.ages(time.Hour)
	before := w.batch(1).MovedAt
	look("Activity x is initialized.")
	if b := w.batch(1); !b.MovedAt.Equal(before) || !lately(b.CheckedAt) {
		t.Errorf("the same: moved %v (before %v), checked %v", b.MovedAt, before, b.CheckedAt)
	}
	if s := w.stalled(); !s.Blocks || s.Batches != 1 {
		t.Errorf("an attempt that is not parked: %+v", s)
	}
	must(t, w.db.Park(t.Context(), w.a.ID))
	if s := w.stalled(); s.Blocks || s.Batches != 1 {
		t.Errorf("a parked attempt: %+v", s)
	}
	look("Activity x is processing.")
	if b := w.batch(1); !lately(b.MovedAt) {
		t.Errorf("another state: moved %v", b.MovedAt)
	}
	look("")
	if b := w.batch(1); !b.MovedAt.IsZero() {
		t.Errorf("it waits for nothing any more since %v", b.MovedAt)
	}
}

func TestStalledCountsWhatDoesNotMove(t *testing.T) {
	w := accepted(t, 0)
	for _, c := range []struct {
		ages time.Duration
		want deletion.Stalled
	}{
		{59 * time.Minute, deletion.Stalled{}},
		{2 * time.Minute, deletion.Stalled{Batches: 1, First: 1, Waits: w.batch(1).Waits, AccountOpen: 1, AccountBatches: 1}},
		{23 * time.Hour, deletion.Stalled{Batches: 1, Asking: 1, First: 1, Waits: w.batch(1).Waits, AccountOpen: 1, AccountBatches: 1}},
	} {
		w.ages(c.ages)
		if got := w.stalled(); got != c.want {
			t.Errorf("after another %v: %+v, want %+v", c.ages, got, c.want)
		}
	}
	f := figuresOf(t, w.db)
	if f.Stalled != 1 || f.Asking != 1 {
		t.Errorf("figures say %d and %d", f.Stalled, f.Asking)
	}
	must(t, w.stopWaiting())
	f = figuresOf(t, w.db)
	if got := w.stalled(); got != (deletion.Stalled{}) || f.Stalled+f.Asking != 0 {
		t.Errorf("after the decision: %+v, figures %d and %d", got, f.Stalled, f.Asking)
	}
}

func TestOnlyWhatWasShownToStandStillForADayIsDecided(t *testing.T) {
	w := accepted(t, 0)
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, deletion.ErrChanged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.ages(23*time.Hour + 59*time.Minute)
	refused("a minute before", w.stopWaiting())
	w.ages(2 * time.Minute)
	seen := w.batch(1).MovedAt
	must(t, w.db.RecordActivity(t.Context(), w.id, 1, w.activity(1)))
	w.ages(25 * time.Hour)
	refused("it moved since", w.db.StopWaiting(t.Context(), "a", w.id, 1, seen))
	refused("a batch that was not sent", w.db.StopWaiting(t.Context(), "a", w.id, 2, time.Time{}))
	if err := w.db.StopWaiting(t.Context(), "b", w.id, 1, w.batch(1).MovedAt); !errors.Is(err, deletion.ErrNotFound) {
		t.Errorf("another account: %v", err)
	}
	must(t, w.stopWaiting())
	refused("a second time", w.stopWaiting())
	if b := w.batch(1); !lately(b.WaivedAt) || b.WaivedBy != "olivia" || b.Outcome != deletion.Accepted {
		t.Errorf("decided %v by %q, %s", b.WaivedAt, b.WaivedBy, b.Outcome)
	}
	w.tells(deletion.AuditRow{Action: deletion.ActionWaived, Batch: 1, Activity: "an activity", Count: 2, Actor: deletion.Actor{User: deletion.User{Name: "olivia"}}})
}

// tells looks for a row of the audit log.
func (w *waiting) tells(want deletion.AuditRow) {
	w.Helper()
	rows, err := w.db.Audit(w.Context(), "a", deletion.AuditFilter{Deletion: w.id})
	must(w.T, err)
	if !slices.ContainsFunc(rows, func(r deletion.AuditRow) bool {
		return r.Action == want.Action && r.Batch == want.Batch && r.Activity == want.Activity && r.Count == want.Count && r.Name == want.Name
	}) {
		w.Errorf("no row of the audit log says %+v:\n%+v", want, rows)
	}
}

// counted ends the batch that nobody waits for, with one of two contacts deleted.
func (w *waiting) counted() {
	w.Helper()
	w.ages(25 * time.Hour)
	must(w.T, w.stopWaiting())
	missed := deletion.NewBitmap(2)
	missed.Set(1)
	must(w.T, w.db.Conclude(w.Context(), deletion.Result{
		Deletion: w.id, Batch: 1, Outcome: deletion.TimedOut, Deleted: 1, Failed: 1, Missed: missed, Activity: w.activity(1), Waived: true,
	}))
}

func TestWhatNobodyWaitedForIsNotSentAgain(t *testing.T) {
	w := accepted(t, 1)
	w.counted()
	w.tells(deletion.AuditRow{Action: deletion.ActionCounted, Batch: 1, Activity: "an activity", Count: 1})
	d, err := w.db.Deletion(t.Context(), "a", w.id)
	must(t, err)
	if d.Waived != (deletion.Waived{Failed: 1}) || d.Counts.Failed != 1 || d.Counts.Deleted != 1 || d.Counts.Items() != d.Items {
		t.Errorf("waived %+v of %+v", d.Waived, d.Counts)
	}
	for what, send := range map[string]func() (int64, error){
		"retry":      func() (int64, error) { return w.db.RetryFailed(t.Context(), "a", w.id, time.Now()) },
		"send again": func() (int64, error) { return w.db.SendChanged(t.Context(), "a", w.id, time.Now()) },
	} {
		if rows, err := send(); rows != 0 || err != nil {
			t.Errorf("%s: %d rows, %v", what, rows, err)
		}
	}
	for what, statement := range map[string]string{
		"wait again":             `UPDATE batches SET outcome = 'waiting', failed = 0 WHERE n = 1`,
		"undo the decision":      `UPDATE batches SET waived_at = 0 WHERE n = 1`,
		"decide once more":       `UPDATE batches SET waived_at = waived_at + 1 WHERE n = 1`,
		"wait for what is ended": `UPDATE batches SET moved_at = 1 WHERE n = 1`,
	} {
		if w.r.try(statement) == nil {
			t.Errorf("a batch that nobody waited for can %s", what)
		}
	}
}

func TestAnActivityThatEndsAfterAllMakesTheDecisionVoid(t *testing.T) {
	w := accepted(t, 1)
	w.ages(25 * time.Hour)
	must(t, w.stopWaiting())
	must(t, w.db.Conclude(t.Context(), deletion.Result{Deletion: w.id, Batch: 1, Outcome: deletion.Failed, Failed: 2, Activity: w.activity(0)}))
	if b := w.batch(1); !b.WaivedAt.IsZero() || b.WaivedBy != "" {
		t.Errorf("decided %v by %q", b.WaivedAt, b.WaivedBy)
	}
	if rows, err := w.db.RetryFailed(t.Context(), "a", w.id, time.Now()); rows != 2 || err != nil {
		t.Errorf("retry: %d rows, %v", rows, err)
	}
}

func TestALostRequestThatNobodyWaitsForEnds(t *testing.T) {
	w := newWaiting(t)
	w.a.State, w.a.NextCheck = deletion.AttemptUnknown, time.Now().Add(time.Hour)
	must(t, w.db.Settle(t.Context(), deletion.Settlement{Attempt: *w.a, Outcome: deletion.Unknown, Waits: "Activity x is initialized."}))
	must(t, w.db.Park(t.Context(), w.a.ID))
	w.ages(25 * time.Hour)
	must(t, w.stopWaiting())
	next, err := w.db.NextUnknown(t.Context(), "a")
	must(t, err)
	if !next.NextCheck.IsZero() {
		t.Errorf("looked at again at %v", next.NextCheck)
	}
	next.State = deletion.AttemptNotExecuted
	if err := w.db.Settle(t.Context(), deletion.Settlement{Attempt: *next, Outcome: deletion.TimedOut, Waived: true}); err != nil {
		t.Fatal(err)
	}
	if b := w.batch(1); b.Outcome != deletion.TimedOut || b.Failed != 2 || b.WaivedBy != "olivia" || !lately(b.WaivedAt) {
		t.Errorf("ended as %s, %d failed, decided %v by %q", b.Outcome, b.Failed, b.WaivedAt, b.WaivedBy)
	}
	w.tells(deletion.AuditRow{Action: deletion.ActionCounted, Batch: 1, Count: 2})
	if rows, err := w.db.RetryFailed(t.Context(), "a", w.id, time.Now()); rows != 0 || err != nil {
		t.Errorf("retry: %d rows, %v", rows, err)
	}
}
