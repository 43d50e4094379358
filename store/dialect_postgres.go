package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// postgresConns is how many connections a process may open when the URL does not say it with pool_max_conns: pages,
	// 100 accounts that each need one for a millisecond, and the one on which the queue listens. Three processes fit into
	// the 100 connections that a server has by default.
	postgresConns = 24
	// idleInTransaction ends a transaction whose process was frozen in the middle, because others wait for its locks. Ours
	// never wait for anything but the database.
	idleInTransaction = 10 * time.Second
	// oldestPostgres is the oldest major version that its makers still keep.
	oldestPostgres = 14
	// maxYields is how often a transaction that had to give way begins again.
	maxYields = 5
	// yieldTime is how long the others then have, and up to twice that: some of our transactions of a few milliseconds.
	yieldTime = 25 * time.Millisecond
	// rollbackTime is how long a database that does not answer may keep us from giving a transaction up.
	rollbackTime = 5 * time.Second
	// schemaLock is the number of the advisory lock under which the schema changes: "winnow" in ASCII.
	schemaLock = 0x77696e6e6f77
	// schemaLockPoll is how often a process asks for that lock while another one migrates.
	schemaLockPoll = 100 * time.Millisecond
)

// connectPostgres opens the pool. The driver behind it speaks database/sql, so that every method of DB is written once.
func (db *DB) connectPostgres(ctx context.Context) error {
	config, err := pgxpool.ParseConfig(db.opts.URL)
	if err != nil {
		return err
	}
	if !strings.Contains(db.opts.URL, "pool_max_conns") {
		config.MaxConns = postgresConns
	}
	config.AfterConnect = setUpSession
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	db.write = stdlib.OpenDBFromPool(db.pool)
	db.read = db.write
	db.w = q{&translated{db.write, db.health}}
	db.r = db.w
	return db.verifyPostgres(ctx)
}

// setUpSession makes a commit wait for the disk whatever the server, the database or the role say: whether a request may be
// sent and whether a token may be used hang on it. remote_apply waits for longer still and stays.
func setUpSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false)
		WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')`)
	if err == nil {
		_, err = conn.Exec(ctx, fmt.Sprintf(`SET idle_in_transaction_session_timeout = %d;
			SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off`, idleInTransaction.Milliseconds()))
	}
	return wrap("set up the connection", err)
}

// serverSettings are what decides whether a server keeps what it is given.
type serverSettings struct {
	version      int // major
	fsync, pages string
	standby      bool
}

// refusal says in words for the operator why a server cannot be used.
func (s serverSettings) refusal() error {
	switch {
	case s.version < oldestPostgres:
		return fmt.Errorf("this is PostgreSQL %d: Winnow needs %d or later", s.version, oldestPostgres)
	case s.standby:
		return errors.New("this PostgreSQL is a standby that cannot be written to: give the address of the primary")
	case s.fsync != "on":
		return errors.New("this PostgreSQL runs with fsync=off, so what was written could be lost with the power: turn it on")
	}
	return nil
}

// verifyPostgres refuses a server that would forget what it has confirmed. full_page_writes off is safe on some file systems
// (ZFS), so it is only said.
func (db *DB) verifyPostgres(ctx context.Context) error {
	var s serverSettings
	var shown time.Time
	asked := time.Now()
	err := db.w.QueryRow(ctx, `SELECT CAST(current_setting('server_version_num') AS INTEGER) / 10000, current_setting('fsync'),
		current_setting('full_page_writes'), pg_is_in_recovery(), `+nowMS).Scan(&s.version, &s.fsync, &s.pages, &s.standby, msTime{&shown})
	if err != nil {
		return err
	}
	db.sawClock(shown, asked)
	if s.pages != "on" {
		db.log.WarnContext(ctx, "PostgreSQL runs with full_page_writes=off: that is safe only on a file system that never writes half a page")
	}
	return s.refusal()
}

// lockSchema waits until no other process migrates. It asks again and again rather than waiting in the database, where a
// waiting statement can itself be in the way of a migration. The lock goes with its connection, whatever happens to us.
func (db *DB) lockSchema(ctx context.Context) (unlock func(), err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(schemaLockPoll)
	defer tick.Stop()
	for {
		var got bool
		err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(schemaLock)).Scan(&got)
		if err == nil && got {
			return func() { unlockSchema(ctx, conn) }, nil
		}
		if err == nil {
			select {
			case <-tick.C:
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		conn.Release()
		return nil, fmt.Errorf("wait for another process that migrates: %w", err)
	}
}

// unlockSchema closes the connection when it cannot be asked to give the lock back.
func unlockSchema(ctx context.Context, conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(schemaLock)); err != nil {
		_ = conn.Conn().Close(ctx)
	}
	conn.Release()
}

// beginPostgres begins a transaction of pgx, which the queue needs, on a connection of database/sql, which all else uses.
func (db *DB) beginPostgres(ctx context.Context) (*tx, error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var native *pgx.Conn
	err = conn.Raw(func(c any) error {
		native = c.(*stdlib.Conn).Conn()
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	t, err := native.Begin(ctx)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &tx{q: q{&translated{conn, db.health}}, pgx: t, end: &nativeEnding{ctx, t, conn}, db: db}, nil
}

// nativeEnding ends a transaction of pgx and gives its connection back.
type nativeEnding struct {
	ctx  context.Context
	tx   pgx.Tx
	conn *sql.Conn
}

// Commit implements ending.
func (e *nativeEnding) Commit() error { return e.tx.Commit(e.ctx) }

// Rollback implements ending. It works when the context has ended, too.
func (e *nativeEnding) Rollback() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), rollbackTime)
	defer cancel()
	err := e.tx.Rollback(ctx)
	if errors.Is(err, pgx.ErrTxClosed) {
		err = nil
	}
	return errors.Join(err, e.conn.Close())
}

// gaveWay tells that PostgreSQL rolled a transaction back for the sake of another one, and nothing is wrong with it.
func gaveWay(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "40P01" || refused.Code == "40001") // deadlock, serialization
}

// stepAside lets the other transaction go first: begun at once, this one could take the same lock before it. False when ctx
// has ended.
func stepAside(ctx context.Context) bool {
	t := time.NewTimer(yieldTime + rand.N(yieldTime))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// translated runs SQL texts on PostgreSQL. The health hears of every error, as it does of SQLite's in watch.go.
type translated struct {
	execer
	health *health
}

// texts keeps translations: SQL text -> SQL text. There are as many as the source has, and 500 of BatchesOfActivities.
var texts sync.Map

func inPostgres(query string) string {
	if known, ok := texts.Load(query); ok {
		return known.(string)
	}
	text := postgresWords.Replace(query)
	texts.Store(query, text)
	return text
}

// storable makes texts from outside storable: PostgreSQL refuses what is not UTF-8, and the zero byte.
func storable(args []any) []any {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return args
}

// ExecContext implements execer.
func (t *translated) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r, err := t.execer.ExecContext(ctx, inPostgres(query), storable(args)...)
	return r, t.health.note(err)
}

// QueryContext implements execer.
func (t *translated) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := t.execer.QueryContext(ctx, inPostgres(query), storable(args)...)
	return rows, t.health.note(err)
}

// QueryRowContext implements execer.
func (t *translated) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.execer.QueryRowContext(ctx, inPostgres(query), storable(args)...)
}

// PrepareContext implements execer.
func (t *translated) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	s, err := t.execer.PrepareContext(ctx, inPostgres(query))
	return s, t.health.note(err)
}
