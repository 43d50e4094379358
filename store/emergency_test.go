package store

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// openKept opens an emergency file and returns its lines; it is closed when the test ends.
func openKept(t *testing.T, path string) (e *emergency, lines []string, unreadable int) {
	t.Helper()
	e, content, unreadable, err := openEmergency(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.close() }) // some tests close it themselves
	for _, line := range content {
		lines = append(lines, string(line))
	}
	return e, lines, unreadable
}

func appended(t *testing.T, e *emergency, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := e.append([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
}

func sameLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("lines are %q, want %q", got, want)
	}
}

func TestEmergencyLinesComeBackInTheirOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept", "emergency")
	e, lines, _ := openKept(t, path)
	sameLines(t, lines)
	appended(t, e, "one", "two with  blanks", "three")
	e, lines, unreadable := openKept(t, path)
	sameLines(t, lines, "one", "two with  blanks", "three")
	appended(t, e, "four")
	if _, lines, _ = openKept(t, path); len(lines) != 4 || unreadable != 0 {
		t.Fatalf("%q, %d unreadable", lines, unreadable)
	}
	if err := e.empty(); err != nil {
		t.Fatal(err)
	}
	appended(t, e, "after")
	_, lines, unreadable = openKept(t, path)
	sameLines(t, lines, "after")
	if unreadable != 0 {
		t.Errorf("%d pieces are left of what was emptied", unreadable)
	}
}

func TestEmergencyFileHasItsBlocksBeforehandAndKeepsThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emergency")
	e, _, _ := openKept(t, path)
	allocated := func() int64 {
		var stat syscall.Stat_t
		if err := syscall.Stat(path, &stat); err != nil {
			t.Fatal(err)
		}
		if stat.Size != emergencySize || stat.Mode&0o777 != 0o600 {
			t.Fatalf("size %d, mode %o", stat.Size, stat.Mode)
		}
		return stat.Blocks * 512
	}
	before := allocated()
	if before < emergencySize {
		t.Errorf("%d bytes are allocated, want %d", before, emergencySize)
	}
	appended(t, e, strings.Repeat("x", 100_000))
	if err := e.empty(); err != nil {
		t.Fatal(err)
	}
	if after := allocated(); after != before {
		t.Errorf("%d bytes are allocated, before it were %d", after, before)
	}
}

func TestATornEmergencyLineIsLeftOut(t *testing.T) {
	const last = `{"answer":{"attempt":7}}`
	for cut := 1; cut <= len(sealLine([]byte(last))); cut++ {
		path := filepath.Join(t.TempDir(), "emergency")
		e, _, _ := openKept(t, path)
		appended(t, e, "whole", last)
		if _, err := e.f.WriteAt(make([]byte, cut), e.end-int64(cut)); err != nil {
			t.Fatal(err)
		}
		_, lines, unreadable := openKept(t, path)
		switch {
		case cut == 1: // only its end is missing, and nothing of what it says
			sameLines(t, lines, "whole", last)
		case cut == len(sealLine([]byte(last))):
			sameLines(t, lines, "whole")
		case len(lines) != 1 || unreadable != 1:
			t.Errorf("%d bytes torn off: %q, %d unreadable", cut, lines, unreadable)
		}
	}
}

func TestADamagedEmergencyLineDoesNotHideTheOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emergency")
	e, _, _ := openKept(t, path)
	appended(t, e, "one", "two", "three")
	if _, err := e.f.WriteAt([]byte("T"), firstLine+int64(len(sealLine([]byte("one"))))+9); err != nil {
		t.Fatal(err)
	}
	_, lines, unreadable := openKept(t, path)
	sameLines(t, lines, "one", "three")
	if unreadable != 1 {
		t.Errorf("%d pieces unreadable, want 1", unreadable)
	}
}

func TestAFullEmergencyFileTakesNoMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emergency")
	e, _, _ := openKept(t, path)
	appended(t, e, strings.Repeat("x", emergencySize-firstLine-100))
	if err := e.append([]byte(strings.Repeat("y", 100))); err == nil {
		t.Fatal("a line beyond the end was taken")
	}
	appended(t, e, "short")
	if _, lines, _ := openKept(t, path); len(lines) != 2 || lines[1] != "short" {
		t.Fatalf("%d lines", len(lines))
	}
}

func TestTheEmergencyFileNeverCountsBackwards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emergency")
	e, _, _ := openKept(t, path)
	for _, generation := range []int64{1, 2, 7, 3, 8, 8} {
		if err := e.mark("db", generation); err != nil {
			t.Fatal(err)
		}
	}
	if e, _, _ = openKept(t, path); e.name != "db" || e.generation != 8 {
		t.Fatalf("%s %d, want db 8", e.name, e.generation)
	}
	// The slot that was written last is torn: the one before it counts.
	if _, err := e.f.WriteAt([]byte("????"), (1-e.turn)*headerSlot); err != nil {
		t.Fatal(err)
	}
	if e, _, _ = openKept(t, path); e.name != "db" || e.generation != 7 {
		t.Fatalf("%s %d with a torn slot, want db 7", e.name, e.generation)
	}
}
