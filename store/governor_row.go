package store

import (
	"context"
	"database/sql"
	"errors"

	"winnow/deletion"
)

// lineColumns are the columns of a line in the order of its scan.
const lineColumns = `next_at, seen_at, epoch, day, used, sends, looks, spent, failures, probe_at, started_at`

// change brings the key's line to the present and lets do change it, as the only one. An error leaves it as it was.
func (g *Governor) change(ctx context.Context, key string, do func(l *line, now int64) error) error {
	return g.db.inTx(ctx, func(tx *tx) error {
		l, now, err := g.find(ctx, tx.q, key, forUpdate)
		if errors.Is(err, sql.ErrNoRows) {
			if l, now, err = g.first(ctx, tx, key); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := do(&l, now); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE governor SET next_at = $2, seen_at = $3, epoch = $4, day = $5, used = $6, sends = $7,
			looks = $8, spent = $9, failures = $10, probe_at = $11, started_at = $12 WHERE key = $1`,
			key, l.nextAt, l.seenAt, l.epoch, l.day, l.used, l.sends, l.looks, asInt(l.spent), l.failures, l.probeAt, l.startedAt)
		return err
	})
}

// first makes the line of a key that was never used. When two processes do it at once, the second one finds the first one's.
func (g *Governor) first(ctx context.Context, tx *tx, key string) (line, int64, error) {
	_, err := tx.Exec(ctx, `INSERT INTO governor (key, next_at, day, used, sends, looks) VALUES ($1, 0, 0, 0, 0, 0)
		ON CONFLICT (key) DO NOTHING`, key)
	if err != nil {
		return line{}, 0, err
	}
	return g.find(ctx, tx.q, key, forUpdate)
}

// read is the key's line in the present, which stays as it is. That of a key that was never used is empty.
func (g *Governor) read(ctx context.Context, key string) (line, int64, error) {
	l, now, err := g.find(ctx, g.db.r, key, "")
	if !errors.Is(err, sql.ErrNoRows) {
		return l, now, err
	}
	err = g.db.r.QueryRow(ctx, `SELECT `+nowMS).Scan(&now)
	now = g.now(now)
	l.tick(now)
	return l, now, err
}

func (g *Governor) find(ctx context.Context, q q, key, lock string) (line, int64, error) {
	var l line
	var now, spent int64
	err := q.QueryRow(ctx, `SELECT `+clockMS+`, `+lineColumns+` FROM governor WHERE key = $1`+lock, key).Scan(
		&now, &l.nextAt, &l.seenAt, &l.epoch, &l.day, &l.used, &l.sends, &l.looks, &spent, &l.failures, &l.probeAt, &l.startedAt)
	if err != nil {
		return line{}, 0, err
	}
	now = g.now(now)
	l.spent = spent != 0
	l.tick(now)
	return l, now, nil
}

// now is the database's clock unless a test moves its own.
func (g *Governor) now(database int64) int64 {
	if g.o.Now != nil {
		return g.o.Now().UnixMilli()
	}
	return database
}

// void tells whether a slot's moment is void: since it was given the calls were held, the day was marked as used, or the
// vendor stopped answering.
func (g *Governor) void(ctx context.Context, slot Slot) (bool, error) {
	var epoch int64
	err := g.db.r.QueryRow(ctx, `SELECT epoch FROM governor WHERE key = $1`, slot.key).Scan(&epoch)
	return epoch != slot.epoch, err
}

// waiting counts the batches that running deletions, and those that go on by themselves on the next day, still have to send.
func (g *Governor) waiting(ctx context.Context) (int64, error) {
	var n int64
	err := g.db.r.QueryRow(ctx, `SELECT CAST(coalesce(sum(t.batches), 0) AS BIGINT)
		FROM deletions d JOIN tallies t ON t.deletion_id = d.id AND t.outcome = 'waiting'
		WHERE d.ended_at = 0 AND d.state IN ('running', 'paused') AND (d.state = 'running' OR d.reason = $1)`,
		string(deletion.QuotaUsed)).Scan(&n)
	return n, err
}

func asInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
