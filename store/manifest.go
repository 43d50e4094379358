package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"winnow/deletion"
)

// CreateDeletion implements deletion.Store. ErrNotFound when the account has no such upload, ErrChanged when another
// deletion was made from it. One from members or lists is prepared as soon as the queue runs.
func (db *DB) CreateDeletion(ctx context.Context, n deletion.NewDeletion) (id int64, err error) {
	err = db.inTx(ctx, func(tx *tx) error {
		if n.Upload != 0 {
			if err := tx.checkUpload(ctx, n.Account, n.Upload); err != nil {
				return err
			}
		}
		id, err = tx.insertDeletion(ctx, n)
		if err != nil || n.Source == deletion.FromCSV {
			return err
		}
		return tx.wakePreparing(ctx, id)
	})
	return id, err
}

func (tx *tx) checkUpload(ctx context.Context, account string, upload int64) error {
	var free bool
	err := tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM deletions d WHERE d.upload_id = uploads.id)
		FROM uploads WHERE id = $1 AND account_id = $2`, upload, account).Scan(&free)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return deletion.ErrNotFound
	case err != nil:
		return fmt.Errorf("look up the upload: %w", err)
	case !free:
		return deletion.ErrChanged
	}
	return nil
}

func (tx *tx) insertDeletion(ctx context.Context, n deletion.NewDeletion) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `INSERT INTO deletions (account_id, source, state, created_by_id, created_by_name, created_at, upload_id, as_of)
		VALUES ($1, $2, 'preparing', $3, $4, `+nowMS+`, nullif(CAST($5 AS BIGINT), 0), $6) RETURNING id`,
		n.Account, n.Source, n.By.ID, n.By.Name, n.Upload, toMS(n.AsOf)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("create the deletion: %w", err)
	}
	for i, l := range n.Lists {
		_, err := tx.Exec(ctx, `INSERT INTO deletion_lists (deletion_id, n, list_id, name, members) VALUES ($1, $2, $3, $4, $5)`,
			id, i, l.ID[:], l.Name, l.Members)
		if err != nil {
			return 0, fmt.Errorf("store the lists of the deletion: %w", err)
		}
	}
	return id, nil
}

// batchesPerInsert is how many batches one statement stores: on PostgreSQL a statement costs a way to the server and back.
const batchesPerInsert = 50

// AddBatches implements deletion.Store. It holds the only writer while it works, about 10 ms for 100 batches: pass no
// more at a time. A batch number that is there already is an error.
func (db *DB) AddBatches(ctx context.Context, id int64, batches []deletion.ManifestBatch) error {
	return db.inTx(ctx, func(tx *tx) error {
		account, err := tx.preparing(ctx, id)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(batches, batchesPerInsert) {
			if err := tx.insertBatches(ctx, id, account, some); err != nil {
				return fmt.Errorf("add batches %d to %d: %w", some[0].N, some[len(some)-1].N, err)
			}
		}
		return nil
	})
}

func (tx *tx) insertBatches(ctx context.Context, id int64, account string, batches []deletion.ManifestBatch) error {
	counts, ids := []any{id, account}, []any{id}
	for _, b := range batches {
		counts = append(counts, b.N, len(b.IDs))
		ids = append(ids, b.N, packIDs(b.IDs))
	}
	_, err := tx.Exec(ctx, `INSERT INTO batches (deletion_id, account_id, n, items) VALUES `+pairs(len(batches), "$1, $2", 3), counts...)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO batch_ids (deletion_id, n, ids) VALUES `+pairs(len(batches), "$1", 2), ids...)
	return err
}

// pairs are the rows of an INSERT: what all have in common, and two parameters of their own, numbered from the given one.
func pairs(rows int, common string, from int) string {
	var text strings.Builder
	for i := range rows {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "(%s, $%d, $%d)", common, from+2*i, from+2*i+1)
	}
	return text.String()
}

// preparing makes sure that the deletion is preparing and returns its account.
func (tx *tx) preparing(ctx context.Context, id int64) (account string, err error) {
	var state deletion.State
	err = tx.QueryRow(ctx, `SELECT account_id, state FROM deletions WHERE id = $1`+forUpdate, id).Scan(&account, &state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", deletion.ErrNotFound
	case err != nil:
		return "", fmt.Errorf("look up the deletion: %w", err)
	case state != deletion.Preparing:
		return "", deletion.ErrChanged
	}
	return account, nil
}

// NotePreparing implements deletion.Store. ErrChanged when the deletion is not preparing any more.
func (db *DB) NotePreparing(ctx context.Context, id int64, read int64, reason deletion.Reason, note string) error {
	return db.inTx(ctx, func(tx *tx) error {
		if _, err := tx.preparing(ctx, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE deletions SET read = $2, reason = $3, reason_note = $4 WHERE id = $1`, id, read, reason, note)
		return wrap("note how far preparing is", err)
	})
}

// MakeReady implements deletion.Store. It hashes the stored ids again, so that what a person confirms is what is stored;
// 5 million ids take about 0.15 s.
func (db *DB) MakeReady(ctx context.Context, id int64, r deletion.Reading, m deletion.Manifest) error {
	return db.inTx(ctx, func(tx *tx) error {
		if _, err := tx.preparing(ctx, id); err != nil {
			return err
		}
		stored, err := tx.storedManifest(ctx, id)
		if err != nil {
			return err
		}
		if stored != m {
			return deletion.ErrChanged
		}
		_, err = tx.Exec(ctx, `UPDATE deletions SET state = 'ready', reason = '', reason_note = '', read = $2, accepted = $3,
			duplicate = $4, invalid = $5, blank = $6, items = $7, batches = $8, hash = $9 WHERE id = $1`,
			id, r.Read, r.Accepted, r.Duplicate, r.Invalid, r.Blank, m.Items, m.Batches, m.Hash[:])
		if err != nil {
			return fmt.Errorf("make the deletion ready: %w", err)
		}
		return tx.auditManifest(ctx, id, deletion.AuditRow{Action: deletion.ActionReady})
	})
}

// storedManifest computes the manifest from the stored batches; their numbers must have no gap.
func (tx *tx) storedManifest(ctx context.Context, id int64) (deletion.Manifest, error) {
	var m deletion.Manifest
	sum := sha256.New()
	var ids sql.RawBytes
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var n int
		if err := rows.Scan(&n, &ids); err != nil {
			return err
		}
		m.Batches++
		m.Items += int64(len(ids) / idSize)
		if n != m.Batches {
			return fmt.Errorf("batch %d is missing", m.Batches)
		}
		sum.Write(ids)
		return nil
	}, `SELECT n, ids FROM batch_ids WHERE deletion_id = $1 ORDER BY n`, id)
	sum.Sum(m.Hash[:0])
	return m, wrap("add up the stored batches", err)
}

// ResetManifest implements deletion.Store. ErrChanged once the deletion was confirmed.
func (db *DB) ResetManifest(ctx context.Context, id int64, asOf time.Time) error {
	return db.inTx(ctx, func(tx *tx) error {
		var state deletion.State
		var source deletion.Source
		err := tx.QueryRow(ctx, `SELECT state, source FROM deletions WHERE id = $1`+forUpdate, id).Scan(&state, &source)
		if errors.Is(err, sql.ErrNoRows) {
			return deletion.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("look up the deletion: %w", err)
		}
		if state != deletion.Preparing && state != deletion.Ready {
			return deletion.ErrChanged
		}
		if err := tx.clearManifest(ctx, id, asOf); err != nil {
			return err
		}
		if state == deletion.Ready && source != deletion.FromCSV {
			return tx.wakePreparing(ctx, id)
		}
		return nil
	})
}

func (tx *tx) clearManifest(ctx context.Context, id int64, asOf time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM batches WHERE deletion_id = $1`, id); err != nil {
		return fmt.Errorf("remove the batches: %w", err)
	}
	_, err := tx.Exec(ctx, `UPDATE deletions SET state = 'preparing', reason = '', reason_note = '', read = 0, accepted = 0,
		duplicate = 0, invalid = 0, blank = 0, items = 0, batches = 0, hash = $2, as_of = $3 WHERE id = $1`, id, []byte{}, toMS(asOf))
	return wrap("reset the deletion", err)
}

// Discard implements deletion.Store. ErrNotFound when the account has no such deletion, also on repeat.
func (db *DB) Discard(ctx context.Context, account string, id int64) error {
	return db.inTx(ctx, func(tx *tx) error {
		state, err := tx.state(ctx, account, id)
		if err != nil {
			return err
		}
		if !slices.Contains([]deletion.State{deletion.Preparing, deletion.Ready}, state) {
			return deletion.ErrChanged
		}
		if err := tx.auditManifest(ctx, id, deletion.AuditRow{Action: deletion.ActionDiscarded}); err != nil {
			return err
		}
		var upload int64
		err = tx.QueryRow(ctx, `DELETE FROM deletions WHERE id = $1 RETURNING coalesce(upload_id, 0)`, id).Scan(&upload)
		if err != nil {
			return fmt.Errorf("discard the deletion: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM uploads WHERE id = $1`, upload)
		return wrap("discard the upload", err)
	})
}
