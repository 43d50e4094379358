package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"winnow/auth"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store/pgtest"
)

// onPostgres are the flags that give consoles a PostgreSQL database to share.
func onPostgres(t testing.TB) []string {
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

// TestAReplicaGoesOnWhereAnotherOneEnded has two consoles on one database; the one that works ends in the middle, and the
// other one ends the deletion. A request that was taken is not sent again.
func TestAReplicaGoesOnWhereAnotherOneEnded(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *process, string){
		"killed":     func(t *testing.T, p *process, url string) { p.kill(); timePasses(t, url) },
		"terminated": func(t *testing.T, p *process, _ string) { p.terminate(t) },
	} {
		t.Run(name, func(t *testing.T) { replicaEnds(t, end) })
	}
}

func replicaEnds(t *testing.T, end func(t *testing.T, worker *process, url string)) {
	t.Helper()
	ids := someIDs(12 * deletion.FromCSV.BatchSize())
	shared := onPostgres(t)
	first, second := "http://"+freeAddress(t), "http://"+freeAddress(t)
	o := startOutside(t, first, "--contacts", fmt.Sprint(len(ids)+len(ids)/4), "--lists", "3", "--speed", "100", "--per-second=-1")
	start := func(console string) *process {
		t.Helper()
		p := startProcess(t, slices.Concat(consoleFlags(console, o.api), shared, []string{"--plain-http", "--data-dir", t.TempDir(),
			"--interval", "100ms", "--follow", "200ms", "--lag", "1s", "--grace", "3s"})...)
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
	end(t, worker, shared[1])
	ended := time.Now()
	eventually(t, 60*time.Second, "the deletion ends", func() bool {
		p.open(page)
		sumsAddUp(t, p, len(ids))
		return strings.Contains(p.text(), "Every contact is accounted for")
	})
	t.Logf("the other replica has ended the deletion after %v", time.Since(ended).Round(time.Millisecond))
	postedOnce(t, o.posts(), requestsFor(len(ids)))
}

// timePasses ends all leases of a database, which a killed process would otherwise have for a while.
func timePasses(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `UPDATE leases SET until = 0, claim_until = 0`); err != nil {
		t.Fatal(err)
	}
}

// terminate asks the process to end, as a rolling restart does, and waits until it has.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the process that was asked to end: %v", err)
	}
}
