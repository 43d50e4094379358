package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

const (
	// emergencySize has room for more than a thousand lines; there is at most one for each account and each person.
	emergencySize = 1 << 20
	// headerSlot is one disk sector, which is written as a whole or not at all. Two take turns all the same.
	headerSlot = 512
	// firstLine is where the lines begin: the next page after the header's.
	firstLine = 4096
)

// errEmergencyFull means that a line did not fit.
var errEmergencyFull = errors.New("the emergency file is full")

// emergency is a file of fixed size whose blocks are all written before they are needed, so that it takes a few lines on a
// full disk. Each line is on the disk when append returns. It also carries the name and the generation of its
// database.
type emergency struct {
	path string

	mu         sync.Mutex
	f          *os.File
	end        int64 // where the next line begins
	name       string
	generation int64
	turn       int64 // the slot of the header that is written next
}

// openEmergency opens the file, or makes it. Lines that were there can be read once, in their order; unreadable is how many
// pieces were not whole.
func openEmergency(path string) (e *emergency, lines [][]byte, unreadable int, err error) {
	if err := allocate(path); err != nil {
		return nil, nil, 0, fmt.Errorf("prepare the emergency file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_DSYNC, 0o600)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("open the emergency file: %w", err)
	}
	e = &emergency{path: path, f: f, end: firstLine}
	lines, unreadable, err = e.read()
	if err != nil {
		return nil, nil, 0, errors.Join(fmt.Errorf("read the emergency file: %w", err), f.Close())
	}
	return e, lines, unreadable, nil
}

// allocate makes the file as long as it has to be by writing it: a hole would need room later.
func allocate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil || info.Size() >= emergencySize {
		return errors.Join(err, f.Close())
	}
	_, err = f.WriteAt(make([]byte, emergencySize-info.Size()), info.Size())
	return errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
}

// syncFolder makes the name of a new file last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (e *emergency) read() (lines [][]byte, unreadable int, err error) {
	content := make([]byte, emergencySize)
	if _, err := e.f.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	for slot := range int64(2) {
		e.readHeader(slot, content[slot*headerSlot:][:headerSlot])
	}
	rest := content[firstLine:]
	if used := len(bytes.TrimRight(rest, "\x00")); used > 0 {
		rest = rest[:used]
		e.end += int64(used)
	} else {
		return nil, 0, nil
	}
	for piece := range bytes.SplitSeq(rest, []byte("\n")) {
		line, ok := unsealLine(piece)
		switch {
		case ok:
			lines = append(lines, line)
		case len(bytes.Trim(piece, "\x00")) > 0:
			unreadable++
		}
	}
	return lines, unreadable, nil
}

// readHeader takes the slot with the higher generation that is whole.
func (e *emergency) readHeader(slot int64, content []byte) {
	text, _, _ := bytes.Cut(content, []byte("\n"))
	line, ok := unsealLine(text)
	if !ok {
		return
	}
	var name string
	var generation int64
	if _, err := fmt.Sscanf(string(line), "winnow %s %d", &name, &generation); err != nil || generation < e.generation {
		return
	}
	e.name, e.generation, e.turn = name, generation, 1-slot
}

// mark writes down which database this is the file of and how far that has counted. A lower count than before changes
// nothing.
func (e *emergency) mark(name string, generation int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if name == e.name && generation <= e.generation {
		return nil
	}
	slot := make([]byte, headerSlot)
	copy(slot, sealLine(fmt.Appendf(nil, "winnow %s %d", name, generation)))
	if _, err := e.f.WriteAt(slot, e.turn*headerSlot); err != nil {
		return fmt.Errorf("mark the emergency file: %w", err)
	}
	e.name, e.generation, e.turn = name, generation, 1-e.turn
	return nil
}

// marked is which database this is the file of and how far that had counted.
func (e *emergency) marked() (name string, generation int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.name, e.generation
}

// append adds a line. It is on the disk when append returns.
func (e *emergency) append(content []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	line := sealLine(content)
	if e.end+int64(len(line)) > emergencySize {
		return errEmergencyFull
	}
	if _, err := e.f.WriteAt(line, e.end); err != nil {
		return fmt.Errorf("write to the emergency file: %w", err)
	}
	e.end += int64(len(line))
	return nil
}

// empty removes all lines and keeps the blocks.
func (e *emergency) empty() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.end == firstLine {
		return nil
	}
	if _, err := e.f.WriteAt(make([]byte, e.end-firstLine), firstLine); err != nil {
		return fmt.Errorf("empty the emergency file: %w", err)
	}
	e.end = firstLine
	return nil
}

// close gives the file back. The lines stay.
func (e *emergency) close() error { return e.f.Close() }

// sealLine puts a checksum before a line and its end after it: a line that was cut off is known by either.
func sealLine(content []byte) []byte {
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(content), content)
}

// unsealLine is the reverse of sealLine, without the end.
func unsealLine(line []byte) ([]byte, bool) {
	sum, content, found := bytes.Cut(line, []byte(" "))
	if !found || string(sum) != fmt.Sprintf("%08x", crc32.ChecksumIEEE(content)) {
		return nil, false
	}
	return content, true
}
