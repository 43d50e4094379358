package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"winnow/deletion"
)

// execer is what *sql.DB, *sql.Tx and *prepared have in common.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// q runs statements: on the writer, on the read pool or inside a transaction. No row is sql.ErrNoRows.
type q struct{ x execer }

// Exec runs a statement and returns how many rows it changed.
func (q q) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := q.x.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a statement that returns rows; see each for reading them.
func (q q) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return q.x.QueryContext(ctx, query, args...)
}

// QueryRow runs a statement that returns at most one row.
func (q q) QueryRow(ctx context.Context, query string, args ...any) row {
	r := row{Row: q.x.QueryRowContext(ctx, query, args...)}
	if t, ok := q.x.(*translated); ok {
		r.health = t.health
	}
	return r
}

// row is a sql.Row whose error PostgreSQL's health hears of.
type row struct {
	*sql.Row
	health *health
}

// Scan is as that of sql.Row.
func (r row) Scan(dest ...any) error {
	err := r.Row.Scan(dest...)
	if r.health == nil {
		return err
	}
	return r.health.note(err)
}

// each calls scan for every row of the query and closes it. scan must not run statements of its own: inside a
// transaction the one connection is busy until the rows are read.
func (q q) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := scan(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// tx is one write transaction. While it is open nothing else may use the writer: with one connection such a call waits
// for ever.
type tx struct {
	q
	sql *sql.Tx // SQLite's
	pgx pgx.Tx  // PostgreSQL's
	end ending
	db  *DB

	audited []deletion.AuditRow // written at the end
}

// ending ends a transaction. Rollback after Commit changes nothing.
type ending interface {
	Commit() error
	Rollback() error
}

// begin begins a transaction on whichever database there is.
func (db *DB) begin(ctx context.Context) (*tx, error) {
	if db.pool != nil {
		return db.beginPostgres(ctx)
	}
	t, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &tx{q: q{t}, sql: t, end: t, db: db}, nil
}

// inTx runs f in one immediate, durable transaction: it commits when f returns nil and rolls back on an error or a
// panic. f must use its tx for everything. On PostgreSQL f runs again when two transactions waited for each other and this
// one was chosen to give way.
func (db *DB) inTx(ctx context.Context, f func(*tx) error) error {
	err := db.inTxOnce(ctx, f)
	for n := 0; n < maxYields && gaveWay(err) && stepAside(ctx); n++ {
		err = db.inTxOnce(ctx, f)
	}
	return err
}

func (db *DB) inTxOnce(ctx context.Context, f func(*tx) error) error {
	t, err := db.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", db.health.note(err))
	}
	defer t.end.Rollback() //nolint:errcheck // after a commit there is nothing to roll back, and before it the first error counts
	if err := f(t); err != nil {
		return db.health.note(err)
	}
	if err := t.writeAudit(ctx); err != nil {
		return err
	}
	return wrap("commit", db.health.note(t.end.Commit()))
}

// toMS turns a time into what a column *_at holds: Unix milliseconds, 0 for none.
func toMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMS is the reverse of toMS, in UTC.
func fromMS(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// msTime scans a column *_at into a time.
type msTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m msTime) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("time is a %T, not milliseconds", v)
	}
	*m.t = fromMS(ms)
	return nil
}

// wrap says what we were doing; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
