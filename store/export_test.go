package store

import (
	"context"
	"fmt"
	"time"
)

// Recover is what happens every few seconds while there is trouble.
func (db *DB) Recover(ctx context.Context) error { return db.recover(ctx) }

// CompareClock is what happens every few seconds.
func (db *DB) CompareClock(ctx context.Context) error { return db.compareClock(ctx) }

// ClaimsMarked is what the emergency file counts.
func (db *DB) ClaimsMarked() int64 {
	_, generation := db.emergency.marked()
	return generation
}

// LetGrow makes the database as full as a disk would: it may have so many pages more than now. 0 lets it grow freely.
func (db *DB) LetGrow(ctx context.Context, pages int) error {
	most := 1 << 30
	if pages > 0 {
		if err := db.w.QueryRow(ctx, "PRAGMA page_count").Scan(&most); err != nil {
			return err
		}
		most += pages
	}
	_, err := db.w.Exec(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", most))
	return err
}

// Rival is another process that uses the same database, as far as leases tell.
func (db *DB) Rival() *DB {
	return &DB{opts: db.opts, log: db.log, pool: db.pool, write: db.write, read: db.read, w: db.w, r: db.r, queue: db.queue,
		health: db.health, emergency: db.emergency, holding: newHolding()}
}

// OpenOn is Open where the kernel says this of the file system: the number of its kind, and its name in the list of mounts.
func OpenOn(ctx context.Context, o Options, kind uint32, name string) (*DB, error) {
	db := newDB(o)
	db.volumeOf = func(string) (volume, error) { return volume{kind, name}, nil }
	return db.opened(ctx)
}

// Pause waits in real time.
func (g *Governor) Pause(ctx context.Context, d time.Duration) error {
	_, _, err := g.pause(ctx, Slot{Wait: d, probe: true})
	return err
}
