package deletion

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func allocatedBy(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// memoryOf reports the bytes allocated while all of r was read, and the rows.
func memoryOf(t *testing.T, r io.Reader, o CSVOptions) (allocated uint64, kinds map[RowKind]int) {
	t.Helper()
	kinds = map[RowKind]int{}
	allocated = allocatedBy(func() {
		c, err := NewCSVReader(r, o)
		if err != nil {
			t.Fatal(err)
		}
		for row, ok := c.Next(); ok; row, ok = c.Next() {
			kinds[row.Kind]++
		}
		if c.Err() != nil {
			t.Fatal(c.Err())
		}
	})
	return allocated, kinds
}

// What is allocated in total, garbage included, stays within a mebibyte however large and hostile the file is.
func TestHostileFilesTakeNoMemory(t *testing.T) {
	const size = 64 << 20
	const less = 8 << 20
	const most = 1 << 20
	for _, tc := range []struct {
		name, pattern string
		size          int64
		want          map[RowKind]int
	}{
		{"one quote, no line end", "x", size, map[RowKind]int{RowOpenQuote: 1}},
		{"one quote, many lines", "not an id at all, just text in a row\n", size, map[RowKind]int{RowOpenQuote: 1, RowNotAnID: size / 37}},
		{"one quote, then pairs of them", `""`, less, map[RowKind]int{RowOpenQuote: 1}},
		{"one quote, then commas", ",", less, map[RowKind]int{RowOpenQuote: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := io.MultiReader(strings.NewReader("contact_id\n\""), repeated(tc.pattern, tc.size))
			allocated, kinds := memoryOf(t, file, CSVOptions{Column: FindColumn})
			if allocated > most {
				t.Errorf("allocated %d bytes, want at most %d", allocated, most)
			}
			if diff := cmp.Diff(tc.want, kinds); diff != "" {
				t.Errorf("rows by kind (-want +got):\n%s", diff)
			}
		})
	}
	for _, tc := range []struct {
		name, pattern string
		size          int64
	}{
		{"one line", "x", less},
		{"a million columns", ",", less},
		{"short lines", "x,,,\n\"\",\r", less},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := io.MultiReader(strings.NewReader("contact_id\n"+someID(1)+"\n"), repeated(tc.pattern, tc.size))
			if allocated, _ := memoryOf(t, file, CSVOptions{Column: FindColumn}); allocated > most {
				t.Errorf("allocated %d bytes, want at most %d", allocated, most)
			}
		})
	}
}

func TestReadingRowsNeverAllocates(t *testing.T) {
	id := someID(1)
	text := strings.Repeat(strings.Join([]string{
		id + ",x", `"` + id + `","a,b"`, "", ",", "x", "a@b.example,1", `"do""uble",1`, `"` + id + "\",\"two\nlines\"", "12", `"" "",`,
	}, "\n")+"\n", 500)
	c, err := NewCSVReader(strings.NewReader("contact_id,n\n"+strings.Repeat(text, 10)), CSVOptions{Column: FindColumn})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // the buffer for cells with doubled quotes is made once
		c.Next()
	}
	if n := testing.AllocsPerRun(20_000, func() {
		if _, ok := c.Next(); !ok {
			t.Fatalf("the file is too short for this test: %v", c.Err())
		}
	}); n != 0 {
		t.Errorf("a row allocates %v times", n)
	}
}
