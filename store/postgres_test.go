package store_test

import (
	"context"
	"strings"
	"testing"

	"winnow/store"
)

// TestOnPostgreSQL runs the tests of everything that a store does on PostgreSQL, too; open gives them another database there.
func TestOnPostgreSQL(t *testing.T) {
	for name, test := range onBoth {
		t.Run(name, test)
	}
}

// onPostgres tells that a test runs inside of TestOnPostgreSQL.
func onPostgres(tb testing.TB) bool { return strings.HasPrefix(tb.Name(), "TestOnPostgreSQL") }

// optionsOf says which database is in a file or behind a URL.
func optionsOf(path string) store.Options {
	if strings.HasPrefix(path, "postgres://") {
		return store.Options{URL: path}
	}
	return store.Options{Path: path}
}

func migratePostgres(url string) error {
	db, err := store.Open(context.Background(), store.Options{URL: url})
	if err != nil {
		return err
	}
	return db.Close()
}
