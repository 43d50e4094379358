package deletion_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

const (
	deleteRoute     = "POST /v3/activities/contact_delete"
	activitiesRoute = "GET /v3/activities"
	contactsRoute   = "GET /v3/contacts"
	contactRoute    = "GET /v3/contacts/{id}"
)

var olivia = deletion.User{ID: "5f0c1a52-7c1e-4f0e-9a43-0d6b1c2e0001", Name: sandbox.OwnerLogin}

// world is a database, a sandbox behind a real listener, and a runner that does one thing a call. Nobody waits in it:
// whenever the runner wants to be called later, the clock of all three is moved there.
type world struct {
	*testing.T
	clock   *clock
	box     *sandbox.Server
	door    *door
	clocks  *deletion.Clocks
	db      *store.DB
	path    string // of the database
	store   deletion.Store
	options deletion.RunnerOptions
	runner  *deletion.Runner
	console *deletion.Console
	account string
}

// newWorld starts one with a few thousand contacts and 40 lists, without limits of pace. Changes come before the start.
func newWorld(t *testing.T, changes ...func(*sandbox.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{}, account: sandbox.MainAccount, path: filepath.Join(t.TempDir(), "winnow.db")}
	o := sandbox.Options{Contacts: 3500, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off, Now: w.clock.now}
	for _, change := range changes {
		change(&o)
	}
	w.box = sandbox.New(o)
	w.door = openDoor(t, w.box)
	w.clocks = &deletion.Clocks{Now: w.clock.now}
	w.door.dated = w.clocks.SawVendor
	w.openStore()
	w.store = &oneClock{Store: w.db, clock: w.clock, claimed: map[int64]time.Time{}}
	w.options = deletion.RunnerOptions{Store: w.store, Client: w.door.client, Log: slog.New(slog.DiscardHandler),
		Dir: t.TempDir(), Slice: 1, Now: w.clock.now, Clocks: w.clocks}
	w.runner = deletion.NewRunner(w.options)
	w.console = &deletion.Console{Store: w.store, Dir: t.TempDir(), MaxUpload: 64 << 20, Clocks: w.clocks,
		Catalog: &deletion.Catalog{Client: w.door.client, Now: w.clock.now}}
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// same compares what is with what should be.
func same[T any](w *world, what string, got, want T) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// clock is the real one, put forward by hand.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) move(d time.Duration) { c.ahead.Add(int64(d)) }

// as is the same world seen from another account.
func (w *world) as(account string) *world {
	other := *w
	other.account = account
	return &other
}

// restart ends the process, so to speak: the new runner knows only what is in the store.
func (w *world) restart(changes ...func(*deletion.RunnerOptions)) {
	o := w.options
	for _, change := range changes {
		change(&o)
	}
	w.runner = deletion.NewRunner(o)
}

// background advances in a goroutine of its own; the channel gives the error.
func (w *world) background(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := w.runner.Advance(ctx, w.account)
		done <- err
	}()
	return done
}

// send makes a deletion request past Winnow, as another program with the account's connection would.
func (w *world) send(request constantcontact.ContactDelete) *constantcontact.Activity {
	w.Helper()
	client, err := w.door.client(w.account)
	w.ok(err)
	activity, err := client.Activities.DeleteContacts(w.Context(), request)
	w.ok(err)
	return activity
}

// spoil plans a fault, of a deletion request when it names no route.
func (w *world) spoil(f sandbox.Fault) *sandbox.Injection {
	if f.Route == "" {
		f.Route = deleteRoute
	}
	return w.box.Inject(f)
}

// upload makes a ready deletion of ids.
func (w *world) upload(ids []string) int64 {
	w.Helper()
	file := strings.NewReader("contact_id\n" + strings.Join(ids, "\n") + "\n")
	id, err := w.console.Upload(w.Context(), w.account, olivia, "contacts.csv", file)
	w.ok(err)
	return id
}

// confirm starts a ready deletion with the figures that it shows.
func (w *world) confirm(id int64) int64 {
	w.Helper()
	d := w.deletion(id)
	w.ok(w.store.Confirm(w.Context(), w.account, id, deletion.Confirmation{By: olivia, Count: d.Items, Hash: d.Hash}))
	return id
}

// start uploads and confirms.
func (w *world) start(ids []string) int64 {
	w.Helper()
	return w.confirm(w.upload(ids))
}

func (w *world) deletion(id int64) *deletion.Deletion {
	w.Helper()
	d, err := w.store.Deletion(w.Context(), w.account, id)
	w.ok(err)
	return d
}

func (w *world) batch(id int64, n int) *deletion.Batch {
	w.Helper()
	b, err := w.store.Batch(w.Context(), id, n)
	w.ok(err)
	return b
}

// advance lets the runner do one thing and moves the clock to when it wants to be called again.
func (w *world) advance() time.Duration {
	w.Helper()
	wait, err := w.runner.Advance(w.Context(), w.account)
	w.ok(err)
	w.clock.move(wait)
	w.addUp()
	return wait
}

// run advances until there is nothing to do, and looks whether what is said then is true.
func (w *world) run() {
	w.Helper()
	w.until("there is nothing to do", func() bool { return false })
	w.honest()
}

// until advances until the condition holds, or there is nothing to do.
func (w *world) until(what string, done func() bool) {
	w.Helper()
	const steps = 5000
	for range steps {
		if done() || w.advance() == 0 {
			return
		}
	}
	w.Fatalf("not in %d steps: %s", steps, what)
}

// runFor advances for some time of the test's clock.
func (w *world) runFor(d time.Duration) {
	w.Helper()
	end := w.clock.now().Add(d)
	w.until("the time has passed", func() bool { return !w.clock.now().Before(end) })
}

// addUp checks the sum that holds at every moment.
func (w *world) addUp() {
	w.Helper()
	all, err := w.store.Deletions(w.Context(), w.account, deletion.DeletionFilter{})
	w.ok(err)
	for _, d := range all {
		if d.State != deletion.Preparing && d.Counts.Items() != d.Items {
			w.Fatalf("deletion %d: %+v do not add up to %d", d.ID, d.Counts, d.Items)
		}
	}
}

// tries are the states of a batch's attempts.
func (w *world) tries(id int64, n int) []deletion.AttemptState {
	w.Helper()
	attempts, err := w.store.Attempts(w.Context(), id, n)
	w.ok(err)
	var states []deletion.AttemptState
	for _, a := range attempts {
		states = append(states, a.State)
	}
	return states
}

// state checks where a deletion stands and why.
func (w *world) state(id int64, want deletion.State, reason deletion.Reason) {
	w.Helper()
	if d := w.deletion(id); d.State != want || d.Reason != reason {
		w.Fatalf("deletion is %s (%q), want %s (%q)", d.State, d.Reason, want, reason)
	}
}

func (w *world) counts(id int64, want deletion.Counts) {
	w.Helper()
	same(w, "counts", w.deletion(id).Counts, want)
}
