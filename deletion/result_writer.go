package deletion

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// resultHeader names the columns of a result file.
var resultHeader = []string{"line", "id", "outcome", "detail", "batch", "activity_id", "time"}

// resultWriter writes the rows that its filter selects.
type resultWriter struct {
	csv    *csv.Writer
	filter ResultFilter
	cells  [7]string
}

func newResultWriter(out io.Writer, f ResultFilter) *resultWriter {
	w := &resultWriter{csv: csv.NewWriter(out), filter: f}
	_ = w.csv.Write(resultHeader) // an error stays in the writer and comes out of flush
	return w
}

func (w *resultWriter) flush() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// row writes one line of the file.
func (w *resultWriter) row(row Row, places *lineCursor, fates []fate) error {
	if row.Kind != RowID {
		return w.skipped(row, outcomeOf(row.Kind), detailOf(row.Kind))
	}
	place, found, err := places.find(uint32(row.Line))
	if err != nil {
		return err
	}
	switch {
	case !found:
		return errOtherManifest
	case place&repeatedBit != 0:
		return w.skipped(row, "duplicate", "of line "+strconv.FormatInt(int64(place&^repeatedBit), 10))
	}
	n := batchAt(fates, int(place))
	if n < 0 {
		return errOtherManifest
	}
	return w.fate(row.Line, string(row.Cell), n+1, int(place)-fates[n].first, &fates[n])
}

// batchAt is the index of the batch that holds the id at a place of the manifest, or -1.
func batchAt(fates []fate, place int) int {
	after, _ := slices.BinarySearchFunc(fates, place+1, func(f fate, place int) int { return cmp.Compare(f.first, place) })
	if after == 0 || place >= fates[after-1].first+fates[after-1].items {
		return -1
	}
	return after - 1
}

func outcomeOf(k RowKind) string {
	if k == RowBlank {
		return "blank"
	}
	return "invalid"
}

func detailOf(k RowKind) string {
	if k == RowBlank {
		return ""
	}
	return k.Message()
}

func (w *resultWriter) skipped(row Row, outcome, detail string) error {
	return w.write(SkippedResults, row.Line, string(row.Cell), outcome, detail, 0, "", time.Time{})
}

func (w *resultWriter) fate(line int64, cell string, batch, i int, f *fate) error {
	r := f.of(i)
	return w.write(r, line, cell, strings.ReplaceAll(string(r), "-", " "), f.detail(r), batch, f.activity, f.at)
}

func (w *resultWriter) write(r ResultFilter, line int64, cell, outcome, detail string, batch int, activity string, at time.Time) error {
	if w.filter != AllResults && w.filter != r {
		return nil
	}
	w.cells = [7]string{1: Guarded(cell), 2: outcome, 3: detail, 5: activity}
	if line > 0 {
		w.cells[0] = strconv.FormatInt(line, 10)
	}
	if batch > 0 {
		w.cells[4] = strconv.Itoa(batch)
	}
	if !at.IsZero() {
		w.cells[6] = at.UTC().Format(time.RFC3339)
	}
	if err := w.csv.Write(w.cells[:]); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// formulaStarts are the characters with which a spreadsheet takes a cell for a formula, also in their full-width forms.
const formulaStarts = "=+-@\t\r\n\x00＝＋－＠"

// Guarded marks a cell that a spreadsheet would run with a leading apostrophe. ParseID takes the mark off again.
func Guarded(cell string) string {
	cell = strings.ToValidUTF8(cell, "\uFFFD")
	if cell != "" && strings.ContainsAny(firstRune(cell), formulaStarts) {
		return "'" + cell
	}
	return cell
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}
