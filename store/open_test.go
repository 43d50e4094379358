package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"winnow/deletion"
	"winnow/store"
)

func TestOpenKeepsOthersOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "winnow with #odd? name.db")
	openAt(t, path)
	for file, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, path: 0o600, path + "-wal": 0o600, path + ".lock": 0o600} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", file, info.Mode(), want)
		}
	}
}

func TestOpenSetsUpTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "winnow.db")
	openAt(t, path)
	r := openRaw(t, path)
	if got := one[string](r, "PRAGMA journal_mode"); got != "wal" {
		t.Errorf("journal_mode is %s", got)
	}
	if got := one[int](r, "PRAGMA auto_vacuum"); got != 2 {
		t.Errorf("auto_vacuum is %d, want 2 for incremental", got)
	}
}

func TestOneProcessUsesTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "winnow.db")
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), store.Options{Path: path})
	if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), path) {
		t.Errorf("second open: %v, want ErrInUse with the path", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "winnow.db")
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	r := openRaw(t, path)
	for table, statement := range map[string]string{
		"goose_db_version": `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`,
		"river_migration":  `INSERT INTO river_migration (line, version) VALUES ('main', 99999)`,
	} {
		r.exec(statement)
		if _, err := store.Open(t.Context(), store.Options{Path: path}); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("with a newer %s: %v, want ErrNewerSchema", table, err)
		}
		r.exec(`DELETE FROM ` + table + ` WHERE rowid = (SELECT max(rowid) FROM ` + table + `)`)
	}
	openAt(t, path)
}

func TestOpenRepairsWhatAKilledProcessLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "winnow.db")
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	ctx, account := t.Context(), "a"
	create := func(source deletion.Source, upload int64) int64 {
		id, err := db.CreateDeletion(ctx, deletion.NewDeletion{Account: account, Source: source, Upload: upload})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	abandoned, err1 := db.CreateUpload(ctx, account, "abandoned.csv")
	half, err2 := db.CreateUpload(ctx, account, "half.csv")
	if err := errors.Join(err1, err2, db.AppendUpload(ctx, half, 0, []byte("x"))); err != nil {
		t.Fatal(err)
	}
	csv, members, lists := create(deletion.FromCSV, half), create(deletion.FromMembers, 0), create(deletion.FromLists, 0)
	db.Close()
	r := openRaw(t, path)
	if n := r.exec(`UPDATE river_job SET state = 'running'`); n == 0 {
		t.Fatal("no job to be caught running")
	}
	db = openAt(t, path)
	for name, id := range map[string]int64{"a half-read file": csv, "half-frozen lists": lists} {
		if _, err := db.AnyDeletion(ctx, id); !errors.Is(err, deletion.ErrNotFound) {
			t.Errorf("%s: %v, want it removed", name, err)
		}
	}
	for _, upload := range []int64{abandoned, half} {
		if _, err := db.Upload(ctx, account, upload); !errors.Is(err, deletion.ErrNotFound) {
			t.Errorf("upload %d: %v, want it removed", upload, err)
		}
	}
	if _, err := db.AnyDeletion(ctx, members); err != nil {
		t.Errorf("members that were being read: %v, want them kept", err)
	}
	if n := one[int](r, `SELECT count(*) FROM river_job WHERE state = 'running'`); n != 0 {
		t.Errorf("%d jobs still count as running", n)
	}
}

func BenchmarkOpenFresh(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		db, err := store.Open(b.Context(), store.Options{Path: filepath.Join(dir, "fresh", "winnow.db")})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		db.Close()
		os.RemoveAll(filepath.Join(dir, "fresh"))
		b.StartTimer()
	}
}

func BenchmarkOpenExisting(b *testing.B) {
	path := filepath.Join(b.TempDir(), "winnow.db")
	for b.Loop() {
		db, err := store.Open(b.Context(), store.Options{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		db.Close()
		b.StartTimer()
	}
}
