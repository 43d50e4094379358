package deletion_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// grace is the runner's default: how long a request whose answer was lost may still run.
const grace = 15 * time.Minute

var (
	once   = []deletion.AttemptState{deletion.AttemptAccepted}
	found  = []deletion.AttemptState{deletion.AttemptExecuted}
	resent = []deletion.AttemptState{deletion.AttemptNotExecuted, deletion.AttemptAccepted}
)

func TestWhatAnAnswerMeansForItsBatch(t *testing.T) {
	const page = "<html>Blocked</html>"
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		tries []deletion.AttemptState // of the batch that was hit
		gap   time.Duration           // at least between its two requests
	}{
		{"throttled: sent again after a second", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429},
			[]deletion.AttemptState{deletion.AttemptRejected, deletion.AttemptAccepted}, time.Second},
		{"queue full: sent again when there is room", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QueueFullBody},
			[]deletion.AttemptState{deletion.AttemptRejected, deletion.AttemptAccepted}, 5 * time.Second},
		{"error without effect", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 500}, resent, grace},
		{"error after the effect", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 500}, found, 0},
		{"gateway timeout after the effect", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 504, Body: page}, found, 0},
		{"connection reset without effect", sandbox.Fault{Effect: sandbox.ResetBefore}, resent, grace},
		{"connection reset after the effect", sandbox.Fault{Effect: sandbox.ResetAfter}, found, 0},
		{"answer cut off", sandbox.Fault{Effect: sandbox.TruncateAfter}, found, 0},
		{"accepted without a body", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 201, Body: sandbox.NoBody}, found, 0},
		{"accepted by somebody else, without effect", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 200, Body: page}, resent, grace},
		{"forbidden by somebody else, though it ran", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 403, Body: page}, found, 0},
		{"redirected without effect", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 307}, resent, grace},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.spoil(c.fault)
			ids := w.living(600)
			id := w.start(ids)
			w.run()
			w.state(id, deletion.Finished, deletion.NoReason)
			w.counts(id, deletion.Counts{Deleted: 600})
			same(w, "tries", w.tries(id, 1), c.tries)
			posts, again := w.posts(), 1
			want := bodies(ids)
			if c.gap > 0 {
				if c.gap == grace {
					again = 2 // other batches go first
				}
				want = slices.Insert(want, again, want[0])
				if passed := posts[again].At.Sub(posts[0].At); passed < c.gap {
					t.Errorf("sent again after %v, want %v", passed, c.gap)
				}
			}
			same(w, "requests", w.posted(), want)
			same(w, "effects", w.effects(), 2)
		})
	}
}

func TestARequestThatHangsBeyondItsDeadline(t *testing.T) {
	for _, c := range []struct {
		name   string
		effect sandbox.Effect
		late   bool // it runs when its caller has long given up
		tries  []deletion.AttemptState
	}{
		{"it ran", sandbox.HangAfter, false, found},
		{"it runs a minute later", sandbox.HangBefore, true, found},
		{"it never runs", sandbox.HangBefore, false, resent},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			release := make(chan struct{})
			hang := w.spoil(sandbox.Fault{Effect: c.effect, Release: release})
			ids := w.living(200)
			id := w.start(ids)
			done := w.background(t.Context())
			<-hang.Reached()
			w.door.cut()
			w.ok(<-done)
			same(w, "outcome", w.batch(id, 1).Outcome, deletion.Unknown)
			w.counts(id, deletion.Counts{Unknown: 200})
			w.runFor(time.Minute)
			if c.late {
				close(release)
				<-hang.Finished()
			}
			w.run()
			w.counts(id, deletion.Counts{Deleted: 200})
			same(w, "tries", w.tries(id, 1), c.tries)
			same(w, "requests", len(w.posts()), len(c.tries))
			same(w, "effects", w.effects(), 1)
		})
	}
}

func TestARequestThatCouldNotBeSentWaits(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(600))
	w.advance()
	w.door.refuses.Store(true)
	w.advance()
	same(w, "tries", w.tries(id, 2), []deletion.AttemptState{deletion.AttemptUnsent})
	w.counts(id, deletion.Counts{InProgress: 500, NotSent: 100})
	w.runFor(time.Hour)
	if tries := len(w.tries(id, 2)); tries > 2 {
		t.Errorf("%d tries in an hour in which Constant Contact could not be looked at", tries)
	}
	w.state(id, deletion.Running, deletion.NoReason)
	w.counts(id, deletion.Counts{InProgress: 500, NotSent: 100})
	same(w, "sent", w.deletion(id).Counts.Sent(), 500)

	w.door.refuses.Store(false)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "requests", len(w.posts()), 2)
}

func TestAConnectionThatIsNoLongerAccepted(t *testing.T) {
	w := newWorld(t)
	ids := w.living(1200)
	id := w.start(ids)
	w.advance()
	w.box.Revoke(sandbox.OwnerLogin)
	w.run()
	w.state(id, deletion.Paused, deletion.SignInAgain)
	w.counts(id, deletion.Counts{InProgress: 500, NotSent: 700})

	w.door.signIn(w.account, sandbox.OwnerLogin)
	w.run()
	w.state(id, deletion.Paused, deletion.SignInAgain)
	w.counts(id, deletion.Counts{Deleted: 500, NotSent: 700})
	w.ok(w.store.ResumeAccount(t.Context(), w.account, deletion.SignInAgain))
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1200})
	same(w, "effects", w.effects(), 3)
}

func TestAnAccountThatMayNotDelete(t *testing.T) {
	w := newWorld(t)
	w.door.signIn(w.account, sandbox.CreatorLogin)
	a, b := w.start(w.living(100)[:50]), w.start(w.living(100)[50:])
	w.run()
	for _, id := range []int64{a, b} {
		w.state(id, deletion.Paused, deletion.NotAllowed)
		if w.deletion(id).ReasonNote == "" {
			t.Error("the vendor's words are missing")
		}
		w.counts(id, deletion.Counts{NotSent: 50})
	}
	same(w, "requests", len(w.posts()), 0)
}

func TestFiveRefusedBatchesInARow(t *testing.T) {
	w := newWorld(t)
	refuse := w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: http.StatusBadRequest, Count: sandbox.EveryTime})
	ids := w.living(3000)
	id := w.start(ids)
	w.run()
	w.state(id, deletion.Paused, deletion.FailuresInARow)
	w.counts(id, deletion.Counts{Failed: 2500, NotSent: 500})
	same(w, "requests", w.posted(), bodies(ids)[:5])
	attempts, err := w.store.Attempts(t.Context(), id, 1)
	w.ok(err)
	if a := attempts[0]; a.HTTPStatus != 400 || a.ErrorKey == "" || a.ErrorText == "" {
		t.Errorf("what was refused is kept as %d %q %q", a.HTTPStatus, a.ErrorKey, a.ErrorText)
	}

	refuse.Remove()
	rows, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
	w.ok(err)
	same(w, "rows that wait", rows, 2500)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 3000})
}

func TestADayThatIsUsed(t *testing.T) {
	for _, c := range []struct {
		name    string
		ahead   time.Duration // of the test's clock to the database's
		resumes bool
	}{
		{"goes on by itself on the next day", -24 * time.Hour, true},
		{"does not go on before", 12 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.clock.move(c.ahead)
			w.pastMidnight()
			w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody})
			id := w.start(w.living(600))
			_, err := w.runner.Advance(t.Context(), w.account)
			w.ok(err)
			w.state(id, deletion.Paused, deletion.QuotaUsed)
			same(w, "resumes at", w.deletion(id).ResumeAt, nextDay(w.clock.now()))
			w.counts(id, deletion.Counts{NotSent: 600})
			w.run()
			if !c.resumes {
				w.state(id, deletion.Paused, deletion.QuotaUsed)
				same(w, "requests", len(w.posts()), 1)
				return
			}
			w.state(id, deletion.Finished, deletion.NoReason)
			w.counts(id, deletion.Counts{Deleted: 600})
		})
	}
}

func nextDay(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

func TestTheReserveIsForFollowing(t *testing.T) {
	w := newWorld(t)
	governor := store.NewGovernor(w.db, store.GovernorOptions{Interval: time.Millisecond, Daily: 60, Reserve: 57})
	w.door.permit = func(ctx context.Context, call constantcontact.Call) error {
		kind := store.Look
		if call.Kind == constantcontact.KindDelete {
			kind = store.Send
		}
		_, err := governor.Take(ctx, "key", kind)
		return err
	}
	ids := w.living(2000)
	id := w.start(ids)
	w.until("the day is used", func() bool { return w.deletion(id).State == deletion.Paused })
	sent, begin := len(w.posts()), w.clock.now()
	same(w, "tries of the next batch", w.tries(id, sent+1), []deletion.AttemptState{deletion.AttemptUnsent})
	w.until("what was sent is followed to its end", func() bool { return w.deletion(id).Open == 0 })
	w.state(id, deletion.Paused, deletion.QuotaUsed)
	w.counts(id, deletion.Counts{Deleted: int64(500 * sent), NotSent: int64(2000 - 500*sent)})
	if passed := w.clock.now().Sub(begin); passed > 5*time.Minute {
		t.Errorf("the end was only seen after %v", passed)
	}
}

func TestLookingThatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		refuse func(w *world)
		reason deletion.Reason
	}{
		{"the vendor's day is used", func(w *world) {
			w.spoil(sandbox.Fault{Route: activitiesRoute, Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody})
		}, deletion.QuotaUsed},
		{"our day is used", func(w *world) {
			w.door.permit = func(_ context.Context, call constantcontact.Call) error {
				if call.Kind == constantcontact.KindRead && w.clock.now().Before(time.Now().Add(-18*time.Hour)) {
					return &deletion.QuotaError{ResumeAt: time.Now().Add(-18 * time.Hour)}
				}
				return nil
			}
		}, deletion.QuotaUsed},
		{"it is forbidden", func(w *world) {
			w.spoil(sandbox.Fault{Route: activitiesRoute, Effect: sandbox.AnswerBefore, Status: 403})
		}, deletion.NotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.clock.move(-24 * time.Hour) // so that the database finds the next day begun
			id := w.start(w.living(600))
			w.advance()
			c.refuse(w)
			w.until("it is paused", func() bool { return w.deletion(id).State == deletion.Paused })
			w.state(id, deletion.Paused, c.reason)
			same(w, "deleted rows", w.deletion(id).Counts.Deleted, 0)
			if c.reason == deletion.NotAllowed {
				w.ok(w.store.Resume(t.Context(), w.account, id, time.Now()))
			}
			w.run()
			if c.reason == deletion.QuotaUsed {
				w.clock.move(24 * time.Hour)
				w.door.signIn(w.account, sandbox.OwnerLogin)
				w.run()
			}
			w.state(id, deletion.Finished, deletion.NoReason)
			w.counts(id, deletion.Counts{Deleted: 600})
		})
	}
}
