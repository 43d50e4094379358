package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"winnow/auth"
)

// FindSession reads one session, whatever its age, or auth.ErrNotFound.
func (db *DB) FindSession(ctx context.Context, hash []byte) (auth.SessionRow, error) {
	row := auth.SessionRow{Hash: hash}
	err := db.r.QueryRow(ctx, `SELECT sealed, account, user_id, created_at, seen_at FROM sessions WHERE hash = $1`, hash).
		Scan(&row.Sealed, &row.User.Account, &row.User.ID, msTime{&row.CreatedAt}, msTime{&row.SeenAt})
	if errors.Is(err, sql.ErrNoRows) {
		return auth.SessionRow{}, auth.ErrNotFound
	}
	return row, err
}

// InsertSession writes a new session.
func (db *DB) InsertSession(ctx context.Context, row auth.SessionRow) error {
	_, err := db.w.Exec(ctx, `
		INSERT INTO sessions (hash, sealed, account, user_id, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		row.Hash, row.Sealed, row.User.Account, row.User.ID, toMS(row.CreatedAt), toMS(row.SeenAt))
	return err
}

// UpdateSession replaces the sealed values; false if the session is gone.
func (db *DB) UpdateSession(ctx context.Context, hash, sealed []byte) (bool, error) {
	n, err := db.w.Exec(ctx, `UPDATE sessions SET sealed = $2 WHERE hash = $1`, hash, sealed)
	return n == 1, err
}

// TouchSession moves the time of the last activity forward, never back.
func (db *DB) TouchSession(ctx context.Context, hash []byte, seenAt time.Time) error {
	_, err := db.w.Exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE hash = $1 AND seen_at < $2`, hash, toMS(seenAt))
	return err
}

// DeleteSession removes one session and tells whether this call was the one that did.
func (db *DB) DeleteSession(ctx context.Context, hash []byte) (bool, error) {
	n, err := db.w.Exec(ctx, `DELETE FROM sessions WHERE hash = $1`, hash)
	return n == 1, err
}

// DeleteUserSessions removes all sessions of one person and tells how many there were.
func (db *DB) DeleteUserSessions(ctx context.Context, key auth.UserKey) (int64, error) {
	return db.w.Exec(ctx, `DELETE FROM sessions WHERE account = $1 AND user_id = $2`, key.Account, key.ID)
}

// DeleteExpiredSessions removes the sessions that are over and tells how many there were.
func (db *DB) DeleteExpiredSessions(ctx context.Context, limits auth.SessionLimits) (int64, error) {
	return db.w.Exec(ctx, `DELETE FROM sessions WHERE seen_at <= $1 OR created_at <= $2`,
		toMS(limits.SeenBy), toMS(limits.CreatedBy))
}
