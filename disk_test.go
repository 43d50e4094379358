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

// cannotWrite is what readyz says then.
const cannotWrite = "503 down: the database cannot be written\n"

// A badDisk is one that can be made to fail and to work again.
type badDisk struct{ fail, mend func() }

// refusing starts the console on a disk that can be made to refuse what lies beyond the first bytes of each file: it answers with
// an error that is not about room.
func refusing(a *apart) badDisk {
	a.t.Helper()
	tool := needs(a.t, "prlimit")
	a.start()
	limit := func(most string) {
		a.t.Helper()
		out, err := exec.Command(tool, fmt.Sprintf("--pid=%d", a.proc.cmd.Process.Pid), "--fsize="+most+":unlimited").CombinedOutput()
		if err != nil {
			a.t.Fatalf("prlimit: %v: %s", err, out)
		}
	}
	return badDisk{fail: func() { limit(fmt.Sprint(smallest)) }, mend: func() { limit("unlimited") }}
}

// full starts the console on a disk that can be made to have no room for the database's log.
func full(a *apart) badDisk {
	a.t.Helper()
	return a.startTraced("pwrite64:error=ENOSPC")
}

// unsyncing starts the console on a disk that can be made to lose what the database's log has.
func unsyncing(a *apart) badDisk {
	a.t.Helper()
	return a.startTraced("fsync,fdatasync:error=EIO")
}

// startTraced starts the console under strace, which spoils system calls on the database's log while the disk fails: the
// folder has another name then, and strace goes by the name of the open file.
func (a *apart) startTraced(spoil string) badDisk {
	a.t.Helper()
	healthy, failing, link := filepath.Join(a.dir, "healthy"), filepath.Join(a.dir, "failing"), filepath.Join(a.dir, "data")
	a.ok(os.Mkdir(healthy, 0o700))
	a.ok(os.Symlink(healthy, link))
	calls, _, _ := strings.Cut(spoil, ":")
	args := []string{"-f", "-qq", "-o", filepath.Join(a.dir, "trace"), "-P", filepath.Join(failing, "winnow.db-wal"),
		"-e", "trace=" + calls, "-e", "inject=" + spoil, os.Args[0]}
	a.dir = link
	a.flags = append(a.flags, "--data-dir", link)
	a.proc = newProcess(a.t, needs(a.t, "strace"), append(args, a.flags...)...)
	waitForConsole(a.t, a.console, nil)
	move := func(from, to string) func() {
		return func() {
			a.t.Helper()
			next := link + ".next"
			a.ok(os.Symlink(to, next))
			a.ok(os.Rename(from, to))
			a.ok(os.Rename(next, link))
		}
	}
	return badDisk{fail: move(healthy, failing), mend: move(failing, healthy)}
}

func (a *apart) ok(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// failsInTheMiddle has the answer to the second of four requests come after the disk began to fail.
func failsInTheMiddle(t *testing.T, start func(*apart) badDisk) (*apart, badDisk) {
	t.Helper()
	a := prepareApart(t, 4)
	disk := start(a)
	a.upload()
	reached, release := a.hold(1)
	a.confirm()
	reached()
	disk.fail()
	eventually(t, 30*time.Second, "it notices", func() bool { return strings.HasPrefix(a.ready(), "503 down") })
	release()
	return a, disk
}

// keepsTheAnswer waits until the answer is in the emergency file.
func (a *apart) keepsTheAnswer() {
	a.t.Helper()
	eventually(a.t, 30*time.Second, "the answer is kept", func() bool {
		return strings.Contains(a.header(), "1 result of what was sent is kept in the emergency file")
	})
}

func TestAnAnswerThatTheDiskRefusesIsStoredWhenItTakesItAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		start func(*apart) badDisk
		says  string
	}{
		"the disk fails":   {refusing, "Nothing is sent: the disk of Winnow's database reports errors."},
		"the disk is full": {full, "Nothing is sent: the disk of Winnow's database is full."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, disk := failsInTheMiddle(t, tt.start)
			a.keepsTheAnswer()
			if got := a.header(); !strings.Contains(got, tt.says) || a.ready() != cannotWrite {
				t.Errorf("readyz: %s, above the page: %s", a.ready(), got)
			}
			a.p.sees("Nothing is sent at the moment, because the database cannot be written.")
			a.p.submit("/pause", nil)
			a.p.sees("Winnow cannot write to its database.", "Nothing was changed")
			if n := len(a.o.posts()); n != 2 {
				t.Errorf("%d requests were sent, want 2", n)
			}
			disk.mend()
			a.ends()
			if got := a.header(); strings.Contains(got, "Nothing is sent") || a.ready() != "200 ready\n" {
				t.Errorf("afterwards: %s, above the page: %s", a.ready(), got)
			}
			a.signal(syscall.SIGTERM)
			a.exits()
			a.answeredAtOnce(2)
		})
	}
}

func TestAnAnswerThatTheDiskRefusedIsReadAtTheNextStart(t *testing.T) {
	t.Parallel()
	a, _ := failsInTheMiddle(t, refusing)
	a.keepsTheAnswer()
	a.proc.kill()
	a.start()
	a.ends()
	a.signal(syscall.SIGTERM)
	a.exits()
	a.answeredAtOnce(2)
}

func TestAFailedFsyncEndsTheProcess(t *testing.T) {
	t.Parallel()
	a, _ := failsInTheMiddle(t, unsyncing)
	if end := a.exits(); !end.Exited() || end.ExitStatus() != 1 {
		t.Fatalf("it ended with %v", end)
	}
	if said := a.proc.stderr.String(); !strings.Contains(said, "the disk did not keep what was written to it (fsync failed)") {
		t.Errorf("it said: %s", said)
	}
	if n := len(a.o.posts()); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
	a.start()
	a.ends()
	a.signal(syscall.SIGTERM)
	a.exits()
	a.answeredAtOnce(2)
}
