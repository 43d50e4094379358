package store

import (
	"context"
	"database/sql"
	"fmt"
)

// vacuumPages is how much of the file's free space goes back to the disk in one go: 8 MB in a few milliseconds, so that a
// discarded list of millions of ids does not stop everything else.
const vacuumPages = 2000

// vacuum gives a part of the free space back. PostgreSQL does so by itself.
func (db *DB) vacuum(ctx context.Context) error {
	if db.pool != nil {
		return nil
	}
	return db.w.each(ctx, func(*sql.Rows) error { return nil }, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, vacuumPages))
}
