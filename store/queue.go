package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// Wakes are what the queue calls. A wake-up may come twice, early or for nothing; the rows say what there is to do. The
// context of a wake-up ends when the queue stops: it then finishes the request that is on the wire and returns.
type Wakes struct {
	// Advance works for an account; it wants to be called after again, or with 0 only when somebody wakes it.
	Advance func(ctx context.Context, account string) (again time.Duration, err error)
	// Prepare works on a deletion from members or lists that is preparing, in the same way.
	Prepare func(ctx context.Context, deletion int64) (again time.Duration, err error)
}

const (
	advanceQueue = "advance"
	prepareQueue = "prepare"
	// fetchCooldown lets a wake-up begin about 50 ms after its transaction; with River's 100 ms some wait for the next poll.
	fetchCooldown = 20 * time.Millisecond
	fetchPoll     = time.Second
	// accountsAtOnce is how many accounts are worked on side by side: as many as the line of the governor holds. They mostly
	// wait, since all of them share 4 calls a second. One more would wait for the end of another one's turn of a minute.
	accountsAtOnce = 100
	// preparingAtOnce keeps long readings of lists from taking the places of the accounts.
	preparingAtOnce = 8
	// keepJobs is how long finished jobs can be looked at.
	keepJobs = 10 * time.Minute
	// advanceTimeout ends a turn for an account. The runner returns after 60 s, and after what it has begun by then: at worst a
	// look at 500 contacts one by one while 50 accounts share 4 calls a second, which begins anew when it is cut off.
	advanceTimeout = 2 * time.Hour
	// prepareTimeout ends a turn of reading lists, which also begins anew: the calls of a day are used by then.
	prepareTimeout = 24 * time.Hour
	// rescueAfter is when River takes a job for that of a dead process, at the earliest: a job of a living one has ended by
	// then. It only tidies the table. What the dead process worked on goes on within seconds; see reconcile.
	rescueAfter = advanceTimeout + 5*time.Minute
	// maxAttempts bounds the list of errors in a job's row, not the patience: the reconciler puts in a new job when this
	// one is discarded, after about 50 minutes of errors.
	maxAttempts = 100
)

// queue is the River client. Its jobs hold nothing but ids.
type queue struct {
	db     *DB
	client jobClient
	wakes  Wakes
	stop   context.CancelFunc // ends the reconciler
	done   sync.WaitGroup
}

func newQueue(db *DB) (*queue, error) {
	q := &queue{db: db}
	workers := river.NewWorkers()
	river.AddWorker(workers, &advancer{queue: q})
	river.AddWorker(workers, &preparer{queue: q})
	config := &river.Config{
		Logger:  slog.New(fromWarn{db.log.Handler(), db.health}),
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			advanceQueue: {MaxWorkers: accountsAtOnce},
			prepareQueue: {MaxWorkers: preparingAtOnce},
		},
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPoll,
		JobTimeout:                  advanceTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		MaxAttempts:                 maxAttempts,
		RetryPolicy:                 cappedBackoff{},
		CompletedJobRetentionPeriod: keepJobs,
		DiscardedJobRetentionPeriod: 24 * time.Hour,
	}
	var err error
	if db.pool != nil {
		q.client, err = newClient(riverpgxv5.New(db.pool), config, func(t *tx) pgx.Tx { return t.pgx })
	} else {
		q.client, err = newClient(riversqlite.New(db.write), config, func(t *tx) *sql.Tx { return t.sql })
	}
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return q, nil
}

// StartQueue begins to call wakes: at once for everything that has work, then whenever somebody wakes an account. ctx is
// for starting only.
func (db *DB) StartQueue(ctx context.Context, wakes Wakes) error {
	q := db.queue
	q.wakes = wakes
	if err := q.reconcile(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	ctx, q.stop = context.WithCancel(ctx)
	q.done.Go(func() {
		ticker := time.NewTicker(reconcileEvery)
		defer ticker.Stop()
		q.reconcileFrom(ctx, ticker.C)
	})
	return nil
}

// StopQueue takes no more jobs, ends the contexts of those that run and waits until they have returned, at most as long
// as ctx lasts. It returns ctx's error when some are still at work. Stopping what is not started does nothing.
func (db *DB) StopQueue(ctx context.Context) error {
	q := db.queue
	if q.stop == nil {
		return nil
	}
	q.stop()
	q.done.Wait()
	if err := q.client.StopAndCancel(ctx); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// Wake has the account looked at as soon as possible.
func (db *DB) Wake(ctx context.Context, account string) error {
	return db.inTx(ctx, func(tx *tx) error { return tx.wake(ctx, account, time.Time{}) })
}

// wake has the account looked at when the transaction is committed, or at the time at when it is not zero.
func (tx *tx) wake(ctx context.Context, account string, at time.Time) error {
	err := tx.db.queue.client.insert(ctx, tx, advanceArgs{account}, &river.InsertOpts{ScheduledAt: at})
	if err != nil {
		return fmt.Errorf("wake the account: %w", err)
	}
	return nil
}

// wakePreparing has a preparing deletion looked at when the transaction is committed.
func (tx *tx) wakePreparing(ctx context.Context, deletion int64) error {
	if err := tx.db.queue.client.insert(ctx, tx, prepareArgs{deletion}, nil); err != nil {
		return fmt.Errorf("wake the preparing deletion: %w", err)
	}
	return nil
}
