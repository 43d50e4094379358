package store

import (
	"context"
	"fmt"
	"time"
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

// RemoveAbandoned removes what requests that began before then were reading and never finished: uploads without a deletion,
// and deletions of a file or of lists that are still preparing. On SQLite most of it is gone when the database is opened; on
// PostgreSQL nobody else knows that the process is dead.
func (db *DB) RemoveAbandoned(ctx context.Context, before time.Time) error {
	return db.inTx(ctx, func(tx *tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM deletions WHERE ended_at = 0 AND state = 'preparing' AND source <> 'members'
			AND created_at < $1 AND as_of < $1`, toMS(before))
		if err != nil {
			return fmt.Errorf("remove abandoned deletions: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM uploads WHERE created_at < $1
			AND NOT EXISTS (SELECT 1 FROM deletions d WHERE d.upload_id = uploads.id)`, toMS(before))
		return wrap("remove abandoned uploads", err)
	})
}
