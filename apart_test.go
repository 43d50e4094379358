package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// apart is a console and a sandbox in processes of their own, and somebody who has a deletion ready.
type apart struct {
	t       *testing.T
	console string
	dir     string // of the database
	o       *outside
	flags   []string
	proc    *process
	p       *person
	page    string
	ids     []string
}

// newApart has a deletion of so many batches ready.
func newApart(t *testing.T, batches int) *apart {
	t.Helper()
	a := prepareApart(t, batches)
	a.start()
	a.upload()
	return a
}

// prepareApart starts the sandbox only.
func prepareApart(t *testing.T, batches int) *apart {
	t.Helper()
	a := &apart{t: t, console: "http://" + freeAddress(t), dir: t.TempDir(), ids: someIDs(batches * deletion.FromCSV.BatchSize())}
	a.o = startOutside(t, a.console, "--contacts", fmt.Sprint(len(a.ids)+len(a.ids)/4), "--lists", "3", "--speed", "100", "--per-second=-1")
	a.flags = append(consoleFlags(a.console, a.o.api), "--plain-http", "--data-dir", a.dir,
		"--interval", "20ms", "--follow", "100ms", "--lag", "1s", "--grace", "3s")
	return a
}

// start starts the console.
func (a *apart) start() {
	a.t.Helper()
	a.proc = startProcess(a.t, a.flags...)
	waitForConsole(a.t, a.console, nil)
}

// upload signs in and uploads.
func (a *apart) upload() {
	a.t.Helper()
	a.p = newPerson(a.t)
	a.p.signIn(&world{console: a.console}, sandbox.OwnerLogin)
	a.p.upload(&world{console: a.console}, "contacts.csv", []byte("contact_id\n"+strings.Join(a.ids, "\n")+"\n"))
	a.page = a.p.url.String()
}

func (a *apart) confirm() {
	a.t.Helper()
	a.p.submit("/confirm", map[string]string{"count": fmt.Sprint(len(a.ids))})
}

// hold has the sandbox take a deletion request and not answer; reached returns when it has it, release lets the answer go.
func (a *apart) hold(skip int) (reached, release func()) {
	a.t.Helper()
	var fault struct{ ID int }
	a.o.manage("/faults", map[string]any{"route": deleteRoute, "skip": skip, "effect": sandbox.HangAfter, "held": true}, &fault)
	reached = func() {
		a.t.Helper()
		eventually(a.t, 30*time.Second, "a request hangs", func() bool {
			var all struct{ Faults []struct{ ID, Hits int } }
			a.o.get("/faults", &all)
			for _, f := range all.Faults {
				if f.ID == fault.ID && f.Hits > 0 {
					return true
				}
			}
			return false
		})
	}
	return reached, func() {
		a.t.Helper()
		a.o.manage(fmt.Sprintf("/faults/%d/release", fault.ID), nil, nil)
	}
}

// ready is the answer of readyz, or what kept it from coming.
func (a *apart) ready() string {
	res, err := http.Get(a.console + "/readyz")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", res.StatusCode, body)
}

// header is what stands above every page.
func (a *apart) header() string {
	a.t.Helper()
	a.p.open(a.page)
	return strings.Join(strings.Fields(a.p.page.Find("header").Text()), " ")
}

// ends waits for the end of the deletion and checks that nothing was posted twice.
func (a *apart) ends() {
	a.t.Helper()
	eventually(a.t, 60*time.Second, "the deletion ends", func() bool {
		a.p.open(a.page)
		sumsAddUp(a.t, a.p, len(a.ids))
		return strings.Contains(a.p.text(), "Every contact is accounted for")
	})
	if f := a.p.figures(); f["Deleted"] != len(a.ids) {
		a.t.Errorf("figures %v, want all deleted", f)
	}
	postedOnce(a.t, a.o.posts(), requestsFor(len(a.ids)))
}

// exits waits for the end of the console and returns how it ended.
func (a *apart) exits() syscall.WaitStatus {
	a.t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = a.proc.cmd.Wait() // the state says it better
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		a.t.Error("the console does not end")
		_ = syscall.Kill(-a.proc.cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		a.t.FailNow()
	}
	return a.proc.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// attempts are those of a batch, read from the files of a console that has ended.
func (a *apart) attempts(n int) []*deletion.Attempt {
	a.t.Helper()
	db, err := store.Open(a.t.Context(), store.Options{Path: filepath.Join(a.dir, "winnow.db")})
	if err != nil {
		a.t.Fatal(err)
	}
	defer db.Close()
	list, err := db.Attempts(a.t.Context(), 1, n)
	if err != nil {
		a.t.Fatal(err)
	}
	return list
}

// answeredAtOnce checks that the request for a batch was made once and never counted as unknown.
func (a *apart) answeredAtOnce(n int) {
	a.t.Helper()
	list := a.attempts(n)
	if len(list) != 1 || list[0].State != deletion.AttemptAccepted || list[0].Evidence != "" {
		a.t.Errorf("attempts of batch %d: %+v", n, list)
	}
}
