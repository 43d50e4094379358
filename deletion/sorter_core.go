package deletion

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// sortable is a record as numbers, which compare faster than bytes.
type sortable struct {
	high, low uint64
	line      uint32
}

func compareSortable(a, b sortable) int {
	if a.high != b.high {
		if a.high < b.high {
			return -1
		}
		return 1
	}
	if a.low != b.low {
		if a.low < b.low {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.line, b.line)
}

var (
	errSorterOrder  = errors.New("sorter: add after sorted")
	errSorterClosed = errors.New("sorter: closed")
)

type sorter struct {
	dir      string
	width    int
	capacity int // records in a full run
	filling  []sortable
	spare    []sortable
	writing  chan error // of the goroutine that writes a run, nil when there is none
	file     *os.File   // already unlinked
	runs     []int      // records in each run of the file
	sealed   bool
	err      error // the first one; after it the file cannot be trusted
}

func (s *sorter) add(r sortable) error {
	if s.sealed || s.err != nil {
		return cmp.Or(s.err, errSorterOrder)
	}
	if len(s.filling) == s.capacity {
		if s.err = s.spill(); s.err != nil {
			return s.err
		}
	}
	s.filling = append(s.filling, r)
	return nil
}

// spill hands the run to the goroutine that sorts and writes it, once the run before is on disk.
func (s *sorter) spill() error {
	if err := s.wait(); err != nil {
		return err
	}
	if err := s.openFile(); err != nil {
		return err
	}
	if s.spare == nil {
		s.spare = make([]sortable, 0, s.capacity)
	}
	run := s.filling
	s.filling, s.spare = s.spare[:0], run
	s.runs = append(s.runs, len(run))
	done := make(chan error, 1)
	s.writing = done
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("sort run: panic: %v", p)
			}
		}()
		done <- writeRun(s.file, run, s.width)
	}()
	return nil
}

func (s *sorter) wait() error {
	if s.writing == nil {
		return nil
	}
	err := <-s.writing
	s.writing = nil
	return err
}

// openFile makes the temporary file and takes its name away at once, so that nothing is left behind whatever happens.
func (s *sorter) openFile() error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp(s.dir, "winnow-sort-")
	if err != nil {
		return fmt.Errorf("sort run: %w", err)
	}
	s.file = f
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("sort run: %w", err)
	}
	return nil
}

func writeRun(w io.Writer, run []sortable, width int) error {
	slices.SortFunc(run, compareSortable)
	buf := make([]byte, 0, ioBytes)
	for i, r := range run {
		buf = binary.BigEndian.AppendUint64(buf, r.high)
		if width == idLineWidth {
			buf = binary.BigEndian.AppendUint64(buf, r.low)
			buf = binary.BigEndian.AppendUint32(buf, r.line)
		}
		if len(buf)+width <= cap(buf) && i < len(run)-1 {
			continue
		}
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("write sort run: %w", err)
		}
		buf = buf[:0]
	}
	return nil
}

// seal puts everything where merge reads it.
func (s *sorter) seal() error {
	if s.sealed || s.err != nil {
		return s.err
	}
	s.sealed = true
	if s.file == nil {
		slices.SortFunc(s.filling, compareSortable)
		return nil
	}
	s.err = s.spill()
	if s.err == nil {
		s.err = s.wait()
	}
	s.filling, s.spare = nil, nil
	return s.err
}

func (s *sorter) sorted() iter.Seq2[sortable, error] {
	return func(yield func(sortable, error) bool) {
		m, err := s.merge()
		if err != nil {
			yield(sortable{}, err)
			return
		}
		for {
			r, ok, err := m.next()
			if err != nil {
				yield(sortable{}, err)
				return
			}
			if !ok || !yield(r, nil) {
				return
			}
		}
	}
}

func (s *sorter) close() error {
	if errors.Is(s.err, errSorterClosed) {
		return nil
	}
	err := s.wait()
	s.filling, s.spare, s.err = nil, nil, errSorterClosed
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}
