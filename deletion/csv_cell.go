package deletion

import "bytes"

// cellEnd returns where the first cell of text ends: at its delimiter, at a line end or with the text. When a quote opens
// in it that nobody closed, open is the place of that quote, else -1.
func cellEnd(text []byte, delim byte) (end, open int) {
	i := skipSpace(text, 0, delim)
	if i < len(text) && text[i] == '"' {
		quote := i
		closing := closingQuote(text, quote+1)
		if closing < 0 {
			return len(text), quote
		}
		i = skipSpace(text, closing+1, delim)
		if i < len(text) && text[i] != delim && !isLineEnd(text[i]) && spansLines(text[quote:closing]) {
			return closing, quote
		}
	}
	for i < len(text) && text[i] != delim && !isLineEnd(text[i]) {
		i++
	}
	return i, -1
}

// closingQuote returns the place of the first quote from i on that is not one of a pair, or -1.
func closingQuote(text []byte, i int) int {
	for {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 == len(text) || text[i+1] != '"' {
			return i
		}
		i += 2
	}
}

func skipSpace(text []byte, i int, delim byte) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') && text[i] != delim {
		i++
	}
	return i
}

func isLineEnd(c byte) bool { return c == '\n' || c == '\r' }

func spansLines(text []byte) bool {
	return bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0
}

// lineEnds counts LF, CRLF and CR. A CRLF cut in half by the end of text counts; no caller cuts there.
func lineEnds(text []byte) int64 {
	n := bytes.Count(text, []byte{'\n'}) + bytes.Count(text, []byte{'\r'}) - bytes.Count(text, []byte{'\r', '\n'})
	return int64(n)
}

// firstLine is text up to its first line end.
func firstLine(text []byte) []byte {
	for i, c := range text {
		if isLineEnd(c) || i == maxCellBytes {
			return text[:i]
		}
	}
	return text
}

// value is the text of a raw cell: without the quotes around it, and with single quotes for double ones. It is valid
// until the next call.
func (s *scanner) value(raw []byte) []byte {
	open := skipSpace(raw, 0, s.delim)
	if open == len(raw) || raw[open] != '"' {
		return raw
	}
	closing := closingQuote(raw, open+1)
	if closing < 0 {
		return raw
	}
	body, rest := raw[open+1:closing], raw[closing+1:]
	if skipSpace(rest, 0, s.delim) == len(rest) {
		rest = nil
	}
	if len(rest) == 0 && bytes.IndexByte(body, '"') < 0 {
		return body
	}
	s.scratch = s.scratch[:0]
	for {
		i := bytes.IndexByte(body, '"')
		if i < 0 {
			break
		}
		s.scratch = append(s.scratch, body[:i+1]...)
		body = body[i+2:]
	}
	s.scratch = append(append(s.scratch, body...), rest...)
	return s.scratch
}

// cells calls yield with the place and the text of every cell of a record that was read, until it returns false.
func (s *scanner) cells(raw []byte, yield func(column int, cell []byte) bool) {
	for column := 0; ; column++ {
		end, _ := cellEnd(raw, s.delim)
		if !yield(column, s.value(raw[:end])) || end == len(raw) {
			return
		}
		raw = raw[end+1:]
	}
}

// isBlank reports whether no cell of a record holds anything.
func (s *scanner) isBlank(raw []byte) bool {
	blank := true
	s.cells(raw, func(_ int, cell []byte) bool {
		blank = len(trimBlank(cell)) == 0
		return blank
	})
	return blank
}

// kindOfCell says what an id cell that holds no id looks like.
func kindOfCell(cell []byte) RowKind {
	cell = trimBlank(cell)
	switch at := bytes.IndexByte(cell, '@'); {
	case len(cell) == 0:
		return RowEmptyCell
	case spansLines(cell):
		return RowManyLines
	case at > 0 && at < len(cell)-1:
		return RowEmail
	case isNumber(cell):
		return RowNumber
	case isBareHex(cell):
		return RowNoHyphens
	}
	return RowNotAnID
}

// isNumber reports digits, also as a spreadsheet shows a long number: 1.23E+09.
func isNumber(cell []byte) bool {
	const most = 25
	for _, c := range cell {
		if (c < '0' || c > '9') && c != '.' && c != ',' && c != 'E' && c != 'e' && c != '+' {
			return false
		}
	}
	return len(cell) <= most && '0' <= cell[0] && cell[0] <= '9'
}

func isBareHex(cell []byte) bool {
	if len(cell) != idLength-4 {
		return false
	}
	for _, c := range cell {
		if lowDigit[c] == notHex {
			return false
		}
	}
	return true
}
