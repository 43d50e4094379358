package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// gated is a sandbox, and clients of two of its accounts that go through one gate.
type gated struct {
	*testing.T
	emulator *sandbox.Server
	gate     *gate
	main     *constantcontact.Client
	second   *constantcontact.Client
}

// newGate starts one, with the real database, clock and pace.
func newGate(t *testing.T, o sandbox.Options) *gated {
	t.Helper()
	o.Contacts, o.Lists = 600, 3
	g := &gated{T: t, emulator: sandbox.New(o)}
	server := httptest.NewServer(g.emulator)
	t.Cleanup(server.Close)
	t.Cleanup(g.emulator.Close)
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "winnow.db")})
	g.ok(err)
	t.Cleanup(func() { g.ok(db.Close()) })
	g.gate = &gate{governor: store.NewGovernor(db, store.GovernorOptions{}), key: "key", log: slog.New(slog.DiscardHandler), seen: newMetrics().callEnded}
	retries := new(constantcontact.Retries)
	client := func(login string) *constantcontact.Client {
		token, err := g.emulator.IssueToken(login, "account_read", "contact_data")
		g.ok(err)
		c, err := constantcontact.New(constantcontact.Options{
			BaseURL: server.URL + "/v3", Development: true, Governor: g.gate.permit, Retries: retries,
			Token: func(context.Context) (string, error) { return token, nil },
		})
		g.ok(err)
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	g.main, g.second = client(sandbox.OwnerLogin), client(sandbox.SecondOwnerLogin)
	return g
}

func (g *gated) ok(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

// look makes the cheapest call.
func look(ctx context.Context, c *constantcontact.Client) error {
	_, err := c.Activities.Recent(ctx, 1)
	return err
}

// send asks for a deletion of a contact that nobody has.
func send(ctx context.Context, c *constantcontact.Client) error {
	_, err := c.Activities.DeleteContacts(ctx, constantcontact.ContactDelete{ContactIDs: []string{"00000000-1111-11ee-8000-02420a320002"}})
	return err
}

// refuse plans one answer of status 429 with a body.
func (g *gated) refuse(route, body string) {
	g.emulator.Inject(sandbox.Fault{Route: route, Account: sandbox.MainAccount, Effect: sandbox.AnswerBefore, Status: 429, Body: body})
}

const activitiesRoute = "GET /v3/activities"

// late is what a busy machine may add between the permission for a call and its arrival.
const late = 200 * time.Millisecond

// TestFourCallsASecond has several callers of two accounts at once. Deletions open a connection each, readings do not.
func TestFourCallsASecond(t *testing.T) {
	g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
	var wg sync.WaitGroup
	for i, client := range []*constantcontact.Client{g.main, g.main, g.second, g.second} {
		wg.Go(func() {
			for range 3 {
				do := look
				if i%2 == 0 {
					do = send
				}
				if err := do(t.Context(), client); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	calls := g.emulator.Journal()
	if len(calls) != 12 {
		t.Errorf("%d calls arrived, want 12", len(calls))
	}
	for i := range len(calls) - 4 {
		if window := calls[i+4].Since - calls[i].Since; window <= time.Second-late {
			t.Errorf("calls %d to %d arrive within %v", i+1, i+5, window)
		}
	}
	u, err := g.gate.usage(t.Context())
	if g.ok(err); u.Sends != 6 || u.Looks != 6 || u.Used != 12 {
		t.Errorf("usage is %+v, want 6 deletes and 6 reads", u)
	}
}

func TestThrottledHoldsEveryAccount(t *testing.T) {
	g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
	g.refuse(deleteRoute, sandbox.ThrottledBody)
	var refused *constantcontact.Error
	if err := send(t.Context(), g.main); !errors.As(err, &refused) || !refused.Throttled() {
		t.Fatalf("got %v, want to be throttled", err)
	}
	var wg sync.WaitGroup
	for _, client := range []*constantcontact.Client{g.main, g.second} {
		wg.Go(func() { g.ok(look(t.Context(), client)) })
	}
	wg.Wait()
	calls := g.emulator.Journal()
	if gap := calls[1].HeadersIn.At - calls[0].AnswerWritten.At; len(calls) != 3 || gap < throttledHold {
		t.Errorf("%d calls, the second %v after the refusal, want at least %v", len(calls), gap, throttledHold)
	}
}

func TestAThrottledReadingIsRepeatedAfterThePause(t *testing.T) {
	g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
	g.refuse(activitiesRoute, sandbox.ThrottledBody)
	g.ok(look(t.Context(), g.main))
	calls := g.emulator.Journal()
	if gap := calls[1].HeadersIn.At - calls[0].AnswerWritten.At; len(calls) != 2 || gap < throttledHold {
		t.Errorf("%d calls, the second %v after the refusal", len(calls), gap)
	}
}

// TestCallsThatMustNotStart plans the refusals after which nobody calls for longer than a test.
func TestCallsThatMustNotStart(t *testing.T) {
	const strange = `{"error_key":"something_new","error_message":"Slow down"}`
	var day *deletion.QuotaError
	var busy *deletion.VendorBusyError
	for name, c := range map[string]struct {
		route, body string
		do          func(context.Context, *constantcontact.Client) error
		want        any
	}{
		"the day is used, says a deletion":    {deleteRoute, sandbox.QuotaExceededBody, send, &day},
		"the day is used, says a reading":     {activitiesRoute, sandbox.QuotaExceededBody, look, &day},
		"an unknown limit, says a deletion":   {deleteRoute, strange, send, &busy},
		"an unknown limit, says a reading":    {activitiesRoute, strange, look, &busy},
		"a gateway's limit, says a deletion":  {deleteRoute, `{"message":"Too Many Requests"}`, send, &busy},
		"a limit without words, at a reading": {activitiesRoute, sandbox.NoBody, look, &busy},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
			g.refuse(c.route, c.body)
			if err := c.do(t.Context(), g.main); err == nil {
				t.Fatal("it was not refused")
			}
			if now := time.Now().UTC(); c.want == any(&day) && now.Sub(now.Truncate(24*time.Hour)) < 6*time.Minute {
				c.want = &busy // just after midnight the vendor may be speaking of the day before
			}
			for _, client := range []*constantcontact.Client{g.main, g.second} {
				for _, do := range []func(context.Context, *constantcontact.Client) error{look, send} {
					if err := do(t.Context(), client); !errors.As(err, c.want) {
						t.Errorf("got %v, want %T", err, c.want)
					}
				}
			}
			if n := len(g.emulator.Journal()); n != 1 {
				t.Errorf("%d calls arrived, want only the refused one", n)
			}
			if c.want == any(&busy) && time.Until(busy.RetryAt) < 50*time.Second {
				t.Errorf("held until %v, want a minute", busy.RetryAt)
			}
		})
	}
}

func TestAFullQueueIsItsAccountsBusiness(t *testing.T) {
	g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
	g.refuse(deleteRoute, sandbox.QueueFullBody)
	var refused *constantcontact.Error
	if err := send(t.Context(), g.main); !errors.As(err, &refused) || !refused.QueueFull() {
		t.Fatalf("got %v, want a full queue", err)
	}
	begin := time.Now()
	g.ok(send(t.Context(), g.second))
	g.ok(look(t.Context(), g.main))
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("the others were held for %v", took)
	}
}

func TestAVendorThatBreaksDownIsLeftAlone(t *testing.T) {
	g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
	g.emulator.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: http.StatusServiceUnavailable, Count: sandbox.EveryTime})
	var down *deletion.VendorDownError
	for range 5 {
		if err := look(t.Context(), g.main); errors.As(err, &down) {
			break
		}
	}
	if err := send(t.Context(), g.second); !errors.As(err, &down) {
		t.Errorf("another account's deletion: %v, want a VendorDownError", err)
	}
	if err := g.gate.mayDelete(t.Context()); !errors.As(err, &down) {
		t.Errorf("may delete: %v, want a VendorDownError", err)
	}
	calls := g.emulator.Journal()
	if n := len(calls); n != 5 || slices.ContainsFunc(calls, func(r sandbox.Request) bool { return r.Method == http.MethodPost }) {
		t.Errorf("%d calls arrived, want 5 readings", n)
	}
}

func TestOurOwnGivingUpSaysNothingAboutTheVendor(t *testing.T) {
	g := newGate(t, sandbox.Options{RatePerSecond: sandbox.Off})
	release := make(chan struct{})
	hang := g.emulator.Inject(sandbox.Fault{Route: activitiesRoute, Effect: sandbox.HangBefore, Count: sandbox.EveryTime, Release: release})
	defer close(release)
	for range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		before := len(g.emulator.Journal())
		go func() { left <- look(ctx, g.main) }()
		<-hang.Reached()
		eventually(t, 20*time.Second, "it hangs", func() bool { return len(g.emulator.Journal()) > before })
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the cancellation", err)
		}
	}
	g.ok(g.gate.mayDelete(t.Context()))
}

// TestOneTokenRequestASecond has several sign-ins and renewals of two processes, so to speak, on one database.
func TestOneTokenRequestASecond(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "winnow.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mu sync.Mutex
	var starts []time.Time
	var wg sync.WaitGroup
	for range 2 {
		pace := tokenPace(store.NewGovernor(db, tokenLimits()), "id")
		for range 2 {
			wg.Go(func() {
				if err := pace(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				starts = append(starts, time.Now())
				mu.Unlock()
			})
		}
	}
	wg.Wait()
	slices.SortFunc(starts, time.Time.Compare)
	if total := starts[len(starts)-1].Sub(starts[0]); total < 3*time.Second-late {
		t.Errorf("4 requests start within %v, want one a second", total)
	}
}
