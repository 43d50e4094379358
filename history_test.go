package main

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// history is what happens to one account: administrators, a vendor and a nemesis, each doing whatever comes to mind.
type history struct {
	*stage
	words
	returned map[string]bool
	copied   *oldCopy // nil before the first
	events   int
	putBacks int
	seen     map[string]int // things that happened
	dayUsed  bool           // the vendor may have said that the day's requests are used
	other    *httptest.Server
	mu       sync.Mutex
	strays   []string
}

// historySeeds is how many histories a plain `go test` lives through, about 20 seconds with -race. `make soak` has more.
const historySeeds = 10

// TestHistories lets random histories happen and checks every promise in the middle and at the end. A failure prints the seed;
// go test -run TestHistories -rapid.seed=N . replays it.
func TestHistories(t *testing.T) {
	unlessGiven(t, "rapid.checks", strconv.Itoa(historySeeds))
	unlessGiven(t, "rapid.nofailfile", "true") // the seed says it all
	unlessGiven(t, "rapid.shrinktime", "5s")
	unlessGiven(t, "rapid.steps", "40")
	dir, n := memoryFolder(t), 0
	var figures historyFigures
	for end := soakUntil(t); ; {
		rapid.Check(t, func(rt *rapid.T) {
			n++
			h := openHistory(rt, filepath.Join(dir, strconv.Itoa(n)))
			defer h.close()
			h.live(rt)
			figures.add(h)
		})
		if t.Failed() || !time.Now().Before(end) {
			break
		}
	}
	figures.log(t)
	figures.check(t)
}

// live is a history from its first two deletions to the end of all misfortune.
func (h *history) live(t *rapid.T) {
	h.Helper()
	for range 2 {
		h.upload(t)
		h.confirm(t)
	}
	h.renewTwice(t)
	t.Repeat(h.actions())
	h.heal()
	h.check()
}

// soakUntil is when to stop beginning new rounds of histories: at once, unless WINNOW_SOAK_SECONDS says how long to go on.
func soakUntil(t *testing.T) time.Time {
	t.Helper()
	text := os.Getenv("WINNOW_SOAK_SECONDS")
	if text == "" {
		return time.Time{}
	}
	seconds, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("WINNOW_SOAK_SECONDS: %v", err)
	}
	return time.Now().Add(time.Duration(seconds) * time.Second)
}

// memoryFolder is a folder in memory where the machine has one: a history is about what is written, not about disks.
func memoryFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "winnow")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// unlessGiven sets a flag of the test binary for the time of a test, when the command line does not.
func unlessGiven(t *testing.T, name, value string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return
	}
	f := flag.Lookup(name)
	before := f.Value.String()
	if err := f.Value.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

func (h *history) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"":               func(*rapid.T) { h.glance() },
		"upload":         h.upload,
		"choose lists":   h.chooseLists,
		"prepare":        h.prepare,
		"confirm":        h.confirm,
		"confirm again":  h.confirm, // most of what is confirmed should be sent
		"confirm wrong":  h.confirmWrongly,
		"pause":          h.pause,
		"resume":         h.resume,
		"stop":           h.stop,
		"discard":        h.discard,
		"retry":          h.retry,
		"decide":         h.decide,
		"send changed":   h.sendChanged,
		"edit":           h.edit,
		"halt":           func(*rapid.T) { h.halt(0) },
		"halt inside":    h.haltIn,
		"lift":           h.lift,
		"copy":           h.copyFiles,
		"put back":       h.putBack,
		"release":        h.release,
		"sign in":        h.signIn,
		"fault":          h.spoil,
		"another fault":  h.spoil,
		"come back":      h.comeBack,
		"foreign":        h.foreign,
		"revoke":         h.revoke,
		"expire":         h.expire,
		"renew":          h.renewIn,
		"token fault":    h.spoilRenewals,
		"outage":         h.outage,
		"wait":           h.wait,
		"kill":           h.killNow,
		"kill inside":    h.killIn,
		"work":           h.work,
		"work on":        h.work,
		"go on working":  h.work,
		"look at a file": func(*rapid.T) { h.check() },
	}
}

func openHistory(t *rapid.T, dir string) *history {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	h := &history{words: nothingSaid(), returned: map[string]bool{}, seen: map[string]int{}}
	h.other = httptest.NewServer(http.HandlerFunc(h.elsewhere))
	h.stage = openStage(t, dir, sandbox.Options{
		Contacts: 2500, Lists: 6, Seed: rapid.Uint64Range(1, 4).Draw(t, "contacts"), Elsewhere: h.other.URL,
	})
	return h
}

func (h *history) close() {
	h.stage.close()
	h.other.Close()
	_ = os.RemoveAll(h.dir)
}

func (h *history) strayed(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.strays = append(h.strays, what)
}

// glance checks the sums, as they have to hold at every moment, after every third event.
func (h *history) glance() {
	h.Helper()
	if h.events++; h.events%3 != 0 {
		return
	}
	e, err := glance(h.witness.db)
	h.ok(err)
	h.ok(e.look(h.console, h.account, false))
	if err := sumsHold(e); err != nil {
		h.Fatalf("%v\n%s", err, h.story())
	}
}

// check looks for broken promises in everything that there is to see.
func (h *history) check() {
	h.Helper()
	e, err := h.gather()
	h.ok(err)
	h.ok(e.look(h.console, h.account, true))
	_, err = store.VerifyAudit(context.Background(), store.Options{Path: h.path()})
	h.ok(err)
	h.mu.Lock()
	e.words, e.returned = h.words, h.returned
	h.mu.Unlock()
	e.deleted = func(id string) bool {
		c, ok := h.vendor.box.Contact(h.account, id)
		return ok && !c.DeletedAt.IsZero()
	}
	h.mu.Lock()
	e.strays = h.strays
	h.mu.Unlock()
	if err := e.violations(); err != nil {
		h.Fatalf("%v\n%s", err, h.story())
	}
}

// heal ends all misfortune and gives what is left the time that was promised (I8): then every deletion of contacts has ended,
// or waits for a person.
func (h *history) heal() {
	h.Helper()
	h.vendor.plan(nil)
	h.vendor.box.ClearFaults()
	h.vendor.pass(longestHang) // what hangs in a fault runs now
	if h.dayUsed {
		h.vendor.pass(h.clock.now().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(h.clock.now()))
	}
	h.signIn(nil)
	h.liftAll()
	for end := h.clock.now().Add(h.grace + 2*time.Minute); h.clock.now().Before(end); {
		h.decideAll()
		released := h.releaseAll()
		if h.advance() == 0 && !released && !h.held() {
			break
		}
	}
	for _, d := range h.deletions() {
		if d.Source != deletion.FromLists && !d.ConfirmedAt.IsZero() && d.State == deletion.Running {
			h.Fatalf("I8: %v after everything is well, deletion %d still runs: %+v\n%s", h.grace+2*time.Minute, d.ID, d.Counts, h.story())
		}
		if d.State == deletion.Paused && d.Reason == deletion.NoReason {
			h.Fatalf("I8: deletion %d is paused without a reason", d.ID)
		}
	}
}
