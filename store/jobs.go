package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

const (
	// longestNap bounds what a wake-up may ask for: looking at the rows costs nothing, and a clock that was set or a laptop
	// that slept is noticed.
	longestNap = 5 * time.Minute
	// longestBackoff is the wait after the sixth error in a row and all later ones.
	longestBackoff = 30 * time.Second
)

// advanceArgs is the job "look at this account".
type advanceArgs struct {
	Account string `json:"account"`
}

// Kind implements river.JobArgs.
func (advanceArgs) Kind() string { return "advance" }

// InsertOpts implements river.JobArgsWithInsertOpts. Jobs are not unique: a wake-up that arrives while an earlier one is
// being worked on must not be dropped.
func (advanceArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: advanceQueue} }

// prepareArgs is the job "go on preparing this deletion".
type prepareArgs struct {
	Deletion int64 `json:"deletion"`
}

// Kind implements river.JobArgs.
func (prepareArgs) Kind() string { return "prepare" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (prepareArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: prepareQueue} }

type advancer struct {
	river.WorkerDefaults[advanceArgs]
	queue *queue
}

// Work implements river.Worker.
func (w *advancer) Work(ctx context.Context, job *river.Job[advanceArgs]) error {
	again, err := w.queue.wakes.Advance(ctx, job.Args.Account)
	return w.queue.after(ctx, job.JobRow, again, err, jobAccount, job.Args.Account)
}

type preparer struct {
	river.WorkerDefaults[prepareArgs]
	queue *queue
}

// Timeout implements river.Worker.
func (w *preparer) Timeout(*river.Job[prepareArgs]) time.Duration { return prepareTimeout }

// Work implements river.Worker.
func (w *preparer) Work(ctx context.Context, job *river.Job[prepareArgs]) error {
	again, err := w.queue.wakes.Prepare(ctx, job.Args.Deletion)
	return w.queue.after(ctx, job.JobRow, again, err, jobDeletion, job.Args.Deletion)
}

// after tells River what becomes of a job. A job that wants another turn ends all the same when another job for the same
// subject is due by then: otherwise each wake-up would leave one more job that never ends.
func (q *queue) after(ctx context.Context, job *rivertype.JobRow, again time.Duration, err error, field string, subject any) error {
	if err != nil {
		if ctx.Err() == nil {
			q.db.log.ErrorContext(ctx, "job stopped and is tried again", "kind", job.Kind, "subject", subject, "attempt", job.Attempt, "error", err)
		}
		return err
	}
	if again <= 0 {
		return nil
	}
	again = min(again, longestNap)
	due, err := q.otherDue(context.WithoutCancel(ctx), job, again, field, subject)
	if err != nil || !due {
		return errors.Join(err, river.JobSnooze(again))
	}
	return nil
}

// otherDue tells whether another job for the same subject will start within the given time. One that is running now does
// not count: it may have looked at the rows before they changed.
func (q *queue) otherDue(ctx context.Context, job *rivertype.JobRow, within time.Duration, field string, subject any) (bool, error) {
	var n int
	err := q.db.r.QueryRow(ctx, `SELECT count(*) FROM river_job
		WHERE kind = $1 AND id <> $2 AND state IN ('available', 'retryable', 'scheduled')
		AND `+field+` = $3 AND `+jobDue+` <= `+nowMS+` + $4`,
		job.Kind, job.ID, subject, within.Milliseconds()).Scan(&n)
	return n > 0, err
}

// cappedBackoff waits 1, 2, 4, 8, 16 and then always 30 seconds after an error.
type cappedBackoff struct{}

// NextRetry implements river.ClientRetryPolicy.
func (cappedBackoff) NextRetry(job *rivertype.JobRow) time.Time {
	failed := max(len(job.Errors), 0)
	return time.Now().Add(min(time.Second<<min(failed, 10), longestBackoff))
}

// fromWarn keeps River's own accounts of its work out of the log: River reports every job at a lower level. While the
// database cannot be written, which is logged once, River would say so several times a second.
type fromWarn struct {
	slog.Handler
	health *health
}

// Enabled implements slog.Handler.
func (h fromWarn) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.health.current() == nil && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (h fromWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return fromWarn{h.Handler.WithAttrs(attrs), h.health}
}

// WithGroup implements slog.Handler.
func (h fromWarn) WithGroup(name string) slog.Handler {
	return fromWarn{h.Handler.WithGroup(name), h.health}
}
