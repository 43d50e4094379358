package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"winnow/deletion"
)

const auditColumns = `id, at, account_id, user_id, user_name, from_ip, action, deletion_id, batch_n, attempt_id, activity_id,
	count, hash, outcome, reason, chain`

// audit adds a row to the audit log when the transaction is committed, and without it nothing is. Who and from where come from
// the context where the row does not say.
func (tx *tx) audit(ctx context.Context, r deletion.AuditRow) {
	actor := deletion.ActorOf(ctx)
	if r.User == (deletion.User{}) {
		r.User = actor.User
	}
	r.Account, r.From = cmp.Or(r.Account, actor.Account), cmp.Or(r.From, actor.From)
	tx.audited = append(tx.audited, r)
}

// writeAudit gives the rows of the transaction their places in the log. It comes last: of several processes one at a time may
// add to the log, until it has committed, and who held it while it waits for another lock could keep all others waiting.
func (tx *tx) writeAudit(ctx context.Context) error {
	if len(tx.audited) == 0 {
		return nil
	}
	var one int
	if err := tx.QueryRow(ctx, `SELECT 1 FROM storage WHERE id = 1`+forUpdate).Scan(&one); err != nil {
		return fmt.Errorf("lock the audit log: %w", err)
	}
	var head [32]byte
	var at time.Time
	var next int64
	err := tx.QueryRow(ctx, `SELECT `+nowMS+`, coalesce((SELECT max(id) FROM audit), 0) + 1,
		(SELECT chain FROM audit ORDER BY id DESC LIMIT 1)`).Scan(msTime{&at}, &next, hash{&head})
	if err != nil {
		return fmt.Errorf("read the head of the audit log: %w", err)
	}
	for i, r := range tx.audited {
		r.At, r.ID = at, next+int64(i)
		r.Seal(head)
		if err := tx.insertAudit(ctx, r); err != nil {
			return err
		}
		head = r.Chain
	}
	return nil
}

func (tx *tx) insertAudit(ctx context.Context, r deletion.AuditRow) error {
	_, err := tx.Exec(ctx, `INSERT INTO audit (`+auditColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.ID, toMS(r.At), r.Account, r.User.ID, r.Name, r.From, r.Action, r.Deletion, r.Batch, r.Attempt, r.Activity,
		r.Count, r.Hash[:], r.Outcome, r.Reason, r.Chain[:])
	return wrap("write the audit log", err)
}

func scanAudit(row scanner) (deletion.AuditRow, error) {
	var r deletion.AuditRow
	err := row.Scan(&r.ID, msTime{&r.At}, &r.Account, &r.User.ID, &r.Name, &r.From, &r.Action, &r.Deletion, &r.Batch,
		&r.Attempt, &r.Activity, &r.Count, hash{&r.Hash}, &r.Outcome, &r.Reason, hash{&r.Chain})
	return r, wrap("read the audit log", err)
}

// Audit implements deletion.Store. A Limit of 0 or above 1,000 means 1,000.
func (db *DB) Audit(ctx context.Context, account string, f deletion.AuditFilter) ([]deletion.AuditRow, error) {
	query := `SELECT ` + auditColumns + ` FROM audit WHERE account_id = $1 AND id < $2 `
	args := []any{account, cmp.Or(f.Before, math.MaxInt64), pageSize(f.Limit)}
	if f.Deletion != 0 {
		query += `AND deletion_id = $4 AND deletion_id > 0 ` // the words of the index audit_by_deletion, or it is not used
		args = append(args, f.Deletion)
	}
	var rows []deletion.AuditRow
	err := db.r.each(ctx, func(found *sql.Rows) error {
		r, err := scanAudit(found)
		rows = append(rows, r)
		return err
	}, query+`ORDER BY id DESC LIMIT $3`, args...)
	return rows, wrap("list the audit log", err)
}

// auditDeletions adds one row for each of the account's deletions.
func (tx *tx) auditDeletions(ctx context.Context, account string, ids []int64, r deletion.AuditRow) {
	r.Account = account
	for _, id := range ids {
		r.Deletion = id
		tx.audit(ctx, r)
	}
}

// auditManifest adds a row about all of a deletion: its count and its hash are the manifest's.
func (tx *tx) auditManifest(ctx context.Context, id int64, r deletion.AuditRow) error {
	r.Deletion = id
	err := tx.QueryRow(ctx, `SELECT account_id, items, hash FROM deletions WHERE id = $1`, id).Scan(&r.Account, &r.Count, hash{&r.Hash})
	if err != nil {
		return fmt.Errorf("read what is audited: %w", err)
	}
	tx.audit(ctx, r)
	return nil
}

// auditEnded adds a row for each deletion that has come to its end.
func (tx *tx) auditEnded(ctx context.Context, account string, ids []int64) error {
	for _, id := range ids {
		d, err := scanDeletion(tx.QueryRow(ctx, selectDeletions+`WHERE d.id = $1 GROUP BY d.id`, id))
		if err != nil {
			return err
		}
		r := deletion.AuditRow{Action: deletion.ActionEnded, Count: d.Items, Hash: d.Hash, Outcome: string(d.State),
			Reason: fmt.Sprintf("%d deleted, %d failed, %d left out, %d not sent", d.Counts.Deleted, d.Counts.Failed, d.Counts.Changed, d.Counts.NotSent)}
		tx.auditDeletions(ctx, account, []int64{id}, r)
	}
	return nil
}

// paused is the row of a pause. The name of a person who paused is in the row already.
func paused(reason deletion.Reason, note string) deletion.AuditRow {
	words := reason.Words()
	if note != "" && words != "" {
		words += ": " + note
	}
	return deletion.AuditRow{Action: deletion.ActionPaused, Reason: words}
}

// auditAttempt adds a row about one attempt.
func (tx *tx) auditAttempt(ctx context.Context, action deletion.Action, a *deletion.Attempt) {
	r := deletion.AuditRow{
		Action: action, Deletion: a.Deletion, Batch: a.Batch, Attempt: a.ID, Activity: a.ActivityID,
		Count: int64(a.Items), Hash: a.Hash, Reason: cmp.Or(a.ErrorText, a.ErrorKey),
	}
	r.Account = a.Account
	if action != deletion.ActionSending {
		r.Outcome = string(a.State)
	}
	tx.audit(ctx, r)
}

// auditEnd adds a row when an attempt moved to another state. A person who is present decided it.
func (tx *tx) auditEnd(ctx context.Context, old *deletion.Attempt, now deletion.Attempt) {
	if now.State == old.State {
		return
	}
	ended := *old
	ended.State, ended.ActivityID = now.State, cmp.Or(now.ActivityID, old.ActivityID)
	ended.ErrorText, ended.ErrorKey = cmp.Or(now.ErrorText, old.ErrorText), cmp.Or(now.ErrorKey, old.ErrorKey)
	action := deletion.ActionAttempt
	if deletion.ActorOf(ctx).ID != "" {
		action = deletion.ActionDecided
	}
	tx.auditAttempt(ctx, action, &ended)
}
