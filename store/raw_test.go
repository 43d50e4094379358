package store_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
)

// raw is a connection of its own to a test's database: for looking at rows that no method shows, and for what a mistaken
// program might do.
type raw struct {
	t     *testing.T
	db    *sql.DB
	words *strings.Replacer // from SQLite's words to the database's
}

// rawWords are the words of the tests that PostgreSQL says otherwise.
var rawWords = strings.NewReplacer(
	"zeroblob(32)", "decode(repeat('00', 32), 'hex')",
	"zeroblob(2)", "decode(repeat('00', 2), 'hex')",
	"randomblob(32)", "decode(repeat('7b', 32), 'hex')",
	"json_extract(args, '$.account')", "args->>'account'",
	"strftime('%Y-%m-%d %H:%M:%f', scheduled_at)", "to_char(scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')",
	"rowid", "id",
	"x'616e6f7468'", `'\x616e6f7468'`,
	"x'aa'", `'\xaa'`,
	"CREATE TRIGGER audit_broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
	`CREATE FUNCTION audit_broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END; $$;
		CREATE TRIGGER audit_broken BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_broken()`,
)

// openRaw connects to the database in a file or behind a URL.
func openRaw(t *testing.T, path string) raw {
	t.Helper()
	driver, source, words := "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)", strings.NewReplacer()
	if strings.HasPrefix(path, "postgres://") {
		driver, source, words = "pgx", path, rawWords
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return raw{t, db, words}
}

// exec runs a statement that must work and returns how many rows it changed.
func (r raw) exec(query string, args ...any) int64 {
	r.t.Helper()
	result, err := r.db.Exec(r.words.Replace(query), args...)
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
	if err := r.db.QueryRow(r.words.Replace(query), args...).Scan(&v); err != nil {
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
		_, err = tx.Exec(r.words.Replace(statement))
		if err != nil && i < len(statements)-1 {
			r.t.Fatalf("%s: %v", statement, err)
		}
	}
	return err
}
