package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/auth"
	"winnow/store"
)

var (
	ada = auth.User{Account: "a07eksd00eu0dl", AccountName: "Ada & Co", ID: "u-ada", Name: "ada@example.com"}
	bob = auth.User{Account: "a07eksd00eu0dl", AccountName: "Ada & Co", ID: "u-bob", Name: "bob"}
	// eve has Ada's login in another account.
	eve = auth.User{Account: "a07other", AccountName: "Other", ID: "u-ada", Name: "ada@example.com"}
)

// openAuth opens a fresh database where three people have signed in before.
func openAuth(t *testing.T) (*store.DB, string) {
	t.Helper()
	db, path := openNew(t)
	for _, u := range []auth.User{ada, bob, eve} {
		must(t, db.PutUser(t.Context(), u))
	}
	return db, path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want checks the answer of a guarded change.
func want(t *testing.T, what string, changed bool) func(bool, error) {
	t.Helper()
	return func(got bool, err error) {
		t.Helper()
		if got != changed || err != nil {
			t.Errorf("%s = %v, %v, want %v", what, got, err, changed)
		}
	}
}

func TestUsers(t *testing.T) {
	db, _ := openAuth(t)
	for _, u := range []auth.User{ada, bob, eve} {
		got, err := db.FindUser(t.Context(), u.Key())
		if diff := cmp.Diff(u, got); diff != "" || err != nil {
			t.Errorf("FindUser: %v (-want +got):\n%s", err, diff)
		}
	}
	renamed := auth.User{Account: ada.Account, AccountName: "Ada GmbH", ID: ada.ID, Name: "ada@new.example"}
	must(t, db.PutUser(t.Context(), renamed))
	if got, err := db.FindUser(t.Context(), ada.Key()); got != renamed || err != nil {
		t.Errorf("after a renewal: %+v, %v", got, err)
	}
	if got, err := db.FindUser(t.Context(), bob.Key()); got.AccountName != "Ada GmbH" || got.Name != "bob" || err != nil {
		t.Errorf("somebody else of the account: %+v, %v", got, err)
	}
	if _, err := db.FindUser(t.Context(), auth.UserKey{Account: eve.Account, ID: bob.ID}); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("somebody of another account: %v, want ErrNotFound", err)
	}
}
