package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/auth"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store/pgtest"
)

// onPostgres are the flags that give consoles a PostgreSQL database to share.
func onPostgres(t *testing.T) []string {
	t.Helper()
	url := pgtest.New(t, func(url string) error {
		return run(context.Background(), []string{"migrate", "--database-url", url}, noEnvironment, io.Discard)
	})
	return []string{"--database-url", url, "--keys", "1:" + auth.GenerateKey()}
}

func TestACSVIsDeletedRowByRowOnPostgreSQL(t *testing.T) {
	deleteACSVRowByRow(t, append(onPostgres(t), hasty...)...)
}

func TestMigrateSaysWhenItIsDone(t *testing.T) {
	for name, flag := range map[string]string{
		"SQLite":     "--data-dir=" + t.TempDir(),
		"PostgreSQL": "--database-url=" + pgtest.Empty(t),
	} {
		for range 2 {
			var out bytes.Buffer
			if err := run(t.Context(), []string{"migrate", flag}, noEnvironment, &out); err != nil || !strings.Contains(out.String(), "up to date") {
				t.Errorf("%s: %v, %q", name, err, out.String())
			}
		}
	}
}

// TestAReplicaGoesOnWhereAnotherOneDied has two consoles on one database, kills the one that works and lets the other one end
// the deletion. A request that was on its way is not sent again.
func TestAReplicaGoesOnWhereAnotherOneDied(t *testing.T) {
	ids := someIDs(12 * deletion.FromCSV.BatchSize())
	shared := onPostgres(t)
	first, second := "http://"+freeAddress(t), "http://"+freeAddress(t)
	o := startOutside(t, first, "--contacts", fmt.Sprint(len(ids)+len(ids)/4), "--lists", "3", "--speed", "100", "--per-second=-1",
		"--redirect-uris", second+"/oauth/callback")
	start := func(console string) *process {
		t.Helper()
		flags := slices.Concat(consoleFlags(console, o.api), shared, []string{"--plain-http", "--data-dir", t.TempDir(),
			"--interval", "100ms", "--follow", "200ms", "--lag", "1s", "--grace", "3s"})
		p := startProcess(t, flags...)
		waitForConsole(t, console, nil)
		return p
	}
	worker := start(first)
	p := newPerson(t)
	p.signIn(&world{console: first}, sandbox.OwnerLogin)
	p.upload(&world{console: first}, "contacts.csv", []byte("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	page := strings.Replace(p.url.String(), first, second, 1)
	p.submit("/confirm", map[string]string{"count": fmt.Sprint(len(ids))})
	eventually(t, 30*time.Second, "some batches are posted", func() bool { return len(o.posts()) >= 5 })

	start(second)
	worker.kill()
	killed, before := time.Now(), len(o.requests())
	eventually(t, 60*time.Second, "the other replica looks", func() bool { return len(o.requests()) > before })
	t.Logf("the other replica goes on %v after the kill", time.Since(killed).Round(time.Millisecond))
	eventually(t, deletion.OnTheWire+60*time.Second, "the deletion ends", func() bool {
		p.open(page)
		sumsAddUp(t, p, len(ids))
		return strings.Contains(p.text(), "Every contact is accounted for")
	})
	postedOnce(t, o.posts(), requestsFor(len(ids)))
}
