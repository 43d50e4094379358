package deletion_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// emptyDatabase is the file of a migrated database; migrating takes longer than most tests.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "winnow")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "winnow.db")
	db, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func (w *world) openStore() {
	w.Helper()
	file, err := emptyDatabase()
	w.ok(err)
	w.ok(os.WriteFile(w.path, file, 0o600))
	w.db, err = store.Open(w.Context(), store.Options{Path: w.path})
	w.ok(err)
	w.Cleanup(func() {
		_, err := store.VerifyAudit(context.Background(), store.Options{Path: w.path}) // whatever the test did, the log tells all of it
		w.ok(errors.Join(err, w.db.Close()))
	})
}

// rows counts the rows of a table.
func (w *world) rows(table string) int {
	w.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?mode=ro")
	w.ok(err)
	defer db.Close()
	var n int
	w.ok(db.QueryRow("SELECT count(*) FROM " + table).Scan(&n))
	return n
}

// oneClock has the attempts of a store dated by the test's clock, as if the database ran on it too.
type oneClock struct {
	deletion.Store
	clock   *clock
	mu      sync.Mutex
	claimed map[int64]time.Time
}

func (s *oneClock) Claim(ctx context.Context, account string, changes deletion.Changes) (*deletion.Attempt, error) {
	at := s.clock.now()
	a, err := s.Store.Claim(ctx, account, changes)
	if err == nil {
		s.mu.Lock()
		s.claimed[a.ID] = at
		s.mu.Unlock()
		s.date(a)
	}
	return a, err
}

func (s *oneClock) NextUnknown(ctx context.Context, account string) (*deletion.Attempt, error) {
	a, err := s.Store.NextUnknown(ctx, account)
	s.date(a)
	return a, err
}

func (s *oneClock) Attempts(ctx context.Context, id int64, n int) ([]*deletion.Attempt, error) {
	list, err := s.Store.Attempts(ctx, id, n)
	for _, a := range list {
		s.date(a)
	}
	return list, err
}

func (s *oneClock) date(a *deletion.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a != nil && !s.claimed[a.ID].IsZero() {
		a.ClaimedAt = s.claimed[a.ID]
	}
}
