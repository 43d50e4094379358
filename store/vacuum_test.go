package store

import (
	"path/filepath"
	"testing"
	"time"
)

func TestFreeSpaceGoesBackToTheDisk(t *testing.T) {
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "winnow.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, err := db.CreateUpload(t.Context(), "a", "large.csv")
	if err != nil {
		t.Fatal(err)
	}
	const chunks, size = 3, vacuumPages * 4096 / 2
	for n := range chunks {
		if err := db.AppendUpload(t.Context(), id, n, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.DeleteUpload(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	before := freePages(t, db)
	if before < vacuumPages {
		t.Fatalf("only %d pages are free", before)
	}
	ctx := t.Context()
	ticks := make(chan time.Time)
	go func() { db.queue.reconcileFrom(ctx, ticks) }()
	ticks <- time.Now()
	ticks <- time.Now() // taken when the first is done
	ticks <- time.Now()
	if after := freePages(t, db); after != 0 {
		t.Errorf("%d of %d pages are still free", after, before)
	}
}

func freePages(t *testing.T, db *DB) (n int) {
	t.Helper()
	if err := db.w.QueryRow(t.Context(), `PRAGMA freelist_count`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
