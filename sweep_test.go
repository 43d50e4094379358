package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// sweep is a deletion of three batches that is about to start, and the console that is to work on it in a process of its own.
// Every life of it begins with a copy of the same files and with the same contacts.
type sweep struct {
	t        *testing.T
	api      *httptest.Server
	console  string
	template string
	cookies  http.CookieJar
	ids      []string
	deletion int64
	flags    []string

	mu      sync.Mutex
	box     *sandbox.Server
	token   string // that the sandbox of this life knows; the console has that of the first
	witness *witness
}

// sweepContacts take three requests, the first two of them small.
const sweepContacts = 510

func newSweep(t *testing.T) *sweep {
	t.Helper()
	w := &sweep{t: t, console: "http://" + freeAddress(t), template: t.TempDir()}
	w.api = httptest.NewServer(w)
	t.Cleanup(w.api.Close)
	w.seed()
	for c := range w.box.Contacts(sandbox.MainAccount) {
		if c.DeletedAt.IsZero() && len(w.ids) < sweepContacts {
			w.ids = append(w.ids, c.ID)
		}
	}
	w.flags = append(consoleFlags(w.console, w.api.URL), "--plain-http", "--daily-limit", "1000000",
		"--interval", "20ms", "--follow", "50ms", "--lag", "100ms", "--grace", "1s")
	w.prepare()
	return w
}

// seed starts a new sandbox with the same contacts.
func (w *sweep) seed() {
	box := sandbox.New(sandbox.Options{
		Contacts: 1500, Lists: 3, Speed: 200, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off,
		Clients: []sandbox.Client{{ID: "id", Secret: "secret", RedirectURIs: []string{w.console + "/oauth/callback"}}},
	})
	w.t.Cleanup(box.Close)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.box, w.token = box, ""
}

// ServeHTTP is the sandbox of this life, with the witness at its door.
func (w *sweep) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	box, token, witness := w.box, w.token, w.witness
	w.mu.Unlock()
	if token != "" && strings.HasPrefix(r.URL.Path, "/v3/") {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if witness != nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/contact_delete") {
		witness.arrived(r)
	}
	box.ServeHTTP(rw, r)
}

// watch sets the witness of this life, and the token that its sandbox knows.
func (w *sweep) watch(witness *witness) {
	w.t.Helper()
	token, err := w.box.IssueToken(sandbox.OwnerLogin, "account_read", "contact_data")
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.token, w.witness = token, witness
}

// in are the flags of a console that works in a folder.
func (w *sweep) in(dir string) []string {
	return append(w.flags[:len(w.flags):len(w.flags)], "--data-dir", dir)
}

// prepare has a person upload the contacts and, while no process runs, confirm.
func (w *sweep) prepare() {
	w.t.Helper()
	first := startProcess(w.t, w.in(w.template)...)
	waitForConsole(w.t, w.console, nil)
	p := newPerson(w.t)
	p.signIn(&world{console: w.console}, sandbox.OwnerLogin)
	p.upload(&world{console: w.console}, "contacts.csv", []byte("contact_id\n"+strings.Join(w.ids, "\n")+"\n"))
	w.cookies = p.http.Jar
	if _, err := fmt.Sscanf(filepath.Base(p.url.Path), "%d", &w.deletion); err != nil {
		w.t.Fatalf("the upload led to %s", p.url)
	}
	first.kill()
	db, err := store.Open(w.t.Context(), store.Options{Path: filepath.Join(w.template, "winnow.db")})
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := db.AnyDeletion(w.t.Context(), w.deletion)
	if err == nil {
		err = db.Confirm(w.t.Context(), sandbox.MainAccount, d.ID, deletion.Confirmation{
			By: d.CreatedBy, Count: d.Items, Hash: d.Hash, FirstBatches: len(deletion.FirstSizes)})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// life is one run of the deletion, from the copied files to its end.
type life struct {
	*sweep
	t   *testing.T
	dir string
	db  *sql.DB
}

// begin copies the files and seeds the contacts.
func (w *sweep) begin(t *testing.T) *life {
	t.Helper()
	l := &life{sweep: w, t: t, dir: t.TempDir()}
	if err := os.CopyFS(l.dir, os.DirFS(w.template)); err != nil {
		t.Fatal(err)
	}
	w.seed()
	witness := openWitness(t, filepath.Join(l.dir, "winnow.db"), time.Now, func(id string) (sandbox.Contact, bool) {
		return w.box.Contact(sandbox.MainAccount, id)
	})
	t.Cleanup(witness.close)
	l.db = witness.db
	w.watch(witness)
	return l
}

// state is where the deletion stands, by the files.
func (l *life) state() deletion.State {
	var s deletion.State
	if err := l.db.QueryRow(`SELECT state FROM deletions WHERE id = ?`, l.deletion).Scan(&s); err != nil {
		l.t.Fatal(err)
	}
	return s
}

// pause is how long each of the calls that are watched takes at its end: time to kill the process before it does the next thing.
const pause = "delay_exit=2000" // microseconds

// under starts the console with strace, which watches the system calls of a kind. The n-th call kills the process, counted over
// all of its threads (strace counts for each thread alone); 0 only counts.
func (l *life) under(strace, call string, n int) *traced {
	l.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		l.t.Fatal(err)
	}
	args := append([]string{"-f", "--seccomp-bpf", "-qq", "-o", "/dev/fd/3", "-e", "trace=" + call,
		"-e", "inject=" + call + ":" + pause, os.Args[0]}, l.in(l.dir)...)
	p := &traced{cmd: exec.Command(strace, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.ExtraFiles = []*os.File{write}
	if err := p.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	write.Close()
	go func() {
		p.read(read, " "+call+"(", n)
		_ = p.cmd.Wait() // being killed is its error
		close(p.done)
	}()
	l.t.Cleanup(p.kill)
	return p
}

// liveUntilKilled waits until the process is killed or the deletion ends. Then it ends the process, and tells whether it was
// killed before.
func (l *life) liveUntilKilled(p *traced) (killed bool) {
	l.t.Helper()
	eventually(l.t, 30*time.Second, "the process is killed or the deletion ends", func() bool {
		killed = p.ended()
		return killed || l.state() == deletion.Finished
	})
	p.kill()
	return killed
}

// heal starts the console as it should be, waits for the end of the deletion, and checks everything.
func (l *life) heal() {
	l.t.Helper()
	p := startProcess(l.t, l.in(l.dir)...)
	waitForConsole(l.t, l.console, nil)
	someone := newPerson(l.t)
	someone.http.Jar = l.cookies
	page := fmt.Sprintf("%s/deletions/%d", l.console, l.deletion)
	eventually(l.t, 30*time.Second, "the deletion ends", func() bool {
		someone.open(page)
		sumsAddUp(l.t, someone, len(l.ids))
		return l.state() == deletion.Finished
	})
	someone.open(page)
	someone.sees("Every contact is accounted for")
	shown := shown{items: int64(len(l.ids)), counts: deletion.Counts{Deleted: int64(someone.figures()["Deleted"])}}
	shown.rows = map[string][]string{}
	someone.open(page + "/results.csv")
	for _, row := range someone.csv() {
		shown.rows[row[2]] = append(shown.rows[row[2]], row[1])
	}
	p.kill()
	l.check(shown)
}

func (l *life) check(s shown) {
	l.t.Helper()
	if int(s.counts.Deleted) != len(l.ids) {
		l.t.Errorf("%d of %d contacts are called deleted", s.counts.Deleted, len(l.ids))
	}
	e, err := gather(l.db, l.witness, l.box.Journal())
	if err != nil {
		l.t.Fatal(err)
	}
	if n, want := len(e.batches), requestsFor(len(l.ids)); n != want {
		l.t.Errorf("%d batches, want %d", n, want)
	}
	e.requests = nil // the pace is not the vendor's
	e.words = words{approvals: map[int64][]time.Time{l.deletion: {e.deletions[l.deletion].confirmed}}}
	e.shown[l.deletion] = s
	e.deleted = func(id string) bool {
		c, ok := l.box.Contact(sandbox.MainAccount, id)
		return ok && !c.DeletedAt.IsZero()
	}
	if err := e.violations(); err != nil {
		l.t.Error(err)
	}
	l.wholeDatabase()
}

// wholeDatabase has SQLite check its own files.
func (l *life) wholeDatabase() {
	l.t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(l.dir, "winnow.db")}).EscapedPath())
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		l.t.Errorf("integrity_check: %s, %v", verdict, err)
	}
}
