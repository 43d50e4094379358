package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallest is the part of each file that a process may still write when its disk refuses more: the first lines of the emergency
// file lie there, and nearly nothing of the database.
const smallest = 64 << 10

// refuse has the kernel refuse to write beyond a size in any file of the console; allow ends it. The process cannot
// tell it from a disk that fails.
func (a *apart) refuse() (allow func()) {
	a.t.Helper()
	tool := needs(a.t, "prlimit")
	limit := func(most string) {
		a.t.Helper()
		out, err := exec.Command(tool, fmt.Sprintf("--pid=%d", a.proc.cmd.Process.Pid), "--fsize="+most+":unlimited").CombinedOutput()
		if err != nil {
			a.t.Fatalf("prlimit: %v: %s", err, out)
		}
	}
	limit(fmt.Sprint(smallest))
	return func() { limit("unlimited") }
}

const cannotWrite = "503 down: the database cannot be written\n"

// answerRefused has the answer to the second request come while nothing can be written.
func answerRefused(t *testing.T) (a *apart, allow func()) {
	a = newApart(t, 4)
	reached, release := a.hold(1)
	a.confirm()
	reached()
	allow = a.refuse()
	eventually(t, 30*time.Second, "it notices", func() bool { return a.ready() == cannotWrite })
	release()
	eventually(t, 30*time.Second, "the answer is kept", func() bool {
		return strings.Contains(a.header(), "1 result of what was sent is kept in the emergency file")
	})
	return a, allow
}

func TestAnAnswerThatTheDiskRefusesIsStoredWhenItTakesItAgain(t *testing.T) {
	t.Parallel()
	a, allow := answerRefused(t)
	if got := a.header(); !strings.Contains(got, "Nothing is sent: the disk of Winnow's database reports errors.") {
		t.Errorf("above the page: %s", got)
	}
	a.p.sees("Nothing is sent at the moment, because the database cannot be written.")
	if n := len(a.o.posts()); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
	a.p.submit("/pause", nil)
	a.p.sees("Winnow cannot write to its database.", "Nothing was changed")
	allow()
	a.ends()
	if got := a.header(); strings.Contains(got, "Nothing is sent") || a.ready() != "200 ready\n" {
		t.Errorf("afterwards: %s, above the page: %s", a.ready(), got)
	}
	a.signal(syscall.SIGTERM)
	a.exits()
	a.answeredAtOnce(2)
}

func TestAnAnswerThatTheDiskRefusedIsReadAtTheNextStart(t *testing.T) {
	t.Parallel()
	a, _ := answerRefused(t)
	a.proc.kill()
	a.start()
	a.ends()
	a.signal(syscall.SIGTERM)
	a.exits()
	a.answeredAtOnce(2)
}

// startTraced starts the console under strace, which lets a system call on a file fail.
func (a *apart) startTraced(file, inject string) {
	a.t.Helper()
	args := []string{"-f", "-qq", "-o", filepath.Join(a.t.TempDir(), "trace"), "-P", file, "-e", "trace=fsync,fdatasync",
		"-e", "inject=" + inject, os.Args[0]}
	a.proc = newProcess(a.t, needs(a.t, "strace"), append(args, a.flags...)...)
	waitForConsole(a.t, a.console, nil)
}

// TestAFailedFsyncEndsTheProcess lets every fsync of the log of transactions fail from one in the middle of sending on.
func TestAFailedFsyncEndsTheProcess(t *testing.T) {
	t.Parallel()
	a := prepareApart(t, 12)
	const healthy = 60 // commits until some requests are sent: migrations, sign-in, upload, the first batches
	a.startTraced(filepath.Join(a.dir, "winnow.db-wal"), fmt.Sprintf("fsync,fdatasync:error=EIO:when=%d+", healthy))
	a.upload()
	a.confirm()
	if end := a.exits(); !end.Exited() || end.ExitStatus() != 1 {
		t.Fatalf("it ended with %v", end)
	}
	if said := a.proc.stderr.String(); !strings.Contains(said, "the disk did not keep what was written to it (fsync failed)") {
		t.Errorf("it said: %s", said)
	}
	sent := len(a.o.posts())
	t.Logf("%d requests were sent before", sent)
	if sent == 0 || sent >= 12 {
		t.Errorf("the fsync failed before or after sending: %d requests were sent", sent)
	}
	a.start()
	a.ends()
}
