package store

import (
	"context"
	"fmt"
)

// repair sets right what a killed process left behind, in SQLite. The lock file proves that there is no other process, so a job
// that counts as running is not, and the requests that were reading a file or freezing lists are gone. Reading members is
// the runner's work and goes on.
func (db *DB) repair(ctx context.Context) error {
	if db.pool != nil {
		return nil // others may be at work
	}
	statements := []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running'`,
		`DELETE FROM river_leader`, // its lease would keep planned wake-ups waiting for up to 15 s
		`DELETE FROM leases`,
		`DELETE FROM deletions WHERE ended_at = 0 AND state = 'preparing' AND source <> 'members'`,
		`DELETE FROM uploads WHERE NOT EXISTS (SELECT 1 FROM deletions d WHERE d.upload_id = uploads.id)`,
	}
	return db.inTx(ctx, func(tx *tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return fmt.Errorf("set right what the last process left: %w", err)
			}
		}
		return nil
	})
}
