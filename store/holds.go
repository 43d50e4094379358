package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// held is true for an account with a hold that nobody has released.
const held = `EXISTS (SELECT 1 FROM holds h WHERE h.account_id = $1 AND h.released_at = 0)`

// Hold implements deletion.Holds.
func (db *DB) Hold(ctx context.Context, account string, cause deletion.HoldCause, evidence string) error {
	return db.inTx(ctx, func(tx *tx) error { return tx.hold(ctx, account, cause, evidence) })
}

func (tx *tx) hold(ctx context.Context, account string, cause deletion.HoldCause, evidence string) error {
	began, err := tx.Exec(ctx, `INSERT INTO holds (account_id, cause, evidence, held_at) VALUES ($1, $2, $3, `+nowMS+`)
		ON CONFLICT (account_id) WHERE released_at = 0 DO NOTHING`, account, cause, evidence)
	if err != nil {
		return fmt.Errorf("hold the account: %w", err)
	}
	if began > 0 {
		r := deletion.AuditRow{Action: deletion.ActionHeld, Reason: evidence}
		r.Account = account
		tx.audit(ctx, r)
	}
	return tx.pauseAccount(ctx, account, deletion.Restored, "", time.Time{})
}

// holdAll holds every account that the database knows.
func (tx *tx) holdAll(ctx context.Context, evidence string) error {
	var accounts []string
	if err := tx.each(ctx, scanInto(&accounts), `SELECT id FROM accounts UNION SELECT account_id FROM deletions`); err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	for _, account := range accounts {
		if err := tx.hold(ctx, account, deletion.HeldOlder, evidence); err != nil {
			return err
		}
	}
	return nil
}

// OpenHold implements deletion.Holds.
func (db *DB) OpenHold(ctx context.Context, account string) (*deletion.Hold, error) {
	var h deletion.Hold
	err := db.r.QueryRow(ctx, `SELECT id, cause, evidence, held_at FROM holds WHERE account_id = $1 AND released_at = 0`, account).
		Scan(&h.ID, &h.Cause, &h.Evidence, msTime{&h.HeldAt})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the hold: %w", err)
	}
	return &h, nil
}

// Release implements deletion.Holds.
func (db *DB) Release(ctx context.Context, account string, hold int64, by deletion.User, at time.Time) error {
	return db.inTx(ctx, func(tx *tx) error {
		n, err := tx.Exec(ctx, `UPDATE holds SET released_at = `+nowMS+`, released_by_id = $3, released_by_name = $4
			WHERE id = $2 AND account_id = $1 AND released_at = 0`, account, hold, by.ID, by.Name)
		if err != nil {
			return fmt.Errorf("release the hold: %w", err)
		}
		if n == 0 {
			return deletion.ErrChanged
		}
		r := deletion.AuditRow{Action: deletion.ActionUnheld, Actor: deletion.Actor{User: by}}
		r.Account = account
		tx.audit(ctx, r)
		_, err = tx.Exec(ctx, `INSERT INTO looks AS l (account_id, seen_until) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE
			SET seen_until = CASE WHEN l.seen_until > excluded.seen_until THEN l.seen_until ELSE excluded.seen_until END`, account, toMS(at))
		if err != nil {
			return fmt.Errorf("accept what is at the vendor: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE deletions SET `+run+` WHERE account_id = $1 AND state = 'paused' AND reason = $2`,
			account, deletion.Restored)
		if err != nil {
			return fmt.Errorf("let the deletions go on: %w", err)
		}
		return tx.wake(ctx, account, time.Time{})
	})
}

// Standing implements deletion.Holds.
func (db *DB) Standing(ctx context.Context, account string) (deletion.Standing, error) {
	s := deletion.Standing{}
	err := db.r.QueryRow(ctx, `SELECT `+held+`,
		coalesce((SELECT seen_until FROM looks WHERE account_id = $1), 0),
		coalesce((SELECT max(last_claim_at) FROM deletions WHERE account_id = $1), 0),
		coalesce((SELECT min(created_at) FROM deletions WHERE account_id = $1 AND ended_at = 0), 0)`, account).
		Scan(&s.Held, msTime{&s.SeenUntil}, msTime{&s.NewestAttempt}, msTime{&s.OldestLive})
	if err != nil {
		return s, fmt.Errorf("how the account stands: %w", err)
	}
	return s, nil
}

// LostAttempts implements deletion.Holds.
func (db *DB) LostAttempts(ctx context.Context, account string, since time.Time) ([]*deletion.Attempt, error) {
	var lost []*deletion.Attempt
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		a, err := scanAttempt(rows)
		lost = append(lost, a)
		return err
	}, selectAttempts+`WHERE d.account_id = $1 AND d.last_claim_at > 0 AND a.activity_id IS NULL
		AND a.state NOT IN ('unsent', 'rejected') AND (a.ended_at = 0 OR a.claimed_at >= $2) ORDER BY a.id`, account, toMS(since))
	return lost, wrap("attempts without an activity", err)
}
