package store_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/auth"
	"winnow/store"
)

// living reads the tokens of the account, checks whose they are and gives the first.
func living(t *testing.T, db *store.DB, whose ...string) auth.TokenRow {
	t.Helper()
	rows, err := db.LivingTokens(t.Context(), ada.Account)
	must(t, err)
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.Key.ID)
		if age := time.Since(row.ReadAt); row.Key.Account != ada.Account || age < -time.Minute || age > time.Minute {
			t.Errorf("row %+v", row.Key)
		}
	}
	if diff := cmp.Diff(whose, ids); diff != "" {
		t.Fatalf("living tokens (-want +got):\n%s", diff)
	}
	if len(rows) == 0 {
		return auth.TokenRow{}
	}
	return rows[0]
}

// oneToken opens a database in which only Ada has tokens.
func oneToken(t *testing.T) (*store.DB, auth.TokenRef) {
	t.Helper()
	db, _ := openAuth(t)
	must(t, db.PutToken(t.Context(), ada.Key(), []byte("first")))
	return db, auth.TokenRef{Key: ada.Key(), Version: 1, Lease: "mine"}
}

func TestTokensOfAnAccount(t *testing.T) {
	db, ref := oneToken(t)
	must(t, db.PutToken(t.Context(), eve.Key(), []byte("eve's")))
	row := living(t, db, "u-ada")
	if row.Version != 1 || string(row.Sealed) != "first" || row.Lease != "" || !row.LeaseUntil.IsZero() || row.Tries != 0 {
		t.Errorf("fresh row %+v", row)
	}
	want(t, "LeaseToken", true)(db.LeaseToken(t.Context(), ref, time.Minute))
	must(t, db.PutToken(t.Context(), ada.Key(), []byte("second")))
	row = living(t, db, "u-ada")
	if row.Version != 2 || string(row.Sealed) != "second" || row.Lease != "" || !row.LeaseUntil.IsZero() || row.Tries != 0 {
		t.Errorf("row after a second sign-in %+v", row)
	}
	if err := db.PutToken(t.Context(), auth.UserKey{Account: "a07new", ID: "x"}, nil); err == nil {
		t.Error("tokens of somebody unknown: no error")
	}
}

func TestLatestSignInComesFirst(t *testing.T) {
	db, _ := oneToken(t)
	for _, u := range []auth.User{bob, ada, bob} {
		before := living(t, db, ids(t, db)...).ReadAt
		for !living(t, db, ids(t, db)...).ReadAt.After(before) { // until the database's clock has moved on
		}
		must(t, db.PutToken(t.Context(), u.Key(), []byte("x")))
		if first := ids(t, db)[0]; first != u.ID {
			t.Errorf("first is %s, want %s", first, u.ID)
		}
	}
}

func ids(t *testing.T, db *store.DB) []string {
	t.Helper()
	rows, err := db.LivingTokens(t.Context(), ada.Account)
	must(t, err)
	var found []string
	for _, row := range rows {
		found = append(found, row.Key.ID)
	}
	return found
}

func TestLease(t *testing.T) {
	db, ref := oneToken(t)
	ctx := t.Context()
	other := auth.TokenRef{Key: ref.Key, Version: ref.Version, Lease: "other"}
	stale := auth.TokenRef{Key: ref.Key, Version: 7, Lease: "stale"}
	want(t, "lease of another version", false)(db.LeaseToken(ctx, stale, time.Minute))
	want(t, "lease", true)(db.LeaseToken(ctx, ref, 10*time.Minute))
	want(t, "lease while it runs", false)(db.LeaseToken(ctx, other, time.Minute))
	row := living(t, db, "u-ada")
	if left := row.LeaseUntil.Sub(row.ReadAt); row.Lease != "mine" || row.Tries != 1 || left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("leased row %q, %d tries, %v left", row.Lease, row.Tries, left)
	}
	want(t, "pause by another", false)(db.PauseToken(ctx, other, auth.Pause{}))
	want(t, "pause", true)(db.PauseToken(ctx, ref, auth.Pause{For: time.Minute, Tries: 3}))
	want(t, "lease during the pause", false)(db.LeaseToken(ctx, other, time.Minute))
	row = living(t, db, "u-ada")
	if row.Lease != "" || row.Tries != 3 || !row.LeaseUntil.After(row.ReadAt) {
		t.Errorf("paused row %+v", row)
	}
}

func TestLeaseThatRanOutIsTakenOver(t *testing.T) {
	db, ref := oneToken(t)
	ctx := t.Context()
	want(t, "lease of no length", true)(db.LeaseToken(ctx, ref, 0))
	other := auth.TokenRef{Key: ref.Key, Version: ref.Version, Lease: "other"}
	want(t, "lease after it", true)(db.LeaseToken(ctx, other, time.Minute))
	if row := living(t, db, "u-ada"); row.Tries != 2 || row.Lease != "other" {
		t.Errorf("%d tries, lease %q", row.Tries, row.Lease)
	}
	want(t, "late answer of the first", false)(db.ReplaceToken(ctx, ref, []byte("late")))
	want(t, "death by the first", false)(db.KillToken(ctx, ref))
	want(t, "answer of the second", true)(db.ReplaceToken(ctx, other, []byte("next")))
	want(t, "the same answer again", false)(db.ReplaceToken(ctx, other, []byte("again")))
	row := living(t, db, "u-ada")
	if row.Version != 2 || string(row.Sealed) != "next" || row.Lease != "" || !row.LeaseUntil.IsZero() || row.Tries != 0 {
		t.Errorf("renewed row %+v", row)
	}
}

func TestDeadTokens(t *testing.T) {
	db, ref := oneToken(t)
	ctx := t.Context()
	want(t, "lease", true)(db.LeaseToken(ctx, ref, 0))
	want(t, "death", true)(db.KillToken(ctx, ref))
	want(t, "second death", false)(db.KillToken(ctx, ref))
	living(t, db)
	want(t, "lease of a dead one", false)(db.LeaseToken(ctx, auth.TokenRef{Key: ref.Key, Version: 1, Lease: "x"}, time.Minute))
	want(t, "answer that came after all", true)(db.ReplaceToken(ctx, ref, []byte("next")))
	living(t, db, "u-ada")
	want(t, "death of the next", true)(db.KillToken(ctx, auth.TokenRef{Key: ref.Key, Version: 2}))
	living(t, db)
	must(t, db.PutToken(ctx, ada.Key(), []byte("signed in again")))
	living(t, db, "u-ada")
}

func TestOneOfManyGetsTheLease(t *testing.T) {
	db, ref := oneToken(t)
	var group sync.WaitGroup
	var got atomic.Int64
	for i := range 32 {
		group.Go(func() {
			mine := auth.TokenRef{Key: ref.Key, Version: ref.Version, Lease: strconv.Itoa(i)}
			leased, err := db.LeaseToken(t.Context(), mine, time.Minute)
			if err != nil {
				t.Error(err)
			}
			if leased {
				got.Add(1)
			}
		})
	}
	group.Wait()
	if got.Load() != 1 {
		t.Errorf("%d leases, want 1", got.Load())
	}
}
