package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"winnow/sandbox"
)

// openedFile is a connection of its own to a console's database, for what a console never does.
func openedFile(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "winnow.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func alter(t *testing.T, db *sql.DB, statements string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

// verify is the command `winnow audit verify`.
func verify(t *testing.T, dir string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), []string{"audit", "verify", "--data-dir", dir}, noEnvironment, &out)
	return out.String(), err
}

// contactsFile is a CSV of so many living contacts of the main account.
func contactsFile(t *testing.T, w *world, n int) []byte {
	t.Helper()
	ids := []string{"contact_id"}
	for c := range w.emulator.Contacts(sandbox.MainAccount) {
		if c.DeletedAt.IsZero() && len(ids) <= n {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) <= n {
		t.Fatalf("there are only %d contacts", len(ids)-1)
	}
	return []byte(strings.Join(ids, "\n"))
}

func TestTheAuditLogTellsWhoDidWhatAndEveryRequest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, quick(), append(hasty, "--data-dir", dir)...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.upload(w, "contacts.csv", contactsFile(t, w, 1200))
	p.submit("/confirm", map[string]string{"count": "1200"})
	p.waitUntilEnded(30 * time.Second)

	p.follow("Who decided what, and every request")
	p.sees("Made ready", "Confirmed", "Sending a request", "Request ended Accepted", "Deletion ended Finished", "1,200",
		sandbox.OwnerLogin, "from 127.0.0.1", "Winnow itself", "batch 3")
	p.follow("Download as CSV")
	var told []string
	for _, row := range p.csv() {
		told = append(told, strings.TrimSpace(row[5]+" "+row[7]))
	}
	slices.Reverse(told)
	want := []string{"made ready", "confirmed"}
	for n := range requestsFor(1200) {
		want = append(want, fmt.Sprintf("sending %d", n+1), fmt.Sprintf("attempted %d", n+1))
	}
	want = append(want, "ended")
	if !slices.Equal(told, want) {
		t.Errorf("the file tells %q", told)
	}

	p.open(w.console + "/audit")
	p.sees("Signed in", "Confirmed")
	p.follow("Download as CSV")
	newest := p.csv()[0]
	out, err := verify(t, dir) // while the console runs
	if err != nil || !strings.Contains(out, "is whole") || !strings.Contains(out, newest[len(newest)-1]) {
		t.Errorf("verify says %q, %v; the newest row is %q", out, err, newest)
	}
	foreigner := newPerson(t)
	foreigner.signIn(w, sandbox.SecondOwnerLogin)
	foreigner.open(w.console + "/audit.csv")
	if rows := foreigner.csv(); len(rows) != 1 || rows[0][5] != "signed in" || rows[0][2] != sandbox.SecondOwnerLogin {
		t.Errorf("somebody of another account reads %q", rows)
	}
}

// follow opens the link of the page that has this text.
func (p *person) follow(text string) {
	p.t.Helper()
	link := p.page.Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Text()) == text })
	target, ok := link.First().Attr("href")
	if !ok {
		p.t.Fatalf("no link %q on %s:\n%s", text, p.url, p.text())
	}
	p.open(target)
}

func TestATamperedAuditLogIsReportedInOneSentence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, quick(), append(hasty, "--data-dir", dir)...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.upload(w, "contacts.csv", contactsFile(t, w, 600))
	p.submit("/confirm", map[string]string{"count": "600"})
	p.waitUntilEnded(30 * time.Second)
	w.stop()

	if _, err := verify(t, dir); err != nil {
		t.Fatalf("before: %v", err)
	}
	db := openedFile(t, dir)
	alter(t, db, `DROP TRIGGER audit_kept; DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)`)
	if out, err := verify(t, dir); err == nil || !strings.HasSuffix(err.Error(), "no row says that deletion 1 came to its end") || out != "" {
		t.Errorf("cut: %q, %v", out, err)
	}
	alter(t, db, `DROP TRIGGER audit_frozen; UPDATE audit SET user_name = 'somebody else' WHERE id = 2`)
	if out, err := verify(t, dir); err == nil || !strings.Contains(err.Error(), "the audit log is broken at row 2:") || out != "" {
		t.Errorf("changed: %q, %v", out, err)
	}
}

func TestWithoutAnAuditLogNothingIsDeleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, quick(), append(hasty, "--data-dir", dir)...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.upload(w, "contacts.csv", contactsFile(t, w, 1200))
	page := p.url.String()

	db := openedFile(t, dir)
	const broken = `CREATE TRIGGER audit_broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`
	alter(t, db, broken)
	p.submit("/confirm", map[string]string{"count": "1200"})
	p.sees("Something went wrong in Winnow", "Reference")
	p.open(page)
	p.sees("Ready for review")

	// Confirmed, but what is about to be sent cannot be written down.
	alter(t, db, `DROP TRIGGER audit_broken; `+strings.Replace(broken, "BEGIN", "WHEN NEW.action = 'sending' BEGIN", 1))
	p.submit("/confirm", map[string]string{"count": "1200"})
	p.sees("0 of 5")
	waitForFailedJob(t, db)
	if posts := w.posts(); len(posts) != 0 {
		t.Errorf("%d requests were sent", len(posts))
	}
	alter(t, db, `DROP TRIGGER audit_broken`)
	p.open(page)
	p.waitUntilEnded(30 * time.Second)
}

// waitForFailedJob returns when the queue has noted that work for an account did not succeed.
func waitForFailedJob(t *testing.T, db *sql.DB) {
	t.Helper()
	eventually(t, 60*time.Second, "the runner finds the audit log broken", func() bool {
		var errors string
		err := db.QueryRowContext(t.Context(), `SELECT coalesce(group_concat(json(errors)), '') FROM river_job WHERE kind = 'advance'`).Scan(&errors)
		return err == nil && strings.Contains(errors, "the disk is full")
	})
}
