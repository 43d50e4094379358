package deletion

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tallied is what a caller makes of a file: the reader's rows, with the duplicates told apart by sorting.
type tallied struct {
	read, accepted int64
	problems       Problems
}

func tally(r *CSVReader) (tallied, error) {
	var sum tallied
	ids := newIDSorter("") // so few never touch the disk
	defer ids.Close()
	for row, err := range r.Rows() {
		if err != nil {
			return tallied{}, err
		}
		sum.read++
		sum.problems.Add(row.Kind, row.Line)
		if row.Kind != RowID {
			continue
		}
		if err := ids.add(row.ID, uint32(row.Line)); err != nil {
			return tallied{}, err
		}
	}
	var last idLine
	for at, err := range ids.sorted() {
		if err != nil {
			return tallied{}, err
		}
		if last.line > 0 && at.id == last.id {
			sum.problems.Add(RowDuplicate, int64(at.line))
		} else {
			sum.accepted++
		}
		last = at
	}
	return sum, nil
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// checkAnyFile states what holds for any bytes: they are refused in words, or every row is accounted for, however the
// bytes arrive and however often they are read.
func checkAnyFile(t failer, file []byte) {
	t.Helper()
	rows, format, err := readAll(bytes.NewReader(file), CSVOptions{Column: FindColumn})
	_, _, slowErr := readAll(iotest.OneByteReader(bytes.NewReader(file)), CSVOptions{Column: FindColumn})
	if !errors.Is(err, slowErr) {
		t.Fatalf("error %v, but %v a byte at a time", err, slowErr)
	}
	if err != nil {
		if _, ok := errors.AsType[*InputError](err); !ok {
			t.Fatalf("error is %v, want an InputError", err)
		}
		return
	}
	again, _, err := readAll(iotest.OneByteReader(bytes.NewReader(file)), CSVOptions{Format: &format})
	if diff := cmp.Diff(rows, again); diff != "" || err != nil {
		t.Fatalf("read again with its format: %v (-first +again)\n%s", err, diff)
	}
	checkSum(t, file, rows, format)
	checkLines(t, file, rows, format)
}

func checkSum(t failer, file []byte, rows []seen, format CSVFormat) {
	t.Helper()
	r, err := NewCSVReader(bytes.NewReader(file), CSVOptions{Format: &format})
	if err != nil {
		t.Fatalf("%v", err)
	}
	sum, err := tally(r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	duplicate, blank, invalid := sum.problems.Count(RowDuplicate), sum.problems.Count(RowBlank), sum.problems.Invalid()
	if sum.read != sum.accepted+duplicate+invalid+blank || sum.read != int64(len(rows)) {
		t.Fatalf("read %d (%d) = accepted %d + duplicate %d + invalid %d + blank %d", sum.read, len(rows), sum.accepted, duplicate, invalid, blank)
	}
	different := map[string]bool{}
	for _, row := range rows {
		if id, ok := ParseID([]byte(row.Cell)); ok && row.Kind == RowID {
			different[id.String()] = true
		}
	}
	if int64(len(different)) != sum.accepted {
		t.Fatalf("accepted %d, but %d different ids were read", sum.accepted, len(different))
	}
}

// checkLines compares with a count of physical lines. Without quotes every line is a row.
func checkLines(t failer, file []byte, rows []seen, format CSVFormat) {
	t.Helper()
	if format.Encoding != UTF8 {
		return
	}
	lines := naiveLines(bytes.TrimPrefix(file, []byte("\ufeff")))
	var last int64
	for _, row := range rows {
		if row.Line <= last || row.Line > int64(len(lines)) {
			t.Fatalf("line %d after %d of %d", row.Line, last, len(lines))
		}
		last = row.Line
		if !strings.Contains(string(lines[row.Line-1]), row.Cell) && !strings.ContainsAny(string(lines[row.Line-1]), `"`) {
			t.Fatalf("cell %q is not in line %d, %q", row.Cell, row.Line, lines[row.Line-1])
		}
	}
	want := len(lines)
	if format.HasHeader {
		want--
	}
	if bytes.IndexByte(file, '"') < 0 && len(rows) != want {
		t.Fatalf("%d rows in a file without quotes of %d lines (header: %t)", len(rows), len(lines), format.HasHeader)
	}
}

// pieces are what goes wrong in files.
var pieces = []string{
	`"`, `"`, `""`, `"""`, ",", ",", ";", "\t", "|", "\n", "\n", "\r", "\r\n", " ", "\u00a0", "x", "é", "\xff", "'", "{", "}",
	someIDText[0], someIDText[1], someIDText[2], strings.ToUpper(someIDText[0]), "contact_id", "name", "12", "a@b.example",
}

var someIDText = [3]string{someID(1), someID(2), someID(3)}

func messyText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "pieces"), "")
	})
}

func TestEveryRowIsAccountedFor(t *testing.T) {
	t.Run("messy text", rapid.MakeCheck(func(t *rapid.T) {
		checkAnyFile(t, []byte(messyText().Draw(t, "file")))
	}))
	t.Run("messy text below a header", rapid.MakeCheck(func(t *rapid.T) {
		checkAnyFile(t, []byte("contact_id,name\n"+messyText().Draw(t, "file")))
	}))
	t.Run("any bytes", rapid.MakeCheck(func(t *rapid.T) {
		checkAnyFile(t, rapid.SliceOf(rapid.Byte()).Draw(t, "file"))
	}))
	t.Run("any characters in UTF-16", rapid.MakeCheck(func(t *rapid.T) {
		text := "contact_id\n" + rapid.String().Draw(t, "more") + messyText().Draw(t, "file")
		checkAnyFile(t, utf16Text([]byte(text), UTF16BE, rapid.Bool().Draw(t, "mark")))
	}))
}

// wellFormed is a table as a program would write it, and what should be read from it.
type wellFormed struct {
	file   []byte
	column int
	want   []seen
}

func wellFormedFile() *rapid.Generator[wellFormed] {
	return rapid.Custom(func(t *rapid.T) wellFormed {
		delim := string(rune(rapid.SampledFrom(delimiters).Draw(t, "delimiter")))
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "line end")
		width := rapid.IntRange(1, 4).Draw(t, "width")
		out := wellFormed{column: rapid.IntRange(0, width-1).Draw(t, "column")}
		var text strings.Builder
		line := int64(1)
		write := func(cells []string) {
			for i, cell := range cells {
				if i > 0 {
					text.WriteString(delim)
				}
				writeCell(t, &text, cell, delim)
				line += int64(strings.Count(strings.ReplaceAll(cell, "\r\n", "\n"), "\n"))
			}
			text.WriteString(end)
			line++
		}
		if rapid.Bool().Draw(t, "header") {
			header := []string{"name", "first", "last", "note"}[:width]
			header[out.column] = "contact_id"
			write(header)
		}
		for n := range rapid.IntRange(1, 20).Draw(t, "rows") {
			cells := rapid.SliceOfN(rapid.StringMatching(`[a-z ,;|é"]{0,8}(\r?\n[a-z"]{0,4})?`), width, width).Draw(t, "cells")
			cells[out.column] = someID(n)
			out.want = append(out.want, seen{line, RowID, someID(n)})
			write(cells)
		}
		out.file = []byte(text.String())
		return out
	})
}

// writeCell quotes where RFC 4180 has it quoted, and sometimes where it need not be.
func writeCell(t *rapid.T, text *strings.Builder, cell, delim string) {
	if strings.ContainsAny(cell, "\"\r\n"+delim) || rapid.Bool().Draw(t, "quote") {
		cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	text.WriteString(cell)
}

func TestWellFormedFilesReadBackExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := wellFormedFile().Draw(t, "file")
		encode := rapid.SampledFrom([]func([]byte) []byte{
			func(b []byte) []byte { return b },
			func(b []byte) []byte { return append([]byte("\ufeff"), b...) },
			func(b []byte) []byte { return utf16Text(b, UTF16LE, true) },
			func(b []byte) []byte { return utf16Text(b, UTF16BE, true) },
		}).Draw(t, "encoding")
		rows, format, err := readAll(iotest.HalfReader(bytes.NewReader(encode(f.file))), CSVOptions{Column: FindColumn})
		if err != nil {
			t.Fatal(err)
		}
		if format.Column != f.column {
			t.Fatalf("column %d, want %d", format.Column, f.column)
		}
		if diff := cmp.Diff(f.want, rows); diff != "" {
			t.Fatalf("rows of %q (-want +got):\n%s", f.file, diff)
		}
	})
}

// Files of several buffers, so that records and line ends fall on their edges.
func TestSameRowsHoweverTheBytesArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		block := messyText().Draw(t, "block") + "\n" + someID(1) + strings.Repeat(",", rapid.IntRange(0, 3000).Draw(t, "length")) + "\n"
		file := strings.Repeat(block, (bufferBytes+maxRecordBytes)/len(block)+1)
		format := CSVFormat{Encoding: UTF8, Delimiter: Comma}
		want, _, err := readAll(strings.NewReader(file), CSVOptions{Format: &format})
		if err != nil {
			t.Fatal(err)
		}
		piece := rapid.IntRange(50, bufferBytes).Draw(t, "piece")
		got, _, err := readAll(iotest.DataErrReader(&pieceReader{strings.NewReader(file), piece}), CSVOptions{Format: &format})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(want, got) { // cmp.Diff takes its time over many rows
			t.Fatalf("rows (-whole +in pieces):\n%.2000s", cmp.Diff(want, got))
		}
	})
}

// pieceReader returns at most size bytes at once.
type pieceReader struct {
	r    io.Reader
	size int
}

func (p *pieceReader) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.size)]) }

func FuzzReadCSV(f *testing.F) {
	id := someID(1)
	for _, seed := range []string{
		"", "\ufeffcontact_id\n" + id + "\n", "a;b\r\n" + id + ";\"x\r\ny\"\r\n\r\n", id + "\r" + strings.ToUpper(id) + "\r",
		"id,n\n" + id + ",\"open\n" + id + ",\"closed\"\n", "id\n{" + id + "}\n'" + id + "\n \n12\na@b.example\n\"\"\n",
		"PK\x03\x04", "\xff\xfei\x00d\x00\n\x00", "id\x00", "\"" + id + "\"x\n" + id + "\t|\n",
	} {
		f.Add([]byte(seed))
	}
	f.Add(utf16Text([]byte("contact_id\n"+id+"\n"), UTF16LE, false))
	f.Fuzz(func(t *testing.T, file []byte) {
		checkAnyFile(t, file)
	})
}
