package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"winnow/auth"
	"winnow/deletion"
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

// InsertSession writes a new session. One that has a person is a sign-in, and audited.
func (db *DB) InsertSession(ctx context.Context, row auth.SessionRow) error {
	return db.inTx(ctx, func(tx *tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO sessions (hash, sealed, account, user_id, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			row.Hash, row.Sealed, row.User.Account, row.User.ID, toMS(row.CreatedAt), toMS(row.SeenAt))
		if err != nil {
			return err
		}
		return tx.auditSession(ctx, deletion.ActionSignedIn, row.User)
	})
}

// auditSession adds a row about a session; one that no person has signed in to leaves none.
func (tx *tx) auditSession(ctx context.Context, action deletion.Action, key auth.UserKey) error {
	if key.ID == "" {
		return nil
	}
	u, err := tx.findUser(ctx, key)
	if err != nil {
		return wrap("find whose session it is", err)
	}
	who := deletion.Actor{Account: key.Account, User: deletion.User{ID: key.ID, Name: u.Name}}
	tx.audit(ctx, deletion.AuditRow{Action: action, Actor: who})
	return nil
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

// DeleteSession removes one session and tells whether this call was the one that did. For a person's session that is a
// sign-out, and audited.
func (db *DB) DeleteSession(ctx context.Context, hash []byte) (ended bool, err error) {
	err = db.inTx(ctx, func(tx *tx) error {
		var key auth.UserKey
		err := tx.QueryRow(ctx, `DELETE FROM sessions WHERE hash = $1 RETURNING account, user_id`, hash).Scan(&key.Account, &key.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		ended = true
		return tx.auditSession(ctx, deletion.ActionSignedOut, key)
	})
	return ended && err == nil, err
}

// DeleteUserSessions removes all sessions of one person and tells how many there were. If there were any, it is audited.
func (db *DB) DeleteUserSessions(ctx context.Context, key auth.UserKey) (n int64, err error) {
	err = db.inTx(ctx, func(tx *tx) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM sessions WHERE account = $1 AND user_id = $2`, key.Account, key.ID)
		if err != nil || n == 0 {
			return err
		}
		return tx.auditSession(ctx, deletion.ActionSignedOut, key)
	})
	return n, err
}

// DeleteExpiredSessions removes the sessions that are over and tells how many there were.
func (db *DB) DeleteExpiredSessions(ctx context.Context, limits auth.SessionLimits) (int64, error) {
	return db.w.Exec(ctx, `DELETE FROM sessions WHERE seen_at <= $1 OR created_at <= $2`,
		toMS(limits.SeenBy), toMS(limits.CreatedBy))
}
