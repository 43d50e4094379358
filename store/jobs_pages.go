package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"riverqueue.com/riverui"
)

// JobsPages returns River's own pages about the job queue, for operators, under a path such as /river. They show and change
// nothing: requests that would change something are refused here, and with SQLite the connection could not write either. What they show
// are wake-ups; no job holds what is deleted, and running one again only has an account looked at. Counts are kept up to date,
// and the connection open, until ctx ends.
func (db *DB) JobsPages(ctx context.Context, path string) (http.Handler, error) {
	quiet := slog.New(fromWarn{db.log.Handler(), db.health})
	if db.pool != nil {
		return jobsPages(ctx, riverpgxv5.New(db.pool), path, quiet)
	}
	pool, err := openFileReadOnly(db.opts.Path)
	if err != nil {
		return nil, fmt.Errorf("job queue's pages: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = pool.Close() }) // it only read
	return jobsPages(ctx, riversqlite.New(pool), path, quiet)
}

// openFileReadOnly opens a file that another pool keeps up to date. Its transactions take no lock that a writer would wait for.
func openFileReadOnly(path string) (*sql.DB, error) {
	v := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(10000)"}}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+v.Encode())
}

// jobsPages works with a client that neither works on jobs nor puts any in.
func jobsPages[T any](ctx context.Context, driver riverdriver.Driver[T], path string, log *slog.Logger) (http.Handler, error) {
	client, err := river.NewClient(driver, &river.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("job queue's pages: %w", err)
	}
	pages, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(client, nil), Logger: log, Prefix: path, JobListHideArgsByDefault: true,
	})
	if err != nil {
		return nil, fmt.Errorf("job queue's pages: %w", err)
	}
	if err := pages.Start(ctx); err != nil {
		return nil, fmt.Errorf("start the job queue's pages: %w", err)
	}
	return readOnly(pages), nil
}

// readOnly lets only requests through that read. Everything of River's pages that changes a job or a queue is a POST, PUT or
// PATCH.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "These pages only show the job queue.", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}
