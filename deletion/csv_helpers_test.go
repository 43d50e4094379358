package deletion

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
)

// seen is a Row that can be kept and compared.
type seen struct {
	Line int64
	Kind RowKind
	Cell string
}

func readAll(r io.Reader, o CSVOptions) ([]seen, CSVFormat, error) {
	c, err := NewCSVReader(r, o)
	if err != nil {
		return nil, CSVFormat{}, err
	}
	var rows []seen
	for row, err := range c.Rows() {
		if err != nil {
			return rows, c.Format(), err
		}
		rows = append(rows, seen{row.Line, row.Kind, string(row.Cell)})
	}
	return rows, c.Format(), nil
}

// mustRead reads text with the column found, unless o says otherwise.
func mustRead(t *testing.T, text string, o ...CSVOptions) ([]seen, CSVFormat) {
	t.Helper()
	options := CSVOptions{Column: FindColumn}
	if len(o) > 0 {
		options = o[0]
	}
	rows, format, err := readAll(strings.NewReader(text), options)
	if err != nil {
		t.Fatalf("reading %.80q: %v", text, err)
	}
	return rows, format
}

// refusal reads everything and returns the code for which it was refused, or "".
func refusal(t *testing.T, r io.Reader, o CSVOptions) string {
	t.Helper()
	_, _, err := readAll(r, o)
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*InputError](err)
	if !ok {
		t.Fatalf("error is %v, want an InputError", err)
	}
	return refused.Code
}

// someID is the text of a different id for every n.
func someID(n int) string { return numberedID(n).String() }

// utf16Text encodes by hand, apart from the code under test.
func utf16Text(text []byte, encoding CSVEncoding, mark bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if encoding == UTF16BE {
		order = binary.BigEndian
	}
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// repeated returns length bytes of a pattern without holding them.
func repeated(pattern string, length int64) io.Reader {
	return io.LimitReader(&repeater{pattern: []byte(pattern)}, length)
}

type repeater struct {
	pattern []byte
	at      int
}

func (r *repeater) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.pattern[r.at]
		r.at = (r.at + 1) % len(r.pattern)
	}
	return len(p), nil
}

// naiveLines splits text into physical lines the slow and obvious way. A final line end does not begin another line.
func naiveLines(text []byte) [][]byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	lines := bytes.Split(text, []byte("\n"))
	if len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}
