package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"winnow/deletion"
)

// settle is Settle without a net.
func (db *DB) settle(ctx context.Context, s deletion.Settlement) error {
	return db.inTx(ctx, func(tx *tx) error {
		a, err := scanAttempt(tx.QueryRow(ctx, selectAttempts+`WHERE a.id = $1`+forUpdate, s.Attempt.ID))
		if err != nil {
			return err
		}
		if !a.State.Open() {
			return deletion.ErrChanged
		}
		if a.State == deletion.AttemptParked && s.Attempt.State == deletion.AttemptUnknown {
			s.Attempt.State = deletion.AttemptParked // it is as unknown as before
		}
		if err := checkSettlement(a, s); err != nil {
			return err
		}
		if err := tx.settleAttempt(ctx, a, s.Attempt); err != nil {
			return err
		}
		tx.auditEnd(ctx, a, s.Attempt)
		switch {
		case s.Result != nil && s.Outcome == deletion.Waiting:
			err = tx.keepRemainder(ctx, a, *s.Result)
		case s.Result != nil:
			err = tx.conclude(ctx, *s.Result)
		default:
			err = tx.settleBatch(ctx, a, s)
		}
		if err != nil {
			return err
		}
		return tx.leaveOut(ctx, a.Deletion, a.Batch)
	})
}

// checkSettlement refuses what could send something twice or lose track of an activity.
func checkSettlement(a *deletion.Attempt, s deletion.Settlement) error {
	state := s.Attempt.State
	switch {
	case s.Result != nil && (s.Result.Deletion != a.Deletion || s.Result.Batch != a.Batch || s.Result.Outcome != s.Outcome):
		return errors.New("the result is not that of the attempt's batch")
	case s.Result != nil && state != deletion.AttemptExecuted:
		return fmt.Errorf("an attempt that is %s does not end its batch", state)
	case s.Outcome == deletion.Waiting:
		remainder := s.Result != nil && state == deletion.AttemptExecuted
		if !remainder && state != deletion.AttemptUnsent && state != deletion.AttemptRejected && state != deletion.AttemptNotExecuted {
			return fmt.Errorf("a batch whose attempt is %s cannot wait again", state)
		}
	case s.Outcome == deletion.Accepted && s.Activity.ID == "":
		return errors.New("a batch cannot be accepted without an activity")
	case s.Outcome == deletion.Sending || s.Outcome == deletion.NotSent:
		return fmt.Errorf("a batch cannot be settled as %s", s.Outcome)
	}
	if a.State != deletion.AttemptSending && (state == deletion.AttemptUnsent || state == deletion.AttemptRejected) {
		return deletion.ErrChanged // taken for lost meanwhile; looking finds out
	}
	if (state == deletion.AttemptUnknown || state == deletion.AttemptParked) && s.Outcome != deletion.Unknown {
		return fmt.Errorf("a batch whose attempt is unknown cannot be %s", s.Outcome)
	}
	return nil
}

// settleAttempt writes the attempt's result over what was known of it.
func (tx *tx) settleAttempt(ctx context.Context, old *deletion.Attempt, a deletion.Attempt) error {
	activityID := sql.NullString{String: cmp.Or(a.ActivityID, old.ActivityID)}
	activityID.Valid = activityID.String != ""
	_, err := tx.Exec(ctx, `UPDATE attempts SET state = $2, activity_id = $3, http_status = $4, error_key = $5, error_text = $6,
		evidence = $7, checks = $8, next_check = $9,
		ended_at = CASE WHEN $10 THEN 0 ELSE `+nowMS+` END WHERE id = $1`,
		old.ID, a.State, activityID, cmp.Or(a.HTTPStatus, old.HTTPStatus), cmp.Or(a.ErrorKey, old.ErrorKey),
		cmp.Or(a.ErrorText, old.ErrorText), cmp.Or(a.Evidence, old.Evidence), max(a.Checks, old.Checks), toMS(a.NextCheck),
		a.State.Open())
	return wrap("settle the attempt", err)
}

// settleBatch writes what the attempt's result makes of its batch.
func (tx *tx) settleBatch(ctx context.Context, a *deletion.Attempt, s deletion.Settlement) error {
	text, err := encodeActivity(s.Activity)
	if err != nil {
		return err
	}
	moved := movedAt("$9")
	if a.Source == deletion.FromLists && s.Outcome == deletion.Unknown {
		moved = "0" // whether it ran is asked at once
	}
	_, err = tx.Exec(ctx, `UPDATE batches SET outcome = $3,
		deleted = CASE WHEN $3 = 'completed' THEN items - changed ELSE deleted END,
		failed = CASE WHEN $3 IN ('failed', 'timed_out', 'cancelled', 'rejected') THEN items - deleted - changed ELSE 0 END,
		again = CASE WHEN $3 = 'waiting' AND $8 THEN 1 ELSE 0 END,
		activity_id = CASE WHEN $4 <> '' THEN $4 ELSE activity_id END,
		activity = CASE WHEN $4 <> '' THEN $5 ELSE activity END,
		checked_at = CASE WHEN $6 > 0 OR $4 <> '' OR $9 <> '' THEN `+nowMS+` ELSE checked_at END,
		next_check = $7, moved_at = `+moved+`, waits = $9, `+waived("$10", "$11")+`
		WHERE deletion_id = $1 AND n = $2`,
		a.Deletion, a.Batch, s.Outcome, s.Activity.ID, text, s.Attempt.HTTPStatus, toMS(s.NextCheck), s.Attempt.State == deletion.AttemptNotExecuted,
		waitsFor(s), waiver(s.Outcome, s.Waived), deletion.ActorOf(ctx).Name)
	switch {
	case err != nil:
		return fmt.Errorf("settle the batch: %w", err)
	case s.Waived:
		return tx.auditCounted(ctx, a.Deletion, a.Batch)
	case s.Outcome == deletion.Completed:
		return tx.setMissed(ctx, a.Deletion, a.Batch, nil)
	}
	return nil
}

// keepRemainder has what an attempt missed wait for one more try.
func (tx *tx) keepRemainder(ctx context.Context, a *deletion.Attempt, r deletion.Result) error {
	b, err := tx.batch(ctx, a.Deletion, a.Batch)
	if err != nil {
		return err
	}
	if marked := countBits(r.Missed); r.Failed != 0 || marked == 0 || r.Deleted+marked+b.Changed != b.Items {
		return fmt.Errorf("%d deleted and %d missed are not the %d ids of batch %d", r.Deleted, marked, b.Items, b.N)
	}
	_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'waiting', deleted = $3, again = 1, next_check = 0, moved_at = 0, waits = ''
		WHERE deletion_id = $1 AND n = $2`, a.Deletion, a.Batch, r.Deleted)
	if err != nil {
		return fmt.Errorf("keep the remainder: %w", err)
	}
	return tx.setMissed(ctx, a.Deletion, a.Batch, r.Missed)
}

// leaveOut makes a batch that waits again in a stopped deletion part of what is not sent.
func (tx *tx) leaveOut(ctx context.Context, id int64, n int) error {
	_, err := tx.Exec(ctx, `UPDATE batches SET outcome = 'not_sent' WHERE deletion_id = $1 AND n = $2 AND outcome = 'waiting'
		AND EXISTS (SELECT 1 FROM deletions d WHERE d.id = $1 AND d.state = 'stopped')`, id, n)
	return wrap("leave out the batch", err)
}

func (tx *tx) setMissed(ctx context.Context, id int64, n int, missed deletion.Bitmap) error {
	_, err := tx.Exec(ctx, `UPDATE batch_ids SET missed = $3 WHERE deletion_id = $1 AND n = $2`, id, n, []byte(missed))
	return wrap("mark the missed ids", err)
}

// RecordActivity implements deletion.Store. ErrChanged when the batch is not open, or follows another activity.
func (db *DB) RecordActivity(ctx context.Context, id int64, n int, a deletion.Activity) error {
	text, err := encodeActivity(a)
	if err != nil {
		return err
	}
	changed, err := db.w.Exec(ctx, `UPDATE batches SET activity = $4, activity_id = $3, checked_at = `+nowMS+`,
		moved_at = `+movedAt("$5")+`, waits = $5
		WHERE deletion_id = $1 AND n = $2 AND outcome IN ('sending', 'unknown', 'accepted') AND activity_id IN ('', $3)`,
		id, n, a.ID, text, a.Standing())
	if err != nil {
		return fmt.Errorf("record the activity: %w", err)
	}
	if changed == 0 {
		return deletion.ErrChanged
	}
	return nil
}
