package store

import "context"

// Ready asks the database for a row and fails when it does not answer, or cannot be written (deletion.ErrStorage).
func (db *DB) Ready(ctx context.Context) error {
	if err := db.health.sound(); err != nil {
		return err
	}
	return db.readClock(ctx)
}
