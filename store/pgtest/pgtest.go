// Package pgtest gives tests databases on a real PostgreSQL server.
//
// The server is the one that WINNOW_TEST_POSTGRES_URL names (its user must be allowed to create databases), or else one of
// this package's own: started from the programs initdb and postgres of this machine in a temporary folder, once for each test
// binary, stopped by [Stop], and killed with the test binary if that is killed. It keeps what it commits, as a real one:
// fsync is on.
//
// [New] makes a database for one test. The first one prepares a template, so that the others cost a copy of files.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// urlVariable names a server to use instead of one of our own.
	urlVariable = "WINNOW_TEST_POSTGRES_URL"
	// strictVariable makes a missing server a failure.
	strictVariable = "WINNOW_TEST_STRICT"
	// patience is how long a server or a database may take to come.
	patience = time.Minute
)

// errMissing means that there is no PostgreSQL on this machine.
var errMissing = errors.New("no PostgreSQL: install it, or set " + urlVariable)

var (
	own      *server // ours, nil when another one is used
	serial   atomic.Int64
	template struct {
		sync.Mutex
		name string
	}
)

// running is the URL of the server, which is started at the first call.
var running = sync.OnceValues(func() (*url.URL, error) {
	if given := os.Getenv(urlVariable); given != "" {
		return url.Parse(given)
	}
	var err error
	if own, err = start(); err != nil {
		return nil, err
	}
	return own.url, nil
})

// New makes an empty database and returns its URL; the database is dropped when the test ends. prepare brings the first one into the
// state in which all begin; it must leave no connection open. Without PostgreSQL the test is skipped, or fails when
// WINNOW_TEST_STRICT is set.
func New(tb testing.TB, prepare func(url string) error) string {
	tb.Helper()
	server := reach(tb)
	name, err := prepared(server, prepare)
	if err != nil {
		tb.Fatalf("prepare a database: %v", err)
	}
	return create(tb, server, name)
}

// Empty makes a database without any table and returns its URL.
func Empty(tb testing.TB) string {
	tb.Helper()
	return create(tb, reach(tb), "template0")
}

// reach returns the server's URL.
func reach(tb testing.TB) *url.URL {
	tb.Helper()
	server, err := running()
	switch {
	case errors.Is(err, errMissing) && os.Getenv(strictVariable) == "":
		tb.Skip(err)
	case err != nil:
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	return server
}

func create(tb testing.TB, server *url.URL, template string) string {
	tb.Helper()
	name := newName()
	if err := ask(server, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s`, name, template)); err != nil {
		tb.Fatalf("create a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := ask(server, fmt.Sprintf(`DROP DATABASE %s WITH (FORCE)`, name)); err != nil {
			tb.Errorf("drop the database: %v", err)
		}
	})
	return named(server, name)
}

// prepared is the name of the template, made at the first call.
func prepared(server *url.URL, prepare func(url string) error) (string, error) {
	template.Lock()
	defer template.Unlock()
	if template.name != "" {
		return template.name, nil
	}
	name := newName()
	if err := ask(server, `CREATE DATABASE `+name+` TEMPLATE template0`); err != nil {
		return "", err
	}
	if err := prepare(named(server, name)); err != nil {
		return "", err
	}
	template.name = name
	return name, nil
}

// newName is a name that nobody else uses on a server that several test binaries share.
func newName() string { return fmt.Sprintf("winnow_test_%d_%d", os.Getpid(), serial.Add(1)) }

// named is the server's URL with another database in it.
func named(server *url.URL, database string) string {
	u := *server
	u.Path = "/" + database
	return u.String()
}

// ask runs one statement on the server, outside of any transaction.
func ask(server *url.URL, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server.String())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// Stop ends the server that was started and removes its files, or drops the template on another's. Call it from TestMain when the tests are over.
func Stop() error {
	if own != nil {
		return own.stop()
	}
	if template.name == "" {
		return nil
	}
	server, err := running()
	if err != nil {
		return err
	}
	return ask(server, `DROP DATABASE `+template.name+` WITH (FORCE)`)
}
