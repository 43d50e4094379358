package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// Everything that writes goes through here, the job queue too: a failed fsync is reported once, to whoever commits next,
// and must not be missed.

// markedConnector makes connections for reading, which go on reading whatever happens to the file. A new one must not read
// another file.
type markedConnector struct {
	driver.Connector
	health *health
}

// Connect implements driver.Connector.
func (c markedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.health.allow(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	return conn, c.health.note(err)
}

// watchedConnector makes connections whose errors the health hears of.
type watchedConnector struct {
	driver.Connector
	health *health
}

// Connect implements driver.Connector.
func (c watchedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.health.allow(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, c.health.note(err)
	}
	full, ok := conn.(fullConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks what is watched"), conn.Close())
	}
	return &watchedConn{full, c.health}, nil
}

// fullConn is what the connections of the driver can do and database/sql makes use of.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type watchedConn struct {
	fullConn
	health *health
}

// BeginTx implements driver.ConnBeginTx.
func (c *watchedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.health.allow(); err != nil {
		return nil, err
	}
	tx, err := c.fullConn.BeginTx(ctx, o)
	if err != nil {
		return nil, c.health.note(err)
	}
	return &watchedTx{tx, c.health}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *watchedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.health.allow(); err != nil {
		return nil, err
	}
	r, err := c.fullConn.ExecContext(ctx, query, args)
	return r, c.health.note(err)
}

// QueryContext implements driver.QueryerContext.
func (c *watchedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.health.allow(); err != nil {
		return nil, err
	}
	r, err := c.fullConn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, c.health.note(err)
	}
	return &watchedRows{r, c.health}, nil
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.fullConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.health.note(err)
	}
	full, ok := s.(fullStmt)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks what is watched"), s.Close())
	}
	return &watchedStmt{full, c.health}, nil
}

// watchedTx hears of the error that matters most: that of the commit.
type watchedTx struct {
	driver.Tx
	health *health
}

// Commit implements driver.Tx.
func (t *watchedTx) Commit() error { return t.health.note(t.Tx.Commit()) }

// Rollback implements driver.Tx.
func (t *watchedTx) Rollback() error { return t.health.note(t.Tx.Rollback()) }

type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type watchedStmt struct {
	fullStmt
	health *health
}

// ExecContext implements driver.StmtExecContext.
func (s *watchedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.health.allow(); err != nil {
		return nil, err
	}
	r, err := s.fullStmt.ExecContext(ctx, args)
	return r, s.health.note(err)
}

// QueryContext implements driver.StmtQueryContext.
func (s *watchedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.health.allow(); err != nil {
		return nil, err
	}
	r, err := s.fullStmt.QueryContext(ctx, args)
	if err != nil {
		return nil, s.health.note(err)
	}
	return &watchedRows{r, s.health}, nil
}

// watchedRows hears of a write with RETURNING outside of a transaction: it is committed when its rows are closed.
type watchedRows struct {
	driver.Rows
	health *health
}

// Next implements driver.Rows.
func (r *watchedRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == io.EOF { //nolint:errorlint // database/sql compares it the same way
		return err
	}
	return r.health.note(err)
}

// Close implements driver.Rows.
func (r *watchedRows) Close() error { return r.health.note(r.Rows.Close()) }
