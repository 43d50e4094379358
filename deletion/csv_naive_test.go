package deletion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The naive reader goes character by character over text that fits in memory, to compare with.
type naiveRow struct {
	line   int64
	cells  []string
	opened bool // a quote that nobody closed
}

func naiveRows(text string, delim byte) []naiveRow {
	var rows []naiveRow
	line := int64(1)
	for text != "" {
		row, end, resume := naiveRecord(text, delim)
		row.line = line
		rows = append(rows, row)
		if row.opened {
			end = resume + strings.IndexAny(text[resume:]+"\n", "\r\n")
		}
		rest := text[end:]
		switch {
		case strings.HasPrefix(rest, "\r\n"):
			rest = rest[2:]
		case rest != "":
			rest = rest[1:]
		}
		line += int64(len(naiveLines([]byte(text[:len(text)-len(rest)]))))
		text = rest
	}
	return rows
}

// naiveRecord returns the first record, where it ends, and where its open quote stands.
func naiveRecord(text string, delim byte) (row naiveRow, end, quoteAt int) {
	const (
		beginning = iota // of a cell: nothing but blanks so far
		plain
		quoted
		closed
	)
	state, cell, tail := beginning, "", ""
	for i := 0; ; i++ {
		ends := i == len(text) || text[i] == '\n' || text[i] == '\r'
		switch {
		case state == quoted && i == len(text):
			return naiveRow{opened: true}, 0, quoteAt
		case state == quoted && strings.HasPrefix(text[i:], `""`):
			cell += `"`
			i++
		case state == quoted && text[i] == '"':
			state, tail = closed, ""
		case state == quoted:
			cell += text[i : i+1]
		case ends || text[i] == delim:
			row.cells = append(row.cells, cell)
			if ends {
				return row, i, 0
			}
			state, cell, tail = beginning, "", ""
		case state == beginning && text[i] == '"':
			state, cell, quoteAt = quoted, "", i
		case state == closed && text[i] != ' ' && text[i] != '\t' && strings.ContainsAny(text[quoteAt:i-len(tail)], "\r\n"):
			return naiveRow{opened: true}, 0, quoteAt
		case state == closed:
			tail += text[i : i+1]
			if text[i] != ' ' && text[i] != '\t' {
				state, cell, tail = plain, cell+tail, ""
			}
		default:
			if text[i] != ' ' && text[i] != '\t' {
				state = plain
			}
			cell += text[i : i+1]
		}
	}
}

func (r naiveRow) kind(column int) (RowKind, string) {
	blank := true
	for _, cell := range r.cells {
		blank = blank && len(trimBlank([]byte(cell))) == 0
	}
	switch {
	case r.opened:
		return RowOpenQuote, ""
	case blank && column < len(r.cells):
		return RowBlank, r.cells[column]
	case blank:
		return RowBlank, ""
	case column >= len(r.cells):
		return RowShort, ""
	}
	cell := r.cells[column]
	if _, ok := ParseID([]byte(cell)); ok {
		return RowID, cell
	}
	return kindOfCell([]byte(cell)), cell
}

func TestMessyTextReadsAsTheNaiveReaderDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := messyText().Draw(t, "file")
		format := CSVFormat{
			Encoding:  UTF8,
			Delimiter: rapid.SampledFrom(delimiters).Draw(t, "delimiter"),
			Column:    rapid.IntRange(0, 2).Draw(t, "column"),
		}
		got, _, err := readAll(strings.NewReader(text), CSVOptions{Format: &format})
		if err != nil {
			t.Fatal(err)
		}
		var want []seen
		for _, row := range naiveRows(text, byte(format.Delimiter)) {
			kind, cell := row.kind(format.Column)
			want = append(want, seen{row.line, kind, cell})
		}
		for i, row := range got {
			if row.Kind == RowOpenQuote {
				got[i].Cell = ""
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("rows of %q (-naive +got):\n%s", text, diff)
		}
	})
}
