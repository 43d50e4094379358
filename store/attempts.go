package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"winnow/deletion"
)

const selectAttempts = `SELECT a.id, a.account_id, a.deletion_id, a.batch_n, a.try, d.source, a.state, a.items, a.hash,
	a.claimed_at, a.ended_at, coalesce(a.activity_id, ''), a.http_status, a.error_key, a.error_text, a.evidence, a.checks,
	a.next_check FROM attempts a JOIN deletions d ON d.id = a.deletion_id `

func scanAttempt(row scanner) (*deletion.Attempt, error) {
	var a deletion.Attempt
	err := row.Scan(&a.ID, &a.Account, &a.Deletion, &a.Batch, &a.Try, &a.Source, &a.State, &a.Items, hash{&a.Hash},
		msTime{&a.ClaimedAt}, msTime{&a.EndedAt}, &a.ActivityID, &a.HTTPStatus, &a.ErrorKey, &a.ErrorText, &a.Evidence,
		&a.Checks, msTime{&a.NextCheck})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the attempt: %w", err)
	}
	return &a, nil
}

// Attempts implements deletion.Store, the first try first.
func (db *DB) Attempts(ctx context.Context, id int64, n int) ([]*deletion.Attempt, error) {
	var list []*deletion.Attempt
	err := db.r.each(ctx, func(rows *sql.Rows) error {
		a, err := scanAttempt(rows)
		list = append(list, a)
		return err
	}, selectAttempts+`WHERE a.deletion_id = $1 AND a.batch_n = $2 ORDER BY a.try`, id, n)
	if err != nil {
		return nil, fmt.Errorf("list attempts: %w", err)
	}
	return list, nil
}

// NextUnknown implements deletion.Store.
func (db *DB) NextUnknown(ctx context.Context, account string) (*deletion.Attempt, error) {
	a, err := scanAttempt(db.r.QueryRow(ctx, selectAttempts+`WHERE a.account_id = $1 AND a.state IN ('unknown', 'parked')
		ORDER BY a.next_check, a.id LIMIT 1`, account))
	if err != nil {
		return nil, err
	}
	p, err := db.r.payload(ctx, a.Deletion, a.Batch, a.Items)
	if err != nil {
		return nil, err
	}
	a.IDs = p.lacking()
	if hashIDs(a.IDs) != a.Hash {
		return nil, fmt.Errorf("attempt %d: the ids differ from those that were sent", a.ID)
	}
	return a, nil
}

// payload reads the ids that a batch lacks.
func (q q) payload(ctx context.Context, id int64, n, lacking int) (*payload, error) {
	var packed, missed, changed []byte
	err := q.QueryRow(ctx, `SELECT ids, missed, changed FROM batch_ids WHERE deletion_id = $1 AND n = $2`, id, n).
		Scan(&packed, &missed, &changed)
	if err != nil {
		return nil, fmt.Errorf("read the ids of batch %d of deletion %d: %w", n, id, err)
	}
	p, err := unpackPayload(packed, missed, changed, lacking)
	return p, wrap(fmt.Sprintf("batch %d of deletion %d", n, id), err)
}

// Park implements deletion.Store. The trigger attempts_park keeps to the same number.
func (db *DB) Park(ctx context.Context, attempt int64) error {
	return db.inTx(ctx, func(tx *tx) error {
		parked, err := tx.Exec(ctx, `UPDATE attempts SET state = 'parked' WHERE id = $1 AND state = 'unknown'
			AND (SELECT d.source FROM deletions d WHERE d.id = attempts.deletion_id) <> 'lists'
			AND (SELECT count(*) FROM attempts o WHERE o.account_id = attempts.account_id AND o.state IN ('unknown', 'parked')
				AND o.state = 'parked') < $2`, attempt, deletion.MaxParked)
		if err != nil {
			return fmt.Errorf("park the attempt: %w", err)
		}
		if parked == 0 {
			return deletion.ErrChanged
		}
		a, err := scanAttempt(tx.QueryRow(ctx, selectAttempts+`WHERE a.id = $1`, attempt))
		if err != nil {
			return err
		}
		tx.auditAttempt(ctx, deletion.ActionAttempt, a)
		return nil
	})
}

// lostEvidence is what is known of an attempt whose process died.
const lostEvidence = "Winnow ended while the request may have been on its way."

// OnTheWay implements deletion.Store.
func (db *DB) OnTheWay(ctx context.Context, account string) (bool, error) {
	var there bool
	err := db.r.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM attempts WHERE account_id = $1 AND state = 'sending'
		AND state IN ('sending', 'unknown'))`, account).Scan(&there)
	return there, wrap("look for a request on its way", err)
}

// AdoptLost implements deletion.Store. Only who makes sure that nobody else in this process works for the account may call
// it; other processes are kept away by the lease.
func (db *DB) AdoptLost(ctx context.Context, account string) (int, error) {
	if err := db.health.sound(); err != nil { // the answer may be among what was kept
		return 0, err
	}
	epoch, err := db.holdLease(ctx, account)
	if err != nil {
		return 0, err
	}
	lost := 0
	err = db.inTx(ctx, func(tx *tx) error {
		if err := tx.withdraw(ctx, account, epoch); err != nil {
			return err
		}
		var id int64
		var n int
		err := tx.QueryRow(ctx, `UPDATE attempts SET state = 'unknown', evidence = $2 WHERE account_id = $1 AND state = 'sending'
			AND state IN ('sending', 'unknown') AND EXISTS (SELECT 1 FROM leases l WHERE l.name = $1 AND l.owner = $3 AND l.epoch = $4
				AND (l.claim_epoch = $4 OR l.claim_until <= `+nowMS+`))
			RETURNING deletion_id, batch_n`, account, lostEvidence, db.holding.owner, epoch).Scan(&id, &n)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("adopt a lost attempt: %w", err)
		}
		lost = 1 // the index attempts_one_open allows no more
		_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'unknown' WHERE deletion_id = $1 AND n = $2 AND outcome = 'sending'`, id, n)
		if err != nil {
			return fmt.Errorf("adopt a lost batch: %w", err)
		}
		a, err := scanAttempt(tx.QueryRow(ctx, selectAttempts+`WHERE a.deletion_id = $1 AND a.batch_n = $2 AND a.state = 'unknown'`, id, n))
		if err != nil {
			return err
		}
		a.ErrorText = lostEvidence
		tx.auditAttempt(ctx, deletion.ActionAttempt, a)
		return nil
	})
	return lost, err
}
