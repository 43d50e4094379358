package store_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
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

// BenchmarkOnPostgreSQL measures on PostgreSQL what the other benchmarks measure on SQLite.
func BenchmarkOnPostgreSQL(b *testing.B) {
	for name, benchmark := range map[string]func(*testing.B){
		"Deletion": BenchmarkDeletion, "DeletionParallel": BenchmarkDeletionParallel, "Manifest": BenchmarkManifest,
		"Send": BenchmarkSend, "Take": BenchmarkTake,
	} {
		b.Run(name, benchmark)
	}
}

// onPostgres tells that a test or benchmark runs inside of one of these.
func onPostgres(tb testing.TB) bool {
	return strings.HasPrefix(tb.Name(), "TestOnPostgreSQL") || strings.HasPrefix(tb.Name(), "BenchmarkOnPostgreSQL")
}

// optionsOf says which database is in a file or behind a URL.
func optionsOf(path string) store.Options {
	if strings.HasPrefix(path, "postgres://") {
		return store.Options{URL: path, Emergency: emergencyOf(path, 1)}
	}
	return store.Options{Path: path}
}

// emergencyOf is the emergency file of the nth process that uses a database.
func emergencyOf(url string, n int) string {
	_, name, _ := strings.Cut(strings.TrimPrefix(url, "postgres://"), "/")
	name, _, _ = strings.Cut(name, "?")
	return filepath.Join(emergencyFolder, name, strconv.Itoa(n))
}

// emergencyFolder has the emergency files of all databases on PostgreSQL. TestMain removes it.
var emergencyFolder = filepath.Join(os.TempDir(), "winnow-store-test-"+rand.Text())

func migratePostgres(url string) error {
	return store.Migrate(context.Background(), store.Options{URL: url})
}
