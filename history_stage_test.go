package main

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// stage is where a history takes place: a vendor, files, and a process that works on them and can be thrown away at any
// moment. Nobody waits on it: whenever somebody wants to be called later, the clock is moved there.
type stage struct {
	rapid.TB
	clock   *handClock
	vendor  *vendor
	dir     string
	db      *store.DB
	runner  *deletion.Runner
	console *deletion.Console
	dead    atomic.Bool
	witness *witness
	tokens  *tokenWitness
	calls   *door
	account string
	grace   time.Duration
	kills   int
	starts  atomic.Int64  // of calls that the governor let go
	left    int64         // the latest request that was given up
	waited  time.Duration // for it
	notes   []string      // for the story
}

// openStage sets a stage in an empty folder. The caller closes it.
func openStage(t rapid.TB, dir string, o sandbox.Options) *stage {
	s := &stage{TB: t, clock: newHandClock(), dir: dir, account: sandbox.MainAccount, grace: 15 * time.Minute}
	s.clock.rule()
	s.vendor = openVendor(o, s.clock)
	file, err := emptyDatabase()
	s.ok(err)
	s.ok(os.WriteFile(s.path(), file, 0o600))
	s.witness = openWitness(t, s.path(), s.clock.now, func(id string) (sandbox.Contact, bool) {
		return s.vendor.box.Contact(s.account, id)
	})
	s.tokens = newTokenWitness(s.account)
	s.vendor.onPost = s.witness.arrived
	s.vendor.onCall = func(r *http.Request) { s.tokens.note(s.tokens.used(s.witness.db, r)) }
	s.vendor.onOverlap = func() { s.tokens.note(overlapped(s.clock.now())) }
	s.begin()
	s.connect()
	return s
}

func (s *stage) close() {
	s.vendor.close()
	s.kill()
	s.witness.close()
	(*handClock)(nil).rule()
}

func (s *stage) path() string { return filepath.Join(s.dir, "winnow.db") }

// ok fails the history unless the process was killed meanwhile: a renewal that nobody waits for any more comes to its moments while
// somebody does something else, which then ends as whatever a dead process was doing.
func (s *stage) ok(err error) {
	switch s.Helper(); {
	case err == nil:
	case s.dead.Load():
		s.rise()
		s.Skip("the process was killed in it")
	default:
		s.Fatal(err)
	}
}

// emptyDatabase is the file of a migrated database; migrating takes longer than a history.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "winnow")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "winnow.db")
	db, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// begin starts a process on the files.
func (s *stage) begin() {
	var err error
	s.db, err = store.Open(context.Background(), store.Options{Path: s.path()})
	s.ok(err)
	s.dead.Store(false)
	s.calls = s.wire()
	s.runner = deletion.NewRunner(deletion.RunnerOptions{
		Store: s.db, Client: s.calls.client, MayDelete: s.calls.gate.mayDelete, Log: slog.New(slog.DiscardHandler), Dir: s.dir,
		FirstSizes: deletion.FirstSizes, Slice: 1, Now: s.clock.now, Grace: s.grace, Clocks: s.calls.clocks,
	})
	s.console = &deletion.Console{Store: s.db, Dir: s.dir, MaxUpload: 1 << 20, FirstSizes: deletion.FirstSizes, Clocks: s.calls.clocks,
		Catalog: &deletion.Catalog{Client: s.calls.client, Now: s.clock.now}}
}

// kill has the process end where it stands: none of its calls reaches the database any more, and without that it sends nothing.
func (s *stage) kill() {
	if s.dead.CompareAndSwap(false, true) {
		if err := s.db.Close(); err != nil {
			s.Errorf("close the database: %v", err)
		}
		s.vendor.cut()
	}
}

// rise starts a new process if the last one was killed.
func (s *stage) rise() {
	if s.dead.Load() {
		s.kills++
		s.vendor.plan(nil)
		s.begin()
	}
}

// advance lets the runner do one thing and moves the clock to when it wants to be called again. A process that died in it
// is followed by a new one.
func (s *stage) advance() (wait time.Duration) {
	s.Helper()
	var err error
	s.watch(func() { wait, err = s.runner.Advance(context.Background(), s.account) })
	if s.dead.Load() {
		s.rise()
		return time.Millisecond
	}
	if err != nil {
		s.Fatalf("the runner gave up: %v", err)
	}
	s.vendor.pass(wait)
	return wait
}

// The deadlines of the client (constantcontact/transport.go and delete.go), which a test keeps by cutting the wires.
const (
	readDeadline   = 3 * time.Second  // twice that of a read that was given up for the one right after it
	slowDeadline   = 30 * time.Second // at most
	deleteDeadline = constantcontact.MaxDeleteTime
	hangStep       = 3 * time.Second
	// renewalDeadline is auth's (auth/endpoint.go).
	renewalDeadline = 5 * time.Minute
)

// watch runs something that talks to the vendor, and moves the clock while the vendor lets it hang.
func (s *stage) watch(work func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			s.prod()
		}
	}
}

// prod moves the clock when the latest request hangs, and gives the request up when its deadline has come or the process dies
// in it.
func (s *stage) prod() {
	r, hangs := s.vendor.hanging(s.left)
	if !hangs {
		return
	}
	at := inHang
	if r.Path == sandbox.TokenPath {
		at = renewalHangs
	}
	if s.vendor.reach(at) || s.clock.now().Sub(r.At) >= s.deadline(r) {
		s.left, s.waited = r.Seq, s.deadline(r)
		s.vendor.leave(r)
		s.vendor.cut()
		return
	}
	s.vendor.pass(hangStep)
}

// deadline is how long a request is waited for.
func (s *stage) deadline(r sandbox.Request) time.Duration {
	switch {
	case r.Path == sandbox.TokenPath:
		return renewalDeadline
	case r.Method != http.MethodGet:
		return deleteDeadline
	case s.left == r.Seq-1:
		return max(readDeadline, min(2*s.waited, slowDeadline))
	}
	return readDeadline
}

// runFor advances for some time, or until there is nothing left to do by itself.
func (s *stage) runFor(d time.Duration) {
	s.Helper()
	const steps = 20_000
	end := s.clock.now().Add(d)
	for range steps {
		if !s.clock.now().Before(end) || s.advance() == 0 {
			return
		}
	}
	s.Fatalf("the runner does not come to rest in %d steps, the last of which wants to wait for %v\n%s", steps, s.advance(), s.story())
}

// deletions are those of the account, oldest first.
func (s *stage) deletions() []*deletion.Deletion {
	all, err := s.db.Deletions(context.Background(), s.account, deletion.DeletionFilter{})
	s.ok(err)
	slices.Reverse(all)
	return all
}

// openReader opens the database beside the process, for looking only. It also keeps the log of the database from being folded
// in when a process ends: a killed one could not have done that.
func openReader(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
}

func TestADatabaseGoesByTheHandMovedClock(t *testing.T) {
	s := openStage(t, t.TempDir(), sandbox.Options{Contacts: 50})
	defer s.close()
	s.vendor.pass(36 * time.Hour)
	u, err := store.NewGovernor(s.db, store.GovernorOptions{}).Usage(t.Context(), "id")
	s.ok(err)
	if want := historyBegin.Truncate(24 * time.Hour).Add(48 * time.Hour); !u.Resets.Equal(want) {
		t.Errorf("the day of the database ends at %v, want %v", u.Resets, want)
	}
}
