package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store/pgtest"
)

// asProgram makes the test binary behave as the program itself, so that tests can start and kill it as a process.
const asProgram = "WINNOW_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asBare) != "":
		serveBare(os.Getenv(asBare))
	case os.Getenv(asProgram) != "":
		main()
	default:
		code := m.Run()
		chromium.stop()
		if err := pgtest.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			code = max(code, 1)
		}
		printFigures(os.Stdout)
		os.Exit(code)
	}
}

// process is the program running in a process of its own.
type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

func startProcess(t testing.TB, args ...string) *process {
	t.Helper()
	return newProcess(t, os.Args[0], args...)
}

// newProcess starts a command that is the program, or leads to it.
func newProcess(t testing.TB, command string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(command, args...)}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts is killed with it
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() && p.stderr.Len() > 0 {
			t.Logf("%v said: %s", args, p.stderr.String())
		}
	})
	return p
}

// kill is kill -9: nothing of the process gets a chance to tidy up.
func (p *process) kill() {
	if p.cmd.ProcessState != nil { // it has ended, and its number may be another's
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// outside is a sandbox in a process of its own, seen through its management listener.
type outside struct {
	t          testing.TB
	api        string
	management string
}

func startOutside(t testing.TB, console string, flags ...string) *outside {
	t.Helper()
	o := &outside{t: t, api: "http://" + freeAddress(t), management: "http://" + freeAddress(t)}
	startProcess(t, append([]string{"sandbox", "--listen", strings.TrimPrefix(o.api, "http://"),
		"--management", strings.TrimPrefix(o.management, "http://"), "--client-id", "id", "--client-secret", "secret",
		"--redirect-uris", console + "/oauth/callback"}, flags...)...)
	eventually(t, 20*time.Second, "sandbox answers", func() bool {
		res, err := http.Get(o.management + "/counts")
		if err != nil {
			return false
		}
		res.Body.Close()
		return true
	})
	return o
}

// get reads from the management listener.
func (o *outside) get(path string, into any) {
	o.t.Helper()
	res, err := http.Get(o.management + path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		o.t.Fatalf("GET %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		o.t.Fatal(err)
	}
}

// manage posts to the management listener.
func (o *outside) manage(path string, body, into any) {
	o.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := http.Post(o.management+path, "application/json", bytes.NewReader(text))
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		o.t.Fatalf("POST %s: %s %s %v", path, res.Status, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			o.t.Fatal(err)
		}
	}
}

// forgive ends all misbehaviour.
func (o *outside) forgive() {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodDelete, o.management+"/faults", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	res.Body.Close()
}

// requests are those that the sandbox received, oldest first.
func (o *outside) requests() []sandbox.Request {
	o.t.Helper()
	var all struct{ Requests []sandbox.Request }
	o.get("/journal", &all)
	return all.Requests
}

// posts are the delete requests among them.
func (o *outside) posts() []sandbox.Request {
	o.t.Helper()
	var posts []sandbox.Request
	for _, r := range o.requests() {
		if r.Route == deleteRoute {
			posts = append(posts, r)
		}
	}
	return posts
}

// someIDs are the ids of contacts of the main account, read as the seed makes them.
func someIDs(n int) []string {
	emulator := sandbox.New(sandbox.Options{Contacts: n + n/4, Lists: 3})
	defer emulator.Close()
	var ids []string
	for c := range emulator.Contacts(sandbox.MainAccount) {
		if c.DeletedAt.IsZero() && len(ids) < n {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func TestKilledInTheMiddleItGoesOnAndPostsNothingTwice(t *testing.T) {
	ids := someIDs(20 * deletion.FromCSV.BatchSize())
	console := "http://" + freeAddress(t)
	o := startOutside(t, console, "--contacts", fmt.Sprint(len(ids)+len(ids)/4), "--lists", "3", "--speed", "100",
		"--per-second=-1")
	flags := append(consoleFlags(console, o.api), "--plain-http", "--data-dir", t.TempDir(),
		"--interval", "100ms", "--follow", "200ms", "--lag", "1s", "--grace", "3s")
	first := startProcess(t, flags...)
	waitForConsole(t, console, nil)

	p := newPerson(t)
	p.signIn(&world{console: console}, sandbox.OwnerLogin)
	p.upload(&world{console: console}, "contacts.csv", []byte("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	page := p.url.String()
	p.submit("/confirm", map[string]string{"count": fmt.Sprint(len(ids))})

	eventually(t, 30*time.Second, "some batches are posted", func() bool { return len(o.posts()) >= 7 })
	first.kill()
	killed := time.Now()
	startProcess(t, flags...)
	waitForConsole(t, console, nil)
	before := len(o.posts())
	eventually(t, 15*time.Second, "the deletion goes on", func() bool { return len(o.posts()) > before })
	t.Logf("posting again %v after the kill", time.Since(killed).Round(time.Millisecond))

	eventually(t, 60*time.Second, "the deletion ends", func() bool {
		p.open(page)
		sumsAddUp(t, p, len(ids))
		return strings.Contains(p.text(), "Every contact is accounted for")
	})
	for _, id := range ids {
		var c sandbox.Contact
		o.get(filepath.Join("/contacts", sandbox.MainAccount, id), &c)
		if c.DeletedAt.IsZero() {
			t.Fatalf("contact %s is not deleted", id)
		}
	}
	postedOnce(t, o.posts(), requestsFor(len(ids)))
}

// requestsFor is how many requests n contacts take: small ones at first, then full ones.
func requestsFor(n int) int {
	requests := 0
	for _, size := range deletion.FirstSizes {
		requests, n = requests+1, n-size
	}
	size := deletion.FromCSV.BatchSize()
	return requests + (n+size-1)/size
}

// postedOnce fails when a batch that had an effect was posted again.
func postedOnce(t *testing.T, posts []sandbox.Request, batches int) {
	t.Helper()
	done := map[string]bool{}
	for _, r := range posts {
		if done[r.BodySHA256] {
			t.Errorf("a batch was posted again after it had been accepted")
		}
		done[r.BodySHA256] = done[r.BodySHA256] || r.Applied
	}
	if len(done) != batches {
		t.Errorf("%d different batches were posted, want %d", len(done), batches)
	}
}

// sumsAddUp compares the figures of the page of a deletion.
func sumsAddUp(t *testing.T, p *person, items int) {
	t.Helper()
	if f := p.figures(); accountedFor(f) != items || f["To delete"] != items {
		t.Fatalf("figures do not add up to %d: %v", items, f)
	}
}

// accountedFor is the sum of the figures that "To delete" is made of.
func accountedFor(f map[string]int) int {
	return f["Deleted"] + f["Failed"] + f["Left out"] + f["In progress"] + f["Not sent yet"] + f["Not sent"] + f["Unknown"]
}
