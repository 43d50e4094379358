package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"winnow/deletion"
	"winnow/store"
	"winnow/store/pgtest"
	"winnow/store/storetest"
)

// open opens a new database that is closed when the test ends; its log goes to the test's.
func open(tb testing.TB) *store.DB {
	tb.Helper()
	db, _ := openNew(tb)
	return db
}

// openNew is open, and tells where the database is: a file or a URL. It begins with a copy of one that is migrated already: under the race
// detector the migrations take two seconds.
func openNew(tb testing.TB) (*store.DB, string) {
	tb.Helper()
	if onPostgres(tb) {
		url := pgtest.New(tb, migratePostgres)
		return openAt(tb, url), url
	}
	content, err := migrated()
	if err != nil {
		tb.Fatalf("make a migrated database: %v", err)
	}
	path := filepath.Join(tb.TempDir(), "winnow.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return openAt(tb, path), path
}

// migrated is the file of an empty, migrated database.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "winnow-store-test-")
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

func openAt(tb testing.TB, path string) *store.DB {
	tb.Helper()
	o := optionsOf(path)
	o.Log = slog.New(slog.NewTextHandler(tb.Output(), nil))
	db, err := store.Open(tb.Context(), o)
	for n := 2; errors.Is(err, store.ErrFolderInUse); n++ { // another process has the database open
		o.Emergency = emergencyOf(path, n)
		db, err = store.Open(tb.Context(), o)
	}
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}

func TestSQLiteIsADeletionStore(t *testing.T) {
	var path string
	storetest.Run(t, func(t *testing.T) (s deletion.Store) {
		s, path = openNew(t)
		return s
	})
	if seen, err := store.VerifyAudit(t.Context(), optionsOf(path)); err != nil || seen.Rows == 0 {
		t.Errorf("after all of it the audit log has %d rows: %v", seen.Rows, err)
	}
}

// runSmall stores a running deletion of two batches with two ids each.
func runSmall(t *testing.T, db *store.DB, account string) int64 {
	t.Helper()
	id, m := readySmall(t, db, account)
	if err := db.Confirm(t.Context(), account, id, deletion.Confirmation{By: deletion.User{}, Count: m.Items, Hash: m.Hash}); err != nil {
		t.Fatal(err)
	}
	return id
}

func readySmall(t *testing.T, db *store.DB, account string) (int64, deletion.Manifest) {
	t.Helper()
	id, err := db.CreateDeletion(t.Context(), deletion.NewDeletion{Account: account, Source: deletion.FromMembers})
	if err != nil {
		t.Fatal(err)
	}
	ids := []deletion.ID{{1}, {2}, {3}, {4}}
	m := deletion.Manifest{Items: 4, Batches: 2, Hash: sha256.Sum256(slices.Concat(ids[0][:], ids[1][:], ids[2][:], ids[3][:]))}
	err = db.AddBatches(t.Context(), id, []deletion.ManifestBatch{{N: 1, IDs: ids[:2]}, {N: 2, IDs: ids[2:]}})
	if err := errors.Join(err, db.MakeReady(t.Context(), id, deletion.Reading{Read: 4, Accepted: 4}, m)); err != nil {
		t.Fatal(err)
	}
	return id, m
}
