package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"winnow/deletion"
)

const (
	// probeEvery is how often it is tried whether the database can be written again.
	probeEvery = 3 * time.Second
	// probeBytes is written by a trial: what an intent and its result take, with room.
	probeBytes = 64 << 10
)

// Trouble is what keeps the database from being written, or nil.
func (db *DB) Trouble() *deletion.StorageTrouble {
	t := db.health.current()
	if t != nil {
		t.Kept = db.rescue.count()
	}
	return t
}

// Lost is closed when the disk has failed to keep what was written: the process has to end, because nothing that is in
// memory can be trusted any more. Everything that writes fails from then on. Err says it in words.
func (db *DB) Lost() <-chan struct{} { return db.health.lost }

// Err is the error with which the process has to end after Lost, or nil.
func (db *DB) Err() error {
	select {
	case <-db.health.lost:
		return errLost
	default:
		return nil
	}
}

func isBusy(err error) bool {
	var coded *sqlite.Error
	if !errors.As(err, &coded) {
		return false
	}
	primary := coded.Code() & 0xff
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

// probeFrom tries at every tick whether trouble is over, and looks at the server's clock when that is due, until ctx ends.
func (db *DB) probeFrom(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		if err := db.recover(ctx); err != nil && ctx.Err() == nil {
			db.log.DebugContext(ctx, "the database cannot be written yet", "error", err)
		}
		if err := db.compareClock(ctx); err != nil && ctx.Err() == nil {
			db.log.DebugContext(ctx, "the clocks were not compared", "error", err)
		}
	}
}

// recover ends the trouble when a trial write works and everything that was kept is stored. Without trouble it does
// nothing.
func (db *DB) recover(ctx context.Context) error {
	if db.health.current() == nil {
		return nil
	}
	if db.pool != nil {
		db.pool.Reset() // connections from before the trouble may all be broken
	}
	probe := make([]byte, probeBytes)
	_, _ = rand.Read(probe) // it never fails
	if _, err := db.w.Exec(ctx, `UPDATE storage SET probe = $1`, probe); err != nil {
		return fmt.Errorf("trial write: %w", err)
	}
	if err := db.storeKept(ctx); err != nil {
		return err
	}
	db.health.clear()
	return db.wakeAll(ctx)
}

// storeKept stores what was kept and empties the emergency file then.
func (db *DB) storeKept(ctx context.Context) error {
	db.rescue.mu.Lock()
	defer db.rescue.mu.Unlock()
	for i, one := range db.rescue.kept {
		if err := db.restore(ctx, one); err != nil {
			db.rescue.kept = db.rescue.kept[i:]
			return fmt.Errorf("store what was kept: %w", err)
		}
	}
	if err := db.emergency.empty(); err != nil {
		return err
	}
	db.rescue.kept, db.rescue.keys = nil, nil
	return nil
}

// readKept takes over the lines of an earlier process and stores them. Nothing else may have looked at the attempts before.
func (db *DB) readKept(ctx context.Context, lines [][]byte, unreadable int) error {
	for _, line := range lines {
		var one rescued
		if json.Unmarshal(line, &one) != nil || (one.Answer == nil) == (one.Token == nil) {
			unreadable++
			continue
		}
		db.rescue.add(one)
	}
	if unreadable > 0 {
		db.log.WarnContext(ctx, "the emergency file has lines that are not whole; they are left out", "lines", unreadable)
	}
	return db.storeKept(ctx)
}

// wakeAll wakes every account with work: jobs that could not be brought to an end count as running for long.
func (db *DB) wakeAll(ctx context.Context) error {
	return db.inTx(ctx, func(tx *tx) error {
		var accounts []string
		if err := tx.each(ctx, scanInto(&accounts), `SELECT DISTINCT account_id FROM (`+accountsWithWork+`) AS live`); err != nil {
			return fmt.Errorf("accounts with work: %w", err)
		}
		for _, account := range accounts {
			if err := tx.wake(ctx, account, time.Time{}); err != nil {
				return err
			}
		}
		var preparing []int64
		if err := tx.each(ctx, scanInto(&preparing), preparingDeletions); err != nil {
			return fmt.Errorf("preparing deletions: %w", err)
		}
		for _, id := range preparing {
			if err := tx.wakePreparing(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}
