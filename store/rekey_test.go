package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/auth"
	"winnow/store"
)

// sealers are those of an operator who has added a second key.
type sealers struct {
	oldTokens, oldSessions *auth.Sealer
	newTokens              *auth.Sealer
	anew                   *auth.Resealer
}

func newSealers(t *testing.T) sealers {
	t.Helper()
	first, second := "1:"+auth.GenerateKey(), "2:"+auth.GenerateKey()
	sealer := func(text, purpose string) *auth.Sealer {
		keys, err := auth.ParseKeys(text)
		must(t, err)
		s, err := keys.Sealer(purpose)
		must(t, err)
		return s
	}
	keys, err := auth.ParseKeys(second + "," + first)
	must(t, err)
	anew, err := keys.Resealer()
	must(t, err)
	return sealers{sealer(first, "tokens.sealed"), sealer(first, "sessions.sealed"), sealer(second, "tokens.sealed"), anew}
}

// putOldSessions inserts sessions that the old key has sealed.
func putOldSessions(t *testing.T, db *store.DB, s sealers, n int) {
	t.Helper()
	for i := range n {
		row := session(0, ada, time.Now())
		copy(row.Hash, fmt.Sprintf("%032d", i))
		row.User = auth.UserKey{} // before sign-in: nothing to audit
		row.Sealed = s.oldSessions.Seal([]byte("{}"), string(row.Hash))
		must(t, db.InsertSession(t.Context(), row))
	}
}

func rekeyed(t *testing.T, db *store.DB, s sealers) store.Rekeyed {
	t.Helper()
	done, err := db.Rekey(t.Context(), s.anew)
	must(t, err)
	return done
}

func TestRekeyChangesEveryOldRowOnce(t *testing.T) {
	db, _ := openAuth(t)
	s := newSealers(t)
	for _, u := range []auth.User{ada, bob} {
		must(t, db.PutToken(t.Context(), u.Key(), s.oldTokens.Seal([]byte(u.ID), u.Account, u.ID)))
	}
	must(t, db.PutToken(t.Context(), eve.Key(), []byte("\x01 changed by somebody")))
	const sessions = 1001 // three goes
	putOldSessions(t, db, s, sessions)

	want := store.Rekeyed{Tokens: store.Resealed{Rows: 3, Again: 2, Lost: 1}, Sessions: store.Resealed{Rows: sessions, Again: sessions}}
	if diff := cmp.Diff(want, rekeyed(t, db, s)); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	for _, row := range mustLiving(t, db) {
		if plain, err := s.newTokens.Open(row.Sealed, row.Key.Account, row.Key.ID); err != nil || string(plain) != row.Key.ID {
			t.Errorf("tokens of %s opened with the new key: %q, %v", row.Key.ID, plain, err)
		}
	}
	want.Tokens.Again, want.Sessions.Again = 0, 0
	if diff := cmp.Diff(want, rekeyed(t, db, s)); diff != "" {
		t.Errorf("repeated (-want +got):\n%s", diff)
	}
}

func mustLiving(t *testing.T, db *store.DB) []auth.TokenRow {
	t.Helper()
	rows, err := db.LivingTokens(t.Context(), ada.Account)
	must(t, err)
	return rows
}

// TestRekeyLeavesARenewalAlone has a renewal under way while the row is sealed anew: its holder still writes the new pair.
func TestRekeyLeavesARenewalAlone(t *testing.T) {
	db, _ := openAuth(t)
	s := newSealers(t)
	must(t, db.PutToken(t.Context(), ada.Key(), s.oldTokens.Seal([]byte("first"), ada.Account, ada.ID)))
	ref := auth.TokenRef{Key: ada.Key(), Version: 1, Lease: "mine"}
	want(t, "LeaseToken", true)(db.LeaseToken(t.Context(), ref, time.Minute))
	if done := rekeyed(t, db, s); done.Tokens.Again != 1 {
		t.Errorf("rekeyed %+v", done.Tokens)
	}
	want(t, "ReplaceToken", true)(db.ReplaceToken(t.Context(), ref, []byte("renewed")))
	if row := living(t, db, ada.ID); string(row.Sealed) != "renewed" {
		t.Errorf("row %q", row.Sealed)
	}
}
