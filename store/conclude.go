package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"winnow/deletion"
)

// Conclude implements deletion.Store. With Outcome Unknown the counts and marks of the batch stay as they were proven
// before. An attempt of the batch that is still open is closed with it, as executed when more is deleted than before.
func (db *DB) Conclude(ctx context.Context, r deletion.Result) error {
	return db.inTx(ctx, func(tx *tx) error {
		if err := tx.lockDeletion(ctx, r.Deletion); err != nil {
			return err
		}
		return tx.conclude(ctx, r)
	})
}

// lockDeletion lines up what changes batches of the same deletion. Everything else that does so reads the deletion with
// forUpdate.
func (tx *tx) lockDeletion(ctx context.Context, id int64) error {
	err := tx.QueryRow(ctx, `SELECT id FROM deletions WHERE id = $1`+forUpdate, id).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return deletion.ErrNotFound
	}
	return wrap("lock the deletion", err)
}

func (tx *tx) conclude(ctx context.Context, r deletion.Result) error {
	b, err := tx.batch(ctx, r.Deletion, r.Batch)
	if err != nil {
		return err
	}
	if b.Outcome.Final() || b.Outcome == deletion.Waiting {
		return deletion.ErrChanged
	}
	if r.Outcome == deletion.Unknown {
		r.Deleted, r.Failed = b.Deleted, b.Failed
		return tx.writeResult(ctx, r)
	}
	if err := checkResult(r, b.Items-b.Changed); err != nil {
		return err
	}
	if err := tx.closeAttempt(ctx, r, b); err != nil {
		return err
	}
	if err := tx.writeResult(ctx, r); err != nil {
		return err
	}
	if err := tx.setMissed(ctx, r.Deletion, r.Batch, marks(r)); err != nil || !r.Waived {
		return err
	}
	return tx.auditCounted(ctx, r.Deletion, r.Batch)
}

// checkResult makes sure that every id of an ended batch is accounted for.
func checkResult(r deletion.Result, items int) error {
	if !r.Outcome.Final() || r.Outcome == deletion.NotSent || r.Outcome == deletion.LeftOut {
		return fmt.Errorf("batch %d cannot end as %s", r.Batch, r.Outcome)
	}
	if r.Deleted < 0 || r.Failed < 0 || r.Deleted+r.Failed != items {
		return fmt.Errorf("%d deleted and %d failed are not the %d ids of batch %d", r.Deleted, r.Failed, items, r.Batch)
	}
	if marked := countBits(r.Missed); r.Deleted > 0 && marked != r.Failed {
		return fmt.Errorf("%d ids of batch %d are marked as missed, but %d failed", marked, r.Batch, r.Failed)
	}
	return nil
}

// marks is the bitmap to store: none where the counts say it all.
func marks(r deletion.Result) deletion.Bitmap {
	if r.Failed == 0 || r.Deleted == 0 {
		return nil
	}
	return r.Missed
}

// closeAttempt closes the attempt of a batch that was concluded without settling it.
func (tx *tx) closeAttempt(ctx context.Context, r deletion.Result, b *deletion.Batch) error {
	open, err := scanAttempt(tx.QueryRow(ctx, selectAttempts+`WHERE a.deletion_id = $1 AND a.batch_n = $2
		AND a.state IN ('sending', 'unknown')`+forUpdate, r.Deletion, r.Batch))
	if errors.Is(err, deletion.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	state := deletion.AttemptNotExecuted
	if r.Deleted > b.Deleted {
		state = deletion.AttemptExecuted
	}
	for _, step := range []struct{ from, to deletion.AttemptState }{
		{deletion.AttemptSending, deletion.AttemptUnknown}, // an attempt does not end without having been unknown
		{deletion.AttemptUnknown, state},
		{deletion.AttemptParked, state},
	} {
		_, err := tx.Exec(ctx, `UPDATE attempts SET state = $3, next_check = 0, ended_at = `+nowMS+`
			WHERE deletion_id = $1 AND batch_n = $2 AND state = $4`, r.Deletion, r.Batch, step.to, step.from)
		if err != nil {
			return fmt.Errorf("close the attempt: %w", err)
		}
	}
	tx.auditEnd(ctx, open, deletion.Attempt{State: state})
	return nil
}

// writeResult writes the counts and the activity into the batch.
func (tx *tx) writeResult(ctx context.Context, r deletion.Result) error {
	text, err := encodeActivity(r.Activity)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'unknown' WHERE deletion_id = $1 AND n = $2 AND outcome = 'sending'`,
		r.Deletion, r.Batch)
	if err != nil {
		return fmt.Errorf("conclude the batch: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE batches SET outcome = $3, deleted = $4, failed = $5,
		activity_id = CASE WHEN $6 <> '' THEN $6 ELSE activity_id END,
		activity = CASE WHEN $6 <> '' THEN $7 ELSE activity END,
		checked_at = `+nowMS+`, next_check = 0, moved_at = 0, waits = '', `+waived("$8", "$9")+` WHERE deletion_id = $1 AND n = $2`,
		r.Deletion, r.Batch, r.Outcome, r.Deleted, r.Failed, r.Activity.ID, text, waiver(r.Outcome, r.Waived), deletion.ActorOf(ctx).Name)
	return wrap("conclude the batch", err)
}
