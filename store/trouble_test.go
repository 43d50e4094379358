package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"winnow/auth"
	"winnow/deletion"
	"winnow/store"
)

// trouble is a database of which something goes wrong.
type trouble struct {
	*testing.T
	db   *store.DB
	path string
	id   int64 // of a running deletion of two batches
}

func newTrouble(t *testing.T) *trouble {
	t.Helper()
	db, path := openNew(t)
	return &trouble{t, db, path, runSmall(t, db, benchAccount)}
}

func (b *trouble) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// fails ends the test unless an error is one of storage.
func (b *trouble) fails(what string, err error) {
	b.Helper()
	if !errors.Is(err, deletion.ErrStorage) {
		b.Fatalf("%s: %v, want ErrStorage", what, err)
	}
}

// away takes the database away while it is used; back puts it back.
func (b *trouble) away() (back func()) {
	b.Helper()
	if onPostgres(b) {
		return serverAway(b.T, b.path)
	}
	aside := b.path + ".aside"
	b.ok(os.Rename(b.path, aside))
	return func() {
		b.Helper()
		b.ok(os.Rename(aside, b.path))
	}
}

// gone is the trouble while the database is away.
func (b *trouble) gone() deletion.StorageKind {
	if onPostgres(b) {
		return deletion.StorageAway
	}
	return deletion.StorageMoved
}

func (b *trouble) claim() *deletion.Attempt {
	b.Helper()
	a, err := b.db.Claim(b.Context(), benchAccount, nil)
	b.ok(err)
	return a
}

// answered is the settlement of an attempt that the vendor accepted.
func answered(a *deletion.Attempt, activity string) deletion.Settlement {
	s := deletion.Settlement{Attempt: *a, Outcome: deletion.Accepted, Activity: deletion.Activity{ID: activity, State: "initialized"}}
	s.Attempt.State, s.Attempt.ActivityID, s.Attempt.HTTPStatus = deletion.AttemptAccepted, activity, 201
	return s
}

// isAccepted ends the test unless the batch has gone straight from sending to accepted.
func (b *trouble) isAccepted(db *store.DB, n int, activity string) {
	b.Helper()
	batch, err := db.Batch(b.Context(), b.id, n)
	b.ok(err)
	tries, err := db.Attempts(b.Context(), b.id, n)
	b.ok(err)
	if batch.Outcome != deletion.Accepted || batch.Activity.ID != activity || len(tries) != 1 ||
		tries[0].State != deletion.AttemptAccepted || tries[0].HTTPStatus != 201 || tries[0].Evidence != "" {
		b.Fatalf("batch is %s with activity %q, its tries %+v", batch.Outcome, batch.Activity.ID, tries)
	}
}

func TestADiskThatIsFullAtTheIntentSendsNothing(t *testing.T) {
	b := newTrouble(t)
	upload, err := b.db.CreateUpload(t.Context(), benchAccount, "large.csv")
	b.ok(err)
	b.ok(b.db.LetGrow(t.Context(), 4))
	b.fails("a write without room", b.db.AppendUpload(t.Context(), upload, 0, make([]byte, 64<<10)))
	if tr := b.db.Trouble(); tr == nil || tr.Kind != deletion.StorageFull || tr.Kept != 0 {
		t.Fatalf("trouble is %+v, want a full disk", tr)
	}
	_, err = b.db.Claim(t.Context(), benchAccount, nil)
	b.fails("claim", err)
	b.fails("ready", b.db.Ready(t.Context()))
	b.fails("trial write", b.db.Recover(t.Context()))
	d, err := b.db.AnyDeletion(t.Context(), b.id)
	b.ok(err)
	if d.Open != 0 || d.Unsent != 2 || d.State != deletion.Running {
		t.Errorf("deletion is %+v, want it untouched", d)
	}

	b.ok(b.db.LetGrow(t.Context(), 0))
	b.ok(b.db.Recover(t.Context()))
	if tr := b.db.Trouble(); tr != nil {
		t.Errorf("trouble is still %+v", tr)
	}
	b.ok(b.db.Ready(t.Context()))
	b.claim()
}

func TestNoTokenIsRenewedWhileItCouldNotBeStored(t *testing.T) {
	db, path := openAuth(t)
	b := &trouble{T: t, db: db, path: path}
	must(t, db.PutToken(t.Context(), ada.Key(), []byte("first")))
	ref := auth.TokenRef{Key: ada.Key(), Version: 1, Lease: "mine"}
	back := b.away()
	_, err := db.LeaseToken(t.Context(), ref, time.Minute)
	b.fails("lease", err)
	back()
	b.ok(db.Recover(t.Context()))
	want(t, "LeaseToken", true)(db.LeaseToken(t.Context(), ref, time.Minute))
}

func TestAnAnswerIsKeptUntilItCanBeStored(t *testing.T) {
	b := newTrouble(t)
	a := b.claim()
	back := b.away()
	b.fails("settle", b.db.Settle(t.Context(), answered(a, "act-1")))
	b.fails("settle again", b.db.Settle(t.Context(), answered(a, "act-1")))
	if tr := b.db.Trouble(); tr == nil || tr.Kind != b.gone() || tr.Kept != 1 {
		t.Fatalf("trouble is %+v, want one result kept", tr)
	}
	_, err := b.db.AdoptLost(t.Context(), benchAccount)
	b.fails("adopt while the answer is kept", err)
	_, err = b.db.Claim(t.Context(), "another account", nil)
	b.fails("claim of another account", err)

	back()
	b.ok(b.db.Recover(t.Context()))
	b.isAccepted(b.db, 1, "act-1")
	lost, err := b.db.AdoptLost(t.Context(), benchAccount)
	b.ok(err)
	if lost != 0 {
		t.Errorf("%d attempts are lost", lost)
	}
	if next := b.claim(); next.Batch != 2 {
		t.Errorf("batch %d is claimed next", next.Batch)
	}
}

func TestAKeptAnswerIsReadAtTheNextStart(t *testing.T) {
	b := newTrouble(t)
	a := b.claim()
	back := b.away()
	b.fails("settle", b.db.Settle(t.Context(), answered(a, "act-1")))
	b.ok(b.db.Close())
	back()
	db := openAt(t, b.path)
	b.isAccepted(db, 1, "act-1")
	if tr := db.Trouble(); tr != nil {
		t.Errorf("trouble is %+v", tr)
	}
	b.ok(db.Close())
	b.isAccepted(openAt(t, b.path), 1, "act-1") // the file was emptied: nothing comes twice
}

func TestWhatEachAnswerBecomesAtTheNextStart(t *testing.T) {
	for name, tt := range map[string]struct {
		state       deletion.AttemptState
		outcome     deletion.Outcome
		wantState   deletion.AttemptState
		wantOutcome deletion.Outcome
	}{
		"refused":         {deletion.AttemptRejected, deletion.Rejected, deletion.AttemptRejected, deletion.Rejected},
		"refused for now": {deletion.AttemptRejected, deletion.Waiting, deletion.AttemptRejected, deletion.Waiting},
		"never sent":      {deletion.AttemptUnsent, deletion.Waiting, deletion.AttemptUnsent, deletion.Waiting},
		"lost":            {deletion.AttemptUnknown, deletion.Unknown, deletion.AttemptUnknown, deletion.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTrouble(t)
			s := deletion.Settlement{Attempt: *b.claim(), Outcome: tt.outcome}
			s.Attempt.State, s.Attempt.ErrorText = tt.state, "what came back"
			back := b.away()
			b.fails("settle", b.db.Settle(t.Context(), s))
			b.ok(b.db.Close())
			back()
			db := openAt(t, b.path)
			batch, err := db.Batch(t.Context(), b.id, 1)
			b.ok(err)
			tries, err := db.Attempts(t.Context(), b.id, 1)
			b.ok(err)
			if batch.Outcome != tt.wantOutcome || tries[0].State != tt.wantState || tries[0].ErrorText != "what came back" {
				t.Errorf("batch is %s, its attempt %s: %q", batch.Outcome, tries[0].State, tries[0].ErrorText)
			}
		})
	}
}

func TestAKeptAnswerThatFitsNoRowIsLeftOut(t *testing.T) {
	b := newTrouble(t)
	a := b.claim()
	other := *a
	other.Hash[0]++ // as if the number had been given to another attempt since
	back := b.away()
	b.fails("settle", b.db.Settle(t.Context(), answered(&other, "act-1")))
	b.ok(b.db.Close())
	back()
	tries, err := openAt(t, b.path).Attempts(t.Context(), b.id, 1)
	b.ok(err)
	if tries[0].State != deletion.AttemptSending || tries[0].ActivityID != "" {
		t.Errorf("the attempt took an answer that is not its own: %+v", tries[0])
	}
}

func TestARenewedTokenIsKeptUntilItCanBeStored(t *testing.T) {
	renewed := func(t *testing.T) (b *trouble, back func()) {
		db, path := openAuth(t)
		b = &trouble{T: t, db: db, path: path}
		must(t, db.PutToken(t.Context(), ada.Key(), []byte("first")))
		ref := auth.TokenRef{Key: ada.Key(), Version: 1, Lease: "mine"}
		want(t, "LeaseToken", true)(db.LeaseToken(t.Context(), ref, time.Minute))
		back = b.away()
		for range 3 { // the renewal tries again and again
			_, err := db.ReplaceToken(t.Context(), ref, []byte("second"))
			b.fails("replace", err)
		}
		if tr := db.Trouble(); tr.Kept != 1 {
			t.Fatalf("%d results are kept, want the one pair", tr.Kept)
		}
		return b, back
	}
	t.Run("while the process lives", func(t *testing.T) {
		b, back := renewed(t)
		back()
		b.ok(b.db.Recover(t.Context()))
		if row := living(t, b.db, "u-ada"); row.Version != 2 || string(row.Sealed) != "second" {
			t.Errorf("row %+v", row)
		}
	})
	t.Run("at the next start", func(t *testing.T) {
		b, back := renewed(t)
		b.ok(b.db.Close())
		back()
		if row := living(t, openAt(t, b.path), "u-ada"); row.Version != 2 || string(row.Sealed) != "second" {
			t.Errorf("row %+v", row)
		}
	})
	t.Run("unless a newer one is there", func(t *testing.T) {
		b, back := renewed(t)
		b.ok(b.db.Close())
		back()
		r := openRaw(t, b.path)
		r.exec(`UPDATE tokens SET version = 2, sealed = x'aa', lease = ''`)
		if row := living(t, openAt(t, b.path), "u-ada"); row.Version != 2 || string(row.Sealed) != "\xaa" {
			t.Errorf("row %+v", row)
		}
	})
}

func TestAReplacedFileIsNotWritten(t *testing.T) {
	b := newTrouble(t)
	content, err := os.ReadFile(b.path)
	b.ok(err)
	back := b.away()
	b.ok(os.WriteFile(b.path, content, 0o600))
	_, err = b.db.Claim(t.Context(), benchAccount, nil)
	b.fails("claim", err)
	back()
	b.ok(b.db.Recover(t.Context()))
	b.claim()
}

func TestTheEmergencyFileMayLieElsewhere(t *testing.T) {
	path, elsewhere := filepath.Join(t.TempDir(), "winnow.db"), filepath.Join(t.TempDir(), "other disk", "kept")
	db, err := store.Open(t.Context(), store.Options{Path: path, Emergency: elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(elsewhere); err != nil || info.Size() != 1<<20 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := os.Stat(path + ".emergency"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("one lies beside the database too: %v", err)
	}
}

func TestADatabaseWithoutItsEmergencyFileDoesNotOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "winnow.db")
	_, err := store.Open(context.Background(), store.Options{Path: path, Emergency: "/proc/no/such/place"})
	if err == nil {
		t.Fatal("it opened")
	}
	t.Log(err)
}
