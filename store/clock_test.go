package store_test

import (
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
	"winnow/store/pgtest"
)

// comparing opens a new database on the server with a clock that can be set, and compares it with ours.
func comparing(t *testing.T) (db *store.DB, clocks *deletion.Clocks, set func(ahead time.Duration)) {
	t.Helper()
	url := pgtest.New(t, migratePostgres)
	set = pgtest.Clock(t, url)
	o := optionsOf(url)
	o.Clocks = new(deletion.Clocks)
	db, err := store.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db, o.Clocks, set
}

// isAhead checks by how much our clock is ahead of the server's, which shares it in truth.
func isAhead(t *testing.T, clocks *deletion.Clocks, want time.Duration) {
	t.Helper()
	ahead, known := clocks.Ahead(deletion.DatabaseClock)
	if !known || ahead.Least > want || ahead.Most < want || ahead.Most-ahead.Least > 10*time.Second {
		t.Fatalf("ours is ahead by %v (%t), want %v", ahead, known, want)
	}
}

func TestTheServersClockIsComparedWheneverItIsAsked(t *testing.T) {
	db, clocks, set := comparing(t)
	isAhead(t, clocks, 0) // from opening it
	for i, ask := range []struct {
		name string
		do   func() error
	}{
		{"the lease is taken", func() error { return db.Lease(t.Context(), "a") }},
		{"the lease is renewed", func() error { return db.Lease(t.Context(), "a") }},
		{"is it ready", func() error { return db.Ready(t.Context()) }},
		{"the probe looks", func() error { return db.CompareClock(t.Context()) }},
	} {
		t.Run(ask.name, func(t *testing.T) {
			ahead := time.Duration(i+1) * time.Hour
			if i%2 == 1 {
				ahead = -ahead
			}
			set(ahead)
			must(t, ask.do())
			isAhead(t, clocks, -ahead)
		})
	}
}

func TestAServerWhoseClockIsAnHourOffIsNoticedAndItsEndToo(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			db, clocks, set := comparing(t)
			set(ahead)
			must(t, db.Lease(t.Context(), "a"))
			must(t, db.CompareClock(t.Context())) // it is due in doubt
			if d := clocks.Differences(); len(d) != 1 || d[0].With != deletion.DatabaseClock {
				t.Errorf("differences %+v", d)
			}
			set(0)
			must(t, db.Lease(t.Context(), "a"))
			must(t, db.CompareClock(t.Context()))
			if !clocks.Agree() {
				t.Errorf("still %+v", clocks.Differences())
			}
		})
	}
}

// TestAServersClockThatJumpsStealsNoRequest has leases end before their time, as they go by the server's clock alone: whoever takes
// over claims nothing beside a request that may be on its way, and its answer still counts.
func TestAServersClockThatJumpsStealsNoRequest(t *testing.T) {
	db, _, set := comparing(t)
	runSmall(t, db, benchAccount)
	a, err := db.Claim(t.Context(), benchAccount, nil)
	must(t, err)
	must(t, db.MaySend(t.Context(), benchAccount, a.Deletion))
	rival := db.Rival()
	if err := rival.Lease(t.Context(), benchAccount); err == nil {
		t.Fatal("the lease was taken before its time")
	}
	set(time.Hour)
	must(t, rival.Lease(t.Context(), benchAccount)) // its time is over by the only clock that there is
	if _, err := rival.AdoptLost(t.Context(), benchAccount); err != nil {
		t.Fatal(err)
	}
	if err := claimError(t, rival); err == nil {
		t.Error("something is claimed while a request may be on its way")
	}
	must(t, db.Settle(t.Context(), answered(a, "act-1")))
	b, err := db.Batch(t.Context(), a.Deletion, a.Batch)
	must(t, err)
	if b.Outcome != deletion.Accepted {
		t.Errorf("the answer of who sent it left the batch %s", b.Outcome)
	}
}
