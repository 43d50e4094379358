package store_test

import (
	"context"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
	"winnow/store/storetest"
)

func TestProcessesKeepApart(t *testing.T) {
	db, path := openNew(t)
	r := openRaw(t, path)
	storetest.RunLeases(t, storetest.Shared{
		Join: func() deletion.Store { return db.Rival() },
		Over: func(t testing.TB, name string, what storetest.Ending) {
			t.Helper()
			if n := r.exec(`UPDATE leases SET `+string(what)+` = 0 WHERE name = $1`, name); n != 1 {
				t.Fatalf("%d leases of %s", n, name)
			}
		},
	})
}

// TestWorkOfADeadProcessIsFound has a wake-up that a process was working on when it died.
func TestWorkOfADeadProcessIsFound(t *testing.T) {
	for name, alive := range map[string]bool{"dead": false, "alive": true} {
		t.Run(name, func(t *testing.T) {
			db, path := openNew(t)
			runSmall(t, db, "a")
			must(t, db.Rival().Lease(t.Context(), "a"))
			r := openRaw(t, path)
			r.exec(`UPDATE river_job SET state = 'running' WHERE kind = 'advance'`)
			r.exec(`DELETE FROM river_job WHERE kind = 'prepare'`)
			if !alive {
				r.exec(`UPDATE leases SET until = 0`)
			}
			woken := make(chan string, 1)
			startWith(t, db, store.Wakes{Advance: func(_ context.Context, account string) (time.Duration, error) {
				woken <- account
				return 0, nil
			}})
			if !alive {
				next(t, woken, "a")
			}
			if n := one[int](r, `SELECT count(*) FROM river_job WHERE kind = 'advance'`); alive && n != 1 {
				t.Errorf("%d jobs for an account that is worked on, want 1", n)
			}
		})
	}
}

// TestAbandonedReadingsAreRemoved has requests that died while they read a file.
func TestAbandonedReadingsAreRemoved(t *testing.T) {
	db, path := openNew(t)
	ctx, r := t.Context(), openRaw(t, path)
	create := func(source deletion.Source, asOf time.Time) int64 {
		t.Helper()
		var upload int64
		if source == deletion.FromCSV {
			var err error
			upload, err = db.CreateUpload(ctx, "a", "x.csv")
			must(t, err)
		}
		id, err := db.CreateDeletion(ctx, deletion.NewDeletion{Account: "a", Source: source, Upload: upload, AsOf: asOf})
		must(t, err)
		return id
	}
	now := time.Now()
	old := now.Add(-48 * time.Hour)
	gone, lists := create(deletion.FromCSV, old), create(deletion.FromLists, old)
	again, members := create(deletion.FromCSV, now), create(deletion.FromMembers, old)
	_, err := db.CreateUpload(ctx, "a", "half.csv")
	must(t, err)
	r.exec(`UPDATE deletions SET created_at = $1`, old.UnixMilli())
	r.exec(`UPDATE uploads SET created_at = $1`, old.UnixMilli())
	fresh := create(deletion.FromCSV, now)
	must(t, db.RemoveAbandoned(ctx, now.Add(-24*time.Hour)))
	for id, kept := range map[int64]bool{gone: false, lists: false, again: true, members: true, fresh: true} {
		if _, err := db.AnyDeletion(ctx, id); (err == nil) != kept {
			t.Errorf("deletion %d: %v, want it kept to be %t", id, err, kept)
		}
	}
	if n := one[int](r, `SELECT count(*) FROM uploads`); n != 2 {
		t.Errorf("%d uploads are left, want those of the 2 deletions that are kept", n)
	}
}

func TestTextFromOutsideIsStored(t *testing.T) {
	db := open(t)
	for _, name := range []string{"plain.csv", "z\x00ero.csv", "broken \xff\xfe.csv", "emoji \U0001F9F9.csv"} {
		if _, err := db.CreateUpload(t.Context(), "a", name); err != nil {
			t.Errorf("upload of %q: %v", name, err)
		}
	}
}
