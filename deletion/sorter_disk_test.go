package deletion

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestFewRecordsNeverTouchTheDisk(t *testing.T) {
	s := newIDSorter(filepath.Join(t.TempDir(), "not there"))
	defer s.Close()
	for i := range runRecords {
		if err := s.add(numberedID(i), uint32(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(collect(t, s)); got != runRecords {
		t.Errorf("%d records, want %d", got, runRecords)
	}
}

func TestManyRecordsLeaveNoName(t *testing.T) {
	dir := t.TempDir()
	s := newShortRunSorter(dir)
	defer s.Close()
	for _, r := range shuffledIDs(2*shortRun + 1) {
		if err := s.add(r.id, r.line); err != nil {
			t.Fatal(err)
		}
	}
	info, err := s.core.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 0 {
		t.Errorf("directory holds %v, %v, want nothing", names, err)
	}
}

func TestSorterWithoutADirectory(t *testing.T) {
	s := newShortRunSorter(filepath.Join(t.TempDir(), "not there"))
	var err error
	for _, r := range shuffledIDs(shortRun + 1) {
		if err = s.add(r.id, r.line); err != nil {
			break
		}
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, os.ErrNotExist)
	}
	checkUseless(t, s, os.ErrNotExist)
}

func TestSorterWhoseDiskFails(t *testing.T) {
	s := newShortRunSorter(t.TempDir())
	for _, r := range shuffledIDs(shortRun + 1) {
		if err := s.add(r.id, r.line); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.core.wait(); err != nil {
		t.Fatal(err)
	}
	if err := s.core.file.Close(); err != nil { // as if the disk were gone
		t.Fatal(err)
	}
	for _, err := range s.sorted() {
		if !errors.Is(err, os.ErrClosed) {
			t.Fatalf("error is %v, want %v", err, os.ErrClosed)
		}
	}
	checkUseless(t, s, os.ErrClosed)
}

// checkUseless has a sorter repeat its first error, so that half of the records never pass for all of them.
func checkUseless(t *testing.T, s *idSorter, want error) {
	t.Helper()
	if err := s.add(ID{}, 1); !errors.Is(err, want) {
		t.Errorf("add: %v, want %v", err, want)
	}
	pairs := 0
	for _, err := range s.sorted() {
		pairs++
		if !errors.Is(err, want) {
			t.Errorf("sorted: %v, want %v", err, want)
		}
	}
	if pairs != 1 {
		t.Errorf("sorted yields %d pairs, want the error alone", pairs)
	}
}

func TestTruncatedRunIsAnError(t *testing.T) {
	s := newShortRunSorter(t.TempDir())
	defer s.Close()
	for _, r := range shuffledIDs(2*shortRun + 1) {
		if err := s.add(r.id, r.line); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.core.seal(); err != nil {
		t.Fatal(err)
	}
	if err := s.core.file.Truncate(shortRun * idLineWidth * 3 / 2); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range s.sorted() {
		last = err
	}
	if last == nil {
		t.Error("records are missing and nobody says so")
	}
}

func TestClosedSorter(t *testing.T) {
	for _, n := range []int{10, shortRun + 10} {
		s := newShortRunSorter(t.TempDir())
		for _, r := range shuffledIDs(n) {
			if err := s.add(r.id, r.line); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		checkUseless(t, s, errSorterClosed)
	}
}

func TestSorterMemoryIsFlat(t *testing.T) {
	const n, most = 4*runRecords + 1, 40 << 20
	s := newIDSorter(t.TempDir())
	defer s.Close()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	watch := func(i int) {
		if i%500_000 == 0 {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		}
	}
	for i := range n {
		if err := s.add(numberedID(i), uint32(i)); err != nil {
			t.Fatal(err)
		}
		watch(i)
	}
	i := 0
	for _, err := range s.sorted() {
		if err != nil {
			t.Fatal(err)
		}
		watch(i)
		i++
	}
	if peak > most {
		t.Errorf("heap grew by %d bytes, want at most %d", peak, most)
	}
	if i != n {
		t.Errorf("%d records, want %d", i, n)
	}
}
