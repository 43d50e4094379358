package main

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// signal tells the console, and who watches it, to end.
func (a *apart) signal(s syscall.Signal) {
	a.t.Helper()
	a.ok(syscall.Kill(-a.proc.cmd.Process.Pid, s))
}

func TestToldToStopItWaitsForTheAnswerAndSendsNothingMore(t *testing.T) {
	t.Parallel()
	a := newApart(t, 4)
	reached, release := a.hold(1)
	a.confirm()
	reached()
	a.signal(syscall.SIGTERM)
	eventually(t, 20*time.Second, "it is not ready", func() bool { return a.ready() == "503 down\n" })
	a.p.open(a.page) // the pages stay until the work is done
	a.p.sees("Beginning carefully: 110 contacts sent.")
	release()
	if end := a.exits(); !end.Exited() || end.ExitStatus() != 0 {
		t.Fatalf("it ended with %v", end)
	}
	if n := len(a.o.posts()); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
	a.answeredAtOnce(2)
	if list := a.attempts(3); len(list) != 0 {
		t.Errorf("the third batch was claimed: %+v", list)
	}
	a.start()
	a.ends()
}

func TestToldToStopWithNothingToDoItEnds(t *testing.T) {
	t.Parallel()
	a := newApart(t, 1)
	a.signal(syscall.SIGTERM)
	if end := a.exits(); !end.Exited() || end.ExitStatus() != 0 {
		t.Fatalf("it ended with %v", end)
	}
	if ready := a.ready(); !strings.Contains(ready, "refused") {
		t.Errorf("readyz answers %q", ready)
	}
}

func TestToldToStopTwiceItDoesNotWaitAndTheRequestIsLookedInto(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2)
	reached, release := a.hold(0)
	a.confirm()
	reached()
	a.signal(syscall.SIGTERM)
	eventually(t, 20*time.Second, "it is not ready", func() bool { return a.ready() == "503 down\n" })
	a.signal(syscall.SIGTERM)
	if end := a.exits(); !end.Exited() || end.ExitStatus() != 1 {
		t.Fatalf("it ended with %v", end)
	}
	release()
	a.start()
	a.ends()
}
