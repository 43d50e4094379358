package deletion

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CSVDelimiter is the character between cells.
type CSVDelimiter byte

// The delimiters that are looked for.
const (
	Comma     CSVDelimiter = ','
	Semicolon CSVDelimiter = ';'
	Tab       CSVDelimiter = '\t'
	Pipe      CSVDelimiter = '|'
)

// delimiters in the order in which a tie is decided.
var delimiters = []CSVDelimiter{Comma, Semicolon, Tab, Pipe}

var delimiterNames = map[CSVDelimiter]string{Comma: "comma", Semicolon: "semicolon", Tab: "tab", Pipe: "pipe"}

// String is the delimiter's name: comma, semicolon, tab or pipe.
func (d CSVDelimiter) String() string { return delimiterNames[d] }

// MarshalText is the name.
func (d CSVDelimiter) MarshalText() ([]byte, error) {
	if _, ok := delimiterNames[d]; !ok {
		return nil, fmt.Errorf("unknown delimiter %q", byte(d))
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads a name and refuses any other text.
func (d *CSVDelimiter) UnmarshalText(text []byte) error {
	for delimiter, name := range delimiterNames {
		if name == string(text) {
			*d = delimiter
			return nil
		}
	}
	return errors.New("unknown delimiter")
}

const (
	// maxColumns are looked at and shown; contact exports with all custom fields stay well below.
	maxColumns = 256
	// probeRows tell the delimiter and the column.
	probeRows = 1000
	// sampleRows and maxSampleRunes bound what a person is shown.
	sampleRows     = 10
	maxSampleRunes = 80
)

// probe is what the first rows look like with one delimiter.
type probe struct {
	delim  CSVDelimiter
	first  []string        // the first row that is not blank, nil when it could not be read
	ids    [maxColumns]int // ids seen per column
	clean  int             // ids without a tab beside them, in any column
	cells  int             // of all rows
	width  int             // columns of the widest row
	rows   int             // not blank
	sample [][]string      // of rows after the first
	column int
}

// findFormat looks at what is in the buffer of a scanner that has not started, and leaves the scanner alone.
func findFormat(s scanner, o CSVOptions) (CSVFormat, error) {
	if o.Format != nil {
		return knownFormat(s, *o.Format), nil
	}
	var best *probe
	for _, delim := range delimiters {
		p := newProbe(s, delim)
		if p.rows == 0 {
			return CSVFormat{}, emptyOr(errNoColumn, s.eof)
		}
		p.column = p.findColumn()
		if best == nil || p.betterThan(best) {
			best = p
		}
	}
	// The delimiter is found as if no column were chosen: who chose one saw the columns that this delimiter makes.
	if o.Column != FindColumn {
		best.column = o.Column
	} else if best.column == FindColumn {
		return CSVFormat{}, errNoColumn
	}
	return best.format(s.eof)
}

// emptyOr tells a file of blank lines from one that only begins with very many of them.
func emptyOr(other *InputError, whole bool) error {
	if whole {
		return errEmptyFile
	}
	return other
}

// knownFormat keeps what was found out before and only fills in the sample.
func knownFormat(s scanner, f CSVFormat) CSVFormat {
	p := newProbe(s, f.Delimiter)
	f.Sample = p.samples(f.HasHeader)
	return f
}

func newProbe(s scanner, delim CSVDelimiter) *probe {
	p := &probe{delim: delim}
	s.delim = byte(delim)
	s.scratch = nil
	for range probeRows {
		if !s.peek() {
			break
		}
		p.add(&s)
	}
	return p
}

// peek is next for what is in the buffer alone: it returns false where reading on would be needed.
func (s *scanner) peek() bool {
	if s.skipping && !s.skip() {
		return false
	}
	if s.pos == len(s.buf) || (!s.eof && len(s.buf)-s.pos < windowBytes) {
		return false
	}
	s.readRecord()
	return true
}

func (p *probe) add(s *scanner) {
	if s.rec.kind != RowID {
		p.rows++
		return
	}
	if s.isBlank(s.rec.raw) {
		return
	}
	var row []string
	keep := p.rows <= sampleRows
	s.cells(s.rec.raw, func(column int, cell []byte) bool {
		if _, ok := ParseID(cell); ok {
			p.ids[column]++
			if bytes.IndexByte(cell, byte(Tab)) < 0 {
				p.clean++
			}
		}
		if keep {
			row = append(row, displayText(cell))
		}
		p.cells++
		p.width = max(p.width, column+1)
		return column+1 < maxColumns
	})
	if p.rows == 0 {
		p.first = row
	}
	if keep {
		p.sample = append(p.sample, row)
	}
	p.rows++
}

// betterThan prefers the delimiter that makes a column of contact ids, then the one that finds more ids, then the one that
// leaves fewer tabs beside ids (a tab is a blank, but also a delimiter), then one under which the column has a known name,
// then the one that makes more cells.
func (p *probe) betterThan(q *probe) bool {
	switch {
	case (p.column == FindColumn) != (q.column == FindColumn):
		return q.column == FindColumn
	case p.found() != q.found():
		return p.found() > q.found()
	case p.clean != q.clean:
		return p.clean > q.clean
	case p.named() != q.named():
		return p.named()
	}
	return p.cells > q.cells
}

// found is how many ids the column holds, or any column when none is of contact ids.
func (p *probe) found() int {
	if p.column == FindColumn {
		return slices.Max(p.ids[:])
	}
	return p.ids[p.column]
}

func (p *probe) named() bool {
	return p.column >= 0 && p.column < len(p.first) && nameRank(p.first[p.column]) > 0
}

func (p *probe) format(whole bool) (CSVFormat, error) {
	if p.column < 0 || p.column >= p.width {
		return CSVFormat{}, errNoSuchColumn(p.column, p.width)
	}
	f := CSVFormat{Delimiter: p.delim, Column: p.column, HasHeader: p.hasHeader()}
	if f.HasHeader && p.rows == 1 && whole {
		return CSVFormat{}, errNoRows
	}
	f.Columns = p.names(f.HasHeader)
	f.Sample = p.samples(f.HasHeader)
	for column, n := range p.ids {
		if n > 0 {
			f.Candidates = append(f.Candidates, column)
		}
	}
	return f, nil
}

func (p *probe) names(header bool) []string {
	names := make([]string, p.width)
	for i := range names {
		names[i] = fmt.Sprintf("Column %d", i+1)
		if header && i < len(p.first) && p.first[i] != "" {
			names[i] = p.first[i]
		}
	}
	return names
}

func (p *probe) samples(header bool) [][]string {
	rows := p.sample
	if header && len(rows) > 0 {
		rows = rows[1:]
	}
	return rows[:min(len(rows), sampleRows)]
}

// displayText makes a cell fit to be shown: valid, one line, trimmed, at most 80 characters, none of which turn the
// direction of writing around.
func displayText(cell []byte) string {
	const enough = 4*maxSampleRunes + utf8.UTFMax
	cell = trimBlank(cell)
	text := strings.ToValidUTF8(string(cell[:min(len(cell), enough)]), "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) <= maxSampleRunes {
		return text
	}
	return string([]rune(text)[:maxSampleRunes-1]) + "…"
}
