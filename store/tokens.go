package store

import (
	"context"
	"database/sql"
	"time"

	"winnow/auth"
)

// LivingTokens reads the tokens of an account that are not dead, latest sign-in first.
func (db *DB) LivingTokens(ctx context.Context, account string) ([]auth.TokenRow, error) {
	var found []auth.TokenRow
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		row := auth.TokenRow{Key: auth.UserKey{Account: account}}
		err := rows.Scan(&row.Key.ID, &row.Sealed, &row.Version, &row.Lease, msTime{&row.LeaseUntil}, &row.Tries,
			msTime{&row.ReadAt})
		found = append(found, row)
		return err
	}, `
		SELECT user_id, sealed, version, lease, lease_until, tries, `+nowMS+`
		FROM tokens WHERE account = $1 AND dead_at = 0 ORDER BY signed_in_at DESC, user_id`, account)
	return found, err
}

// PutToken writes the tokens of a fresh sign-in.
func (db *DB) PutToken(ctx context.Context, key auth.UserKey, sealed []byte) error {
	_, err := db.w.Exec(ctx, `
		INSERT INTO tokens AS t (account, user_id, sealed, version, lease, lease_until, tries, signed_in_at, dead_at)
		VALUES ($1, $2, $3, 1, '', 0, 0, `+nowMS+`, 0)
		ON CONFLICT (account, user_id) DO UPDATE SET
			sealed = excluded.sealed, version = t.version + 1, lease = '', lease_until = 0, tries = 0,
			signed_in_at = excluded.signed_in_at, dead_at = 0`, key.Account, key.ID, sealed)
	return err
}

// LeaseToken takes the lease and counts a try, if the version is still this one and no lease or pause is running.
func (db *DB) LeaseToken(ctx context.Context, ref auth.TokenRef, life time.Duration) (bool, error) {
	if err := db.health.sound(); err != nil { // a new pair could not be stored
		return false, err
	}
	n, err := db.w.Exec(ctx, `
		UPDATE tokens SET lease = $4, lease_until = `+nowMS+` + $5, tries = tries + 1
		WHERE account = $1 AND user_id = $2 AND version = $3 AND dead_at = 0 AND lease_until <= `+nowMS,
		ref.Key.Account, ref.Key.ID, ref.Version, ref.Lease, life.Milliseconds())
	return n == 1, err
}

// ReplaceToken writes a renewed pair, if version and lease are still these. A pair that cannot be stored goes to the emergency
// file; the error is returned all the same.
func (db *DB) ReplaceToken(ctx context.Context, ref auth.TokenRef, sealed []byte) (bool, error) {
	replaced, err := db.replaceToken(ctx, ref, sealed)
	if db.unwritten(err) {
		db.save(ctx, rescued{Token: &rescuedToken{
			Account: ref.Key.Account, User: ref.Key.ID, Version: ref.Version, Lease: ref.Lease, Sealed: sealed,
		}})
	}
	return replaced, err
}

func (db *DB) replaceToken(ctx context.Context, ref auth.TokenRef, sealed []byte) (bool, error) {
	n, err := db.w.Exec(ctx, `
		UPDATE tokens SET sealed = $5, version = version + 1, lease = '', lease_until = 0, tries = 0, dead_at = 0
		WHERE account = $1 AND user_id = $2 AND version = $3 AND lease = $4`,
		ref.Key.Account, ref.Key.ID, ref.Version, ref.Lease, sealed)
	return n == 1, err
}

// PauseToken gives the lease back and lets nobody take it for a while, if version and lease are still these.
func (db *DB) PauseToken(ctx context.Context, ref auth.TokenRef, pause auth.Pause) (bool, error) {
	n, err := db.w.Exec(ctx, `
		UPDATE tokens SET lease = '', lease_until = `+nowMS+` + $5, tries = $6
		WHERE account = $1 AND user_id = $2 AND version = $3 AND lease = $4`,
		ref.Key.Account, ref.Key.ID, ref.Version, ref.Lease, pause.For.Milliseconds(), pause.Tries)
	return n == 1, err
}

// KillToken marks the tokens dead, if version and lease are still these. The lease stays: its holder may still bring an answer.
func (db *DB) KillToken(ctx context.Context, ref auth.TokenRef) (bool, error) {
	n, err := db.w.Exec(ctx, `
		UPDATE tokens SET dead_at = `+nowMS+`
		WHERE account = $1 AND user_id = $2 AND version = $3 AND lease = $4 AND dead_at = 0`,
		ref.Key.Account, ref.Key.ID, ref.Version, ref.Lease)
	return n == 1, err
}
