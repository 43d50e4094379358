package deletion

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// shortRun has few records go to disk and be merged.
const shortRun = 100

func newShortRunSorter(dir string) *idSorter {
	s := newIDSorter(dir)
	s.core.capacity = shortRun
	return s
}

func sortIDs(t *testing.T, dir string, records []idLine) []idLine {
	t.Helper()
	s := newShortRunSorter(dir)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, r := range records {
		if err := s.add(r.id, r.line); err != nil {
			t.Fatal(err)
		}
	}
	return collect(t, s)
}

func collect(t *testing.T, s *idSorter) []idLine {
	t.Helper()
	var out []idLine
	for r, err := range s.sorted() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func compareIDLine(a, b idLine) int {
	if c := Compare(a.id, b.id); c != 0 {
		return c
	}
	return int(int64(a.line) - int64(b.line))
}

func shuffledIDs(n int) []idLine {
	records := make([]idLine, n)
	for i := range records {
		records[i] = idLine{withDuplicates(i), uint32(i + 1)}
	}
	random := rand.New(rand.NewPCG(1, uint64(n)))
	random.Shuffle(n, func(i, j int) { records[i], records[j] = records[j], records[i] })
	return records
}

func TestIDSorter(t *testing.T) {
	for _, n := range []int{0, 1, 2, shortRun - 1, shortRun, shortRun + 1, 2 * shortRun, 7*shortRun + 17, 1000 * shortRun} {
		records := shuffledIDs(n)
		got := sortIDs(t, t.TempDir(), records)
		slices.SortFunc(records, compareIDLine)
		if !slices.Equal(got, records) {
			t.Errorf("%d records are not sorted as in memory", n)
		}
	}
}

func TestIDSorterPutsTheFirstLineOfAnIDFirst(t *testing.T) {
	a, b := numberedID(1), numberedID(2)
	got := sortIDs(t, t.TempDir(), []idLine{{a, 1 << 31}, {b, 9}, {a, 2}, {b, 3}, {a, 1}})
	want := []idLine{{a, 1}, {a, 2}, {a, 1 << 31}, {b, 3}, {b, 9}}
	slices.SortFunc(want, compareIDLine)
	if !slices.Equal(got, want) {
		t.Errorf("sorted %v, want %v", got, want)
	}
}

func TestAnyRecordsInRunsOfAnyLength(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := newIDSorter(dir)
		s.core.capacity = rapid.IntRange(1, 9).Draw(t, "run")
		defer s.Close()
		var want, got []idLine
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 20), 0, 100).Draw(t, "ids") {
			r := idLine{numberedID(n), uint32(rapid.IntRange(0, 9).Draw(t, "line"))}
			want = append(want, r)
			if err := s.add(r.id, r.line); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortFunc(want, compareIDLine)
		for r, err := range s.sorted() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("sorted %v, want %v", got, want)
		}
	})
}

func TestSortedCanBeReadAgain(t *testing.T) {
	for _, n := range []int{10, shortRun + 10} {
		s := newShortRunSorter(t.TempDir())
		for _, r := range shuffledIDs(n) {
			if err := s.add(r.id, r.line); err != nil {
				t.Fatal(err)
			}
		}
		for range s.sorted() { // left early
			break
		}
		first, second := collect(t, s), collect(t, s)
		if len(first) != n || !slices.Equal(first, second) {
			t.Errorf("%d records: read %d, then %d, or not the same", n, len(first), len(second))
		}
		if err := s.add(ID{}, 1); !errors.Is(err, errSorterOrder) {
			t.Errorf("add after sorted: %v, want %v", err, errSorterOrder)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLineSorter(t *testing.T) {
	const n = 30*shortRun + 1
	s := newLineSorter(t.TempDir())
	s.core.capacity = shortRun
	defer s.Close()
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	for _, i := range order {
		if err := s.add(uint32(2*i), uint32(n-i)); err != nil {
			t.Fatal(err)
		}
	}
	next := uint32(0)
	for r, err := range s.sorted() {
		if want := (lineValue{2 * next, n - next}); err != nil || r != want {
			t.Fatalf("record %d is %v, %v, want %v", next, r, err, want)
		}
		next++
	}
	if next != n {
		t.Errorf("%d records, want %d", next, n)
	}
	c, err := s.cursor()
	if err != nil {
		t.Fatal(err)
	}
	for line := range uint32(2*n + 4) {
		value, ok, err := c.find(line)
		wantOK := line%2 == 0 && line < 2*n
		if err != nil || ok != wantOK || (ok && value != n-line/2) {
			t.Fatalf("find(%d) = %d, %t, %v", line, value, ok, err)
		}
	}
}

func TestLineCursor(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOf(rapid.Uint32Range(0, 50), rapid.Uint32()).Draw(t, "values")
		asked := rapid.SliceOf(rapid.Uint32Range(0, 60)).Draw(t, "asked")
		s := newLineSorter(dir)
		s.core.capacity = rapid.IntRange(1, 20).Draw(t, "run")
		defer s.Close()
		for line, value := range values {
			if err := s.add(line, value); err != nil {
				t.Fatal(err)
			}
		}
		c, err := s.cursor()
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(asked) // the same line may be asked for twice
		for _, line := range asked {
			want, wantOK := values[line]
			value, ok, err := c.find(line)
			if err != nil || ok != wantOK || (ok && value != want) {
				t.Fatalf("find(%d) = %d, %t, %v, want %d, %t", line, value, ok, err, want, wantOK)
			}
		}
	})
}
