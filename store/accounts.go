package store

import (
	"context"
	"database/sql"
	"errors"

	"winnow/auth"
)

var _ auth.Store = (*DB)(nil)

// PutUser writes the account and the person, or renews their names and the time of the latest sign-in.
func (db *DB) PutUser(ctx context.Context, u auth.User) error {
	return db.inTx(ctx, func(t *tx) error {
		if _, err := t.Exec(ctx, `
			INSERT INTO accounts (id, name, created_at) VALUES ($1, $2, `+nowMS+`)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name`, u.Account, u.AccountName); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `
			INSERT INTO users (account, id, name, created_at, signed_in_at) VALUES ($1, $2, $3, `+nowMS+`, `+nowMS+`)
			ON CONFLICT (account, id) DO UPDATE SET name = excluded.name, signed_in_at = excluded.signed_in_at`,
			u.Account, u.ID, u.Name)
		return err
	})
}

// FindUser reads one person with the account's name, or auth.ErrNotFound.
func (db *DB) FindUser(ctx context.Context, key auth.UserKey) (auth.User, error) {
	return db.r.findUser(ctx, key)
}

func (q q) findUser(ctx context.Context, key auth.UserKey) (auth.User, error) {
	u := auth.User{Account: key.Account, ID: key.ID}
	err := q.QueryRow(ctx, `
		SELECT a.name, u.name FROM users u JOIN accounts a ON a.id = u.account WHERE u.account = $1 AND u.id = $2`,
		key.Account, key.ID).Scan(&u.AccountName, &u.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return auth.User{}, auth.ErrNotFound
	}
	return u, err
}
