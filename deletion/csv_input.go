package deletion

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// InputError refuses what a person gave us. Message is a sentence for that person, Code its stable name.
type InputError struct {
	Code    string
	Message string
}

// Error is the message.
func (e *InputError) Error() string { return e.Message }

// exampleID shows people what a contact id looks like.
const exampleID = "4e6345f6-bc35-11f1-959b-02420a320002"

// The reasons for which a file is refused as a whole.
var (
	errEmptyFile   = &InputError{"empty_file", "The file is empty. Choose a file with one contact id per row."}
	errNoRows      = &InputError{"no_rows", "The file has a header and no rows. Choose a file with one contact id per row."}
	errNoColumn    = &InputError{"no_id_column", "No column of contact ids was found. A contact id looks like " + exampleID + "."}
	errTooManyRows = &InputError{"too_many_rows", "The file has more than 2 billion lines. Split it into smaller files and upload them one by one."}
	errNotText     = &InputError{"not_text", "The file contains NUL bytes, so it is not a text file. Save it as CSV UTF-8 and upload that file."}
	errExcel       = &InputError{"excel", "This is an Excel workbook, not a CSV. In Excel choose Save as, CSV UTF-8, and upload that file."}
	errCalc        = &InputError{"open_document", "This is an OpenDocument spreadsheet, not a CSV. Save it as CSV with UTF-8 and upload that file."}
	errZip         = &InputError{"zip", "This is a ZIP archive, not a CSV. Unpack it and upload the CSV file inside."}
	errGzip        = &InputError{"gzip", "This is a gzip file, not a CSV. Unpack it and upload the CSV file inside."}
	errPacked      = &InputError{"compressed", "This is a compressed file, not a CSV. Unpack it and upload the CSV file inside."}
	errPDF         = &InputError{"pdf", "This is a PDF, not a CSV. Export the contacts as CSV and upload that file."}
)

func errTooLarge(limit int64) *InputError {
	size := fmt.Sprintf("%d bytes", limit)
	switch {
	case limit >= 1<<20 && limit%(1<<20) == 0:
		size = fmt.Sprintf("%d MiB", limit>>20)
	case limit >= 1<<10 && limit%(1<<10) == 0:
		size = fmt.Sprintf("%d KiB", limit>>10)
	}
	return &InputError{"too_large", "The file is larger than " + size + ", the limit here. Split it into smaller files and upload them one by one."}
}

func errNoSuchColumn(column, columns int) *InputError {
	return &InputError{"no_such_column", fmt.Sprintf("The file has no column %d: it has %d. Choose another column.", column+1, columns)}
}

// signatures are the first bytes of files that people upload in place of a CSV.
var signatures = []struct {
	start string
	err   *InputError
}{
	{"PK\x03\x04", errZip},
	{"PK\x05\x06", errZip},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", errExcel},
	{"\x1f\x8b", errGzip},
	{"%PDF-", errPDF},
	{"BZh", errPacked},
	{"\xfd7zXZ\x00", errPacked},
	{"7z\xbc\xaf\x27\x1c", errPacked},
	{"Rar!\x1a\x07", errPacked},
	{"\x28\xb5\x2f\xfd", errPacked},
}

// refuseSignature returns the reason when the file is of a known other kind. Workbooks are ZIP archives, told apart by
// the names of their first members.
func refuseSignature(start []byte) error {
	for _, s := range signatures {
		if !bytes.HasPrefix(start, []byte(s.start)) {
			continue
		}
		if s.err == errZip && (bytes.Contains(start, []byte("[Content_Types].xml")) || bytes.Contains(start, []byte("xl/"))) {
			return errExcel
		}
		if s.err == errZip && bytes.Contains(start, []byte("opendocument.spreadsheet")) {
			return errCalc
		}
		return s.err
	}
	return nil
}

// CSVEncoding is the character encoding of a file, with or without a byte order mark.
type CSVEncoding string

// The encodings that are read.
const (
	UTF8    CSVEncoding = "UTF-8"
	UTF16LE CSVEncoding = "UTF-16LE"
	UTF16BE CSVEncoding = "UTF-16BE"
)

var byteOrderMarks = map[CSVEncoding]string{UTF8: "\xef\xbb\xbf", UTF16LE: "\xff\xfe", UTF16BE: "\xfe\xff"}

// detectBytes is how much of a file tells its encoding and signature.
const detectBytes = 4096

// openText returns the file as UTF-8 without its byte order mark.
func openText(r io.Reader, o CSVOptions) (io.Reader, CSVEncoding, error) {
	raw := bufio.NewReaderSize(&cappedReader{r: r, limit: o.MaxBytes}, detectBytes)
	start, err := raw.Peek(detectBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", wrapRead(err)
	}
	if err := refuseSignature(start); err != nil {
		return nil, "", err
	}
	encoding := findEncoding(start)
	if o.Format != nil {
		encoding = o.Format.Encoding
	}
	if mark := byteOrderMarks[encoding]; bytes.HasPrefix(start, []byte(mark)) {
		if _, err := raw.Discard(len(mark)); err != nil {
			return nil, "", wrapRead(err)
		}
	}
	return decode(raw, encoding), encoding, nil
}

func decode(raw io.Reader, encoding CSVEncoding) io.Reader {
	switch encoding {
	case UTF16LE:
		return transform.NewReader(raw, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case UTF16BE:
		return transform.NewReader(raw, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	default:
		return raw
	}
}

// findEncoding goes by the byte order mark or, without one, by NULs: in UTF-16 every second byte of ASCII is NUL. Names
// in other scripts have none, so half of one side is enough while the other side has next to none.
func findEncoding(start []byte) CSVEncoding {
	for encoding, mark := range byteOrderMarks {
		if bytes.HasPrefix(start, []byte(mark)) {
			return encoding
		}
	}
	pairs := len(start) / 2
	var first, second int
	for i := range pairs {
		if start[2*i] == 0 {
			first++
		}
		if start[2*i+1] == 0 {
			second++
		}
	}
	switch {
	case pairs > 0 && 2*second >= pairs && 8*first <= second:
		return UTF16LE
	case pairs > 0 && 2*first >= pairs && 8*second <= first:
		return UTF16BE
	}
	return UTF8
}

// cappedReader refuses a file of more than limit bytes, and a reader that keeps returning nothing.
type cappedReader struct {
	r     io.Reader
	limit int64
	read  int64
}

// maxEmptyReads is how often in a row a reader may return nothing, as in package bufio.
const maxEmptyReads = 100

func (c *cappedReader) Read(p []byte) (int, error) {
	for range maxEmptyReads {
		n, err := c.r.Read(p)
		c.read += int64(n)
		if c.limit > 0 && c.read > c.limit {
			return 0, errTooLarge(c.limit)
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// wrapRead says what we were doing, but leaves an InputError alone.
func wrapRead(err error) error {
	if refused, ok := errors.AsType[*InputError](err); ok {
		return refused
	}
	return fmt.Errorf("read csv: %w", err)
}
