package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// snapshotOf copies the files of a database, with or without the emergency file, while nobody writes; put puts the copy back.
func snapshotOf(t *testing.T, path string, suffixes ...string) (put func()) {
	t.Helper()
	if onPostgres(t) {
		return snapshotOnServer(t, path)
	}
	contents := map[string][]byte{}
	for _, suffix := range suffixes {
		content, err := os.ReadFile(path + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		contents[suffix] = content
	}
	return func() {
		t.Helper()
		for suffix, content := range contents {
			err := os.WriteFile(path+suffix, content, 0o600)
			if content == nil {
				err = os.RemoveAll(path + suffix)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// older is a database of which an older copy is put back after two claims. What each attempt became is gone with it.
func older(t *testing.T, suffixes ...string) (*store.DB, int64) {
	t.Helper()
	b := newTrouble(t)
	put := snapshotOf(t, b.path, suffixes...)
	for _, activity := range []string{"act-1", "act-2"} {
		b.ok(b.db.Settle(t.Context(), answered(b.claim(), activity)))
	}
	b.ok(b.db.Close())
	put()
	return openAt(t, b.path), b.id
}

func TestAnOlderCopyIsHeldUntilAPersonReleasesIt(t *testing.T) {
	db, id := older(t, "", "-wal", "-shm")
	ctx := t.Context()
	h, err := db.OpenHold(ctx, benchAccount)
	if err != nil {
		t.Fatal(err)
	}
	if h.Cause != deletion.HeldOlder || !strings.Contains(h.Evidence, "2 of them are missing") {
		t.Errorf("hold is %+v", h)
	}
	if d, _ := db.AnyDeletion(ctx, id); d.State != deletion.Paused || d.Reason != deletion.Restored || d.Unsent != 2 {
		t.Errorf("deletion is %+v", d)
	}
	for what, err := range map[string]error{
		"resume": db.Resume(ctx, benchAccount, id, time.Now()),
		"claim":  claimError(t, db),
	} {
		if !errors.Is(err, deletion.ErrChanged) && !errors.Is(err, deletion.ErrNothingToSend) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := db.Release(ctx, benchAccount, h.ID, deletion.User{ID: "u", Name: "olivia"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := claimError(t, db); err != nil {
		t.Errorf("claim after the release: %v", err)
	}
}

func claimError(t *testing.T, db *store.DB) error {
	t.Helper()
	_, err := db.Claim(t.Context(), benchAccount, nil)
	return err
}

func TestAHeldCopyStaysHeldAndIsHeldOnce(t *testing.T) {
	b := newTrouble(t)
	put := snapshotOf(t, b.path, "", "-wal", "-shm")
	b.ok(b.db.Settle(t.Context(), answered(b.claim(), "act-1")))
	b.ok(b.db.Close())
	put()
	db := openAt(t, b.path)
	first, err := db.OpenHold(t.Context(), benchAccount)
	b.ok(err)
	b.ok(db.Close())
	db = openAt(t, b.path)
	again, err := db.OpenHold(t.Context(), benchAccount)
	b.ok(err)
	if *again != *first {
		t.Errorf("held again: %+v, before %+v", again, first)
	}
	b.ok(db.Release(t.Context(), benchAccount, again.ID, deletion.User{}, time.Now()))
	b.ok(db.Close())
	db = openAt(t, b.path)
	if _, err := db.OpenHold(t.Context(), benchAccount); !errors.Is(err, deletion.ErrNotFound) {
		t.Errorf("a released copy is held at the next start: %v", err)
	}
}

func TestOrdinaryStartsHoldNothing(t *testing.T) {
	b := newTrouble(t)
	db := b.db
	for range 3 {
		b.ok(db.Close())
		db = openAt(t, b.path)
		if _, err := db.OpenHold(t.Context(), benchAccount); !errors.Is(err, deletion.ErrNotFound) {
			t.Fatalf("held after an ordinary start: %v", err)
		}
	}
	before := db.ClaimsMarked()
	if err := claimError(t, db); err != nil {
		t.Fatal(err)
	}
	if after := db.ClaimsMarked(); after != before+1 {
		t.Errorf("the emergency file counted from %d to %d", before, after)
	}
}

func TestACopyOfEverythingCannotBeToldByItsCount(t *testing.T) {
	db, _ := older(t, "", "-wal", "-shm", ".emergency")
	if _, err := db.OpenHold(t.Context(), benchAccount); !errors.Is(err, deletion.ErrNotFound) {
		t.Errorf("it is held: %v", err)
	}
}

func TestALostEmergencyFileIsMadeAnew(t *testing.T) {
	b := newTrouble(t)
	b.claim()
	b.ok(b.db.Close())
	b.ok(os.Remove(b.path + ".emergency"))
	db := openAt(t, b.path)
	if _, err := db.OpenHold(t.Context(), benchAccount); !errors.Is(err, deletion.ErrNotFound) {
		t.Errorf("held: %v", err)
	}
	if db.ClaimsMarked() < 3 {
		t.Errorf("it counts %d", db.ClaimsMarked())
	}
}

func TestTheEmergencyFileOfAnotherDatabaseIsPutAside(t *testing.T) {
	b := newTrouble(t)
	a := b.claim()
	back := b.away()
	b.fails("settle", b.db.Settle(t.Context(), answered(a, "act-1")))
	b.ok(b.db.Close())
	back()
	r := openRaw(t, b.path)
	r.exec(`UPDATE storage SET name = 'another'`)
	openAt(t, b.path)
	aside, err := filepath.Glob(b.path + ".emergency.*")
	b.ok(err)
	if len(aside) != 1 {
		t.Fatalf("put aside: %v", aside)
	}
	if content, err := os.ReadFile(aside[0]); err != nil || !strings.Contains(string(content), "act-1") {
		t.Errorf("the kept answer is not in it: %v", err)
	}
}
