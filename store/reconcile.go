package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// reconcileEvery is how long work without a wake-up can lie, such as that of a process that died.
const reconcileEvery = 2 * time.Second

// accountsWithWork selects the accounts for which the runner has something to do: something running, a pause that has
// ended, a stopped deletion whose end is not stamped, and sent batches that a pause does not stop from being followed.
const accountsWithWork = `
	SELECT account_id FROM deletions WHERE ended_at = 0 AND state IN ('running', 'stopped', 'paused')
		AND (state <> 'paused' OR resume_at > 0 AND resume_at <= ` + nowMS + `
			OR EXISTS (SELECT 1 FROM tallies t WHERE t.deletion_id = deletions.id
				AND t.outcome IN ('sending', 'accepted', 'unknown') AND t.batches > 0))`

// preparingDeletions selects what the runner prepares; a csv is read while its request lasts.
const preparingDeletions = `
	SELECT id FROM deletions WHERE ended_at = 0 AND state = 'preparing' AND source <> 'csv'`

// soon selects what has a wake-up that is being worked on or due before a nap could end; the wake-up of tomorrow morning
// does not help what is to be done today, nor does one that a dead process was working on.
const soon = ` FROM river_job WHERE kind = $1 AND (state IN ('available', 'retryable')
	OR state = 'scheduled' AND ` + jobDue + ` <= ` + nowMS + ` + $2
	OR state = 'running' AND EXISTS (SELECT 1 FROM leases l WHERE l.until > ` + nowMS + ` AND l.name = `

// accountsSoon and preparingSoon are soon for either kind of job, which is leased by these names.
const (
	accountsSoon  = `SELECT ` + jobAccount + soon + jobAccount + `))`
	preparingSoon = `SELECT ` + jobDeletion + soon + `'preparing ' || ` + jobDeletion + `))`
)

// reconcile puts in a wake-up for everything that has work but none soon. The rows of deletions are the truth; a wake-up
// that was lost is found here.
func (q *queue) reconcile(ctx context.Context) error {
	return q.db.inTx(ctx, func(tx *tx) error {
		var accounts []string
		err := tx.each(ctx, scanInto(&accounts), accountsWithWork+` EXCEPT `+accountsSoon,
			advanceArgs{}.Kind(), longestNap.Milliseconds())
		if err != nil {
			return fmt.Errorf("accounts without a wake-up: %w", err)
		}
		for _, account := range accounts {
			if err := tx.wake(ctx, account, time.Time{}); err != nil {
				return err
			}
		}
		var deletions []int64
		err = tx.each(ctx, scanInto(&deletions), preparingDeletions+` EXCEPT `+preparingSoon,
			prepareArgs{}.Kind(), longestNap.Milliseconds())
		if err != nil {
			return fmt.Errorf("preparing deletions without a wake-up: %w", err)
		}
		for _, id := range deletions {
			if err := tx.wakePreparing(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// reconcileFrom reconciles, and gives free space back, at every tick until ctx ends.
func (q *queue) reconcileFrom(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		if err := errors.Join(q.reconcile(ctx), q.db.vacuum(ctx)); err != nil && ctx.Err() == nil && q.db.health.current() == nil {
			q.db.log.ErrorContext(ctx, "keeping the database in order did not work", "error", err)
		}
	}
}

// scanInto collects a query's only column.
func scanInto[T any](list *[]T) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var v T
		if err := rows.Scan(&v); err != nil {
			return err
		}
		*list = append(*list, v)
		return nil
	}
}

// AccountsWithWork implements deletion.Store.
func (db *DB) AccountsWithWork(ctx context.Context) ([]string, error) {
	var accounts []string
	err := db.r.each(ctx, scanInto(&accounts), `SELECT DISTINCT account_id FROM (`+accountsWithWork+`) AS live ORDER BY account_id`)
	return accounts, wrap("accounts with work", err)
}

// PreparingDeletions implements deletion.Store.
func (db *DB) PreparingDeletions(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := db.r.each(ctx, scanInto(&ids), preparingDeletions+` ORDER BY id`)
	return ids, wrap("preparing deletions", err)
}
