package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// claimable is the batch whose turn it is.
type claimable struct {
	deletion int64
	n        int
	source   deletion.Source
	lacking  int
	tries    int
	asOf     time.Time
}

// Claim implements deletion.Store. When it returns, the attempt is on the disk.
func (db *DB) Claim(ctx context.Context, account string, changes deletion.Changes) (*deletion.Attempt, error) {
	if err := db.health.sound(); err != nil {
		return nil, err
	}
	epoch, err := db.holdLease(ctx, account)
	if err != nil {
		return nil, err
	}
	for {
		var a *deletion.Attempt
		var generation int64
		err := db.inTx(ctx, func(tx *tx) (err error) {
			if err := tx.lockLease(ctx, account, epoch); err != nil {
				return err
			}
			if a, err = tx.claim(ctx, account, changes); a != nil && err == nil {
				generation, err = tx.claimed(ctx)
			}
			return err
		})
		if errors.Is(err, errOlder) {
			a, err = nil, db.startGeneration(ctx) // it is held now, and there is nothing to send
		}
		if err != nil {
			return nil, err
		}
		if a != nil {
			db.claimedDurably(ctx, generation)
			return a, nil
		}
	}
}

// claim takes the next batch, or leaves it out and returns nil when all of its contacts have changed.
func (tx *tx) claim(ctx context.Context, account string, changes deletion.Changes) (*deletion.Attempt, error) {
	halted, err := tx.halted(ctx)
	if err != nil {
		return nil, err
	}
	if halted {
		return nil, deletion.ErrHalted
	}
	c, err := tx.nextBatch(ctx, account)
	if err != nil {
		return nil, err
	}
	p, err := tx.payload(ctx, c.deletion, c.n, c.lacking)
	if err != nil {
		return nil, err
	}
	ids, err := tx.withoutChanged(ctx, c, p, changes)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	a := &deletion.Attempt{
		Account: account, Deletion: c.deletion, Batch: c.n, Try: c.tries + 1, Source: c.source,
		State: deletion.AttemptSending, Items: len(ids), Hash: hashIDs(ids), IDs: ids,
	}
	return a, tx.begin(ctx, a)
}

// withoutChanged marks and leaves out the contacts that changed after the preview. A batch without any other ends here.
func (tx *tx) withoutChanged(ctx context.Context, c *claimable, p *payload, changes deletion.Changes) ([]deletion.ID, error) {
	if c.source == deletion.FromLists || len(changes) == 0 {
		return p.lacking(), nil
	}
	marked := p.leaveOut(func(id deletion.ID) bool { return changes.Since(id, c.asOf) })
	if marked == 0 {
		return p.lacking(), nil
	}
	if _, err := tx.Exec(ctx, `UPDATE batch_ids SET changed = $3 WHERE deletion_id = $1 AND n = $2`,
		c.deletion, c.n, []byte(p.changed)); err != nil {
		return nil, fmt.Errorf("mark the changed contacts: %w", err)
	}
	ids := p.lacking()
	outcome := deletion.Waiting
	if len(ids) == 0 {
		outcome = deletion.LeftOut
	}
	_, err := tx.Exec(ctx, `UPDATE batches SET changed = changed + $3, outcome = $4 WHERE deletion_id = $1 AND n = $2`,
		c.deletion, c.n, marked, outcome)
	return ids, wrap("leave out the changed contacts", err)
}

// nextBatch finds the next waiting batch of the running deletion whose last claim is oldest. While the first batches of a
// deletion are proven one by one, only the next of these can be claimed.
func (tx *tx) nextBatch(ctx context.Context, account string) (*claimable, error) {
	var c claimable
	err := tx.QueryRow(ctx, `SELECT d.id, d.source, b.n, b.items - b.deleted - b.changed, b.tries, d.as_of
		FROM deletions d JOIN batches b ON b.deletion_id = d.id AND b.n = (SELECT w.n FROM batches w
			WHERE w.deletion_id = d.id AND w.outcome = 'waiting' AND (d.first_proven >= d.first_batches OR w.n <= d.first_proven + 1)
			ORDER BY w.again, w.n LIMIT 1)
		WHERE d.account_id = $1 AND d.state = 'running' AND NOT `+held+` AND NOT EXISTS (SELECT 1 FROM attempts a
			WHERE a.account_id = $1 AND a.state IN ('sending', 'unknown'))
		ORDER BY d.last_claim_at, d.id LIMIT 1`+forUpdate, account).
		Scan(&c.deletion, &c.source, &c.n, &c.lacking, &c.tries, msTime{&c.asOf})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNothingToSend
	}
	if err != nil {
		return nil, fmt.Errorf("find the next batch: %w", err)
	}
	return &c, nil
}

// begin writes the attempt down and makes its batch and its deletion say so.
func (tx *tx) begin(ctx context.Context, a *deletion.Attempt) error {
	err := tx.QueryRow(ctx, `INSERT INTO attempts (account_id, deletion_id, batch_n, try, state, items, hash, claimed_at)
		VALUES ($1, $2, $3, $4, 'sending', $5, $6, `+nowMS+`) RETURNING id, claimed_at`,
		a.Account, a.Deletion, a.Batch, a.Try, a.Items, a.Hash[:]).Scan(&a.ID, msTime{&a.ClaimedAt})
	if err != nil {
		return fmt.Errorf("store the attempt: %w", err)
	}
	tx.auditAttempt(ctx, deletion.ActionSending, a)
	_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'sending', tries = $3, claimed_at = $4, again = 0, activity_id = '', activity = '',
		checked_at = 0, next_check = 0 WHERE deletion_id = $1 AND n = $2`, a.Deletion, a.Batch, a.Try, toMS(a.ClaimedAt))
	if err != nil {
		return fmt.Errorf("claim the batch: %w", err)
	}
	// Two claims may fall into one millisecond: the turn must go round all the same.
	_, err = tx.Exec(ctx, `UPDATE deletions SET last_claim_at = (SELECT CASE WHEN max(o.last_claim_at) < $2 THEN $2
		ELSE max(o.last_claim_at) + 1 END FROM deletions o WHERE o.account_id = $3 AND o.state = 'running') WHERE id = $1`,
		a.Deletion, toMS(a.ClaimedAt), a.Account)
	return wrap("note the turn", err)
}
