package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// CreateUpload implements deletion.Store.
func (db *DB) CreateUpload(ctx context.Context, account, name string) (int64, error) {
	var id int64
	err := db.w.QueryRow(ctx, `INSERT INTO uploads (account_id, name, created_at) VALUES ($1, $2, `+nowMS+`) RETURNING id`,
		account, name).Scan(&id)
	return id, wrap("create the upload", err)
}

// AppendUpload implements deletion.Store. ErrChanged when chunk n is not the next one or the upload is finished.
func (db *DB) AppendUpload(ctx context.Context, upload int64, n int, chunk []byte) error {
	return db.inTx(ctx, func(tx *tx) error {
		changed, err := tx.Exec(ctx, `UPDATE uploads SET chunks = chunks + 1 WHERE id = $1 AND chunks = $2 AND finished_at = 0`,
			upload, n)
		if err != nil {
			return wrap("append to the upload", err)
		}
		if changed == 0 {
			return tx.uploadRefusal(ctx, upload)
		}
		_, err = tx.Exec(ctx, `INSERT INTO upload_chunks (upload_id, n, chunk) VALUES ($1, $2, $3)`, upload, n, chunk)
		return wrap("append to the upload", err)
	})
}

// FinishUpload implements deletion.Store. It may be repeated, with another format when an admin chose another column,
// until the deletion of the upload is confirmed; then it is ErrChanged.
func (db *DB) FinishUpload(ctx context.Context, u deletion.Upload) error {
	format, err := json.Marshal(u.Format)
	if err != nil {
		return fmt.Errorf("encode the format: %w", err)
	}
	problems, err := json.Marshal(u.Problems)
	if err != nil {
		return fmt.Errorf("encode the problems: %w", err)
	}
	return db.inTx(ctx, func(tx *tx) error {
		changed, err := tx.Exec(ctx, `UPDATE uploads SET size = $2, hash = $3, format = $4, problems = $5, finished_at = `+nowMS+`
			WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM deletions d WHERE d.upload_id = uploads.id
				AND d.state NOT IN ('preparing', 'ready'))`,
			u.ID, u.Size, u.Hash[:], string(format), string(problems))
		if err != nil {
			return wrap("finish the upload", err)
		}
		if changed == 0 {
			return tx.uploadRefusal(ctx, u.ID)
		}
		return nil
	})
}

// DeleteUpload implements deletion.Store. ErrChanged when a deletion was made from it, ErrNotFound when it is gone.
func (db *DB) DeleteUpload(ctx context.Context, upload int64) error {
	return db.inTx(ctx, func(tx *tx) error {
		changed, err := tx.Exec(ctx, `DELETE FROM uploads WHERE id = $1
			AND NOT EXISTS (SELECT 1 FROM deletions d WHERE d.upload_id = uploads.id)`, upload)
		if err != nil {
			return wrap("delete the upload", err)
		}
		if changed == 0 {
			return tx.uploadRefusal(ctx, upload)
		}
		return nil
	})
}

// uploadRefusal tells why a statement found no upload to change: there is none, or it is past that.
func (tx *tx) uploadRefusal(ctx context.Context, upload int64) error {
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM uploads WHERE id = $1`, upload).Scan(&n); err != nil {
		return wrap("look up the upload", err)
	}
	if n == 0 {
		return deletion.ErrNotFound
	}
	return deletion.ErrChanged
}

// Upload implements deletion.Store.
func (db *DB) Upload(ctx context.Context, account string, upload int64) (deletion.Upload, error) {
	u := deletion.Upload{ID: upload}
	var format, problems []byte
	err := db.r.QueryRow(ctx, `SELECT name, size, hash, format, problems, purged_at FROM uploads WHERE id = $1 AND account_id = $2`,
		upload, account).Scan(&u.Name, &u.Size, hash{&u.Hash}, &format, &problems, msTime{&u.PurgedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return deletion.Upload{}, deletion.ErrNotFound
	}
	if err == nil {
		err = errors.Join(json.Unmarshal(format, &u.Format), json.Unmarshal(problems, &u.Problems))
	}
	if err != nil {
		return deletion.Upload{}, fmt.Errorf("read the upload: %w", err)
	}
	return u, nil
}

// UploadChunk implements deletion.Store.
func (db *DB) UploadChunk(ctx context.Context, upload int64, n int) ([]byte, error) {
	var chunk []byte
	err := db.r.QueryRow(ctx, `SELECT chunk FROM upload_chunks WHERE upload_id = $1 AND n = $2`, upload, n).Scan(&chunk)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, deletion.ErrNotFound
	}
	return chunk, wrap("read a chunk of the upload", err)
}

// PurgeUploads implements deletion.Store.
func (db *DB) PurgeUploads(ctx context.Context, endedBefore time.Time) (int64, error) {
	var purged int64
	err := db.inTx(ctx, func(tx *tx) (err error) {
		purged, err = tx.Exec(ctx, `UPDATE uploads SET purged_at = `+nowMS+` WHERE purged_at = 0 AND EXISTS (
			SELECT 1 FROM deletions d WHERE d.upload_id = uploads.id AND d.state IN ('finished', 'stopped')
			AND d.ended_at > 0 AND d.ended_at < $1)`, toMS(endedBefore))
		if err != nil || purged == 0 {
			return wrap("mark uploads to be purged", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM upload_chunks WHERE upload_id IN (SELECT id FROM uploads WHERE purged_at > 0)`)
		return wrap("purge uploads", err)
	})
	return purged, err
}
