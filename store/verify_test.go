package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDatabaseThatCannotKeepCommitsIsRefused(t *testing.T) {
	file := func() string {
		path := filepath.Join(t.TempDir(), "winnow.db")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, source := range map[string]string{
		"in memory":              "file::memory:?_pragma=synchronous(FULL)",
		"with a rollback file":   "file:" + file() + "?_pragma=synchronous(FULL)",
		"that does not sync all": dsn(file(), "synchronous(NORMAL)"),
	} {
		pool, err := sql.Open("sqlite", source)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		db := &DB{w: q{pool}}
		if err := db.verify(t.Context()); err == nil || !strings.Contains(err.Error(), "local disk") {
			t.Errorf("%s: %v, want advice to use a local disk", name, err)
		}
	}
}
