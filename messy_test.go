package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// messy is a file as administrators have it, and what becomes of each of its rows. It is told here without the reader that is
// being tested: rows of the sandbox's sample by a few plain rules, rows of our own by what they were made for.
type messy struct {
	text []byte
	rows []messyRow
}

type messyRow struct {
	line int    // on which the row begins
	kind string // as the pages call it, "" for the first row with an id
	cell string // of the column of ids
	id   string // for rows that hold an id, in lower case without decoration
	of   int    // for repeated rows: line of the first one
}

// oddRows holds a row of every kind that the sample has not, and cells that are dangerous in a page or in a spreadsheet. The
// row whose quote is not closed comes last, so that no quote of ours ends it.
var oddRows = []struct{ kind, cell, row string }{
	{"No id in the row", "", `2;;kim@example.com;lost her id`},
	{"Row too short", "", `3`},
	{"Blank", "", ` ; ; `},
	{"An e-mail address", "kim@example.com", `5;kim@example.com;;`},
	{"A number", "1,23E+09", `6;1,23E+09;;`},
	{"Id without hyphens", "00000000000011ee80000242ac110002", `7;00000000000011ee80000242ac110002;;`},
	{"Several lines in the cell", "two\r\nlines", "8;\"two\r\nlines\";;"},
	{"Not a contact id", `<script>alert(1)</script>`, `10;<script>alert(1)</script>;<img src=x onerror=alert(2)>;`},
	{"Not a contact id", `=HYPERLINK("http://192.0.2.1","x")`, `11;"=HYPERLINK(""http://192.0.2.1"",""x"")";;`},
	{"Row too long", "", "12;" + strings.Repeat("x", 70_000) + ";;"},
	{"Quote not closed", "", `13;"never closed;;`},
}

// messyFile is the sandbox's sample with odd rows on top and a column before the one with the ids.
func messyFile(t testing.TB, w *world, rows int) messy {
	t.Helper()
	var sample bytes.Buffer
	if err := w.emulator.SampleCSV(&sample, rows); err != nil {
		t.Fatal(err)
	}
	header, rest, _ := strings.Cut(sample.String(), "\r\n")
	m := messy{text: []byte(strings.Replace(header, "\ufeff", "\ufeffRow;", 1) + "\r\n")}
	for _, odd := range oddRows {
		m.add(odd.row, messyRow{kind: odd.kind, cell: odd.cell})
	}
	seen := map[string]int{}
	for row := range strings.SplitSeq(strings.TrimSuffix(rest, "\r\n"), "\r\n") {
		if strings.HasPrefix(row, "no answer;") { // the second line of a quoted note
			m.text = append(m.text, row+"\r\n"...)
			continue
		}
		if row == "" {
			m.add("", messyRow{kind: "Blank"})
			continue
		}
		cell, _, _ := strings.Cut(row, ";")
		m.add(fmt.Sprint(len(m.rows), ";", row), classify(cell, bytes.Count(m.text, []byte("\n"))+1, seen))
	}
	return m
}

func (m *messy) add(text string, row messyRow) {
	row.line = bytes.Count(m.text, []byte("\n")) + 1
	m.text = append(append(m.text, text...), "\r\n"...)
	m.rows = append(m.rows, row)
}

var contactID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// classify says what a cell of the sample is.
func classify(cell string, line int, seen map[string]int) messyRow {
	row := messyRow{cell: cell}
	id := strings.ToLower(strings.Trim(cell, " {}"))
	switch {
	case contactID.MatchString(id) && seen[id] > 0:
		row.kind, row.of = "Repeated", seen[id]
	case contactID.MatchString(id):
		row.id, seen[id] = id, line
	case strings.Contains(cell, "@"):
		row.kind = "An e-mail address"
	case strings.Trim(cell, "0123456789") == "":
		row.kind = "A number"
	default:
		row.kind = "Not a contact id"
	}
	return row
}

// review is what the review page has to say about the file.
func (m messy) review() map[string]int {
	f := map[string]int{"Read": len(m.rows)}
	for _, row := range m.rows {
		if row.kind == "" {
			f["Will be deleted"]++
		} else {
			f[row.kind]++
		}
	}
	return f
}

// ids are those that will be deleted.
func (m messy) ids() map[string]bool {
	found := map[string]bool{}
	for _, row := range m.rows {
		if row.id != "" {
			found[row.id] = true
		}
	}
	return found
}
