package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"winnow/deletion"
)

// ErrNoAudit means that a database was not opened by a version of Winnow that keeps an audit log.
var ErrNoAudit = errors.New("this database has no audit log yet: start Winnow on it once")

// VerifyAudit walks the audit log of a database, in memory that does not grow with it, and compares it with what was done; see
// auditEvidence. It reads one moment of the database, takes no lock and changes nothing, so a console may be using it. A
// deletion.ErrAuditBroken names the first row that is wrong, or what has no row.
func VerifyAudit(ctx context.Context, o Options) (deletion.AuditChain, error) {
	seen, err := verifyAudit(ctx, o)
	return seen, wrap(o.String(), err)
}

func verifyAudit(ctx context.Context, o Options) (seen deletion.AuditChain, err error) {
	db, kept, err := openReadOnly(o)
	if err != nil {
		return seen, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	t, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: o.oneMoment()})
	if err != nil {
		return seen, fmt.Errorf("begin: %w", err)
	}
	defer t.Rollback() //nolint:errcheck // it only read
	return q{t}.verifyAudit(ctx, kept)
}

// openReadOnly connects to a database to look at it, and says with which query to find out whether it has an audit log.
func openReadOnly(o Options) (db *sql.DB, kept string, err error) {
	if o.URL != "" {
		db, err = sql.Open("pgx", o.URL)
		return db, `SELECT to_regclass('audit') IS NOT NULL`, err
	}
	if _, err := os.Stat(o.Path); err != nil { // SQLite would only say that it is unable to open it
		return nil, "", err
	}
	db, err = openFileReadOnly(o.Path)
	return db, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'audit')`, err
}

// oneMoment is the isolation in which a transaction sees the database as it was at its first look. Every transaction of SQLite
// does.
func (o Options) oneMoment() sql.IsolationLevel {
	if o.URL != "" {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func (q q) verifyAudit(ctx context.Context, keptQuery string) (deletion.AuditChain, error) {
	var seen deletion.AuditChain
	var kept bool
	if err := q.QueryRow(ctx, keptQuery).Scan(&kept); err != nil {
		return seen, err
	}
	if !kept {
		return seen, ErrNoAudit
	}
	err := q.each(ctx, func(rows *sql.Rows) error {
		r, err := scanAudit(rows)
		if err != nil {
			return fmt.Errorf("%w at row %d: it cannot be read: %w", deletion.ErrAuditBroken, seen.Rows+1, err)
		}
		return seen.Next(r)
	}, `SELECT `+auditColumns+` FROM audit ORDER BY id`)
	if err != nil {
		return seen, err
	}
	return seen, q.auditEvidence(ctx)
}

// auditEvidence looks for what was done and has no row that says so: those rows were cut off the end of the log, or never
// written.
func (q q) auditEvidence(ctx context.Context) error {
	for _, check := range []struct{ what, query string }{
		{"deletion %d was confirmed", `SELECT id, account_id, items, hash, confirmed_by_id FROM deletions WHERE confirmed_at > 0
			EXCEPT SELECT deletion_id, account_id, count, hash, user_id FROM audit WHERE action = 'confirmed'`},
		{"attempt %d was about to be sent", `SELECT id, account_id, deletion_id, batch_n, items, hash FROM attempts
			EXCEPT SELECT attempt_id, account_id, deletion_id, batch_n, count, hash FROM audit WHERE action = 'sending'`},
		{"attempt %d ended", `SELECT id, state FROM attempts WHERE state <> 'sending'
			EXCEPT SELECT attempt_id, outcome FROM audit WHERE action IN ('attempted', 'decided')`},
		{"deletion %d came to its end", `SELECT id, state FROM deletions WHERE ended_at > 0 AND confirmed_at > 0
			EXCEPT SELECT deletion_id, outcome FROM audit WHERE action = 'ended'`},
		{"all sending was stopped, %d times in all", `SELECT count(*) AS id FROM halts EXCEPT SELECT count(*) FROM audit WHERE action = 'halted'`},
		{"sending was let go on, %d times in all", `SELECT count(*) AS id FROM halts WHERE lifted_at > 0
			EXCEPT SELECT count(*) FROM audit WHERE action = 'released'`},
	} {
		var first sql.NullInt64
		if err := q.QueryRow(ctx, `SELECT min(id) FROM (`+check.query+`) AS missing`).Scan(&first); err != nil {
			return fmt.Errorf("compare the audit log with what was done: %w", err)
		}
		if first.Valid {
			return fmt.Errorf("%w: no row says that "+check.what, deletion.ErrAuditBroken, first.Int64)
		}
	}
	return nil
}
