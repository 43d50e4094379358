package deletion

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"
)

// ResultFilter selects rows of a result file by what became of them.
type ResultFilter string

// The filters of result files. Together they are all rows, each once.
const (
	AllResults        ResultFilter = ""
	DeletedResults    ResultFilter = "deleted"
	FailedResults     ResultFilter = "failed"
	LeftOutResults    ResultFilter = "left-out" // changed after the preview
	NotSentResults    ResultFilter = "not-sent"
	InProgressResults ResultFilter = "in-progress"
	UnknownResults    ResultFilter = "unknown"
	SkippedResults    ResultFilter = "skipped" // duplicate, invalid and blank rows
)

// ResultFilters lists all filters but AllResults.
var ResultFilters = []ResultFilter{
	DeletedResults, FailedResults, LeftOutResults, NotSentResults, InProgressResults, UnknownResults, SkippedResults,
}

// WriteResults writes what became of every row of a deletion, or of those that the filter selects, as CSV: of a file every line
// in its order, of lists every member or list in the order of the manifest. It says what the store says now; while the
// deletion runs, a later file says more.
func (c *Console) WriteResults(ctx context.Context, out io.Writer, d *Deletion, f ResultFilter) error {
	fates, err := c.fates(ctx, d.ID)
	if err != nil {
		return err
	}
	w := newResultWriter(out, f)
	if d.Source == FromCSV {
		err = c.writeFileResults(ctx, w, d, fates)
	} else {
		err = c.writeManifestResults(ctx, w, d, fates)
	}
	if err != nil {
		return err
	}
	return w.flush()
}

// fate is what a batch means for its rows.
type fate struct {
	outcome  Outcome
	deleted  int
	changed  int
	items    int
	missed   Bitmap
	leftOut  Bitmap
	first    int // place of its first id in the manifest
	activity string
	at       time.Time
	waived   bool // a person stopped waiting for what it waited for
}

// fates reads the fates of all batches, some tens of bytes each.
func (c *Console) fates(ctx context.Context, deletion int64) ([]fate, error) {
	var all []fate
	const page = 1000
	for {
		batches, err := c.Store.Batches(ctx, deletion, BatchFilter{After: len(all), Limit: page})
		if err != nil {
			return nil, fmt.Errorf("read batches: %w", err)
		}
		for _, b := range batches {
			f := fate{outcome: b.Outcome, deleted: b.Deleted, changed: b.Changed, items: b.Items, activity: b.Activity.ID, at: b.CheckedAt,
				waived: !b.WaivedAt.IsZero()}
			if b.Changed > 0 || b.Deleted > 0 && b.Deleted < b.Items {
				ids, err := c.Store.BatchIDs(ctx, deletion, b.N)
				if err != nil {
					return nil, fmt.Errorf("read ids of batch: %w", err)
				}
				f.missed, f.leftOut = ids.Missed, ids.Changed
			}
			if last := len(all) - 1; last >= 0 {
				f.first = all[last].first + all[last].items
			}
			all = append(all, f)
		}
		if len(batches) < page {
			return all, nil
		}
	}
}

// of is what became of the i-th id of the batch.
func (f *fate) of(i int) ResultFilter {
	if f.leftOut.Has(i) {
		return LeftOutResults
	}
	proven := f.deleted+f.changed == f.items || f.deleted > 0 && !f.missed.Has(i)
	if proven && f.deleted > 0 {
		return DeletedResults
	}
	switch f.outcome {
	case Waiting, NotSent:
		return NotSentResults
	case Sending, Accepted:
		return InProgressResults
	case Unknown:
		return UnknownResults
	}
	return FailedResults
}

// detail says more about an outcome, in words for people.
func (f *fate) detail(r ResultFilter) string {
	switch {
	case r == NotSentResults && f.outcome == NotSent:
		return "left out because the rest was stopped"
	case r == NotSentResults:
		return "waits to be sent"
	case r == InProgressResults:
		return "sent; Constant Contact has not finished"
	case r == UnknownResults:
		return "sent; what became of it is being found out"
	case r == LeftOutResults:
		return "changed at Constant Contact after the preview; not sent"
	case r == FailedResults && f.outcome == Rejected:
		return "Constant Contact refused the request"
	case r == FailedResults && f.waived:
		return "not deleted when somebody stopped waiting for Constant Contact; it may still be deleted, so it is not sent again"
	case r == FailedResults:
		return "Constant Contact did not delete it, or does not know it"
	}
	return ""
}

// writeManifestResults writes the ids of the manifest in their order.
func (c *Console) writeManifestResults(ctx context.Context, w *resultWriter, d *Deletion, fates []fate) error {
	for n := range fates {
		ids, err := c.Store.BatchIDs(ctx, d.ID, n+1)
		if err != nil {
			return fmt.Errorf("read ids of batch: %w", err)
		}
		for i, id := range ids.IDs {
			if err := w.fate(0, id.String(), n+1, i, &fates[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFileResults writes every line of the uploaded file. The file is read twice: once to find out which line holds which
// id of the manifest, which takes two sorts, and once to write its lines in order. When the file is no longer kept, only
// the ids of the manifest can be told about.
func (c *Console) writeFileResults(ctx context.Context, w *resultWriter, d *Deletion, fates []fate) error {
	u, err := c.Store.Upload(ctx, d.Account, d.Upload)
	if err != nil {
		return fmt.Errorf("find upload: %w", err)
	}
	if !u.PurgedAt.IsZero() {
		return c.writeManifestResults(ctx, w, d, fates)
	}
	places, err := c.places(ctx, u, d.Manifest)
	if err != nil {
		return err
	}
	defer places.Close()
	cursor, err := places.cursor()
	if err != nil {
		return err
	}
	reader, err := c.reread(ctx, u)
	if err != nil {
		return err
	}
	for row, ok := reader.Next(); ok; row, ok = reader.Next() {
		if err := w.row(row, cursor, fates); err != nil {
			return err
		}
	}
	return reader.Err()
}

// reread opens the stored file in the format in which it was read before.
func (c *Console) reread(ctx context.Context, u Upload) (*CSVReader, error) {
	file, err := openArchive(ctx, c.Store, u.ID)
	if err != nil {
		return nil, err
	}
	reader, err := NewCSVReader(file, CSVOptions{Format: &u.Format})
	if err != nil {
		return nil, fmt.Errorf("read the stored file: %w", err)
	}
	return reader, nil
}

// A place is what a line holds: the index of an id in the manifest, or, with this bit set, the line on which the same id
// stood first.
const repeatedBit = 1 << 31

var errOtherManifest = errors.New("the stored file does not hold the ids of the manifest")

// places finds the place of every line with an id. The ids come out of the sorter in the order of the manifest, so counting
// them is enough; that they are the same is checked by the manifest's hash.
func (c *Console) places(ctx context.Context, u Upload, m Manifest) (*lineSorter, error) {
	reader, err := c.reread(ctx, u)
	if err != nil {
		return nil, err
	}
	sheet, err := readSheet(reader, c.Dir)
	if err != nil {
		return nil, fmt.Errorf("read the stored file: %w", err)
	}
	defer sheet.Close()
	places := newLineSorter(c.Dir)
	hash := sha256.New()
	var last ID
	var index int64 = -1
	var first uint32
	for r, err := range sheet.sorter.sorted() {
		if err != nil {
			return nil, errors.Join(err, places.Close())
		}
		value := first | repeatedBit
		if index < 0 || r.id != last {
			index++
			last, first = r.id, r.line
			value = uint32(index)
			hash.Write(last[:])
		}
		if err := places.add(r.line, value); err != nil {
			return nil, errors.Join(err, places.Close())
		}
	}
	if [32]byte(hash.Sum(nil)) != m.Hash {
		return nil, errors.Join(errOtherManifest, places.Close())
	}
	return places, nil
}

// WriteProblems writes the rows of the uploaded file that are not deleted because of what they hold: duplicate, invalid and
// blank ones, every one of them.
func (c *Console) WriteProblems(ctx context.Context, out io.Writer, d *Deletion) error {
	return c.WriteResults(ctx, out, d, SkippedResults)
}
