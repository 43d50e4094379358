package store_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
	"winnow/store/pgtest"
)

// serverAway ends all connections to a database and lets nobody in until back is called.
func serverAway(t *testing.T, path string) (back func()) {
	t.Helper()
	u, err := url.Parse(path)
	must(t, err)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	server := openRaw(t, u.String())
	server.exec(`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS false`)
	server.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, name)
	return func() {
		t.Helper()
		server.exec(`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS true`)
	}
}

// copied are the tables that a snapshot has, besides those that the tests with snapshots leave alone.
var copied = []string{"storage", "leases", "deletions", "batches", "attempts", "tallies", "audit"}

// snapshotOnServer copies what changes while batches are sent; put puts it back, as restoring a server does, also while
// processes are connected.
func snapshotOnServer(t *testing.T, url string) (put func()) {
	t.Helper()
	r := openRaw(t, url)
	for _, table := range copied {
		r.exec(`CREATE TABLE copy_of_` + table + ` AS TABLE ` + table)
	}
	return func() {
		t.Helper()
		statements := []string{`BEGIN`, `SET LOCAL session_replication_role = replica`} // no trigger
		for _, table := range copied {
			statements = append(statements, `DELETE FROM `+table, `INSERT INTO `+table+` SELECT * FROM copy_of_`+table)
		}
		r.exec(strings.Join(append(statements, `COMMIT`), ";\n"))
	}
}

// TestACopyPutBackUnderARunningProcessIsHeld restores the server while a console is connected to it: SQLite's file cannot be
// replaced that way, see TestAReplacedFileIsNotWritten.
func TestACopyPutBackUnderARunningProcessIsHeld(t *testing.T) {
	b := &trouble{T: t}
	b.db, b.path = openNewOnServer(t)
	b.id = runSmall(t, b.db, benchAccount)
	put := snapshotOnServer(t, b.path)
	b.ok(b.db.Settle(t.Context(), answered(b.claim(), "act-1")))
	put()
	if err := claimError(t, b.db); !errors.Is(err, deletion.ErrLeased) { // the lease is gone with the rest
		t.Errorf("first claim: %v, want no lease", err)
	}
	if err := claimError(t, b.db); !errors.Is(err, deletion.ErrNothingToSend) {
		t.Errorf("claim: %v, want nothing to send", err)
	}
	h, err := b.db.OpenHold(t.Context(), benchAccount)
	b.ok(err)
	if h.Cause != deletion.HeldOlder {
		t.Errorf("held: %+v", h)
	}
	b.ok(b.db.Release(t.Context(), benchAccount, h.ID, deletion.User{ID: "u"}, time.Now()))
	b.claim()
}

// TestProcessesShareACount has two processes claim in turn: each file is behind what the other has claimed, and that holds nothing.
func TestProcessesShareACount(t *testing.T) {
	first, url := openNewOnServer(t)
	second := openAt(t, url)
	for i, account := range []string{"a", "b", "c"} {
		runSmall(t, first, account)
		db := first
		if i == 1 {
			db = second
		}
		if _, err := db.Claim(t.Context(), account, nil); err != nil {
			t.Fatalf("claim of %s: %v", account, err)
		}
	}
	must(t, second.Close())
	must(t, first.Close())
	db := openAt(t, url)
	for _, account := range []string{"a", "b", "c"} {
		if _, err := db.OpenHold(t.Context(), account); !errors.Is(err, deletion.ErrNotFound) {
			t.Errorf("%s is held: %v", account, err)
		}
	}
}

// TestProcessesAddToOneAuditLog has two processes write into it at once.
func TestProcessesAddToOneAuditLog(t *testing.T) {
	const each = 20
	first, url := openNewOnServer(t)
	done := make(chan error)
	for n, db := range []*store.DB{first, openAt(t, url)} {
		go func() {
			var err error
			for i := range each {
				account := fmt.Sprintf("account %d of %d", i, n)
				err = errors.Join(err, db.Hold(t.Context(), account, deletion.HeldOlder, "for the test"))
			}
			done <- err
		}()
	}
	must(t, errors.Join(<-done, <-done))
	if seen, err := store.VerifyAudit(t.Context(), optionsOf(url)); err != nil || seen.Rows != 2*each {
		t.Errorf("%d rows, %v, want %d", seen.Rows, err, 2*each)
	}
}

// TestProcessesHaveFoldersOfTheirOwn refuses the second one that would write into an emergency file.
func TestProcessesHaveFoldersOfTheirOwn(t *testing.T) {
	_, url := openNewOnServer(t)
	if _, err := store.Open(t.Context(), optionsOf(url)); !errors.Is(err, store.ErrFolderInUse) {
		t.Errorf("a second process with the same file: %v", err)
	}
	if _, err := store.Open(t.Context(), store.Options{URL: url}); err == nil {
		t.Error("a process without an emergency file was let in")
	}
}

func openNewOnServer(t *testing.T) (*store.DB, string) {
	t.Helper()
	url := pgtest.New(t, migratePostgres)
	return openAt(t, url), url
}
