package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"winnow/deletion"
)

// FirstDue implements deletion.Store.
func (db *DB) FirstDue(ctx context.Context, account string) (*deletion.Batch, error) {
	return scanBatch(db.r.QueryRow(ctx, selectBatches+`WHERE d.account_id = $1 AND d.state = 'running'
		AND d.first_proven < d.first_batches AND b.n = d.first_proven + 1
		AND b.outcome IN ('completed', 'failed', 'timed_out', 'cancelled', 'rejected', 'left_out')
		ORDER BY d.id LIMIT 1`, account))
}

// ProveFirst implements deletion.Store.
func (db *DB) ProveFirst(ctx context.Context, id int64, n int) error {
	changed, err := db.w.Exec(ctx, `UPDATE deletions SET first_proven = $2 WHERE id = $1 AND first_proven = $2 - 1`, id, n)
	if err != nil {
		return fmt.Errorf("note the proof of batch %d: %w", n, err)
	}
	if changed == 0 {
		return deletion.ErrChanged
	}
	return nil
}

// SentAmong implements deletion.Store. It reads the batches that were sent since then, some milliseconds for a hundred.
func (db *DB) SentAmong(ctx context.Context, account string, since time.Time, ids []deletion.ID) ([]deletion.ID, error) {
	asked := make(map[deletion.ID]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	var sent []deletion.ID
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		var packed []byte
		if err := rows.Scan(&packed); err != nil {
			return err
		}
		for _, id := range unpackIDs(packed) {
			if asked[id] {
				sent = append(sent, id)
				delete(asked, id)
			}
		}
		return nil
	}, `SELECT i.ids FROM (SELECT DISTINCT a.deletion_id, a.batch_n FROM attempts a WHERE a.account_id = $1 AND a.claimed_at >= $2) s
		JOIN batch_ids i ON i.deletion_id = s.deletion_id AND i.n = s.batch_n`, account, toMS(since))
	return sent, wrap("look for contacts that were sent", err)
}
