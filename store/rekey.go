package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"winnow/auth"
)

// Resealed counts the rows of one table.
type Resealed struct {
	Rows  int64 // all
	Again int64 // sealed anew with the newest key by this call
	Lost  int64 // that no key opens; they stay as they are
}

// Rekeyed is what Rekey did.
type Rekeyed struct{ Tokens, Sessions Resealed }

// rekeyAtOnce is how many rows are read in one go.
const rekeyAtOnce = 500

// sealedRow is a row of either table, with what it is known by.
type sealedRow struct {
	key    auth.UserKey // of tokens
	hash   []byte       // of a session
	sealed []byte
}

// Rekey seals all tokens and sessions with the newest key that are sealed with an older one. Each row is replaced only if it
// still holds what was read, so a renewal or a page that writes the row meanwhile wins; what it wrote is sealed with the newest
// key of the process that wrote it. Repeating it changes nothing.
func (db *DB) Rekey(ctx context.Context, r *auth.Resealer) (Rekeyed, error) {
	var done Rekeyed
	if err := db.rekeyTokens(ctx, r, &done.Tokens); err != nil {
		return done, fmt.Errorf("seal the tokens anew: %w", err)
	}
	if err := db.rekeySessions(ctx, r, &done.Sessions); err != nil {
		return done, fmt.Errorf("seal the sessions anew: %w", err)
	}
	return done, nil
}

func (db *DB) rekeyTokens(ctx context.Context, r *auth.Resealer, n *Resealed) error {
	last := auth.UserKey{}
	for {
		rows, err := db.sealedRows(ctx, func(rows *sql.Rows, row *sealedRow) error {
			return rows.Scan(&row.key.Account, &row.key.ID, &row.sealed)
		}, `SELECT account, user_id, sealed FROM tokens WHERE account > $1 OR account = $1 AND user_id > $2
			ORDER BY account, user_id LIMIT $3`, last.Account, last.ID, rekeyAtOnce)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			again, err := r.Token(row.key, row.sealed)
			err = db.reseal(ctx, n, again, err, `UPDATE tokens SET sealed = $1 WHERE account = $2 AND user_id = $3 AND sealed = $4`,
				again, row.key.Account, row.key.ID, row.sealed)
			if err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].key
	}
}

func (db *DB) rekeySessions(ctx context.Context, r *auth.Resealer, n *Resealed) error {
	last := []byte{}
	for {
		rows, err := db.sealedRows(ctx, func(rows *sql.Rows, row *sealedRow) error {
			return rows.Scan(&row.hash, &row.sealed)
		}, `SELECT hash, sealed FROM sessions WHERE hash > $1 ORDER BY hash LIMIT $2`, last, rekeyAtOnce)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			again, err := r.Session(row.hash, row.sealed)
			err = db.reseal(ctx, n, again, err, `UPDATE sessions SET sealed = $1 WHERE hash = $2 AND sealed = $3`, again, row.hash, row.sealed)
			if err != nil {
				return err
			}
		}
		last = bytes.Clone(rows[len(rows)-1].hash)
	}
}

func (db *DB) sealedRows(ctx context.Context, scan func(*sql.Rows, *sealedRow) error, query string, args ...any) ([]sealedRow, error) {
	var found []sealedRow
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		var row sealedRow
		err := scan(rows, &row)
		found = append(found, row)
		return err
	}, query, args...)
	return found, err
}

// reseal counts a row and runs its update, if there is anything to replace; failed is why there is nothing.
func (db *DB) reseal(ctx context.Context, n *Resealed, again []byte, failed error, update string, args ...any) error {
	n.Rows++
	if errors.Is(failed, auth.ErrUnsealed) {
		n.Lost++
		return nil
	}
	if failed != nil || again == nil {
		return failed
	}
	changed, err := db.w.Exec(ctx, update, args...)
	n.Again += changed
	return err
}
