package deletion_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// governed puts a real governor on the test's clock between the clients and the sandbox, and counts what arrives there or
// fails on the way.
func (w *world) governed() (calls *atomic.Int64) {
	w.Helper()
	g := store.NewGovernor(w.db, store.GovernorOptions{Interval: time.Millisecond, Now: w.clock.now})
	calls = new(atomic.Int64)
	w.door.gate = func(ctx context.Context, call constantcontact.Call) (func(constantcontact.Ending), error) {
		kind := store.Look
		if call.Kind == constantcontact.KindDelete {
			kind = store.Send
		}
		slot, err := g.Await(ctx, "key", kind)
		if err != nil {
			return nil, err
		}
		calls.Add(1)
		return func(e constantcontact.Ending) {
			end := store.Answered
			if e.Status == 0 || e.Status >= 500 {
				end = store.Failed
			}
			w.ok(g.Ended(context.WithoutCancel(ctx), slot, end))
		}, nil
	}
	w.restart(func(o *deletion.RunnerOptions) {
		o.MayDelete = func(ctx context.Context) error { return g.Check(ctx, "key", store.Send) }
	})
	return calls
}

// together advances several accounts, one after another, until the moment, moving the clock to whoever wants to go on first.
func (w *world) together(until time.Time, accounts ...string) {
	w.Helper()
	next := map[string]time.Time{}
	for w.clock.now().Before(until) {
		for _, account := range accounts {
			if w.clock.now().Before(next[account]) {
				continue
			}
			wait, err := w.runner.Advance(w.Context(), account)
			w.ok(err)
			if wait == 0 { // nothing to do
				wait = time.Hour
			}
			next[account] = w.clock.now().Add(wait)
		}
		first := slices.MinFunc(accounts, func(a, b string) int { return next[a].Compare(next[b]) })
		w.clock.move(max(next[first].Sub(w.clock.now()), time.Millisecond))
	}
}

func TestAnHourWithoutAnAnswer(t *testing.T) {
	for name, breakIt := range map[string]func(w *world) (mend func()){
		"every request fails": func(w *world) func() {
			w.door.setGuard(func(rw http.ResponseWriter, _ *http.Request) bool {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return true
			})
			return func() { w.door.setGuard(nil) }
		},
		"nothing can be reached": func(w *world) func() {
			w.door.refuses.Store(true)
			return func() { w.door.refuses.Store(false) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			other := w.as(sandbox.SecondAccount)
			calls := w.governed()
			a, b := w.start(w.living(2000)), other.start(other.living(100))
			w.advance() // one batch is open when it begins
			mend := breakIt(w)
			before := calls.Load()
			w.together(w.clock.now().Add(time.Hour), w.account, other.account)
			if n := calls.Load() - before; n < 50 || n > 120 {
				t.Errorf("the hour cost %d calls, want 50 to 120", n)
			}
			w.state(a, deletion.Running, deletion.NoReason)
			_, _ = w.console.Catalog.Lists(t.Context(), w.account) // may be the reading that tries whether there is an answer again
			_, err := w.console.Catalog.Lists(t.Context(), w.account)
			if down := new(deletion.VendorDownError); !errors.As(err, &down) || down.RetryAt.Sub(w.clock.now()) > 75*time.Second {
				t.Errorf("a page is told %v", err)
			}
			t.Logf("%d calls in an hour", calls.Load()-before)

			mend()
			mended := w.clock.now()
			w.until("the next batch is sent", func() bool { return len(w.posts()) > 1 })
			if took := w.clock.now().Sub(mended); took > 2*time.Minute {
				t.Errorf("sending goes on after %v", took)
			}
			w.together(w.clock.now().Add(2*time.Hour), w.account, other.account)
			w.counts(a, deletion.Counts{Deleted: 2000})
			other.counts(b, deletion.Counts{Deleted: 100})
		})
	}
}

// pastMidnight moves the clock out of the first minutes of a day, in which the vendor may be speaking of the day before.
func (w *world) pastMidnight() {
	if now := w.clock.now().UTC(); now.Sub(now.Truncate(24*time.Hour)) < 10*time.Minute {
		w.clock.move(10 * time.Minute)
	}
}

func TestADayThatIsUsedAccordingToAClockBehindOurs(t *testing.T) {
	w := newWorld(t)
	now := w.clock.now()
	w.clock.move(nextDay(now).Add(-48*time.Hour + time.Minute).Sub(now)) // a minute past midnight, in the database's past
	w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody})
	id := w.start(w.living(600))
	begin := w.clock.now()
	_, err := w.runner.Advance(t.Context(), w.account)
	w.ok(err)
	w.state(id, deletion.Paused, deletion.QuotaUsed)
	if wait := w.deletion(id).ResumeAt.Sub(begin); wait < time.Minute-time.Second || wait > 2*time.Minute {
		t.Errorf("goes on after %v, want a minute", wait)
	}
	w.run()
	w.counts(id, deletion.Counts{Deleted: 600})
}
