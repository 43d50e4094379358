package store

import (
	"context"
	"fmt"
)

// Ping asks the database for a row, so that a load balancer hears when it does not answer.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.r.QueryRow(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return nil
}
