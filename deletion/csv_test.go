package deletion

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadCSVRows(t *testing.T) {
	a, b, c := someID(1), someID(2), someID(3)
	for _, tc := range []struct {
		name, text string
		want       []seen
	}{
		{"one column without header", a + "\n" + b + "\n", []seen{{1, RowID, a}, {2, RowID, b}}},
		{"header is not a row", "contact_id\n" + a + "\n", []seen{{2, RowID, a}}},
		{"no line end at the end", a + "\n" + b, []seen{{1, RowID, a}, {2, RowID, b}}},
		{"a final line end is no blank row", a + "\r\n", []seen{{1, RowID, a}}},
		{"two final line ends are one blank row", a + "\n\n", []seen{{1, RowID, a}, {2, RowBlank, ""}}},
		{"blank lines between", a + "\n\n\n" + b, []seen{{1, RowID, a}, {2, RowBlank, ""}, {3, RowBlank, ""}, {4, RowID, b}}},
		{"blank lines before the header", "\n\ncontact_id\n" + a, []seen{{1, RowBlank, ""}, {2, RowBlank, ""}, {4, RowID, a}}},
		{"line ends mixed", a + "\r" + b + "\r\n" + c + "\n\r" + a, []seen{{1, RowID, a}, {2, RowID, b}, {3, RowID, c}, {4, RowBlank, ""}, {5, RowID, a}}},
		{"white space alone is blank", a + "\n \t\u00a0\n" + b, []seen{{1, RowID, a}, {2, RowBlank, " \t\u00a0"}, {3, RowID, b}}},
		{"delimiters alone are blank", "x,id\n1," + a + "\n,\n,,,\n", []seen{{2, RowID, a}, {3, RowBlank, ""}, {4, RowBlank, ""}}},
		{"quoted empty cells are blank", "x,id\n1," + a + "\n\"\",\" \"\n", []seen{{2, RowID, a}, {3, RowBlank, " "}}},
		{"two quotes in a cell are not blank", "id\n" + a + "\n\"\"\"\"\n", []seen{{2, RowID, a}, {3, RowNotAnID, `"`}}},
		{"a sole quoted empty cell", "id\n" + a + "\n\"\"\n", []seen{{2, RowID, a}, {3, RowBlank, ""}}},

		{"braces, upper case and blanks", strings.ToUpper(a) + "\n{" + b + "}\n  " + c + "  \n",
			[]seen{{1, RowID, strings.ToUpper(a)}, {2, RowID, "{" + b + "}"}, {3, RowID, "  " + c + "  "}}},
		{"apostrophe of an export", "id\n'" + a + "\n", []seen{{2, RowID, "'" + a}}},

		{"quoted", "\"id\"\n\"" + a + "\"\n", []seen{{2, RowID, a}}},
		{"line ends inside quotes count as lines", "note,id\n\"one\ntwo\r\nthree\rfour\"," + a + "\nx," + b, []seen{{2, RowID, a}, {6, RowID, b}}},
		{"delimiter inside quotes", "name,id\n\"Lovelace, Ada\"," + a, []seen{{2, RowID, a}}},
		{"doubled quotes", "name,id\n\"Ada \"\"Countess\"\" L\"," + a, []seen{{2, RowID, a}}},
		{"doubled quotes in the id cell", "id\n" + a + "\n\"x\"\"y\"\n", []seen{{2, RowID, a}, {3, RowNotAnID, `x"y`}}},
		{"blank before the opening quote", "name,id\n  \"Lovelace, Ada\", \"" + a + "\"", []seen{{2, RowID, a}}},
		{"blank after the closing quote", "name,id\n\"Ada\" ,\"" + a + "\" \n", []seen{{2, RowID, a}}},
		{"text after the closing quote belongs to the cell", "id,n\n\"" + a + "\"x,1\n\"ab\"c\"d,1\n",
			[]seen{{2, RowNotAnID, a + "x"}, {3, RowNotAnID, `abc"d`}}},
		{"a no-break space after the closing quote is text", "id,n\n\"" + a + "\"\u00a0,1\n", []seen{{2, RowID, a + "\u00a0"}}},
		{"a quote in the middle is literal", "size,id\n5\" nail," + a + "\nx," + b, []seen{{2, RowID, a}, {3, RowID, b}}},
		{"blanks inside the quotes", "id\n\" " + a + " \"", []seen{{2, RowID, " " + a + " "}}},

		{"the row ends too soon", "n,id\n1," + a + "\n2\n", []seen{{2, RowID, a}, {3, RowShort, ""}}},
		{"more cells than names", "id,n\n" + a + ",1,2,3\n", []seen{{2, RowID, a}}},
		{"empty id cell", "n,id\n1," + a + "\n2,\n3, \n", []seen{{2, RowID, a}, {3, RowEmptyCell, ""}, {4, RowEmptyCell, " "}}},
		{"e-mail address", "id\nada@example.com\n" + a, []seen{{2, RowEmail, "ada@example.com"}, {3, RowID, a}}},
		{"a number of the older API", "id\n1234567890\n1.23E+09\n" + a, []seen{{2, RowNumber, "1234567890"}, {3, RowNumber, "1.23E+09"}, {4, RowID, a}}},
		{"id without hyphens", "id\n" + strings.ReplaceAll(a, "-", "") + "\n" + a,
			[]seen{{2, RowNoHyphens, strings.ReplaceAll(a, "-", "")}, {3, RowID, a}}},
		{"a damaged id", "id\n" + a[:35] + "\n" + a, []seen{{2, RowNotAnID, a[:35]}, {3, RowID, a}}},
		{"a damaged id first is no header", a[:35] + "\n" + a, []seen{{1, RowNotAnID, a[:35]}, {2, RowID, a}}},
		{"invalid UTF-8 spoils its cell alone", "n,id\n\xff," + a + "\n1,\xff\n", []seen{{2, RowID, a}, {3, RowNotAnID, "\xff"}}},
		{"quotes around several lines of ids", "id\n\"" + a + "\n" + b + "\"\n" + c, []seen{{2, RowManyLines, a + "\n" + b}, {4, RowID, c}}},
		{"the same id again is the caller's affair", a + "\n" + a, []seen{{1, RowID, a}, {2, RowID, a}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, _ := mustRead(t, tc.text)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenQuoteCostsOneRow(t *testing.T) {
	a, b, c := someID(1), someID(2), someID(3)
	filler := strings.Repeat("filler\n", maxRecordBytes/7+1)
	for _, tc := range []struct {
		name, text string
		want       []seen
	}{
		{"to the end of the file", "id,n\n" + a + ",\"x\n" + b + ",1\n", []seen{{2, RowOpenQuote, a + `,"x`}, {3, RowID, b}}},
		{"in the last line", "id,n\n" + a + ",1\n" + b + ",\"x", []seen{{2, RowID, a}, {3, RowOpenQuote, b + `,"x`}}},
		{"a later cell is quoted", "id,n\n" + a + ",\"x\n" + b + ",\"y\"\n" + c + ",z\n",
			[]seen{{2, RowOpenQuote, a + `,"x`}, {3, RowID, b}, {4, RowID, c}}},
		{"every cell is quoted", "\"id\",\"n\"\r\n\"" + a + "\",\"x\r\n\"" + b + "\",\"y\"\r\n",
			[]seen{{2, RowOpenQuote, `"` + a + `","x`}, {3, RowID, b}}},
		{"two in a row", "id,n\n" + a + ",\"x\n" + b + ",\"y\n" + c + ",z\n",
			[]seen{{2, RowOpenQuote, a + `,"x`}, {3, RowOpenQuote, b + `,"y`}, {4, RowID, c}}},
		{"after a cell that rightly goes over two lines", "n,m,id\n\"one\ntwo\",\"x," + a + "\ny,z," + b + "\n",
			[]seen{{2, RowOpenQuote, `"one`}, {4, RowID, b}}},
		{"no end within 64 KiB", "id\n" + a + "\n\"" + filler + "\"\n" + b,
			append(append([]seen{{2, RowID, a}, {3, RowOpenQuote, `"filler`}}, fillerRows(4, maxRecordBytes/7)...),
				seen{4 + maxRecordBytes/7, RowOpenQuote, `"`}, seen{5 + maxRecordBytes/7, RowID, b})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, _ := mustRead(t, tc.text)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%.2000s", diff)
			}
		})
	}
}

func fillerRows(first int64, n int) []seen {
	rows := make([]seen, n)
	for i := range rows {
		rows[i] = seen{first + int64(i), RowNotAnID, "filler"}
	}
	return rows
}

// textUpTo is a header and lines that are no ids, size bytes with the last line end.
func textUpTo(size int, end string) string {
	header, line := "contact_id,n"+end, strings.Repeat("f", 32-len(end))+end
	whole := max(0, size-len(header)-len(line)) / len(line)
	text := header + strings.Repeat(line, whole)
	return text + strings.Repeat("f", size-len(text)-len(end)) + end
}

func TestLongestRecord(t *testing.T) {
	a, b := someID(1), someID(2)
	const edge = bufferBytes - maxRecordBytes // from here on the longest record just fits into the buffer
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for _, at := range []int{20, edge - 100, edge - 3, edge - 2, edge - 1, edge, edge + 1, bufferBytes - 40, bufferBytes} {
			before := textUpTo(at, end)
			for _, tc := range []struct {
				name, record string
				kind         RowKind
			}{
				{"longest", a + "," + strings.Repeat("x", maxRecordBytes-idLength-1), RowID},
				{"longest, quoted", a + ",\"" + strings.Repeat("x", maxRecordBytes-idLength-3) + "\"", RowID},
				{"longest, many lines", a + ",\"" + strings.Repeat("x\n", (maxRecordBytes-idLength-4)/2) + "\" ", RowID},
				{"one more", a + "," + strings.Repeat("x", maxRecordBytes-idLength), RowTooLong},
				{"one more, quoted", a + ",\"" + strings.Repeat("x", maxRecordBytes-idLength-2) + "\"", RowTooLong},
				{"one more, empty cell", a + strings.Repeat(",", maxRecordBytes-idLength+1), RowTooLong},
				{"longer than the buffer", a + "," + strings.Repeat("x", 2*bufferBytes), RowTooLong},
				{"quoted, longer than the buffer", a + ",\"" + strings.Repeat("x", 2*bufferBytes) + "\"", RowOpenQuote},
			} {
				t.Run(fmt.Sprintf("%s %q at %d", tc.name, end, at), func(t *testing.T) {
					testLongRecord(t, before, tc.record, end, tc.kind, a, b)
				})
			}
		}
	}
}

func testLongRecord(t *testing.T, before, record, end string, kind RowKind, id, after string) {
	t.Helper()
	rows, _ := mustRead(t, before+record+end+after+end)
	line := int64(len(naiveLines([]byte(before))) + 1)
	want := []seen{{line, kind, id}, {line + 1 + int64(strings.Count(record, "\n")), RowID, after}}
	if kind != RowID {
		want[0].Cell = record[:maxCellBytes]
	}
	if diff := cmp.Diff(want, rows[max(0, len(rows)-2):]); diff != "" {
		t.Errorf("last rows (-want +got):\n%.2000s", diff)
	}
}

// The end of a line that is too long may fall on the end of the buffer, and a CRLF on both sides of it.
func TestLongLineThatEndsWithTheBuffer(t *testing.T) {
	const at = 4096
	for _, end := range []string{"\n", "\r\n", "\r"} {
		before := textUpTo(at, end)
		for length := bufferBytes - at - 4; length <= bufferBytes-at+4; length++ {
			t.Run(fmt.Sprintf("%q after %d", end, at+length), func(t *testing.T) {
				record := someID(1) + "," + strings.Repeat("x", length-idLength-1)
				testLongRecord(t, before, record, end, RowTooLong, someID(1), someID(2))
			})
		}
	}
}

func TestEveryEncodingDelimiterAndLineEnd(t *testing.T) {
	encodings := map[string]func(string) []byte{
		"UTF-8":              func(s string) []byte { return []byte(s) },
		"UTF-8 with BOM":     func(s string) []byte { return []byte("\ufeff" + s) },
		"UTF-16LE with BOM":  func(s string) []byte { return utf16Text([]byte(s), UTF16LE, true) },
		"UTF-16BE with BOM":  func(s string) []byte { return utf16Text([]byte(s), UTF16BE, true) },
		"UTF-16LE, no BOM":   func(s string) []byte { return utf16Text([]byte(s), UTF16LE, false) },
		"UTF-16BE, no BOM":   func(s string) []byte { return utf16Text([]byte(s), UTF16BE, false) },
		"UTF-8, a byte each": func(s string) []byte { return []byte(s) },
	}
	for encoding, encode := range encodings {
		for _, delim := range delimiters {
			for _, end := range []string{"\n", "\r\n", "\r"} {
				for _, header := range []string{"", "Name|Contact ID|Note"} {
					t.Run(fmt.Sprintf("%s, %s, %q, header %q", encoding, delim, end, header), func(t *testing.T) {
						testCombination(t, encode, encoding, delim, end, header)
					})
				}
			}
		}
	}
}

func testCombination(t *testing.T, encode func(string) []byte, encoding string, delim CSVDelimiter, end, header string) {
	lines := []string{
		"Zoë|" + someID(1) + "|a,b;c",
		"\"two" + end + "lines\"|\"" + someID(2) + "\"|一",
		"",
		"x||y",
		"😀|" + someID(3) + "|",
	}
	if header != "" {
		lines = append([]string{header}, lines...)
	}
	text := strings.Join(lines, end)
	switch delim {
	case Comma, Semicolon: // keep the other one as a trap inside the note
		text = strings.ReplaceAll(text, "a,b;c", "a.b")
	}
	text = strings.ReplaceAll(text, "|", string(rune(delim)))
	rows, format, err := readAll(iotest.HalfReader(strings.NewReader(string(encode(text)))), CSVOptions{Column: FindColumn})
	if err != nil {
		t.Fatal(err)
	}
	first := int64(1)
	if header != "" {
		first = 2
	}
	want := []seen{{first, RowID, someID(1)}, {first + 1, RowID, someID(2)}, {first + 3, RowBlank, ""}, {first + 4, RowEmptyCell, ""}, {first + 5, RowID, someID(3)}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if format.Delimiter != delim || format.Column != 1 || format.HasHeader != (header != "") || !strings.HasPrefix(encoding, string(format.Encoding)) {
		t.Errorf("format = %+v", format)
	}
}

func TestFormatGivenBackReadsTheSame(t *testing.T) {
	a, b := someID(1), someID(2)
	for _, tc := range []struct {
		name, text string
		column     int
	}{
		{"found", "\ufeffname;contact_id\nAda;" + a + "\n;\nx;y\n\"open;" + b + "\nBob;" + b, FindColumn},
		{"chosen", "id,other\n" + a + "," + b + "\n" + b + ",x\n", 1},
		{"no header", a + "\n\n" + b, FindColumn},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows, format := mustRead(t, tc.text, CSVOptions{Column: tc.column})
			stored, err := json.Marshal(format)
			if err != nil {
				t.Fatal(err)
			}
			var restored CSVFormat
			if err := json.Unmarshal(stored, &restored); err != nil {
				t.Fatal(err)
			}
			again, same := mustRead(t, tc.text, CSVOptions{Format: &restored})
			if diff := cmp.Diff(rows, again); diff != "" {
				t.Errorf("rows (-first +again):\n%s", diff)
			}
			if diff := cmp.Diff(format, same); diff != "" {
				t.Errorf("format (-first +again):\n%s", diff)
			}
		})
	}
}

func TestStoredFormatHoldsNoRows(t *testing.T) {
	_, format := mustRead(t, "id,email\n"+someID(1)+",ada@example.com\n")
	stored, err := json.Marshal(format)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"encoding":"UTF-8","delimiter":"comma","has_header":true,"column":0,"columns":["id","email"],"candidates":[0]}`
	if diff := cmp.Diff(want, string(stored)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{someID(1), "ada@example.com"}}, format.Sample); diff != "" {
		t.Errorf("sample (-want +got):\n%s", diff)
	}
}

func TestCellIsCutBetweenCharacters(t *testing.T) {
	rows, _ := mustRead(t, "id\n"+strings.Repeat("x", maxCellBytes-1)+"é and more\n")
	if want := strings.Repeat("x", maxCellBytes-1); rows[0].Cell != want {
		t.Errorf("cell ends in %q", rows[0].Cell[maxCellBytes-8:])
	}
}

func TestLongBlanksDoNotHideWhatFollows(t *testing.T) {
	rows, _ := mustRead(t, "id\n\""+someID(1)+strings.Repeat(" ", 400)+"x\"\"\"\n"+someID(2)+"\n")
	if rows[0].Kind != RowNotAnID {
		t.Errorf("row is %s, want %s: the id is not all that is in its cell", rows[0].Kind, RowNotAnID)
	}
}
