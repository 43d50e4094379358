package store

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"winnow/deletion"
)

// maxPage bounds a page of anything, whatever the caller asks for.
const maxPage = 1000

func pageSize(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// selectDeletions reads deletions with their counts from at most ten tally rows each, all of one moment. Before the
// manifest is frozen there is nothing to count yet.
const selectDeletions = `SELECT d.id, d.account_id, d.source, d.state, d.reason, d.reason_note, d.resume_at,
	d.created_by_id, d.created_by_name, d.created_at, d.confirmed_by_id, d.confirmed_by_name, d.confirmed_at, d.ended_at,
	coalesce(d.upload_id, 0), d.read, d.accepted, d.duplicate, d.invalid, d.blank, d.items, d.batches, d.hash, d.as_of, d.first_batches, d.first_proven,
	CAST(coalesce(sum(t.deleted), 0) AS BIGINT),
	CAST(coalesce(sum(t.failed), 0) AS BIGINT),
	CAST(coalesce(sum(t.changed), 0) AS BIGINT),
	CAST(coalesce(sum(CASE WHEN t.outcome IN ('waiting', 'not_sent') THEN t.items - t.deleted - t.failed - t.changed END), 0) AS BIGINT),
	CAST(coalesce(sum(CASE WHEN t.outcome IN ('sending', 'accepted') THEN t.items - t.deleted - t.failed - t.changed END), 0) AS BIGINT),
	CAST(coalesce(sum(CASE WHEN t.outcome = 'unknown' THEN t.items - t.deleted - t.failed - t.changed END), 0) AS BIGINT),
	CAST(coalesce(sum(CASE WHEN t.outcome IN ('sending', 'accepted', 'unknown') THEN t.batches END), 0) AS BIGINT),
	CAST(coalesce(sum(CASE WHEN t.outcome IN ('waiting', 'not_sent') THEN t.batches END), 0) AS BIGINT),
	(SELECT CAST(coalesce(sum(w.failed), 0) AS BIGINT) FROM batches w WHERE w.deletion_id = d.id AND w.waived_at > 0),
	(SELECT CAST(coalesce(sum(w.changed), 0) AS BIGINT) FROM batches w WHERE w.deletion_id = d.id AND w.waived_at > 0)
	FROM deletions d LEFT JOIN tallies t ON t.deletion_id = d.id AND d.state <> 'preparing' `

// scanner is a row that can be scanned: *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanDeletion(row scanner) (*deletion.Deletion, error) {
	var d deletion.Deletion
	err := row.Scan(&d.ID, &d.Account, &d.Source, &d.State, &d.Reason, &d.ReasonNote, msTime{&d.ResumeAt},
		&d.CreatedBy.ID, &d.CreatedBy.Name, msTime{&d.CreatedAt}, &d.ConfirmedBy.ID, &d.ConfirmedBy.Name,
		msTime{&d.ConfirmedAt}, msTime{&d.EndedAt},
		&d.Upload, &d.Reading.Read, &d.Reading.Accepted, &d.Reading.Duplicate,
		&d.Reading.Invalid, &d.Reading.Blank, &d.Items, &d.Batches, hash{&d.Hash},
		msTime{&d.AsOf}, &d.FirstBatches, &d.FirstProven,
		&d.Counts.Deleted, &d.Counts.Failed, &d.Counts.Changed, &d.Counts.NotSent, &d.Counts.InProgress, &d.Counts.Unknown, &d.Open, &d.Unsent,
		&d.Waived.Failed, &d.Waived.Changed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNotFound
	}
	if err != nil {
		return nil, wrap("read the deletion", err)
	}
	return &d, nil
}

// Deletion implements deletion.Store. It costs one indexed read, whatever the number of batches.
func (db *DB) Deletion(ctx context.Context, account string, id int64) (*deletion.Deletion, error) {
	return scanDeletion(db.r.QueryRow(ctx, selectDeletions+`WHERE d.id = $1 AND d.account_id = $2 GROUP BY d.id`, id, account))
}

// AnyDeletion implements deletion.Store.
func (db *DB) AnyDeletion(ctx context.Context, id int64) (*deletion.Deletion, error) {
	return scanDeletion(db.r.QueryRow(ctx, selectDeletions+`WHERE d.id = $1 GROUP BY d.id`, id))
}

// Deletions implements deletion.Store. A Limit of 0 or above 1,000 means 1,000.
func (db *DB) Deletions(ctx context.Context, account string, f deletion.DeletionFilter) ([]*deletion.Deletion, error) {
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	query, args := selectDeletions+`WHERE d.account_id = $1 AND d.id < $2 `, []any{account, before, pageSize(f.Limit)}
	if f.State != "" {
		query += `AND d.state = $4 `
		args = append(args, f.State)
	}
	var list []*deletion.Deletion
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		d, err := scanDeletion(rows)
		list = append(list, d)
		return err
	}, query+`GROUP BY d.id ORDER BY d.id DESC LIMIT $3`, args...)
	if err != nil {
		return nil, wrap("list deletions", err)
	}
	return list, nil
}

// CountDeletions implements deletion.Store. States without a deletion are not in the map.
func (db *DB) CountDeletions(ctx context.Context, account string) (map[deletion.State]int, error) {
	counts := map[deletion.State]int{}
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		var state deletion.State
		var n int
		err := rows.Scan(&state, &n)
		counts[state] = n
		return err
	}, `SELECT state, count(*) FROM deletions WHERE account_id = $1 GROUP BY state`, account)
	return counts, wrap("count deletions", err)
}

// Lists implements deletion.Store, in the order in which they were selected.
func (db *DB) Lists(ctx context.Context, id int64) ([]deletion.List, error) {
	var lists []deletion.List
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		var l deletion.List
		var raw []byte
		if err := rows.Scan(&raw, &l.Name, &l.Members); err != nil {
			return err
		}
		copy(l.ID[:], raw)
		lists = append(lists, l)
		return nil
	}, `SELECT list_id, name, members FROM deletion_lists WHERE deletion_id = $1 ORDER BY n`, id)
	return lists, wrap("lists of the deletion", err)
}
