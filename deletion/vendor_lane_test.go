package deletion_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

func TestAConnectionThatIsRefusedInBetween(t *testing.T) {
	for _, c := range []struct {
		name  string
		times int
		tries []deletion.AttemptState
		state deletion.State
	}{
		{"once: another attempt with another token", 1, []deletion.AttemptState{deletion.AttemptRejected, deletion.AttemptAccepted}, deletion.Finished},
		{"twice: a person has to sign in", 2, []deletion.AttemptState{deletion.AttemptRejected, deletion.AttemptRejected}, deletion.Paused},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: http.StatusUnauthorized, Count: c.times})
			id := w.start(w.living(300))
			w.run()
			same(w, "tries", w.tries(id, 1), c.tries)
			same(w, "state", w.deletion(id).State, c.state)
			if c.state == deletion.Finished {
				w.counts(id, deletion.Counts{Deleted: 300})
				return
			}
			w.state(id, deletion.Paused, deletion.SignInAgain)
			w.counts(id, deletion.Counts{NotSent: 300})
			w.ok(w.store.ResumeAccount(t.Context(), w.account, deletion.SignInAgain))
			w.run()
			w.counts(id, deletion.Counts{Deleted: 300})
		})
	}
}

func TestRefusedConnectionsThatAreNotInARow(t *testing.T) {
	w := newWorld(t)
	for _, skip := range []int{0, 1} { // the first request, and the second after the one that was taken
		w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: http.StatusUnauthorized, Skip: skip})
	}
	id := w.start(w.living(600))
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 600})
	same(w, "requests", len(w.posts()), 4)
}

// queueOf has the account's newest 500 activities shown as if so many of them were still to be done, as long as left says.
func (d *door) queueOf(pending int, looks *atomic.Int64, left int64) {
	var page strings.Builder
	for i := range 500 {
		state := "completed"
		if i < pending {
			state = "initialized"
		}
		fmt.Fprintf(&page, `,{"activity_id":"%08x-bc34-11f1-94f6-02420a320002","state":%q}`, i, state)
	}
	body := `{"activities":[` + page.String()[1:] + `]}`
	d.setGuard(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/v3/activities" || looks.Add(1) > left {
			return false
		}
		_, _ = w.Write([]byte(body))
		return true
	})
}

func TestAFullQueueIsWaitedForUntilItHasDrained(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Account: w.account, Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QueueFullBody})
	var looks atomic.Int64
	w.door.queueOf(500, &looks, 7)
	id := w.start(w.living(300))
	other := w.as(sandbox.SecondAccount)
	begin := w.clock.now()
	w.advance()
	same(w, "requests", len(w.posts()), 1)

	w.until("the queue has drained", func() bool { return len(w.posts()) > 1 })
	if passed := w.clock.now().Sub(begin); passed < 5*time.Minute || passed > 6*time.Minute {
		t.Errorf("sent again after %v and %d looks, want a look after 5, 10, 20 and 40 s, and then one a minute", passed, looks.Load())
	}
	w.run()
	w.counts(id, deletion.Counts{Deleted: 300})

	w.spoil(sandbox.Fault{Account: w.account, Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QueueFullBody})
	w.start(w.living(300))
	w.advance()
	elsewhere := other.start(other.living(50))
	other.advance()
	same(other, "another account's request", other.tries(elsewhere, 1), once)
}

func TestAQueueWithRoomIsUsedAtTheFirstLook(t *testing.T) {
	w := newWorld(t)
	w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QueueFullBody})
	var looks atomic.Int64
	w.door.queueOf(449, &looks, 1)
	id := w.start(w.living(300))
	w.until("it is sent again", func() bool { return len(w.posts()) > 1 })
	same(w, "looks before it", looks.Load(), 1)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 300})
}

// held lets the runner ask a governor that answers as the test says.
func (w *world) held(err *error) {
	w.restart(func(o *deletion.RunnerOptions) {
		o.MayDelete = func(context.Context) error { return *err }
	})
}

func TestNothingIsClaimedWhileRequestsAreHeldBack(t *testing.T) {
	for name, make := range map[string]func(at time.Time) error{
		"the vendor does not answer":   func(at time.Time) error { return &deletion.VendorDownError{RetryAt: at} },
		"the vendor wants to be alone": func(at time.Time) error { return &deletion.VendorBusyError{RetryAt: at} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			why := make(w.clock.now().Add(40 * time.Second))
			w.held(&why)
			id := w.start(w.living(300))
			end := w.clock.now().Add(39 * time.Second)
			for w.clock.now().Before(end) {
				if wait := w.advance(); wait <= 0 || wait > 5*time.Second {
					t.Fatalf("wait is %v, want up to 5 s: another account may find out", wait)
				}
			}
			same(w, "tries", w.tries(id, 1), nil)
			same(w, "requests", len(w.box.Journal()), 0)
			w.state(id, deletion.Running, deletion.NoReason)
			why = nil
			w.run()
			same(w, "tries", w.tries(id, 1), once)
		})
	}
}

func TestAReadingTriesWhetherTheVendorAnswers(t *testing.T) {
	w := newWorld(t)
	var why error = &deletion.VendorDownError{RetryAt: w.clock.now()}
	w.held(&why)
	id := w.start(w.living(300))
	w.spoil(sandbox.Fault{Route: activitiesRoute, Effect: sandbox.AnswerBefore, Status: 503})
	w.advance()
	same(w, "requests that delete", len(w.posts()), 0)
	same(w, "readings", w.asked(activitiesRoute), 1)
	w.until("it is sent", func() bool { return len(w.posts()) > 0 })
	same(w, "readings", w.asked(activitiesRoute), 2)
	why = nil
	w.run()
	w.counts(id, deletion.Counts{Deleted: 300})
}

func TestAnIdleAccountTriesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(300))
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	before := len(w.box.Journal())
	var why error = &deletion.VendorDownError{RetryAt: w.clock.now()}
	w.held(&why)
	same(w, "wait", w.advance(), 0)
	same(w, "requests", len(w.box.Journal()), before)
}

func TestARequestThatIsHeldBackAfterItsClaim(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(300))
	down := &deletion.VendorDownError{RetryAt: w.clock.now().Add(30 * time.Second)}
	w.door.permit = func(_ context.Context, call constantcontact.Call) error {
		if call.Kind == constantcontact.KindDelete && w.clock.now().Before(down.RetryAt) {
			return down
		}
		return nil
	}
	w.advance()
	same(w, "tries", w.tries(id, 1), []deletion.AttemptState{deletion.AttemptUnsent})
	attempts, err := w.store.Attempts(t.Context(), id, 1)
	w.ok(err)
	if !strings.Contains(attempts[0].ErrorText, "so it was not sent") {
		t.Errorf("the page says %q", attempts[0].ErrorText)
	}
	w.run()
	w.counts(id, deletion.Counts{Deleted: 300})
}

func TestReadingMembersWaitsUntilTheVendorIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	id := w.choose(deletion.FromMembers, w.lists()[0])
	down := &deletion.VendorDownError{RetryAt: w.clock.now().Add(47 * time.Second)}
	w.door.permit = func(context.Context, constantcontact.Call) error { return down }
	if wait := w.prepare(id); wait <= 46*time.Second || wait > 47*time.Second {
		t.Errorf("reads again in %v, want when it is tried again", wait)
	}
	w.door.permit = nil
	w.prepare(id)
	w.state(id, deletion.Ready, deletion.NoReason)
}

func TestWhatAPersonIsToldOfAVendorThatIsHeldBack(t *testing.T) {
	at := time.Date(2026, 3, 2, 14, 3, 20, 0, time.UTC)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"down": {&deletion.VendorDownError{RetryAt: at}, "It does not answer at the moment. Winnow tries again at 14:03:20 UTC."},
		"busy": {&deletion.VendorBusyError{RetryAt: at}, "It wants a pause until 14:03:20 UTC."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.door.permit = func(context.Context, constantcontact.Call) error { return c.err }
			_, err := w.console.Catalog.Lists(t.Context(), w.account)
			if why, ok := deletion.VendorTrouble(err); !ok || why != c.want {
				t.Errorf("told %q, %v, want %q", why, ok, c.want)
			}
		})
	}
}
