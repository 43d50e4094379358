package store

import (
	"context"
	"database/sql"
	"sync"
)

// prepared is a pool that prepares every query once on each connection: for the small reads of a polled page, preparing
// costs more than reading. Only queries from a bounded set of texts may go through it.
type prepared struct {
	*sql.DB
	statements sync.Map // query -> *sql.Stmt; closed with the pool
}

// QueryContext implements execer.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

// QueryRowContext implements execer.
func (p *prepared) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return p.DB.QueryRowContext(ctx, query, args...) // a Row cannot be made from an error; this one meets it again
	}
	return statement.QueryRowContext(ctx, args...)
}

func (p *prepared) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if known, ok := p.statements.Load(query); ok {
		return known.(*sql.Stmt), nil
	}
	fresh, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	known, raced := p.statements.LoadOrStore(query, fresh)
	if raced {
		return known.(*sql.Stmt), fresh.Close()
	}
	return fresh, nil
}

// unprepared reads without preparing, for texts that are not from a bounded set.
func (db *DB) unprepared() q {
	if db.pool != nil {
		return db.r // PostgreSQL's driver keeps a bounded number of statements itself
	}
	return q{db.read}
}
