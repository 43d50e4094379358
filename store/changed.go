package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// OldestAsOf implements deletion.Store.
func (db *DB) OldestAsOf(ctx context.Context, account string) (time.Time, error) {
	var at time.Time
	err := db.r.QueryRow(ctx, `SELECT d.as_of FROM deletions d WHERE d.account_id = $1 AND d.state = 'running' AND d.source <> 'lists'
		AND EXISTS (SELECT 1 FROM tallies t WHERE t.deletion_id = d.id AND t.outcome = 'waiting' AND t.batches > 0)
		ORDER BY d.as_of LIMIT 1`, account).Scan(msTime{&at})
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, deletion.ErrNotFound
	}
	return at, wrap("find the oldest preview", err)
}

// SendChanged implements deletion.Store. It reads and writes the ids of each batch that left some out.
func (db *DB) SendChanged(ctx context.Context, account string, id int64, asOf time.Time) (rows int64, err error) {
	err = db.change(ctx, account, id, func(tx *tx) error {
		batches, err := tx.batchList(ctx, selectBatches+`WHERE b.deletion_id = $1 AND b.changed > 0
			AND b.waived_at = 0 AND b.outcome IN ('completed', 'failed', 'timed_out', 'cancelled', 'rejected', 'left_out')`, id)
		if err != nil {
			return err
		}
		rows = 0
		for _, b := range batches {
			if err := tx.sendChanged(ctx, b); err != nil {
				return err
			}
			rows += int64(b.Changed + b.Failed)
		}
		if rows == 0 {
			return nil
		}
		return tx.runAgain(ctx, account, id, rows, asOf)
	}, deletion.Running, deletion.Paused, deletion.Finished, deletion.Stopped)
	return rows, err
}

// sendChanged lets the contacts that a batch left out wait, and with them those that failed: a batch that waits has no
// others than those it will send.
func (tx *tx) sendChanged(ctx context.Context, b *deletion.Batch) error {
	var missed, changed deletion.Bitmap
	err := tx.QueryRow(ctx, `SELECT missed, changed FROM batch_ids WHERE deletion_id = $1 AND n = $2`+forUpdate, b.Deletion, b.N).
		Scan((*[]byte)(&missed), (*[]byte)(&changed))
	if err != nil {
		return fmt.Errorf("read what batch %d left out: %w", b.N, err)
	}
	send := union(missed, changed, b.Items)
	if b.Deleted == 0 {
		send = nil // all of them
	}
	_, err = tx.Exec(ctx, `UPDATE batch_ids SET missed = $3, changed = NULL WHERE deletion_id = $1 AND n = $2`, b.Deletion, b.N, []byte(send))
	if err != nil {
		return fmt.Errorf("take in what batch %d left out: %w", b.N, err)
	}
	_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'waiting', failed = 0, changed = 0 WHERE deletion_id = $1 AND n = $2`, b.Deletion, b.N)
	return wrap("let the changed contacts wait", err)
}

// union marks what either bitmap of n ids marks.
func union(a, b deletion.Bitmap, n int) deletion.Bitmap {
	both := deletion.NewBitmap(n)
	for i := range n {
		if a.Has(i) || b.Has(i) {
			both.Set(i)
		}
	}
	return both
}

// runAgain makes a deletion run for a number of rows that a person has sent again, knowing what the account shows now.
func (tx *tx) runAgain(ctx context.Context, account string, id, rows int64, asOf time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE deletions SET `+run+`, as_of = $2 WHERE id = $1`, id, toMS(asOf)); err != nil {
		return fmt.Errorf("run the deletion again: %w", err)
	}
	retried := deletion.AuditRow{Action: deletion.ActionRetried, Count: rows}
	tx.auditDeletions(ctx, account, []int64{id}, retried)
	return tx.wake(ctx, account, time.Time{})
}
