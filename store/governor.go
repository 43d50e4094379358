package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"winnow/deletion"
)

// Kind says what a call is for.
type Kind string

const (
	// Send is a request that deletes. It must leave the reserve alone.
	Send Kind = "send"
	// Look is every other request; it may use the reserve, because finding out what happened comes first.
	Look Kind = "look"
)

// The vendor's limits for one API key (https://developer.constantcontact.com/api_guide/auth_rate_limits.html): 4 calls
// a second and 10,000 calls a UTC day.
const (
	defaultInterval = 254 * time.Millisecond // 4 a second with 16 ms for the jitter on the way
	defaultDaily    = 10_000
	defaultReserve  = 300
)

// GovernorOptions are the limits of the vendor's API key; zero values mean the vendor's usual ones.
type GovernorOptions struct {
	Interval time.Duration // between the starts of two calls, whole milliseconds; 254 ms by default
	Daily    int64         // calls a UTC day, 10,000 by default
	Reserve  int64         // of these, kept back for Look; 300 by default, negative for none
}

// Governor hands out permission to call the vendor: one line for each API key, in the database, so that every process that
// shares the database shares the line. It is the generic cell rate algorithm with a burst of one, plus a count of the day.
type Governor struct {
	db *DB
	o  GovernorOptions
}

// NewGovernor returns a governor with the defaults filled in.
func NewGovernor(db *DB, o GovernorOptions) *Governor {
	o.Interval = cmp.Or(o.Interval, defaultInterval)
	o.Daily = cmp.Or(o.Daily, defaultDaily)
	o.Reserve = max(cmp.Or(o.Reserve, defaultReserve), 0)
	return &Governor{db: db, o: o}
}

// Take reserves the next free moment for one call and returns how long to wait for it. A *deletion.QuotaError means that
// the day is used and nothing was reserved. What was taken counts, whether the call is made or not: the vendor counts
// failures too.
func (g *Governor) Take(ctx context.Context, key string, kind Kind) (wait time.Duration, err error) {
	limit, sends, looks := g.o.Daily, 0, 1
	if kind == Send {
		limit, sends, looks = g.o.Daily-g.o.Reserve, 1, 0
	}
	var ms int64
	err = g.db.w.QueryRow(ctx, `INSERT INTO governor AS g (key, next_at, day, used, sends, looks)
		SELECT $1, `+nowMS+` + $2, `+nowMS+` / `+dayMS+`, 1, $3, $4 WHERE CAST($5 AS BIGINT) > 0
		ON CONFLICT (key) DO UPDATE SET
			next_at = CASE WHEN g.next_at > `+nowMS+` THEN g.next_at ELSE `+nowMS+` END + $2,
			used = CASE WHEN g.day = excluded.day THEN g.used ELSE 0 END + 1,
			sends = CASE WHEN g.day = excluded.day THEN g.sends ELSE 0 END + $3,
			looks = CASE WHEN g.day = excluded.day THEN g.looks ELSE 0 END + $4,
			day = excluded.day
		WHERE g.day <> excluded.day OR g.used < $5
		RETURNING next_at - $2 - `+nowMS, key, g.o.Interval.Milliseconds(), sends, looks, limit).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, g.quotaError(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("ask the governor: %w", err)
	}
	return time.Duration(max(ms, 0)) * time.Millisecond, nil
}

func (g *Governor) quotaError(ctx context.Context) error {
	resets, err := g.resets(ctx)
	if err != nil {
		return err
	}
	return &deletion.QuotaError{ResumeAt: resets}
}

// resets is when the next UTC day begins on the database's clock.
func (g *Governor) resets(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := g.db.r.QueryRow(ctx, `SELECT (`+nowMS+` / `+dayMS+` + 1) * `+dayMS).Scan(msTime{&at})
	return at, wrap("read the clock", err)
}

// Usage returns how much of the key's day is used.
func (g *Governor) Usage(ctx context.Context, key string) (deletion.Usage, error) {
	u := deletion.Usage{Limit: g.o.Daily, Reserve: g.o.Reserve}
	err := g.db.r.QueryRow(ctx, `SELECT coalesce((SELECT used FROM governor WHERE key = $1 AND day = `+nowMS+` / `+dayMS+`), 0),
		(`+nowMS+` / `+dayMS+` + 1) * `+dayMS, key).Scan(&u.Used, msTime{&u.Resets})
	return u, wrap("read today's usage", err)
}

// Hold lets no call start before until; the vendor answered 429 although we kept to the pace, so somebody else uses the key.
// An earlier time than what is reserved already changes nothing.
func (g *Governor) Hold(ctx context.Context, key string, until time.Time) error {
	_, err := g.db.w.Exec(ctx, `INSERT INTO governor AS g (key, next_at, day, used, sends, looks)
		VALUES ($1, $2, `+nowMS+` / `+dayMS+`, 0, 0, 0)
		ON CONFLICT (key) DO UPDATE SET next_at = CASE WHEN g.next_at > $2 THEN g.next_at ELSE $2 END`, key, toMS(until))
	return wrap("hold the calls", err)
}

// Exhaust marks the key's day as used, reserve and all: the vendor says so, and counts more than we do.
func (g *Governor) Exhaust(ctx context.Context, key string) error {
	_, err := g.db.w.Exec(ctx, `INSERT INTO governor AS g (key, next_at, day, used, sends, looks)
		VALUES ($1, 0, `+nowMS+` / `+dayMS+`, $2, 0, 0)
		ON CONFLICT (key) DO UPDATE SET
			used = CASE WHEN g.day = excluded.day AND g.used > $2 THEN g.used ELSE $2 END,
			sends = CASE WHEN g.day = excluded.day THEN g.sends ELSE 0 END,
			looks = CASE WHEN g.day = excluded.day THEN g.looks ELSE 0 END,
			day = excluded.day`, key, g.o.Daily)
	return wrap("mark the day as used", err)
}
