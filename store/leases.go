package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"winnow/deletion"
)

// holding is what this process knows of its leases: the epoch in which it took each. What it believes may be out of date,
// and every use asks the database.
type holding struct {
	mu     sync.Mutex
	owner  string
	epochs map[string]int64
}

// newHolding makes up a name that no other process has. Its first parts, machine and process, help people who look at the table.
func newHolding() *holding {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &holding{owner: fmt.Sprintf("%s:%d/%s", host, os.Getpid(), rand.Text()), epochs: map[string]int64{}}
}

func (h *holding) epoch(name string) (epoch int64, held bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	epoch, held = h.epochs[name]
	return epoch, held
}

func (h *holding) note(name string, epoch int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.epochs[name] = epoch
}

func (h *holding) forget(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.epochs, name)
}

// Lease implements deletion.Store.
func (db *DB) Lease(ctx context.Context, name string) error {
	epoch, held := db.holding.epoch(name)
	if !held {
		return db.takeLease(ctx, name)
	}
	var until time.Time
	asked := time.Now()
	err := db.w.QueryRow(ctx, `UPDATE leases SET until = `+nowMS+` + $4 WHERE name = $1 AND owner = $2 AND epoch = $3 RETURNING until`,
		name, db.holding.owner, epoch, deletion.LeaseTime.Milliseconds()).Scan(msTime{&until})
	if errors.Is(err, sql.ErrNoRows) {
		db.holding.forget(name)
		return deletion.ErrLeased
	}
	if err != nil {
		return fmt.Errorf("renew the lease: %w", err)
	}
	db.sawClock(until.Add(-deletion.LeaseTime), asked)
	return nil
}

// takeLease takes a lease that is over, or was never taken, or is ours although we forgot. Its epoch grows when the owner
// changes: what we claimed before we gave it back is still ours if nobody had it since.
func (db *DB) takeLease(ctx context.Context, name string) error {
	var epoch int64
	var until time.Time
	asked := time.Now()
	err := db.w.QueryRow(ctx, `INSERT INTO leases AS l (name, owner, epoch, until) VALUES ($1, $2, 1, `+nowMS+` + $3)
		ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until,
			epoch = l.epoch + CASE WHEN l.owner = excluded.owner THEN 0 ELSE 1 END
		WHERE l.until <= `+nowMS+` OR l.owner = excluded.owner RETURNING epoch, until`,
		name, db.holding.owner, deletion.LeaseTime.Milliseconds()).Scan(&epoch, msTime{&until})
	if errors.Is(err, sql.ErrNoRows) {
		return deletion.ErrLeased
	}
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	db.holding.note(name, epoch)
	db.sawClock(until.Add(-deletion.LeaseTime), asked)
	return nil
}

// EndLease implements deletion.Store.
func (db *DB) EndLease(ctx context.Context, name string) error {
	epoch, held := db.holding.epoch(name)
	if !held {
		return nil
	}
	db.holding.forget(name)
	_, err := db.w.Exec(ctx, `UPDATE leases SET until = 0 WHERE name = $1 AND owner = $2 AND epoch = $3`,
		name, db.holding.owner, epoch)
	return wrap("give the lease back", err)
}

// holdLease returns the epoch of a lease that we hold; it takes the lease when nobody has it.
func (db *DB) holdLease(ctx context.Context, name string) (epoch int64, err error) {
	epoch, held := db.holding.epoch(name)
	if held {
		return epoch, nil
	}
	if err := db.takeLease(ctx, name); err != nil {
		return 0, err
	}
	epoch, _ = db.holding.epoch(name)
	return epoch, nil
}

// notStarted stands for the end of a request that was claimed and has not been started.
const notStarted = -1

// lockLease makes sure that the lease is still ours, and that it stays so until the transaction ends. It notes that a request
// is claimed; alone with the database, for how long it may be on its way. Locked first, it lines up all claims of an account.
func (tx *tx) lockLease(ctx context.Context, name string, epoch int64) error {
	until := nowMS + ` + $4`
	limit := deletion.OnTheWire.Milliseconds()
	if tx.db.shared() {
		until, limit = `$4`, notStarted
	}
	n, err := tx.Exec(ctx, `UPDATE leases SET claim_epoch = epoch, claim_until = `+until+`
		WHERE name = $1 AND owner = $2 AND epoch = $3`, name, tx.db.holding.owner, epoch, limit)
	if err != nil {
		return fmt.Errorf("lock the lease: %w", err)
	}
	if n == 0 {
		tx.db.holding.forget(name)
		return deletion.ErrLeased
	}
	return nil
}

// noteStart notes until when the request that was claimed last may be on its way. Whoever takes over waits for that, and
// withdraws one that was not started; so who lost the lease must not start it.
func (db *DB) noteStart(ctx context.Context, name string) error {
	epoch, held := db.holding.epoch(name)
	if !held {
		return deletion.ErrLeased
	}
	n, err := db.w.Exec(ctx, `UPDATE leases SET claim_until = `+nowMS+` + $4
		WHERE name = $1 AND owner = $2 AND epoch = $3 AND claim_epoch = epoch`, name, db.holding.owner, epoch, deletion.OnTheWire.Milliseconds())
	if err != nil {
		return fmt.Errorf("note that a request starts: %w", err)
	}
	if n == 0 {
		db.holding.forget(name)
		return deletion.ErrLeased
	}
	return nil
}

// unstartedEvidence is what is known of a request that was claimed and not started when its process died.
const unstartedEvidence = "The process that had it ended before it was sent."

// withdraw has the batch of a request that was never started wait again. Its process cannot start it any more: the epoch is
// another one, or that process is us.
func (tx *tx) withdraw(ctx context.Context, account string, epoch int64) error {
	a, err := scanAttempt(tx.QueryRow(ctx, selectAttempts+`WHERE a.account_id = $1 AND a.state = 'sending' AND EXISTS (SELECT 1
		FROM leases l WHERE l.name = $1 AND l.owner = $2 AND l.epoch = $3 AND l.claim_until = $4)`+forUpdate,
		account, tx.db.holding.owner, epoch, notStarted))
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, deletion.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find a request that was not started: %w", err)
	}
	ended := *a
	ended.State, ended.ErrorText = deletion.AttemptUnsent, unstartedEvidence
	if err := tx.settleAttempt(ctx, a, ended); err != nil {
		return err
	}
	tx.auditEnd(ctx, a, ended)
	if err := tx.settleBatch(ctx, a, deletion.Settlement{Attempt: ended, Outcome: deletion.Waiting}); err != nil {
		return err
	}
	return tx.leaveOut(ctx, a.Deletion, a.Batch)
}
