package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"winnow/store/pgtest"
)

func TestServerThatForgetsIsRefused(t *testing.T) {
	good := serverSettings{version: 15, fsync: "on", pages: "on"}
	for name, c := range map[string]struct {
		change func(*serverSettings)
		says   string // empty: accepted
	}{
		"as it should be":             {func(*serverSettings) {}, ""},
		"half pages that are atomic":  {func(s *serverSettings) { s.pages = "off" }, ""},
		"no fsync":                    {func(s *serverSettings) { s.fsync = "off" }, "fsync"},
		"a standby":                   {func(s *serverSettings) { s.standby = true }, "primary"},
		"a version nobody keeps":      {func(s *serverSettings) { s.version = oldestPostgres - 1 }, "needs"},
		"the oldest one that is kept": {func(s *serverSettings) { s.version = oldestPostgres }, ""},
	} {
		s := good
		c.change(&s)
		err := s.refusal()
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.says)
		}
	}
}

// TestCommitsWaitForTheDisk has a database whose owner turned that off.
func TestCommitsWaitForTheDisk(t *testing.T) {
	url := pgtest.Empty(t)
	for set, want := range map[string]string{"off": "on", "local": "on", "remote_write": "on", "on": "on", "remote_apply": "remote_apply"} {
		statementOn(t, url, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = `+set+`', current_database()); END $$`)
		db, err := Open(t.Context(), onServer(t, url))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		err = db.inTx(t.Context(), func(tx *tx) error {
			return tx.QueryRow(t.Context(), `SELECT current_setting('synchronous_commit')`).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("set to %s it is %s, %v, want %s", set, got, err, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// onServer is a database behind a URL, with an emergency file of its own.
func onServer(t *testing.T, url string) Options {
	t.Helper()
	return Options{URL: url, Emergency: filepath.Join(t.TempDir(), "emergency")}
}

func statementOn(t *testing.T, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// TestWhoGaveWayBeginsAgain has two transactions lock two rows in opposite order.
func TestWhoGaveWayBeginsAgain(t *testing.T) {
	db, err := Open(t.Context(), onServer(t, pgtest.Empty(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := t.Context()
	for _, name := range []string{"a", "b"} {
		if err := db.Lease(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	lock := func(tx *tx, name string) error {
		_, err := tx.Exec(ctx, `UPDATE leases SET until = until + 1 WHERE name = $1`, name)
		return err
	}
	locked, ended := make(chan bool, 2*(maxYields+1)), make(chan error)
	both := make(chan struct{})
	cross := func(first, second string) {
		ended <- db.inTx(ctx, func(tx *tx) error {
			if err := lock(tx, first); err != nil {
				return err
			}
			locked <- true
			<-both
			return lock(tx, second)
		})
	}
	go cross("a", "b")
	go cross("b", "a")
	<-locked
	<-locked
	close(both)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if len(locked) == 0 {
		t.Error("no transaction began again")
	}
}

func TestThePasswordIsNotSaid(t *testing.T) {
	for _, url := range []string{
		"postgres://winnow:canary@127.0.0.1:1/winnow?connect_timeout=1",
		"postgres://winnow:canary@127.0.0.1:1/winnow?sslmode=nonsense",
		"postgres://winnow:can ary%zz@127.0.0.1/winnow",
	} {
		_, err := Open(t.Context(), onServer(t, url))
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "can ary") {
			t.Errorf("open %s: %v, want an error without the password", url, err)
		}
	}
}
