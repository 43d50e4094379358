package deletion

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFilesThatAreRefused(t *testing.T) {
	id := someID(1)
	many := strings.Repeat(id+"\n", 20_000)
	for _, tc := range []struct {
		name, file, code string
	}{
		{"nothing in it", "", "empty_file"},
		{"byte order mark alone", "\ufeff", "empty_file"},
		{"UTF-16 byte order mark alone", "\xff\xfe", "empty_file"},
		{"blank lines alone", "\n \n,,\r\n", "empty_file"},
		{"header alone", "contact_id\n", "no_rows"},
		{"header and blank lines", "contact_id,name\n\n,\n", "no_rows"},
		{"no ids", "name,email\nAda,ada@example.com\n", "no_id_column"},
		{"prose", "Dear all,\nhere are the contacts.\n", "no_id_column"},
		{"ids of lists alone", "list_id\n" + id + "\n", "no_id_column"},
		{"more than a buffer of blank lines", strings.Repeat("\n", bufferBytes+1) + id, "no_id_column"},
		{"workbook", "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00[Content_Types].xml", "excel"},
		{"workbook with other members first", "PK\x03\x04\x14\x00_rels/.rels" + strings.Repeat(" ", 900) + "xl/workbook.xml", "excel"},
		{"old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"},
		{"OpenDocument", "PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "open_document"},
		{"ZIP", "PK\x03\x04\x14\x00contacts.csv", "zip"},
		{"empty ZIP", "PK\x05\x06", "zip"},
		{"gzip", "\x1f\x8b\x08", "gzip"},
		{"Zstandard", "\x28\xb5\x2f\xfd", "compressed"},
		{"xz", "\xfd7zXZ\x00", "compressed"},
		{"PDF", "%PDF-1.7\n", "pdf"},
		{"NUL at the start", "contact_id\n\x00" + id, "not_text"},
		{"NUL far behind", many + "\x00\n", "not_text"},
		{"NUL in UTF-16", string(utf16Text([]byte("id\n"+id+"\x00"), UTF16LE, true)), "not_text"},
		{"UTF-32", "\xff\xfe\x00\x00i\x00\x00\x00d\x00\x00\x00", "not_text"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := refusal(t, strings.NewReader(tc.file), CSVOptions{Column: FindColumn}); got != tc.code {
				t.Errorf("refused for %q, want %q", got, tc.code)
			}
		})
	}
}

func TestByteLimit(t *testing.T) {
	for _, rows := range []int{1, 100, 20_000} {
		file := strings.Repeat(someID(1)+"\n", rows)
		size := int64(len(file))
		for name, reader := range map[string]io.Reader{
			"in one piece":     strings.NewReader(file),
			"a byte at a time": iotest.OneByteReader(strings.NewReader(file)),
		} {
			if got := refusal(t, reader, CSVOptions{Column: FindColumn, MaxBytes: size}); got != "" {
				t.Errorf("%d rows %s: a file as large as the limit is refused for %s", rows, name, got)
			}
		}
		if got := refusal(t, strings.NewReader(file), CSVOptions{Column: FindColumn, MaxBytes: size - 1}); got != "too_large" {
			t.Errorf("%d rows: one byte over the limit is refused for %q, want too_large", rows, got)
		}
	}
}

func TestLimitIsNamedInItsUnit(t *testing.T) {
	for limit, want := range map[int64]string{64 << 20: "64 MiB", 1 << 10: "1 KiB", 1000: "1000 bytes"} {
		if message := errTooLarge(limit).Message; !strings.Contains(message, want) {
			t.Errorf("message for %d is %q, want %q in it", limit, message, want)
		}
	}
}

// A browser that goes away ends an upload with io.ErrUnexpectedEOF. It must not pass for the end of the file.
func TestReadErrorsAreReturned(t *testing.T) {
	for _, rows := range []int{0, 1, 1000, 50_000} {
		for _, want := range []error{io.ErrUnexpectedEOF, errors.New("connection reset")} {
			file := io.MultiReader(strings.NewReader(strings.Repeat(someID(1)+"\n", rows)), iotest.ErrReader(want))
			_, _, err := readAll(file, CSVOptions{Column: FindColumn})
			if !errors.Is(err, want) {
				t.Errorf("after %d rows: error is %v, want %v", rows, err, want)
			}
			if _, refused := errors.AsType[*InputError](err); refused {
				t.Errorf("after %d rows: a broken connection is blamed on the file", rows)
			}
		}
	}
}

func TestReadErrorInUTF16IsReturned(t *testing.T) {
	file := utf16Text([]byte(strings.Repeat(someID(1)+"\n", 20_000)), UTF16LE, true)
	_, _, err := readAll(io.MultiReader(bytes.NewReader(file), iotest.ErrReader(io.ErrUnexpectedEOF)), CSVOptions{Column: FindColumn})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error is %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

type silentReader struct{}

func (silentReader) Read([]byte) (int, error) { return 0, nil }

func TestReaderThatReturnsNothingEndsTheReading(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"from the start":  silentReader{},
		"after some rows": io.MultiReader(strings.NewReader(strings.Repeat(someID(1)+"\n", 20_000)), silentReader{}),
		"in UTF-16":       io.MultiReader(bytes.NewReader(utf16Text([]byte(strings.Repeat(someID(1)+"\n", 20_000)), UTF16BE, true)), silentReader{}),
	} {
		if _, _, err := readAll(r, CSVOptions{Column: FindColumn}); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("%s: error is %v, want %v", name, err, io.ErrNoProgress)
		}
	}
}

func TestErrorStaysAfterNextReturnedFalse(t *testing.T) {
	c, err := NewCSVReader(strings.NewReader(strings.Repeat(someID(1)+"\n", 20_000)+"\x00"), CSVOptions{Column: FindColumn})
	if err != nil {
		t.Fatal(err)
	}
	for _, ok := c.Next(); ok; _, ok = c.Next() {
	}
	for range 2 {
		if _, ok := c.Next(); ok || c.Err() == nil {
			t.Fatalf("Next after the end: %t, Err %v", ok, c.Err())
		}
	}
}

func TestUTF16CutInTheMiddleOfACharacter(t *testing.T) {
	file := append(utf16Text([]byte("id\n"+someID(1)+"\n"), UTF16LE, true), 'x')
	rows, _, err := readAll(bytes.NewReader(file), CSVOptions{Column: FindColumn})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Kind != RowID || rows[1].Kind != RowNotAnID {
		t.Errorf("rows = %v, want an id and a row that is none", rows)
	}
}

func TestMessagesAreSentences(t *testing.T) {
	messages := map[string]string{"too_large": errTooLarge(1).Message, "no_such_column": errNoSuchColumn(6, 3).Message}
	for _, s := range signatures {
		messages[s.err.Code] = s.err.Message
	}
	for _, err := range []*InputError{errEmptyFile, errNoRows, errNoColumn, errNotText, errCalc} {
		messages[err.Code] = err.Message
	}
	for kind := range RowKind(rowKinds) {
		messages[kind.Code()] = kind.Message()
	}
	for code, message := range messages {
		if !strings.HasSuffix(message, ".") || message[:1] != strings.ToUpper(message[:1]) || code != strings.ToLower(code) {
			t.Errorf("%s: %q is no sentence", code, message)
		}
	}
}
