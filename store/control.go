package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"winnow/deletion"
)

// noWaiting and noOpen are true for a deletion without batches that wait, and without batches that were sent and are not
// final.
const (
	noWaiting = `NOT EXISTS (SELECT 1 FROM tallies t WHERE t.deletion_id = deletions.id AND t.outcome = 'waiting' AND t.batches > 0)`
	noOpen    = `NOT EXISTS (SELECT 1 FROM tallies t WHERE t.deletion_id = deletions.id
		AND t.outcome IN ('sending', 'accepted', 'unknown') AND t.batches > 0)`
	// run is what makes a deletion run, whatever it was before.
	run = `state = 'running', reason = '', reason_note = '', resume_at = 0, ended_at = 0`
)

// state reads and locks the state of the account's deletion.
func (tx *tx) state(ctx context.Context, account string, id int64) (deletion.State, error) {
	var state deletion.State
	err := tx.QueryRow(ctx, `SELECT state FROM deletions WHERE id = $1 AND account_id = $2`+forUpdate, id, account).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", deletion.ErrNotFound
	}
	return state, wrap("look up the deletion", err)
}

// change runs f in a transaction when the account's deletion is in one of the states.
func (db *DB) change(ctx context.Context, account string, id int64, f func(*tx) error, states ...deletion.State) error {
	return db.inTx(ctx, func(tx *tx) error {
		state, err := tx.state(ctx, account, id)
		if err != nil {
			return err
		}
		if !slices.Contains(states, state) {
			return deletion.ErrChanged
		}
		return f(tx)
	})
}

// Confirm implements deletion.Store.
func (db *DB) Confirm(ctx context.Context, account string, id int64, c deletion.Confirmation) error {
	return db.change(ctx, account, id, func(tx *tx) error {
		changed, err := tx.Exec(ctx, `UPDATE deletions SET `+run+`, confirmed_by_id = $2, confirmed_by_name = $3,
			confirmed_at = `+nowMS+`, first_batches = CASE WHEN batches <= $6 THEN batches - 1 ELSE $6 END
			WHERE id = $1 AND items = $4 AND hash = $5`, id, c.By.ID, c.By.Name, c.Count, c.Hash[:], c.FirstBatches)
		if err != nil {
			return fmt.Errorf("confirm the deletion: %w", err)
		}
		if changed == 0 {
			return deletion.ErrChanged
		}
		confirmed := deletion.AuditRow{Action: deletion.ActionConfirmed, Actor: deletion.Actor{User: c.By}}
		if err := tx.auditManifest(ctx, id, confirmed); err != nil {
			return err
		}
		return tx.wake(ctx, account, time.Time{})
	}, deletion.Ready)
}

// Pause implements deletion.Store. With a time to resume at, the account is woken then; who is woken calls ResumeAccount.
func (db *DB) Pause(ctx context.Context, account string, id int64, reason deletion.Reason, note string, resumeAt time.Time) error {
	return db.change(ctx, account, id, func(tx *tx) error {
		_, err := tx.Exec(ctx, `UPDATE deletions SET state = 'paused', reason = $2, reason_note = $3, resume_at = $4 WHERE id = $1`,
			id, reason, note, toMS(resumeAt))
		if err != nil {
			return fmt.Errorf("pause the deletion: %w", err)
		}
		tx.auditDeletions(ctx, account, []int64{id}, paused(reason, note))
		return tx.wakeAt(ctx, account, resumeAt)
	}, deletion.Running)
}

// PauseAccount implements deletion.Store. With nothing running it does nothing.
func (db *DB) PauseAccount(ctx context.Context, account string, reason deletion.Reason, note string, resumeAt time.Time) error {
	return db.inTx(ctx, func(tx *tx) error { return tx.pauseAccount(ctx, account, reason, note, resumeAt) })
}

func (tx *tx) pauseAccount(ctx context.Context, account string, reason deletion.Reason, note string, resumeAt time.Time) error {
	var ids []int64
	err := tx.each(ctx, scanInto(&ids), `UPDATE deletions SET state = 'paused', reason = $2, reason_note = $3, resume_at = $4
		WHERE account_id = $1 AND state = 'running' RETURNING id`, account, reason, note, toMS(resumeAt))
	if err != nil || len(ids) == 0 {
		return wrap("pause the account", err)
	}
	tx.auditDeletions(ctx, account, ids, paused(reason, note))
	return tx.wakeAt(ctx, account, resumeAt)
}

// wakeAt plans a wake-up, unless the time is zero.
func (tx *tx) wakeAt(ctx context.Context, account string, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	return tx.wake(ctx, account, at)
}

// Resume implements deletion.Store. What is held is released, not resumed.
func (db *DB) Resume(ctx context.Context, account string, id int64, asOf time.Time) error {
	return db.change(ctx, account, id, func(tx *tx) error {
		resumed, err := tx.Exec(ctx, `UPDATE deletions SET `+run+`,
			as_of = CASE WHEN reason = 'changes' THEN $2 ELSE as_of END,
			first_proven = CASE WHEN reason = 'surprise' THEN first_batches ELSE first_proven END
			WHERE id = $3 AND NOT (reason = $4 AND `+held+`)`, account, toMS(asOf), id, deletion.Restored)
		if err != nil {
			return fmt.Errorf("resume the deletion: %w", err)
		}
		if resumed == 0 {
			return deletion.ErrChanged
		}
		tx.auditDeletions(ctx, account, []int64{id}, deletion.AuditRow{Action: deletion.ActionResumed})
		return tx.wake(ctx, account, time.Time{})
	}, deletion.Paused)
}

// ResumeAccount implements deletion.Store. With nothing to resume it does nothing.
func (db *DB) ResumeAccount(ctx context.Context, account string, reason deletion.Reason) error {
	return db.inTx(ctx, func(tx *tx) error {
		var ids []int64
		err := tx.each(ctx, scanInto(&ids), `UPDATE deletions SET `+run+` WHERE account_id = $1 AND state = 'paused' AND reason = $2
			AND resume_at <= `+nowMS+` RETURNING id`, account, reason)
		if err != nil || len(ids) == 0 {
			return wrap("resume the account", err)
		}
		resumed := deletion.AuditRow{Action: deletion.ActionResumed, Reason: reason.Words()}
		tx.auditDeletions(ctx, account, ids, resumed)
		return tx.wake(ctx, account, time.Time{})
	})
}

// Stop implements deletion.Store. Batches that were sent are followed to their end.
func (db *DB) Stop(ctx context.Context, account string, id int64) error {
	return db.change(ctx, account, id, func(tx *tx) error {
		left, err := tx.waiting(ctx, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'not_sent' WHERE deletion_id = $1 AND outcome = 'waiting'`, id)
		if err != nil {
			return fmt.Errorf("leave out what is not sent: %w", err)
		}
		var ended bool
		err = tx.QueryRow(ctx, `UPDATE deletions SET state = 'stopped', reason = '', reason_note = '', resume_at = 0,
			ended_at = CASE WHEN `+noOpen+` THEN `+nowMS+` ELSE 0 END WHERE id = $1 RETURNING ended_at > 0`, id).Scan(&ended)
		if err != nil {
			return fmt.Errorf("stop the deletion: %w", err)
		}
		stopped := deletion.AuditRow{Action: deletion.ActionStopped, Count: left}
		tx.auditDeletions(ctx, account, []int64{id}, stopped)
		if !ended {
			return nil
		}
		return tx.auditEnded(ctx, account, []int64{id})
	}, deletion.Running, deletion.Paused)
}

// waiting is how many ids of a deletion wait to be sent.
func (tx *tx) waiting(ctx context.Context, id int64) (ids int64, err error) {
	err = tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(items - deleted - failed - changed), 0) AS BIGINT) FROM tallies
		WHERE deletion_id = $1 AND outcome = 'waiting'`, id).Scan(&ids)
	return ids, wrap("count what waits", err)
}

// RetryFailed implements deletion.Store. Without failed rows that may be sent again it changes nothing and returns 0. What a stop left out stays
// left out.
func (db *DB) RetryFailed(ctx context.Context, account string, id int64, asOf time.Time) (rows int64, err error) {
	err = db.change(ctx, account, id, func(tx *tx) error {
		err := tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(failed), 0) AS BIGINT) - `+waivedFailed+` FROM tallies WHERE deletion_id = $1`, id).Scan(&rows)
		if err != nil || rows == 0 {
			return wrap("count the failed rows", err)
		}
		_, err = tx.Exec(ctx, `UPDATE batches SET outcome = 'waiting', failed = 0 WHERE deletion_id = $1 AND failed > 0
			AND waived_at = 0 AND outcome IN ('completed', 'failed', 'timed_out', 'cancelled', 'rejected')`, id)
		if err != nil {
			return fmt.Errorf("let the failed rows wait: %w", err)
		}
		return tx.runAgain(ctx, account, id, rows, asOf)
	}, deletion.Running, deletion.Paused, deletion.Finished, deletion.Stopped)
	return rows, err
}

// FinishDeletions implements deletion.Store. A deletion that was stopped and then ran again for its failed rows becomes
// stopped again, because the rest was still not sent.
func (db *DB) FinishDeletions(ctx context.Context, account string) (running int, err error) {
	err = db.inTx(ctx, func(tx *tx) error {
		var ended []int64
		err := tx.each(ctx, scanInto(&ended), `UPDATE deletions SET ended_at = `+nowMS+`, state = CASE WHEN EXISTS (SELECT 1 FROM tallies t
				WHERE t.deletion_id = deletions.id AND t.outcome = 'not_sent' AND t.batches > 0) THEN 'stopped' ELSE 'finished' END
			WHERE account_id = $1 AND state = 'running' AND `+noWaiting+` AND `+noOpen+` RETURNING id`, account)
		if err != nil {
			return fmt.Errorf("finish deletions: %w", err)
		}
		err = tx.each(ctx, scanInto(&ended), `UPDATE deletions SET ended_at = `+nowMS+`
			WHERE account_id = $1 AND state = 'stopped' AND ended_at = 0 AND `+noOpen+` RETURNING id`, account)
		if err != nil {
			return fmt.Errorf("end stopped deletions: %w", err)
		}
		if err := tx.auditEnded(ctx, account, ended); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `SELECT count(*) FROM deletions WHERE account_id = $1 AND state = 'running'`, account).Scan(&running)
		return wrap("count running deletions", err)
	})
	return running, err
}
