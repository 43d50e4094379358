package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// sweptCalls are the system calls at which a process is killed: each makes something lasting, here or at the vendor.
var sweptCalls = []string{"fsync", "pwrite64", "connect", "write"}

// sweepSample is how many points of each call a plain `go test` tries; `make sweep` tries all.
const sweepSample = 2

// TestCrashSweep kills the program at the n-th system call of a kind while it starts and deletes three batches, starts it
// again and lets it end: nothing is posted twice, the figures add up at every look, and the database is whole.
func TestCrashSweep(t *testing.T) {
	strace := needs(t, "strace")
	w := newSweep(t)
	totals := w.count(t, strace)
	for _, call := range sweptCalls {
		t.Run(call, func(t *testing.T) {
			total, kills := totals[call], 0
			for _, n := range points(total) {
				t.Run(strconv.Itoa(n), func(t *testing.T) {
					l := w.begin(t)
					if l.liveUntilKilled(l.under(strace, call, n)) {
						kills++
					}
					l.heal()
				})
			}
			t.Logf("killed at %d of %d points; an undisturbed run has %d", kills, len(points(total)), total)
			if kills == 0 {
				t.Error("nothing was killed")
			}
		})
	}
}

// count is how many calls of each kind a life has that nobody disturbs.
func (w *sweep) count(t *testing.T, strace string) map[string]int {
	t.Helper()
	l := w.begin(t)
	p := l.under(strace, strings.Join(sweptCalls, ","), 0)
	if l.liveUntilKilled(p) {
		t.Fatal("the process ended by itself")
	}
	l.heal()
	totals := map[string]int{}
	for _, line := range p.lines {
		for _, call := range sweptCalls {
			if strings.Contains(line, " "+call+"(") {
				totals[call]++
			}
		}
	}
	return totals
}

// points are those of 1 to total at which to kill: all, or a few spread over the whole.
func points(total int) []int {
	sample := sweepSample
	if os.Getenv("WINNOW_SWEEP") == "all" {
		sample = total
	}
	var at []int
	for i := range min(sample, total) {
		at = append(at, 1+(2*i+1)*total/(2*min(sample, total)))
	}
	return at
}
