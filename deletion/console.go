package deletion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Console is what a person does with deletions beyond what the Store does by itself: making them from a file or from lists,
// choosing another column, and writing result files.
type Console struct {
	Store   Store
	Catalog *Catalog
	Dir     string // where the sorter may put its unlinked files
	// FirstSizes are the sizes of the first batches of a deletion of contacts; none: all batches are full.
	FirstSizes []int
	// MaxUpload is the most bytes a file may have.
	MaxUpload int64
	Clocks    *Clocks // nil: nobody compares
}

// AsOf is the present moment as that of a preview or a decision: by Constant Contact's clock, by which changes are told to be later.
func (c *Console) AsOf() time.Time { return c.Clocks.AsOf(c.Catalog.Now()) }

// maxNameBytes bounds the file name that is kept for display.
const maxNameBytes = 200

// Upload reads a CSV of contact ids while it arrives and makes a ready deletion of it. A file that cannot be used is refused
// with an *InputError, and nothing of it is kept. A request that breaks off leaves nothing either.
func (c *Console) Upload(ctx context.Context, account string, by User, name string, file io.Reader) (int64, error) {
	asOf := c.AsOf()
	upload, err := c.Store.CreateUpload(ctx, account, cleanName(name))
	if err != nil {
		return 0, fmt.Errorf("begin upload: %w", err)
	}
	id, err := c.readUpload(ctx, NewDeletion{Account: account, Source: FromCSV, By: by, Upload: upload, AsOf: asOf}, cleanName(name), file)
	if err != nil {
		return 0, errors.Join(err, c.giveUp(ctx, upload))
	}
	return id, nil
}

// giveUp removes an upload, unless it went with its deletion already.
func (c *Console) giveUp(ctx context.Context, upload int64) error {
	err := c.Store.DeleteUpload(context.WithoutCancel(ctx), upload)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("remove upload: %w", err)
	}
	return nil
}

func (c *Console) readUpload(ctx context.Context, n NewDeletion, name string, file io.Reader) (int64, error) {
	u := Upload{ID: n.Upload, Name: name}
	archive := newArchive(ctx, c.Store, u.ID)
	defer archive.stop()
	reader, err := NewCSVReader(io.TeeReader(file, archive), CSVOptions{MaxBytes: c.MaxUpload, Column: FindColumn})
	if err != nil {
		return 0, err
	}
	sheet, err := readSheet(reader, c.Dir)
	if err != nil {
		return 0, err
	}
	defer sheet.Close()
	if u.Size, u.Hash, err = archive.finish(); err != nil {
		return 0, err
	}
	id, err := c.Store.CreateDeletion(ctx, n)
	if err != nil {
		return 0, fmt.Errorf("create deletion: %w", err)
	}
	if err := c.freeze(ctx, id, u, sheet); err != nil {
		return 0, errors.Join(err, c.Store.Discard(context.WithoutCancel(ctx), n.Account, id))
	}
	return id, nil
}

// freeze writes the manifest of a file and makes its deletion ready.
func (c *Console) freeze(ctx context.Context, id int64, u Upload, s *sheet) error {
	manifest, err := writeManifest(ctx, c.Store, id, batchSizes{c.FirstSizes, FromCSV.BatchSize()}, s.unique())
	if err != nil {
		return err
	}
	if manifest.Items == 0 {
		return errNoColumn
	}
	u.Format, u.Problems = s.format, s.allProblems()
	if err := c.Store.FinishUpload(ctx, u); err != nil {
		return fmt.Errorf("finish upload: %w", err)
	}
	if err := c.Store.MakeReady(ctx, id, s.reading(manifest.Items), manifest); err != nil {
		return fmt.Errorf("make deletion ready: %w", err)
	}
	return nil
}

// ChooseColumn reads the stored file again with another column of ids. The deletion must not be confirmed yet; when the
// column holds no id it stays as it was and an *InputError says so.
func (c *Console) ChooseColumn(ctx context.Context, account string, id int64, column int) error {
	asOf := c.AsOf()
	d, err := c.Store.Deletion(ctx, account, id)
	if err != nil {
		return err
	}
	if d.State != Ready || d.Source != FromCSV {
		return ErrChanged
	}
	u, err := c.Store.Upload(ctx, account, d.Upload)
	if err != nil {
		return fmt.Errorf("find upload: %w", err)
	}
	file, err := openArchive(ctx, c.Store, u.ID)
	if err != nil {
		return err
	}
	reader, err := NewCSVReader(file, CSVOptions{Column: column})
	if err != nil {
		return err
	}
	sheet, err := readSheet(reader, c.Dir)
	if err != nil {
		return err
	}
	defer sheet.Close()
	if sheet.ids == 0 {
		return errNoColumn
	}
	if err := c.Store.ResetManifest(ctx, id, asOf); err != nil {
		return fmt.Errorf("reset manifest: %w", err)
	}
	return c.freeze(context.WithoutCancel(ctx), id, u, sheet)
}

// sheet is a file after it was read: its ids in a sorter, the rest counted.
type sheet struct {
	format   CSVFormat
	sorter   *idSorter
	problems Problems
	rows     int64
	ids      int64
	repeated Problems // the RowDuplicate group, complete once unique has run to its end
}

// maxRows is bounded by the 31 bits in which results keep a line number.
const maxRows = math.MaxInt32

// readSheet reads all rows. Close the sheet when it is no longer needed.
func readSheet(r *CSVReader, dir string) (*sheet, error) {
	s := &sheet{format: r.Format(), sorter: newIDSorter(dir)}
	for row, ok := r.Next(); ok; row, ok = r.Next() {
		s.rows++
		if row.Line > maxRows {
			return nil, errors.Join(errTooManyRows, s.Close())
		}
		if row.Kind != RowID {
			s.problems.Add(row.Kind, row.Line)
			continue
		}
		s.ids++
		if err := s.sorter.add(row.ID, uint32(row.Line)); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	if err := r.Err(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close gives the sorter's memory and disk back.
func (s *sheet) Close() error { return s.sorter.Close() }

// unique yields every id once, in order, and counts the repeated ones.
func (s *sheet) unique() iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		var last ID
		first := true
		lines := firstLines{}
		s.repeated = nil
		for r, err := range s.sorter.sorted() {
			if err != nil {
				yield(ID{}, err)
				return
			}
			if !first && r.id == last {
				lines.add(int64(r.line))
				continue
			}
			first, last = false, r.id
			if !yield(r.id, nil) {
				return
			}
		}
		s.repeated = lines.problem()
	}
}

// reading is the sum of the rows, given how many distinct ids they held.
func (s *sheet) reading(items int64) Reading {
	return Reading{
		Read: s.rows, Accepted: items, Duplicate: s.ids - items,
		Invalid: s.problems.Invalid(), Blank: s.problems.Count(RowBlank),
	}
}

func (s *sheet) allProblems() Problems {
	all := append(Problems{}, s.repeated...)
	return append(all, s.problems...)
}

// firstLines counts lines that come in any order and keeps the smallest few.
type firstLines struct {
	count int64
	least []int64
}

func (f *firstLines) add(line int64) {
	f.count++
	i := len(f.least)
	for i > 0 && f.least[i-1] > line {
		i--
	}
	if i >= problemLines {
		return
	}
	f.least = append(f.least, 0)
	copy(f.least[i+1:], f.least[i:])
	f.least[i] = line
	f.least = f.least[:min(len(f.least), problemLines)]
}

func (f *firstLines) problem() Problems {
	if f.count == 0 {
		return nil
	}
	return Problems{{Kind: RowDuplicate, Count: f.count, Lines: f.least}}
}

// cleanName keeps of a client's file name what is fit for display: no path, no control characters, not too long.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name[strings.LastIndexAny(name, `/\`)+1:], "\uFFFD")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1 // control characters and changes of direction
		}
		return r
	}, name)
	for len(name) > maxNameBytes {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" {
		return "unnamed.csv"
	}
	return name
}
