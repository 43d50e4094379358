package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// Figures are what an operator watches: sums over all accounts, without a name or an id.
type Figures struct {
	Deletions map[deletion.State]int64
	Paused    map[deletion.Reason]int64  // why those that are paused are
	Batches   map[deletion.Outcome]int64 // of confirmed deletions
	Contacts  Contacts
	Attempts  map[deletion.AttemptState]OpenAttempts // those whose end is not known: sending, unknown, parked
	Jobs      map[string]int64                       // of the queue, by River's state
	Overdue   time.Duration                          // how long the job has waited that waits longest though it is due; 0 without one
	Halted    bool                                   // all sending is stopped
	Stalled   int64                                  // batches that wait for what has not moved for deletion.StalledAfter
	Asking    int64                                  // of these, those that a person is asked about
}

// Contacts are the contacts of all manifests by what became of them. Deletions of whole lists are not in it: how many were on
// them is not known.
type Contacts struct{ Open, Deleted, Failed, Changed int64 }

// OpenAttempts counts attempts, and tells how long ago the oldest began.
type OpenAttempts struct {
	N      int64
	Oldest time.Duration
}

// Figures reads them all, in about as many steps as there are deletions: it neither counts batches nor attempts one by one.
// They are not of one moment.
func (db *DB) Figures(ctx context.Context) (Figures, error) {
	f := Figures{Deletions: map[deletion.State]int64{}, Paused: map[deletion.Reason]int64{}, Batches: map[deletion.Outcome]int64{}}
	var err error
	for what, read := range map[string]func(context.Context, *Figures) error{
		"deletions": db.r.countDeletions, "batches": db.r.countBatches, "contacts": db.r.countContacts, "attempts": db.r.countOpen,
		"jobs": db.r.countJobs, "stalled batches": db.r.countStalled,
	} {
		if err = read(ctx, &f); err != nil {
			return Figures{}, fmt.Errorf("count the %s: %w", what, err)
		}
	}
	_, err = db.r.halt(ctx)
	f.Halted = err == nil
	if errors.Is(err, deletion.ErrNotFound) {
		err = nil
	}
	return f, err
}

func (q q) countDeletions(ctx context.Context, f *Figures) error {
	return q.each(ctx, func(rows *sql.Rows) error {
		var state deletion.State
		var reason deletion.Reason
		var n int64
		err := rows.Scan(&state, &reason, &n)
		f.Deletions[state] += n
		if state == deletion.Paused {
			f.Paused[reason] += n
		}
		return err
	}, `SELECT state, CASE WHEN state = 'paused' THEN reason ELSE '' END AS why, count(*) FROM deletions GROUP BY state, why`)
}

func (q q) countBatches(ctx context.Context, f *Figures) error {
	return q.each(ctx, func(rows *sql.Rows) error {
		var outcome deletion.Outcome
		var n int64
		err := rows.Scan(&outcome, &n)
		f.Batches[outcome] = n
		return err
	}, `SELECT t.outcome, CAST(sum(t.batches) AS BIGINT) FROM tallies AS t JOIN deletions AS d ON d.id = t.deletion_id
		WHERE d.confirmed_at > 0 GROUP BY t.outcome`)
}

func (q q) countContacts(ctx context.Context, f *Figures) error {
	var all int64
	c := &f.Contacts
	err := q.QueryRow(ctx, `SELECT CAST(coalesce(sum(t.items), 0) AS BIGINT), CAST(coalesce(sum(t.deleted), 0) AS BIGINT),
		CAST(coalesce(sum(t.failed), 0) AS BIGINT), CAST(coalesce(sum(t.changed), 0) AS BIGINT)
		FROM tallies AS t JOIN deletions AS d ON d.id = t.deletion_id WHERE d.source <> 'lists' AND d.confirmed_at > 0`).
		Scan(&all, &c.Deleted, &c.Failed, &c.Changed)
	c.Open = all - c.Deleted - c.Failed - c.Changed
	return err
}

// countOpen reads the two partial indexes of open attempts.
func (q q) countOpen(ctx context.Context, f *Figures) error {
	f.Attempts = map[deletion.AttemptState]OpenAttempts{}
	return q.each(ctx, func(rows *sql.Rows) error {
		var state deletion.AttemptState
		var o OpenAttempts
		var ms int64
		err := rows.Scan(&state, &o.N, &ms)
		o.Oldest = time.Duration(max(ms, 0)) * time.Millisecond
		f.Attempts[state] = o
		return err
	}, `SELECT state, count(*), `+nowMS+` - min(claimed_at) FROM attempts WHERE state IN ('sending', 'unknown') GROUP BY state
		UNION ALL SELECT state, count(*), `+nowMS+` - min(claimed_at) FROM attempts WHERE state = 'parked' GROUP BY state`)
}

// countStalled reads the partial index of batches that wait for an activity.
func (q q) countStalled(ctx context.Context, f *Figures) error {
	return q.QueryRow(ctx, `SELECT count(*), CAST(coalesce(sum(CASE WHEN moved_at <= `+nowMS+` - $2 THEN 1 ELSE 0 END), 0) AS BIGINT)
		FROM batches WHERE moved_at > 0 AND moved_at <= `+nowMS+` - $1 AND waived_at = 0`,
		deletion.StalledAfter.Milliseconds(), deletion.AskAfter.Milliseconds()).Scan(&f.Stalled, &f.Asking)
}

func (q q) countJobs(ctx context.Context, f *Figures) error {
	f.Jobs = map[string]int64{}
	err := q.each(ctx, func(rows *sql.Rows) error {
		var state string
		var n int64
		err := rows.Scan(&state, &n)
		f.Jobs[state] = n
		return err
	}, `SELECT CAST(state AS TEXT), count(*) FROM river_job GROUP BY state`)
	if err != nil {
		return err
	}
	var ms int64
	err = q.QueryRow(ctx, `SELECT coalesce(`+nowMS+` - min(`+jobDue+`), 0) FROM river_job WHERE state = 'available'`).Scan(&ms)
	f.Overdue = time.Duration(max(ms, 0)) * time.Millisecond
	return err
}

// NextCall tells how far ahead the next free moment for a call with this API key is: what stands in line, or a hold. It
// reserves nothing.
func (db *DB) NextCall(ctx context.Context, key string) (time.Duration, error) {
	var ms int64
	err := db.r.QueryRow(ctx, `SELECT coalesce((SELECT next_at - `+nowMS+` FROM governor WHERE key = $1), 0)`, key).Scan(&ms)
	return time.Duration(max(ms, 0)) * time.Millisecond, wrap("read the line of calls", err)
}
