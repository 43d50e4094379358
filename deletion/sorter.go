package deletion

import (
	"encoding/binary"
	"iter"
)

// A sorter sorts any number of records in flat memory: whenever a run of them is full it is sorted and written to a
// temporary file, and the runs are merged while they are read back. Few records never touch the disk. While one run is
// sorted and written by a second goroutine, the next one fills; add, sorted and Close belong to one goroutine.
//
// Two kinds of records go through the same core: (id, line) for the manifest and its duplicates, and (line, value) to
// write results in the order of the file.

const (
	// runRecords make a run of 6 MiB; two are in memory, and 27 million ids, a 1 GB file, make 103 runs to merge.
	runRecords = 256 << 10
	// ioBytes is written at once, and read at once per run while few runs are merged.
	ioBytes = 64 << 10
	// mergeBytes bounds the buffers of all runs of a merge together.
	mergeBytes = 8 << 20

	idLineWidth    = 20 // bytes on disk: an id and a line, big-endian
	lineValueWidth = 8  // bytes on disk: a line and a value
)

// idLine is an id and the line it stands on.
type idLine struct {
	id   ID
	line uint32
}

// idSorter sorts by id, then line: the first of equal ids is the one that stands first in the file.
type idSorter struct{ core sorter }

// newIDSorter needs dir only for more than 262,144 records: a directory for a temporary file of 20 bytes a record.
func newIDSorter(dir string) *idSorter {
	return &idSorter{sorter{dir: dir, width: idLineWidth, capacity: runRecords}}
}

// add takes one record. After an error the sorter is of no more use, but must still be closed.
func (s *idSorter) add(id ID, line uint32) error {
	return s.core.add(sortable{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:]), line})
}

// sorted yields all records in order, or an error as the last pair. It may be called more than once; add may not follow.
func (s *idSorter) sorted() iter.Seq2[idLine, error] {
	return func(yield func(idLine, error) bool) {
		for r, err := range s.core.sorted() {
			out := idLine{line: r.line}
			binary.BigEndian.PutUint64(out.id[:8], r.high)
			binary.BigEndian.PutUint64(out.id[8:], r.low)
			if !yield(out, err) {
				return
			}
		}
	}
}

// Close gives back memory and disk, and may be called more than once. Nothing can be read afterwards.
func (s *idSorter) Close() error { return s.core.close() }

// lineValue is a line and what the caller keeps about it.
type lineValue struct{ line, value uint32 }

// lineSorter sorts by line, then value.
type lineSorter struct{ core sorter }

// newLineSorter needs dir only for more than 262,144 records: a directory for a temporary file of 8 bytes a record.
func newLineSorter(dir string) *lineSorter {
	return &lineSorter{sorter{dir: dir, width: lineValueWidth, capacity: runRecords}}
}

// add takes one record. After an error the sorter is of no more use, but must still be closed.
func (s *lineSorter) add(line, value uint32) error {
	return s.core.add(sortable{high: uint64(line)<<32 | uint64(value)})
}

// sorted yields all records in order, or an error as the last pair. It may be called more than once; add may not follow.
func (s *lineSorter) sorted() iter.Seq2[lineValue, error] {
	return func(yield func(lineValue, error) bool) {
		for r, err := range s.core.sorted() {
			if !yield(asLineValue(r), err) {
				return
			}
		}
	}
}

// cursor reads the records in order side by side with something else that is in the order of lines, such as the file.
func (s *lineSorter) cursor() (*lineCursor, error) {
	m, err := s.core.merge()
	if err != nil {
		return nil, err
	}
	c := &lineCursor{merge: m}
	c.current, c.more, c.err = m.next()
	return c, nil
}

// Close gives back memory and disk, and may be called more than once. Nothing can be read afterwards.
func (s *lineSorter) Close() error { return s.core.close() }

func asLineValue(r sortable) lineValue {
	return lineValue{line: uint32(r.high >> 32), value: uint32(r.high)}
}

// lineCursor looks values up by line.
type lineCursor struct {
	merge   *runMerge
	current sortable
	more    bool
	err     error
}

// find returns the first value of a line, or false when it has none. Lines must be asked for in ascending order.
func (c *lineCursor) find(line uint32) (uint32, bool, error) {
	for c.err == nil && c.more && asLineValue(c.current).line < line {
		c.current, c.more, c.err = c.merge.next()
	}
	if c.err != nil || !c.more {
		return 0, false, c.err
	}
	at := asLineValue(c.current)
	return at.value, at.line == line, nil
}
