package store_test

import (
	"context"
	"database/sql"
	"testing"
)

// raw is a connection of its own to a test's database: for looking at rows that no method shows, and for what a mistaken
// program might do.
type raw struct {
	t  *testing.T
	db *sql.DB
}

func openRaw(t *testing.T, path string) raw {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return raw{t, db}
}

// exec runs a statement that must work and returns how many rows it changed.
func (r raw) exec(query string, args ...any) int64 {
	r.t.Helper()
	result, err := r.db.Exec(query, args...)
	if err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// one reads the only value of a query.
func one[T any](r raw, query string, args ...any) T {
	r.t.Helper()
	var v T
	if err := r.db.QueryRow(query, args...).Scan(&v); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return v
}

// try runs statements in a transaction that is always rolled back and returns the error of the last; the others must work.
func (r raw) try(statements ...string) error {
	r.t.Helper()
	tx, err := r.db.BeginTx(context.Background(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	defer tx.Rollback()
	for i, statement := range statements {
		_, err = tx.Exec(statement)
		if err != nil && i < len(statements)-1 {
			r.t.Fatalf("%s: %v", statement, err)
		}
	}
	return err
}
