package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
)

// recorder notes the queries that pass through it.
type recorder struct {
	execer
	queries []string
}

func (r *recorder) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.queries = append(r.queries, query)
	return r.execer.QueryContext(ctx, query, args...)
}

func (r *recorder) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	r.queries = append(r.queries, query)
	return r.execer.QueryRowContext(ctx, query, args...)
}

// TestReadsAreSeeks has every read planned by SQLite: none may look at all rows of a table that grows, or sort more than a
// page. With 54,000 batches in a deletion that is the difference between 50 microseconds and 50 milliseconds.
func TestReadsAreSeeks(t *testing.T) {
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "winnow.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rec := &recorder{execer: db.read}
	db.r = q{rec}
	readEverything(t.Context(), db)
	if len(rec.queries) < 17 {
		t.Fatalf("only %d queries were recorded", len(rec.queries))
	}
	for _, query := range append(rec.queries, accountsWithWork+` EXCEPT `+accountsSoon) {
		for _, step := range planOf(t, db, query) {
			if strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" {
				t.Errorf("%s in\n%s", step, query)
			}
		}
	}
}

// readEverything calls each method that reads; there is nothing to find, so their answers do not matter.
func readEverything(ctx context.Context, db *DB) {
	db.Upload(ctx, "a", 1)
	db.UploadChunk(ctx, 1, 0)
	db.Deletion(ctx, "a", 1)
	db.AnyDeletion(ctx, 1)
	db.Stalled(ctx, "a", 1)
	db.Notices(ctx, "a")
	db.OnTheWay(ctx, "a")
	db.Deletions(ctx, "a", deletion.DeletionFilter{})
	db.Deletions(ctx, "a", deletion.DeletionFilter{State: deletion.Ready})
	db.CountDeletions(ctx, "a")
	db.Lists(ctx, 1)
	db.Batches(ctx, 1, deletion.BatchFilter{})
	db.Batches(ctx, 1, deletion.BatchFilter{Outcome: deletion.Failed})
	db.OpenBatches(ctx, "a")
	db.CountBatches(ctx, 1)
	db.Batch(ctx, 1, 1)
	db.BatchIDs(ctx, 1, 1)
	db.Attempts(ctx, 1, 1)
	db.NextUnknown(ctx, "a")
	db.AccountsWithWork(ctx)
	db.PreparingDeletions(ctx)
	NewGovernor(db, GovernorOptions{}).Usage(ctx, "key")
	(&tx{q: db.r}).nextBatch(ctx, "a")
	(&tx{q: db.r}).state(ctx, "a", 1)
}

func planOf(t *testing.T, db *DB, query string) []string {
	t.Helper()
	var steps []string
	args := make([]any, strings.Count(query, "$")) // at least as many as it has; the plan does not depend on them
	for i := range args {
		args[i] = time.Now().UnixMilli()
	}
	err := q{db.read}.each(t.Context(), func(rows *sql.Rows) error {
		var id, parent, unused int
		var step string
		err := rows.Scan(&id, &parent, &unused, &step)
		steps = append(steps, step)
		return err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("plan %s: %v", query, err)
	}
	return steps
}
