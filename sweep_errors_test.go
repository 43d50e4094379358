package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"winnow/deletion"
)

// diskTrouble is what a sick disk does: which calls fail, how, and from the n-th to which call of each thread; empty is for good.
type diskTrouble struct{ call, errno, from, to string }

func (d diskTrouble) inject() string {
	when := d.from + "+"
	if d.to != "" {
		when = d.from + ".." + d.to
	}
	return fmt.Sprintf("inject=%s:error=%s:when=%s", d.call, d.errno, when)
}

// diskTroubles are a few, or with WINNOW_SWEEP=all many.
func diskTroubles() []diskTrouble {
	if os.Getenv("WINNOW_SWEEP") != "all" {
		return []diskTrouble{{"fsync", "EIO", "6", ""}, {"pwrite64", "ENOSPC", "10", ""}, {"pwrite64", "EIO", "21", "24"}}
	}
	var all []diskTrouble
	for _, call := range []string{"fsync", "pwrite64"} {
		for _, errno := range []string{"ENOSPC", "EIO"} {
			for _, n := range []int{1, 3, 6, 10, 15, 21, 30, 45} {
				all = append(all, diskTrouble{call, errno, strconv.Itoa(n), ""}, diskTrouble{call, errno, strconv.Itoa(n), strconv.Itoa(n + 3)})
			}
		}
	}
	return all
}

// TestDiskErrorsSweep lets the disk fail in the middle of a deletion, then starts the program on a good disk: no request without
// an attempt on disk, nothing twice, figures that add up, a whole database.
func TestDiskErrorsSweep(t *testing.T) {
	strace := needs(t, "strace")
	w := newSweep(t)
	for _, d := range diskTroubles() {
		t.Run(d.inject(), func(t *testing.T) {
			l := w.begin(t)
			l.sick(strace, d)
			l.heal()
		})
	}
}

// sick runs the console on a disk with errors until it ends, the deletion does, or some seconds have brought nothing new.
func (l *life) sick(strace string, d diskTrouble) {
	l.t.Helper()
	args := append([]string{"-f", "--seccomp-bpf", "-qq", "-o", filepath.Join(l.dir, "calls"), "-e", "trace=" + d.call,
		"-e", d.inject(), os.Args[0]}, l.in(l.dir)...)
	p := &traced{cmd: exec.Command(strace, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // a disk with errors ends it, or we do
		close(p.done)
	}()
	l.t.Cleanup(p.kill)
	patience := 150 // looks of 20 ms
	eventually(l.t, 30*time.Second, "the sick process comes to rest", func() bool {
		patience--
		return p.ended() || patience < 0 || l.state() == deletion.Finished
	})
	p.kill()
}
