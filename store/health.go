package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"winnow/deletion"
)

// health knows whether the database can be written. Trouble begins with the first error that comes from storage and ends
// when a trial write has worked; see recovery.go.
type health struct {
	log *slog.Logger

	mu      sync.Mutex
	path    string      // of the database; empty until it is open
	file    os.FileInfo // of what was opened under it
	trouble *deletion.StorageTrouble
	lost    chan struct{} // closed when the disk has lost something
}

func newHealth(log *slog.Logger) *health {
	return &health{log: log, lost: make(chan struct{})}
}

// storageError is an error that comes from where the database is kept, not from what was asked of it.
type storageError struct {
	kind deletion.StorageKind
	err  error
}

func (e *storageError) Error() string { return e.err.Error() }

// Unwrap lets callers ask for deletion.ErrStorage, and for the driver's own error.
func (e *storageError) Unwrap() []error { return []error{deletion.ErrStorage, e.err} }

var (
	errMoved = &storageError{deletion.StorageMoved, errors.New("the database file was moved, removed or replaced while it was in use")}
	errLost  = &storageError{deletion.StorageLost, errors.New("the disk did not keep what was written to it (fsync failed), and nothing" +
		" that is in memory can be trusted any more: check the disk, then start Winnow again")}
)

// storageKind tells what kind of trouble an error is, or nothing.
func storageKind(err error) deletion.StorageKind {
	var known *storageError
	var coded *sqlite.Error
	switch {
	case errors.As(err, &known):
		return known.kind
	case !errors.As(err, &coded):
		return postgresKind(err)
	}
	switch coded.Code() {
	case sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC:
		return deletion.StorageLost
	}
	switch coded.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_FULL:
		return deletion.StorageFull
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return deletion.StorageFailing
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return deletion.StorageReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return deletion.StorageDamaged
	}
	return ""
}

// note looks at how a call of the database went and gives the error back, marked when it comes from storage.
func (h *health) note(err error) error {
	if err == nil {
		return nil
	}
	kind := storageKind(err)
	if kind == "" {
		return err
	}
	h.fail(kind, err)
	if errors.Is(err, deletion.ErrStorage) {
		return err // it was marked before
	}
	return &storageError{kind, err}
}

// worse tells whether a kind of trouble says more than one that is known: other errors follow from a file that is gone.
func worse(kind, known deletion.StorageKind) bool {
	switch known {
	case deletion.StorageLost:
		return false
	case deletion.StorageMoved:
		return kind == deletion.StorageLost
	}
	return kind == deletion.StorageLost || kind == deletion.StorageMoved
}

// fail begins the trouble, or makes it worse.
func (h *health) fail(kind deletion.StorageKind, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trouble != nil && !worse(kind, h.trouble.Kind) {
		return
	}
	since := time.Now()
	if h.trouble != nil {
		since = h.trouble.Since
	}
	h.trouble = &deletion.StorageTrouble{Kind: kind, Since: since}
	h.log.Error("the database cannot be written; nothing is sent until it can", "kind", kind, "error", err)
	if kind == deletion.StorageLost {
		close(h.lost)
	}
}

// clear ends the trouble, unless the disk has lost something.
func (h *health) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trouble == nil || h.trouble.Kind == deletion.StorageLost {
		return
	}
	h.log.Info("the database can be written again", "kind", h.trouble.Kind, "after", time.Since(h.trouble.Since))
	h.trouble = nil
}

// current is the trouble there is, or nil.
func (h *health) current() *deletion.StorageTrouble {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trouble == nil {
		return nil
	}
	t := *h.trouble
	return &t
}

// opened remembers which file the connections have: they keep it when another takes its name, and what they write is
// gone with the process then.
func (h *health) opened(path string) error {
	file, err := os.Stat(path)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.path, h.file = path, file
	return nil
}

// allow refuses to write what would be lost.
func (h *health) allow() error {
	h.mu.Lock()
	path, file, trouble := h.path, h.file, h.trouble
	h.mu.Unlock()
	if trouble != nil && trouble.Kind == deletion.StorageLost {
		return errLost
	}
	if path == "" {
		return nil
	}
	now, err := os.Stat(path)
	if err == nil && os.SameFile(now, file) {
		return nil
	}
	h.fail(deletion.StorageMoved, errMoved)
	return errMoved
}

// sound refuses what must not happen while there is trouble: everything that leads to a request.
func (h *health) sound() error {
	if t := h.current(); t != nil {
		return &storageError{t.Kind, fmt.Errorf("nothing is sent: %w (%s)", deletion.ErrStorage, t.Kind)}
	}
	return h.allow()
}
