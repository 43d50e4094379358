package deletion

import (
	"bytes"
	"io"
)

// Records are found the way spreadsheets write them (RFC 4180), and leniently where that is safe:
//
//   - LF, CRLF and CR each end a line, also mixed in one file.
//   - A cell is quoted when its first character is a quote; spaces and tabs may come before it. Inside, two quotes stand
//     for one, and delimiters and line ends are text. The first single quote closes the cell, always; text between it
//     and the delimiter belongs to the cell. A quote anywhere else is an ordinary character.
//   - A record has at most 64 KiB. A longer one is one rejected row (RowTooLong), and reading goes on at the next line.
//
// A quote that nobody closed would swallow the rest of the file. It is taken to be such a quote (RowOpenQuote) when it
// does not close within the record's 64 KiB or before the end of the file, or when it closes on a later line and text
// follows: then the closing quote is the opening quote of some later cell. The record is one rejected row, and reading goes
// on at the line after the one on which that quote stands.
//
// So some bytes are looked at twice, but none more often than that: between a rejected quote and the place where it was
// given up, quotes come in even runs only (an odd run would have closed it). An even run at the start of a cell opens and
// closes it, so no line between can open another quote and start a second search over the same bytes.

const (
	// maxRecordBytes bounds a record without its line end; no sensible row of contact data comes near.
	maxRecordBytes = 64 << 10
	// windowBytes is what must be in the buffer to read any record: the longest one and a two-byte line end.
	windowBytes = maxRecordBytes + 2
	// bufferBytes is what is read ahead, and all that is looked at to find out the format.
	bufferBytes = 256 << 10
)

// record is a physical record, raw, inside the scanner's buffer.
type record struct {
	line  int64
	raw   []byte  // without the line end; not all of it when kind is RowTooLong or RowOpenQuote
	cell  []byte  // the raw id cell
	short bool    // the record ends before the id column
	kind  RowKind // RowID when the record was read, else RowTooLong or RowOpenQuote
}

// scanner cuts UTF-8 text into records. All that it keeps is one buffer, in which every record is contiguous.
type scanner struct {
	src      io.Reader
	buf      []byte // what was read; the record to come starts at pos
	pos      int
	line     int64 // the physical line at pos, from 1
	eof      bool
	skipping bool // pos is inside a rejected line whose rest is still to be passed over
	delim    byte
	column   int
	scratch  []byte // a cell whose text is not contiguous in buf
	rec      record // the last one read

	lf, cr, quote mark
}

func newScanner(src io.Reader) scanner {
	return scanner{
		src: src, buf: make([]byte, 0, bufferBytes), line: 1,
		lf: mark{char: '\n'}, cr: mark{char: '\r'}, quote: mark{char: '"'},
	}
}

// mark remembers where a character comes next, so that the buffer is searched for it only once.
type mark struct {
	char byte
	at   int // index in the buffer, its length when there is none
}

// from returns the first place at or after pos, which must not go back.
func (m *mark) from(buf []byte, pos int) int {
	if m.at < pos {
		m.search(buf, pos)
	}
	return m.at
}

func (m *mark) search(buf []byte, start int) {
	m.at = len(buf)
	if i := bytes.IndexByte(buf[start:], m.char); i >= 0 {
		m.at = start + i
	}
}

// moved tells that the buffer lost its first gone bytes and grew after its first kept.
func (m *mark) moved(buf []byte, gone, kept int) {
	m.at -= gone
	if m.at >= kept {
		m.search(buf, kept)
	} else if m.at < 0 {
		m.search(buf, 0)
	}
}

// fill reads on until a whole window is in the buffer or the file ends.
func (s *scanner) fill() error {
	if s.eof || len(s.buf)-s.pos >= windowBytes {
		return nil
	}
	gone := s.pos
	kept := copy(s.buf[:cap(s.buf)], s.buf[s.pos:])
	s.buf, s.pos = s.buf[:kept], 0
	for len(s.buf) < cap(s.buf) && !s.eof {
		n, err := s.src.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if s.eof = err == io.EOF; err != nil && !s.eof {
			return wrapRead(err)
		}
	}
	if bytes.IndexByte(s.buf[kept:], 0) >= 0 {
		return errNotText
	}
	s.lf.moved(s.buf, gone, kept)
	s.cr.moved(s.buf, gone, kept)
	s.quote.moved(s.buf, gone, kept)
	return nil
}

// next returns the next record, valid until the call after it, or nil at the end of the file.
func (s *scanner) next() (*record, error) {
	for {
		if err := s.fill(); err != nil {
			return nil, err
		}
		if !s.skipping {
			break
		}
		s.skip()
	}
	if s.pos == len(s.buf) {
		return nil, nil
	}
	s.readRecord()
	return &s.rec, nil
}

// skip passes over the rest of a rejected line and reports whether it found its end in the buffer.
func (s *scanner) skip() bool {
	end := s.lineEnd()
	// A CR at the very end may be half of a CRLF.
	if !s.eof && end >= len(s.buf)-1 {
		s.pos = end
		return false
	}
	s.passLine(end)
	s.skipping = false
	return true
}

// lineEnd is where the line at pos ends in the buffer: at a line end character or where the buffer does.
func (s *scanner) lineEnd() int {
	return min(s.lf.from(s.buf, s.pos), s.cr.from(s.buf, s.pos))
}

// passLine moves behind the line end at end.
func (s *scanner) passLine(end int) {
	s.pos = end
	if end == len(s.buf) {
		return
	}
	s.pos++
	s.line++
	if s.buf[end] == '\r' && s.pos < len(s.buf) && s.buf[s.pos] == '\n' {
		s.pos++
	}
}

// readRecord reads the record at pos; a window or the rest of the file must be in the buffer.
func (s *scanner) readRecord() {
	end := s.lineEnd()
	if s.quote.from(s.buf, s.pos) < end {
		s.readQuoted(end)
		return
	}
	raw := s.buf[s.pos:end]
	if len(raw) > maxRecordBytes {
		s.rec = record{line: s.line, raw: raw, kind: RowTooLong}
		s.skipping = true
		return
	}
	cell, short := raw, false
	for range s.column {
		i := bytes.IndexByte(cell, s.delim)
		if i < 0 {
			cell, short = nil, true
			break
		}
		cell = cell[i+1:]
	}
	if i := bytes.IndexByte(cell, s.delim); i >= 0 {
		cell = cell[:i]
	}
	s.rec = record{line: s.line, raw: raw, cell: cell, short: short}
	s.passLine(end)
}

// readQuoted reads a record whose first line, which ends at lineEnd, has a quote.
func (s *scanner) readQuoted(lineEnd int) {
	text := s.buf[s.pos:min(len(s.buf), s.pos+maxRecordBytes+1)]
	s.rec = record{line: s.line, short: true}
	var end int
	for field, start := 0, 0; ; field++ {
		length, open := cellEnd(text[start:], s.delim)
		if open >= 0 {
			s.reject(RowOpenQuote, text, start+open)
			return
		}
		end = start + length
		if field == s.column {
			s.rec.cell, s.rec.short = text[start:end], false
		}
		if end == len(text) || text[end] != s.delim {
			break
		}
		start = end + 1
	}
	if end > maxRecordBytes {
		s.reject(RowTooLong, text, end)
		return
	}
	s.rec.raw = text[:end]
	if s.pos+end > lineEnd {
		s.line += lineEnds(s.rec.raw)
	}
	s.passLine(s.pos + end)
}

// reject gives up on a record n bytes into it; the rest of the line there is passed over before the next record.
func (s *scanner) reject(kind RowKind, text []byte, n int) {
	s.rec = record{line: s.line, raw: text, kind: kind}
	s.line += lineEnds(text[:n])
	s.pos += n
	s.skipping = true
}
