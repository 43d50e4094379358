package store

import (
	"context"
	"fmt"
)

// Ready asks the database for a row and fails when it does not answer, or cannot be written (deletion.ErrStorage).
func (db *DB) Ready(ctx context.Context) error {
	if err := db.health.sound(); err != nil {
		return err
	}
	var one int
	if err := db.r.QueryRow(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return nil
}
