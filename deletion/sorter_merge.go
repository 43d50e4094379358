package deletion

import (
	"encoding/binary"
	"fmt"
	"io"
)

// runMerge yields the records of all sorted runs in order: a heap of runs with the smallest record on top, or the one run
// that is in memory.
type runMerge struct {
	memory []sortable
	heap   []*runReader
}

// merge starts reading from the beginning.
func (s *sorter) merge() (*runMerge, error) {
	if err := s.seal(); err != nil {
		return nil, err
	}
	if s.file == nil {
		return &runMerge{memory: s.filling}, nil
	}
	m := &runMerge{}
	per := min(ioBytes, max(mergeBytes/len(s.runs), s.width)) / s.width * s.width
	var offset int64
	for _, records := range s.runs {
		size := int64(records) * int64(s.width)
		r := &runReader{src: io.NewSectionReader(s.file, offset, size), left: size, buf: make([]byte, 0, per), width: s.width}
		if _, err := r.next(); err != nil {
			return nil, err
		}
		m.heap = append(m.heap, r)
		offset += size
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

func (m *runMerge) next() (sortable, bool, error) {
	if len(m.heap) == 0 {
		if len(m.memory) == 0 {
			return sortable{}, false, nil
		}
		r := m.memory[0]
		m.memory = m.memory[1:]
		return r, true, nil
	}
	top := m.heap[0]
	r := top.head
	more, err := top.next()
	if err != nil {
		return sortable{}, false, err
	}
	if !more {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap = m.heap[:last]
	}
	m.sink(0)
	return r, true, nil
}

func (m *runMerge) sink(i int) {
	for {
		least := 2*i + 1
		if least >= len(m.heap) {
			return
		}
		if right := least + 1; right < len(m.heap) && compareSortable(m.heap[right].head, m.heap[least].head) < 0 {
			least = right
		}
		if compareSortable(m.heap[i].head, m.heap[least].head) <= 0 {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

// runReader reads one run.
type runReader struct {
	head  sortable
	src   io.Reader
	left  int64 // bytes not yet in buf
	buf   []byte
	at    int
	width int
}

// next makes the run's next record its head, or returns false at its end.
func (r *runReader) next() (bool, error) {
	if r.at == len(r.buf) {
		if r.left == 0 {
			return false, nil
		}
		r.buf = r.buf[:min(int64(cap(r.buf)), r.left)]
		if _, err := io.ReadFull(r.src, r.buf); err != nil {
			return false, fmt.Errorf("read sort run: %w", err)
		}
		r.left -= int64(len(r.buf))
		r.at = 0
	}
	b := r.buf[r.at:]
	r.head.high = binary.BigEndian.Uint64(b)
	if r.width == idLineWidth {
		r.head.low = binary.BigEndian.Uint64(b[8:])
		r.head.line = binary.BigEndian.Uint32(b[16:])
	}
	r.at += r.width
	return true, nil
}
