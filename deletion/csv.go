package deletion

import (
	"io"
	"iter"
	"unicode/utf8"
)

// FindColumn as CSVOptions.Column has the column of contact ids found by its name and by what is in it.
const FindColumn = -1

// CSVOptions say how a file is read. Note that Column 0 is the first column: set FindColumn to have it found.
type CSVOptions struct {
	// MaxBytes is the most bytes taken from the reader; a larger file is refused. 0 means no limit.
	MaxBytes int64
	// Column is the 0-based column of contact ids an admin chose from CSVFormat.Columns, or FindColumn. The delimiter does
	// not depend on it.
	Column int
	// Format, from an earlier reading of the same file, is used as it is: nothing is found out again and Column is
	// ignored, so that every row gets the same line number and kind as before.
	Format *CSVFormat
}

// CSVFormat is what was found out about a file. It can be kept as JSON and given back in CSVOptions.
type CSVFormat struct {
	Encoding  CSVEncoding  `json:"encoding"`
	Delimiter CSVDelimiter `json:"delimiter"`
	// HasHeader says that the first row that is not blank holds names. It is not counted as a row.
	HasHeader bool `json:"has_header"`
	// Column is the 0-based column of contact ids.
	Column int `json:"column"`
	// Columns are the names for people to choose from, at most 256: from the header, or "Column 1" and so on.
	Columns []string `json:"columns"`
	// Candidates are the columns in which ids were seen; with more than one, a person should look at Column.
	Candidates []int `json:"candidates"`
	// Sample holds the first ten rows that are neither header nor blank, each cell cut to 80 characters. It is left out
	// of JSON because it holds people's data; reading the file again brings it back.
	Sample [][]string `json:"-"`
}

// Row is one row of a CSV in file order.
type Row struct {
	// Line is the physical line on which the row starts, from 1; quoted line ends count.
	Line int64
	// ID is set when Kind is RowID.
	ID ID
	// Cell is the id cell without its quotes, at most 256 bytes, not always valid UTF-8; of a row that was not read
	// (RowTooLong, RowOpenQuote) it is the beginning of the row. It is valid until the next call of Next.
	Cell []byte
	Kind RowKind
}

// maxCellBytes is what a report shows of a cell; an id has 36.
const maxCellBytes = 256

// CSVReader yields every row of a CSV of any size in flat memory. It is for one goroutine and reads a file once.
type CSVReader struct {
	scan   scanner
	format CSVFormat
	header bool // still to be passed over
	err    error
}

// NewCSVReader looks at no more than the first 256 KiB and returns an *InputError for a file that cannot be used. Other
// errors are those of r, wrapped.
func NewCSVReader(r io.Reader, o CSVOptions) (*CSVReader, error) {
	text, encoding, err := openText(r, o)
	if err != nil {
		return nil, err
	}
	c := &CSVReader{scan: newScanner(text)}
	if err := c.scan.fill(); err != nil {
		return nil, err
	}
	c.format, err = findFormat(c.scan, o)
	if err != nil {
		return nil, err
	}
	c.format.Encoding = encoding
	c.header = c.format.HasHeader
	c.scan.delim, c.scan.column = byte(c.format.Delimiter), c.format.Column
	return c, nil
}

// Format is what was found out about the file.
func (c *CSVReader) Format() CSVFormat { return c.format }

// Next returns the next row, or false at the end of the file or when reading went wrong, which Err tells.
func (c *CSVReader) Next() (Row, bool) {
	for c.err == nil {
		rec, err := c.scan.next()
		if err != nil {
			c.err = err
			break
		}
		if rec == nil {
			break
		}
		row := c.scan.classify(rec)
		if c.header && row.Kind != RowBlank {
			c.header = false
			continue
		}
		return row, true
	}
	return Row{}, false
}

// Err is the error that ended the reading, nil at a proper end. An *InputError means that the file as a whole is refused:
// what came from it must be discarded.
func (c *CSVReader) Err() error { return c.err }

// Rows yields the rows that Next would; a last pair with an error and no row tells of Err.
func (c *CSVReader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, ok := c.Next(); ok; row, ok = c.Next() {
			if !yield(row, nil) {
				return
			}
		}
		if c.err != nil {
			yield(Row{}, c.err)
		}
	}
}

// classify says what a record is. The id is tried first: it is what nearly every record holds.
func (s *scanner) classify(rec *record) Row {
	if len(rec.raw) == 0 {
		return Row{Line: rec.line, Kind: RowBlank}
	}
	if rec.kind != RowID {
		return Row{Line: rec.line, Cell: cut(firstLine(rec.raw)), Kind: rec.kind}
	}
	cell := s.value(rec.cell)
	if id, ok := ParseID(cell); ok {
		return Row{Line: rec.line, ID: id, Cell: cut(cell), Kind: RowID}
	}
	row := Row{Line: rec.line, Cell: cut(cell), Kind: RowShort}
	if !rec.short {
		row.Kind = kindOfCell(cell)
	}
	if (row.Kind == RowEmptyCell || row.Kind == RowShort) && s.isBlank(rec.raw) {
		row.Kind = RowBlank
	}
	return row
}

// cut shortens a cell for a report without splitting a character.
func cut(cell []byte) []byte {
	if len(cell) <= maxCellBytes {
		return cell
	}
	n := maxCellBytes
	for n > maxCellBytes-utf8.UTFMax && !utf8.RuneStart(cell[n]) {
		n--
	}
	return cell[:n]
}
