package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"winnow/deletion"
)

const (
	batchColumns = `b.deletion_id, b.n, d.source, b.outcome, b.items, b.deleted, b.failed, b.changed, b.tries, b.claimed_at, b.activity,
		b.checked_at, b.next_check, b.waits, b.moved_at, b.waived_at, b.waived_by`
	selectBatches = `SELECT ` + batchColumns + ` FROM batches b JOIN deletions d ON d.id = b.deletion_id `
)

// scanBatch reads batchColumns, and before them what the caller selected.
func scanBatch(row scanner, before ...any) (*deletion.Batch, error) {
	var b deletion.Batch
	err := row.Scan(append(before, &b.Deletion, &b.N, &b.Source, &b.Outcome, &b.Items, &b.Deleted, &b.Failed,
		&b.Changed, &b.Tries, msTime{&b.ClaimedAt}, activity{&b.Activity}, msTime{&b.CheckedAt}, msTime{&b.NextCheck},
		&b.Waits, msTime{&b.MovedAt}, msTime{&b.WaivedAt}, &b.WaivedBy)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the batch: %w", err)
	}
	return &b, nil
}

// batchList collects what a query of selectBatches returns.
func (q q) batchList(ctx context.Context, query string, args ...any) ([]*deletion.Batch, error) {
	var list []*deletion.Batch
	err := q.each(ctx, func(rows *sql.Rows) error {
		b, err := scanBatch(rows)
		list = append(list, b)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return list, nil
}

// Batches implements deletion.Store. A Limit of 0 or above 1,000 means 1,000.
func (db *DB) Batches(ctx context.Context, id int64, f deletion.BatchFilter) ([]*deletion.Batch, error) {
	query, args := selectBatches+`WHERE b.deletion_id = $1 AND b.n > $2 `, []any{id, f.After, pageSize(f.Limit)}
	if f.Outcome != "" {
		query += `AND b.outcome = $4 `
		args = append(args, f.Outcome)
	}
	return db.r.batchList(ctx, query+`ORDER BY b.n LIMIT $3`, args...)
}

// OpenBatches implements deletion.Store; the oldest is the one sent first.
func (db *DB) OpenBatches(ctx context.Context, account string) ([]*deletion.Batch, error) {
	return db.r.batchList(ctx, selectBatches+`WHERE b.account_id = $1 AND b.outcome IN ('accepted', 'unknown')
		AND b.activity_id <> '' ORDER BY b.claimed_at, b.deletion_id, b.n`, account)
}

// CountBatches implements deletion.Store. Outcomes that no batch has are not in the map.
func (db *DB) CountBatches(ctx context.Context, id int64) (map[deletion.Outcome]int, error) {
	counts := map[deletion.Outcome]int{}
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		var outcome deletion.Outcome
		var n int
		err := rows.Scan(&outcome, &n)
		counts[outcome] = n
		return err
	}, `SELECT outcome, batches FROM tallies WHERE deletion_id = $1 AND batches > 0`, id)
	return counts, wrap("count batches", err)
}

// Batch implements deletion.Store.
func (db *DB) Batch(ctx context.Context, id int64, n int) (*deletion.Batch, error) {
	return db.r.batch(ctx, id, n)
}

func (q q) batch(ctx context.Context, id int64, n int) (*deletion.Batch, error) {
	return scanBatch(q.QueryRow(ctx, selectBatches+`WHERE b.deletion_id = $1 AND b.n = $2`, id, n))
}

// BatchIDs implements deletion.Store.
func (db *DB) BatchIDs(ctx context.Context, id int64, n int) (*deletion.BatchIDs, error) {
	var ids, missed, changed []byte
	err := db.r.QueryRow(ctx, `SELECT ids, missed, changed FROM batch_ids WHERE deletion_id = $1 AND n = $2`, id, n).
		Scan(&ids, &missed, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the ids of the batch: %w", err)
	}
	return &deletion.BatchIDs{IDs: unpackIDs(ids), Missed: missed, Changed: changed}, nil
}

// maxActivities is how many activity ids one statement asks for; the vendor's pages hold 500.
const maxActivities = 500

// BatchesOfActivities implements deletion.Store. An activity of an earlier try leads to its batch too.
func (db *DB) BatchesOfActivities(ctx context.Context, account string, activityIDs []string) (map[string]*deletion.Batch, error) {
	found := map[string]*deletion.Batch{}
	for part := range slices.Chunk(activityIDs, maxActivities) {
		args := []any{account}
		for _, id := range part {
			args = append(args, id)
		}
		err := db.unprepared().each(ctx, func(rows *sql.Rows) error {
			var activityID string
			b, err := scanBatch(rows, &activityID)
			found[activityID] = b
			return err
		}, `SELECT a.activity_id, `+batchColumns+` FROM attempts a
			JOIN batches b ON b.deletion_id = a.deletion_id AND b.n = a.batch_n JOIN deletions d ON d.id = b.deletion_id
			WHERE a.account_id = $1 AND a.activity_id IN (`+placeholders(2, len(part))+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("batches of activities: %w", err)
		}
	}
	return found, nil
}

// placeholders is "$from, $from+1, ..." for n arguments.
func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}
