package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// Halt implements deletion.Store.
func (db *DB) Halt(ctx context.Context, by deletion.User) error {
	return db.inTx(ctx, func(tx *tx) error {
		halted, err := tx.halted(ctx)
		if err != nil || halted {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO halts (halted_at, halted_by_id, halted_by_name) VALUES (`+nowMS+`, $1, $2)
			ON CONFLICT (lifted_at) WHERE lifted_at = 0 DO NOTHING`, by.ID, by.Name)
		if err != nil || n == 0 { // somebody else was faster
			return wrap("stop all sending", err)
		}
		tx.audit(ctx, deletion.AuditRow{Action: deletion.ActionHalted, Actor: deletion.Actor{User: by}})
		return nil
	})
}

// LiftHalt implements deletion.Store.
func (db *DB) LiftHalt(ctx context.Context, by deletion.User, signedIn time.Time) error {
	return db.inTx(ctx, func(tx *tx) error {
		h, err := tx.halt(ctx)
		if errors.Is(err, deletion.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var now time.Time
		err = tx.QueryRow(ctx, `UPDATE halts SET lifted_at = `+nowMS+`, lifted_by_id = $1, lifted_by_name = $2
			WHERE lifted_at = 0 RETURNING lifted_at`, by.ID, by.Name).Scan(msTime{&now})
		if errors.Is(err, sql.ErrNoRows) { // somebody else was faster
			return nil
		}
		if err != nil {
			return fmt.Errorf("let sending go on: %w", err)
		}
		if !h.MayLift(signedIn, now) {
			return deletion.ErrStaleSignIn
		}
		tx.audit(ctx, deletion.AuditRow{Action: deletion.ActionReleased, Actor: deletion.Actor{User: by}})
		return tx.wakeAll(ctx)
	})
}

// wakeAll has every account looked at that has something to do.
func (tx *tx) wakeAll(ctx context.Context) error {
	var accounts []string
	if err := tx.each(ctx, scanInto(&accounts), `SELECT DISTINCT account_id FROM (`+accountsWithWork+`) AS live`); err != nil {
		return fmt.Errorf("accounts with work: %w", err)
	}
	for _, account := range accounts {
		if err := tx.wake(ctx, account, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// Halted implements deletion.Store.
func (db *DB) Halted(ctx context.Context) (deletion.Halt, error) { return db.r.halt(ctx) }

func (q q) halt(ctx context.Context) (deletion.Halt, error) {
	var h deletion.Halt
	err := q.QueryRow(ctx, `SELECT halted_at, halted_by_id, halted_by_name FROM halts WHERE lifted_at = 0`).
		Scan(msTime{&h.At}, &h.By.ID, &h.By.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return deletion.Halt{}, deletion.ErrNotFound
	}
	return h, wrap("look for a halt", err)
}

// Notices implements deletion.Store.
func (db *DB) Notices(ctx context.Context, account string) (deletion.Notices, error) {
	var n deletion.Notices
	err := db.r.QueryRow(ctx, `SELECT coalesce((SELECT halted_at FROM halts WHERE lifted_at = 0), 0),
		coalesce((SELECT halted_by_id FROM halts WHERE lifted_at = 0), ''), coalesce((SELECT halted_by_name FROM halts WHERE lifted_at = 0), ''),
		EXISTS (SELECT 1 FROM holds WHERE account_id = $1 AND released_at = 0),
		coalesce((SELECT a.deletion_id FROM attempts a JOIN deletions d ON d.id = a.deletion_id WHERE a.account_id = $1
			AND a.state = 'unknown' AND a.state IN ('sending', 'unknown') AND a.checks > 0 AND d.source = 'lists'), 0),
		EXISTS (SELECT 1 FROM batches WHERE account_id = $1 AND moved_at > 0 AND moved_at <= `+nowMS+` - $2 AND waived_at = 0)`,
		account, deletion.StalledAfter.Milliseconds()).
		Scan(msTime{&n.Halt.At}, &n.Halt.By.ID, &n.Halt.By.Name, &n.Held, &n.Undecided, &n.Stalled)
	return n, wrap("look for what keeps the account from sending", err)
}

// halted tells whether all sending is stopped.
func (q q) halted(ctx context.Context) (bool, error) {
	var halted bool
	err := q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM halts WHERE lifted_at = 0)`).Scan(&halted)
	return halted, wrap("look for a halt", err)
}

// MaySend implements deletion.Store. It costs one read and waits for nobody; where others could take over, it also writes down
// that the request starts.
func (db *DB) MaySend(ctx context.Context, account string, id int64) error {
	var halted, running bool
	err := db.r.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM halts WHERE lifted_at = 0),
		EXISTS (SELECT 1 FROM deletions WHERE id = $1 AND account_id = $2 AND state = 'running')`, id, account).Scan(&halted, &running)
	switch {
	case err != nil:
		return fmt.Errorf("look whether sending is allowed: %w", err)
	case halted:
		return deletion.ErrHalted
	case !running:
		return deletion.ErrChanged
	case db.shared():
		return db.noteStart(ctx, account)
	}
	return nil
}
