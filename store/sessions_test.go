package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/auth"
	"winnow/store"
)

// session makes a row; its hash is the byte repeated.
func session(b byte, u auth.User, at time.Time) auth.SessionRow {
	hash := make([]byte, 32)
	for i := range hash {
		hash[i] = b
	}
	return auth.SessionRow{Hash: hash, Sealed: []byte{b, 0, 255}, User: u.Key(), CreatedAt: at, SeenAt: at}
}

func TestSessions(t *testing.T) {
	db, _ := openAuth(t)
	ctx := t.Context()
	at := time.Date(2026, 3, 2, 9, 0, 0, 123e6, time.UTC)
	row := session(1, ada, at)
	must(t, db.InsertSession(ctx, row))
	check := func(what string) {
		t.Helper()
		got, err := db.FindSession(ctx, row.Hash)
		if diff := cmp.Diff(row, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	check("inserted")
	row.Sealed = []byte("new")
	want(t, "UpdateSession", true)(db.UpdateSession(ctx, row.Hash, row.Sealed))
	check("updated")
	row.SeenAt = at.Add(time.Minute)
	must(t, db.TouchSession(ctx, row.Hash, row.SeenAt))
	check("touched")
	must(t, db.TouchSession(ctx, row.Hash, at))
	check("touched with an older time")
	if err := db.InsertSession(ctx, row); err == nil {
		t.Error("the same id a second time: no error")
	}
	want(t, "DeleteSession", true)(db.DeleteSession(ctx, row.Hash))
	want(t, "second DeleteSession", false)(db.DeleteSession(ctx, row.Hash))
	want(t, "UpdateSession of a deleted one", false)(db.UpdateSession(ctx, row.Hash, row.Sealed))
	must(t, db.TouchSession(ctx, row.Hash, at))
	if _, err := db.FindSession(ctx, row.Hash); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("deleted: %v, want ErrNotFound", err)
	}
}

func TestDeletingManySessions(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	seenLater := session(4, bob, at)
	seenLater.SeenAt = at.Add(time.Hour)
	rows := []auth.SessionRow{session(1, ada, at.Add(time.Minute)), session(2, ada, at.Add(2*time.Minute)), session(3, eve, at.Add(time.Minute)), seenLater}
	tests := map[string]struct {
		remove func(context.Context, *store.DB) (int64, error)
		gone   []byte
	}{
		"of one person": {func(ctx context.Context, db *store.DB) (int64, error) {
			return db.DeleteUserSessions(ctx, ada.Key())
		}, []byte{1, 2}},
		"idle since": {func(ctx context.Context, db *store.DB) (int64, error) {
			return db.DeleteExpiredSessions(ctx, auth.SessionLimits{SeenBy: at.Add(time.Minute), CreatedBy: at.Add(-time.Second)})
		}, []byte{1, 3}},
		"begun before": {func(ctx context.Context, db *store.DB) (int64, error) {
			return db.DeleteExpiredSessions(ctx, auth.SessionLimits{SeenBy: at, CreatedBy: at})
		}, []byte{4}},
	}
	db, _ := openAuth(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, row := range rows {
				must(t, db.InsertSession(t.Context(), row))
			}
			if n, err := test.remove(t.Context(), db); n != int64(len(test.gone)) || err != nil {
				t.Errorf("%d, %v, want %d", n, err, len(test.gone))
			}
			var gone []byte
			for _, row := range rows {
				left, err := db.DeleteSession(t.Context(), row.Hash)
				must(t, err)
				if !left {
					gone = append(gone, row.Hash[0])
				}
			}
			if diff := cmp.Diff(test.gone, gone); diff != "" {
				t.Errorf("gone (-want +got):\n%s", diff)
			}
		})
	}
}
