package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"winnow/deletion"
)

// waivedFailed is how many failed rows of the deletion $1 are in batches for which a person stopped waiting.
const waivedFailed = `(SELECT CAST(coalesce(sum(w.failed), 0) AS BIGINT) FROM batches w WHERE w.deletion_id = $1 AND w.waived_at > 0)`

// movedAt is the new value of the column: unchanged while the words for what a batch waits for are, or when they were not kept yet.
func movedAt(waits string) string {
	return strings.ReplaceAll(`CASE WHEN $w = '' THEN 0 WHEN moved_at > 0 AND waits IN ('', $w) THEN moved_at ELSE `+nowMS+` END`, "$w", waits)
}

// waitsFor says what the batch waits for after a settlement: its own activity, or what may be its own.
func waitsFor(s deletion.Settlement) string {
	if s.Outcome == deletion.Accepted {
		return s.Activity.Standing()
	}
	return s.Waits
}

// waived sets the columns of a batch for which a person stopped waiting as a waiver says; by is who did, if it is only known now.
func waived(waiver, by string) string {
	return strings.NewReplacer("$w", "CAST("+waiver+" AS TEXT)", "$by", by).Replace(`
		waived_by = CASE $w WHEN 'ends' THEN '' WHEN 'counts' THEN CASE WHEN waived_at > 0 THEN waived_by ELSE $by END ELSE waived_by END,
		waived_at = CASE $w WHEN 'ends' THEN 0 WHEN 'counts' THEN CASE WHEN waived_at > 0 THEN waived_at ELSE ` + nowMS + ` END ELSE waived_at END`)
}

// waiver says what becomes of a person's word not to wait when a batch gets an outcome: it stays while the batch is open, counts when
// it made the end, and is void when something else did.
func waiver(o deletion.Outcome, waived bool) string {
	switch {
	case o == deletion.Unknown || o == deletion.Accepted:
		return "stays"
	case waived:
		return "counts"
	}
	return "ends"
}

// StopWaiting implements deletion.Store. The batch is looked at at once.
func (db *DB) StopWaiting(ctx context.Context, account string, id int64, n int, since time.Time) error {
	return db.inTx(ctx, func(tx *tx) error {
		if _, err := tx.state(ctx, account, id); err != nil {
			return err
		}
		by := deletion.ActorOf(ctx).Name
		changed, err := tx.Exec(ctx, `UPDATE batches SET waived_at = `+nowMS+`, waived_by = $4, next_check = 0 WHERE deletion_id = $1 AND n = $2
			AND outcome IN ('accepted', 'unknown') AND waived_at = 0 AND moved_at > 0 AND moved_at = $3 AND moved_at <= `+nowMS+` - $5`,
			id, n, toMS(since), by, deletion.AskAfter.Milliseconds())
		if err != nil {
			return fmt.Errorf("stop waiting: %w", err)
		}
		if changed == 0 {
			return deletion.ErrChanged
		}
		_, err = tx.Exec(ctx, `UPDATE attempts SET next_check = 0 WHERE deletion_id = $1 AND batch_n = $2 AND state IN ('unknown', 'parked')`, id, n)
		if err != nil {
			return fmt.Errorf("look at once: %w", err)
		}
		if err := tx.auditWaived(ctx, account, id, n); err != nil {
			return err
		}
		return tx.wake(ctx, account, time.Time{})
	})
}

// auditWaived adds a row about a batch that a person does not want to wait for.
func (tx *tx) auditWaived(ctx context.Context, account string, id int64, n int) error {
	b, err := tx.batch(ctx, id, n)
	if err != nil {
		return err
	}
	r := deletion.AuditRow{Action: deletion.ActionWaived, Deletion: id, Batch: n, Activity: b.Activity.ID, Count: int64(b.Open()),
		Reason: b.Waits + " It has not moved since " + b.MovedAt.Format("2 January 2006, 15:04:05 UTC") + "."}
	r.Account = account
	err = tx.QueryRow(ctx, `SELECT id, hash FROM attempts WHERE deletion_id = $1 AND batch_n = $2 ORDER BY try DESC LIMIT 1`, id, n).
		Scan(&r.Attempt, hash{&r.Hash})
	if err != nil {
		return fmt.Errorf("read what is audited: %w", err)
	}
	tx.audit(ctx, r)
	return nil
}

// auditCounted adds a row about the end of a batch that nobody waited for.
func (tx *tx) auditCounted(ctx context.Context, id int64, n int) error {
	b, err := tx.batch(ctx, id, n)
	if err != nil {
		return err
	}
	r := deletion.AuditRow{Action: deletion.ActionCounted, Deletion: id, Batch: n, Activity: b.Activity.ID, Count: int64(b.Failed),
		Outcome: string(b.Outcome), Reason: fmt.Sprintf("%d deleted, %d not; they are not sent again", b.Deleted, b.Failed)}
	if err := tx.QueryRow(ctx, `SELECT account_id FROM deletions WHERE id = $1`, id).Scan(&r.Account); err != nil {
		return fmt.Errorf("read what is audited: %w", err)
	}
	tx.audit(ctx, r)
	return nil
}

// Stalled implements deletion.Store. Where everything moves it is one look at an index that is empty there, because every open page
// asks for it all the time.
func (db *DB) Stalled(ctx context.Context, account string, id int64) (deletion.Stalled, error) {
	var s deletion.Stalled
	err := db.r.QueryRow(ctx, `SELECT count(*), CAST(coalesce(sum(CASE WHEN deletion_id = $2 THEN 1 ELSE 0 END), 0) AS BIGINT),
			CAST(coalesce(sum(CASE WHEN deletion_id = $2 AND moved_at <= `+nowMS+` - $4 THEN 1 ELSE 0 END), 0) AS BIGINT)
		FROM batches WHERE account_id = $1 AND moved_at > 0 AND moved_at <= `+nowMS+` - $3 AND waived_at = 0`,
		account, id, deletion.StalledAfter.Milliseconds(), deletion.AskAfter.Milliseconds()).Scan(&s.AccountBatches, &s.Batches, &s.Asking)
	if err != nil || s.AccountBatches == 0 {
		return s, wrap("count what does not move", err)
	}
	if s.Batches > 0 {
		err = db.r.QueryRow(ctx, `SELECT n, moved_at, waits FROM batches WHERE account_id = $1 AND deletion_id = $2 AND moved_at > 0 AND waived_at = 0
			ORDER BY moved_at, n LIMIT 1`, account, id).Scan(&s.First, msTime{&s.Since}, &s.Waits)
		if err != nil {
			return s, fmt.Errorf("find what does not move: %w", err)
		}
	}
	err = db.r.QueryRow(ctx, `SELECT count(*), EXISTS (SELECT 1 FROM attempts a JOIN batches w ON w.deletion_id = a.deletion_id AND w.n = a.batch_n
			WHERE a.account_id = $1 AND a.state = 'unknown' AND a.state IN ('sending', 'unknown') AND a.deletion_id = $2 AND w.moved_at > 0)
		FROM batches WHERE account_id = $1 AND outcome IN ('accepted', 'unknown') AND activity_id <> ''`, account, id).Scan(&s.AccountOpen, &s.Blocks)
	return s, wrap("count what is open", err)
}
