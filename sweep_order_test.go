package main

import (
	"strings"
	"testing"
)

// TestAnAttemptIsSyncedBeforeItsRequest looks at the order of system calls: whenever the program connects to the vendor, which
// it does anew for each request that deletes, it has made the disk keep something since the connection before.
func TestAnAttemptIsSyncedBeforeItsRequest(t *testing.T) {
	strace := needs(t, "strace")
	w := newSweep(t)
	l := w.begin(t)
	p := l.under(strace, "fsync,fdatasync,connect", 0)
	if l.liveUntilKilled(p) {
		t.Fatal("the process ended by itself")
	}
	l.heal()
	connects, synced := 0, false
	for _, line := range p.lines {
		switch {
		case strings.Contains(line, "sync("):
			synced = true
		case strings.Contains(line, "connect(") && strings.Contains(line, "htons("):
			if connects++; !synced {
				t.Errorf("connection %d was made with nothing synced since the one before", connects)
			}
			synced = false
		}
	}
	if want := requestsFor(len(l.ids)); connects < want {
		t.Errorf("%d connections, want at least %d:\n%s", connects, want, strings.Join(p.lines, "\n"))
	}
}
