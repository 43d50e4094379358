package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"winnow/auth"
	"winnow/deletion"
	"winnow/store"
)

// auditedLife stores a deletion with a request that was accepted and one that is on its way, and a halt that was lifted.
func auditedLife(t *testing.T) (*store.DB, string) {
	t.Helper()
	db, path := openNew(t)
	runSmall(t, db, benchAccount)
	a, err := db.Claim(t.Context(), benchAccount, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.State, a.ActivityID = deletion.AttemptAccepted, "activity-1"
	err = errors.Join(
		db.Settle(t.Context(), deletion.Settlement{Attempt: *a, Outcome: deletion.Accepted, Activity: deletion.Activity{ID: a.ActivityID}}),
		db.Halt(t.Context(), deletion.User{ID: "u"}),
		db.LiftHalt(t.Context(), deletion.User{ID: "u"}, time.Now().Add(time.Minute)),
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Claim(t.Context(), benchAccount, nil); err != nil {
		t.Fatal(err)
	}
	return db, path
}

// auditedRows is how many rows auditedLife leaves: ready, confirmed, sending, attempted, halted, released, sending.
const auditedRows = 7

func TestAWholeAuditLogIsVerifiedWhileItIsInUse(t *testing.T) {
	_, path := auditedLife(t)
	seen, err := store.VerifyAudit(t.Context(), optionsOf(path))
	if err != nil || seen.Rows != auditedRows || seen.Head == [32]byte{} || seen.First.IsZero() || seen.Last.Before(seen.First) {
		t.Fatalf("got %+v, %v", seen, err)
	}
}

// auditedFile is the file that auditedLife leaves.
func auditedFile(t *testing.T) []byte {
	t.Helper()
	_, path := auditedLife(t)
	openRaw(t, path).exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// copyOf writes a file of a database that nobody has open.
func copyOf(t *testing.T, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "copy of winnow.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWholeAuditLogIsVerifiedWithoutAProcess(t *testing.T) {
	copied := copyOf(t, auditedFile(t))
	if seen, err := store.VerifyAudit(t.Context(), optionsOf(copied)); err != nil || seen.Rows != auditedRows {
		t.Errorf("got %+v, %v", seen, err)
	}
	if _, err := os.Stat(copied + ".lock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock file: %v", err)
	}
}

func TestWhatHasNoAuditLogIsSaidInPlainWords(t *testing.T) {
	if _, err := store.VerifyAudit(t.Context(), optionsOf(filepath.Join(t.TempDir(), "none.db"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(t.TempDir(), "other.db")
	openRaw(t, path).exec(`CREATE TABLE other (id INTEGER)`)
	if _, err := store.VerifyAudit(t.Context(), optionsOf(path)); !errors.Is(err, store.ErrNoAudit) {
		t.Errorf("another database: %v", err)
	}
}

// unguarded is a raw connection to a database whose audit log can be changed.
func unguarded(t *testing.T, path string) raw {
	t.Helper()
	r := openRaw(t, path)
	for _, trigger := range []string{"audit_next", "audit_frozen", "audit_kept"} {
		r.exec(`DROP TRIGGER ` + trigger)
	}
	return r
}

func TestTamperingWithTheAuditLogIsFound(t *testing.T) {
	whole := auditedFile(t)
	for name, c := range map[string]struct{ statement, says string }{
		"another time":              {`UPDATE audit SET at = at + 1 WHERE id = 2`, "row 2:"},
		"another account":           {`UPDATE audit SET account_id = 'b' WHERE id = 2`, "row 2:"},
		"another person":            {`UPDATE audit SET user_id = 'x' WHERE id = 2`, "row 2:"},
		"another name":              {`UPDATE audit SET user_name = 'x' WHERE id = 2`, "row 2:"},
		"another address":           {`UPDATE audit SET from_ip = '::2' WHERE id = 2`, "row 2:"},
		"another action":            {`UPDATE audit SET action = 'paused' WHERE id = 2`, "row 2:"},
		"another deletion":          {`UPDATE audit SET deletion_id = 9 WHERE id = 2`, "row 2:"},
		"another batch":             {`UPDATE audit SET batch_n = 9 WHERE id = 3`, "row 3:"},
		"another attempt":           {`UPDATE audit SET attempt_id = 9 WHERE id = 3`, "row 3:"},
		"another activity":          {`UPDATE audit SET activity_id = 'x' WHERE id = 4`, "row 4:"},
		"another count":             {`UPDATE audit SET count = 9 WHERE id = 3`, "row 3:"},
		"another hash":              {`UPDATE audit SET hash = zeroblob(32) WHERE id = 3`, "row 3:"},
		"another outcome":           {`UPDATE audit SET outcome = 'unsent' WHERE id = 4`, "row 4:"},
		"another reason":            {`UPDATE audit SET reason = 'x' WHERE id = 4`, "row 4:"},
		"another chain":             {`UPDATE audit SET chain = zeroblob(32) WHERE id = 7`, "row 7:"},
		"a row removed":             {`DELETE FROM audit WHERE id = 3`, "row 3: the row is missing, and row 4 follows"},
		"the first row removed":     {`DELETE FROM audit WHERE id = 1`, "row 1: the row is missing"},
		"a row removed, rest moved": {`DELETE FROM audit WHERE id = 3; UPDATE audit SET id = -id WHERE id > 3; UPDATE audit SET id = -id - 1 WHERE id < 0`, "row 3:"},
		"two rows exchanged":        {`UPDATE audit SET id = -3 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = -3`, "row 3:"},
		"a row put in":              {`INSERT INTO audit SELECT 8, at, account_id, user_id, user_name, from_ip, action, deletion_id, batch_n, attempt_id, activity_id, count, hash, outcome, reason, chain FROM audit WHERE id = 7`, "row 8:"},

		"the end cut off by one row":   {`DELETE FROM audit WHERE id > 6`, "no row says that attempt 2 was about to be sent"},
		"the end cut off by two rows":  {`DELETE FROM audit WHERE id > 5`, "attempt 2 was about to be sent"},
		"cut off up to the end of one": {`DELETE FROM attempts WHERE id = 2; DELETE FROM audit WHERE id > 3`, "no row says that attempt 1 ended"},
		"cut off before a halt":        {`DELETE FROM attempts WHERE id = 2; DELETE FROM audit WHERE id > 4`, "all sending was stopped, 1 times in all"},
		"cut off before its end":       {`DELETE FROM attempts WHERE id = 2; DELETE FROM audit WHERE id > 5`, "sending was let go on, 1 times in all"},
		"cut off to the confirmation":  {`DELETE FROM attempts; DELETE FROM audit WHERE id > 1`, "no row says that deletion 1 was confirmed"},
		"all of it cut off":            {`DELETE FROM audit`, "no row says that deletion 1 was confirmed"},
		"an attempt put in":            {`UPDATE attempts SET state = 'unsent' WHERE id = 2; INSERT INTO attempts (account_id, deletion_id, batch_n, try, state, items, hash, claimed_at) SELECT account_id, deletion_id, batch_n, 2, 'sending', items, hash, claimed_at FROM attempts WHERE id = 2`, "attempt 3 was about to be sent"},
		"another payload of a request": {`DROP TRIGGER attempts_frozen; UPDATE attempts SET hash = zeroblob(32) WHERE id = 1`, "attempt 1 was about to be sent"},
		"another end of a request":     {`DROP TRIGGER attempts_move; UPDATE attempts SET state = 'rejected' WHERE id = 1`, "attempt 1 ended"},
		"another manifest":             {`DROP TRIGGER deletions_frozen; UPDATE deletions SET hash = zeroblob(32)`, "deletion 1 was confirmed"},
		"somebody else confirmed":      {`UPDATE deletions SET confirmed_by_id = 'x'`, "deletion 1 was confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := copyOf(t, whole)
			unguarded(t, path).exec(c.statement)
			_, err := store.VerifyAudit(t.Context(), optionsOf(path))
			if !errors.Is(err, deletion.ErrAuditBroken) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestTheAuditLogIsOnlyAddedTo(t *testing.T) {
	_, path := auditedLife(t)
	r := openRaw(t, path)
	const insert = ` INTO audit SELECT %s, at, account_id, user_id, user_name, from_ip, action, deletion_id, batch_n, attempt_id, activity_id, count, hash, outcome, reason, chain FROM audit WHERE id = 1`
	for name, statement := range map[string]string{
		"a change":                 `UPDATE audit SET reason = 'x' WHERE id = 1`,
		"a change of nothing":      `UPDATE audit SET reason = reason`,
		"a removal":                `DELETE FROM audit WHERE id = 7`,
		"a replacement":            `REPLACE` + strings.Replace(insert, "%s", "7", 1),
		"a row in the middle":      `INSERT` + strings.Replace(insert, "%s", "3", 1),
		"a row that leaves a gap":  `INSERT` + strings.Replace(insert, "%s", "9", 1),
		"a row without its number": `INSERT` + strings.Replace(insert, "%s", "NULL", 1),
		"a row before the first":   `INSERT` + strings.Replace(insert, "%s", "0", 1),
		"a second halt in force": `INSERT INTO halts (halted_at, halted_by_id, halted_by_name) VALUES (1, '', '');
			INSERT INTO halts (halted_at, halted_by_id, halted_by_name) VALUES (2, '', '')`,
	} {
		if err := r.try(statement); err == nil {
			t.Errorf("%s is stored", name)
		}
	}
}

func TestWithoutAnAuditRowNothingIsDone(t *testing.T) {
	db, path := openNew(t)
	running := runSmall(t, db, benchAccount)
	ready, m := readySmall(t, db, "other")
	user := auth.User{Account: benchAccount, AccountName: "Acme", ID: "u", Name: "ann"}
	row := auth.SessionRow{Hash: []byte("hash"), Sealed: []byte{1}, User: user.Key(), CreatedAt: time.Now(), SeenAt: time.Now()}
	if err := errors.Join(db.PutUser(t.Context(), user), db.InsertSession(t.Context(), row)); err != nil {
		t.Fatal(err)
	}
	r := openRaw(t, path)
	r.exec(`CREATE TRIGGER audit_broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)

	ctx := t.Context()
	_, claim := db.Claim(ctx, benchAccount, nil)
	_, signOut := db.DeleteSession(ctx, row.Hash)
	row.Hash = []byte("another")
	for name, err := range map[string]error{
		"claiming":      claim,
		"confirming":    db.Confirm(ctx, "other", ready, deletion.Confirmation{By: deletion.User{}, Count: m.Items, Hash: m.Hash}),
		"discarding":    db.Discard(ctx, "other", ready),
		"pausing":       db.Pause(ctx, benchAccount, running, deletion.QuotaUsed, "", time.Time{}),
		"pausing all":   db.PauseAccount(ctx, benchAccount, deletion.QuotaUsed, "", time.Time{}),
		"stopping":      db.Stop(ctx, benchAccount, running),
		"halting":       db.Halt(ctx, deletion.User{}),
		"signing in":    db.InsertSession(ctx, row),
		"signing out":   signOut,
		"ending all of": sessionsOf(ctx, db, user.Key()),
	} {
		if err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for query, want := range map[string]int64{
		`SELECT count(*) FROM attempts`:                            0,
		`SELECT count(*) FROM batches WHERE outcome = 'sending'`:   0,
		`SELECT count(*) FROM deletions WHERE state = 'running'`:   1,
		`SELECT count(*) FROM deletions WHERE state = 'ready'`:     1,
		`SELECT count(*) FROM halts`:                               0,
		`SELECT count(*) FROM sessions`:                            1,
		`SELECT count(*) FROM audit WHERE action = 'signed in'`:    1,
		`SELECT count(*) FROM audit WHERE account_id = 'other'`:    1,
		`SELECT count(*) FROM audit WHERE action = 'signed out'`:   0,
		`SELECT count(*) FROM river_job WHERE kind = 'advance'`:    1,
		`SELECT count(*) FROM sessions WHERE hash = x'616e6f7468'`: 0,
	} {
		if got := one[int64](r, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// sessionsOf ends all sessions of a person.
func sessionsOf(ctx context.Context, db *store.DB, key auth.UserKey) error {
	_, err := db.DeleteUserSessions(ctx, key)
	return err
}

func TestSignInsAndSignOutsAreAudited(t *testing.T) {
	db := open(t)
	ctx := deletion.WithActor(t.Context(), deletion.Actor{From: "192.0.2.7"})
	user := auth.User{Account: benchAccount, AccountName: "Acme", ID: "u", Name: "ann@example.com"}
	session := func(hash string, key auth.UserKey) auth.SessionRow {
		return auth.SessionRow{Hash: []byte(hash), Sealed: []byte{1}, User: key, CreatedAt: time.Now(), SeenAt: time.Now()}
	}
	_, firstEnd := db.DeleteSession(ctx, []byte("none"))
	err := errors.Join(firstEnd, db.PutUser(ctx, user), db.InsertSession(ctx, session("stranger", auth.UserKey{})),
		db.InsertSession(ctx, session("one", user.Key())), db.InsertSession(ctx, session("two", user.Key())))
	for _, hash := range []string{"stranger", "one", "one"} {
		_, ended := db.DeleteSession(ctx, []byte(hash))
		err = errors.Join(err, ended)
	}
	err = errors.Join(err, sessionsOf(ctx, db, user.Key()), sessionsOf(ctx, db, user.Key()))
	rows, read := db.Audit(ctx, benchAccount, deletion.AuditFilter{})
	if err := errors.Join(err, read); err != nil {
		t.Fatal(err)
	}
	want := []deletion.Action{deletion.ActionSignedOut, deletion.ActionSignedOut, deletion.ActionSignedIn, deletion.ActionSignedIn}
	if len(rows) != len(want) {
		t.Fatalf("got %+v", rows)
	}
	for i, r := range rows {
		if r.Action != want[i] || r.Name != user.Name || r.User.ID != user.ID || r.From != "192.0.2.7" {
			t.Errorf("row %d is %+v, want %s", i, r, want[i])
		}
	}
}
