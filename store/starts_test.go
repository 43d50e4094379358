package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// TestAProcessThatStoodStillKeepsThePace freezes a process at the moment of its call and lets it go on just when another
// one's call has started.
func TestAProcessThatStoodStillKeepsThePace(t *testing.T) {
	db, _ := openNewOnServer(t)
	const interval = 500 * time.Millisecond
	frozen, thaw := make(chan struct{}), make(chan struct{})
	waits := 0
	sleeper := store.NewGovernor(db, store.GovernorOptions{Interval: interval, Sleep: func(ctx context.Context, d time.Duration) error {
		if waits++; waits == 1 {
			close(frozen)
			<-thaw
			return nil
		}
		return store.NewGovernor(db, store.GovernorOptions{}).Pause(ctx, d)
	}})
	other := store.NewGovernor(db.Rival(), store.GovernorOptions{Interval: interval})
	await := func(g *store.Governor) time.Time {
		t.Helper()
		if _, err := g.Await(t.Context(), "key", store.Look); err != nil {
			t.Error(err)
		}
		return time.Now()
	}
	await(other) // the sleeper's moment is not now
	woke := make(chan time.Time, 1)
	go func() { woke <- await(sleeper) }()
	<-frozen
	started := await(other)
	close(thaw)
	// A tenth is for the way from the database to here.
	if apart := (<-woke).Sub(started); apart < interval*9/10 {
		t.Errorf("two processes' calls start %v apart, want %v", apart, interval)
	}
}

// TestARequestThatWasNotStartedIsWithdrawn has a process end, or stand still, between its claim and its request.
func TestARequestThatWasNotStartedIsWithdrawn(t *testing.T) {
	db, path := openNewOnServer(t)
	id := runSmall(t, db, "a")
	r := openRaw(t, path)
	dead, heir := db.Rival(), db.Rival()
	a, err := dead.Claim(t.Context(), "a", nil)
	must(t, err)
	r.exec(`UPDATE leases SET until = 0`)
	must(t, heir.Lease(t.Context(), "a"))
	lost, err := heir.AdoptLost(t.Context(), "a")
	must(t, err)
	if lost != 0 {
		t.Errorf("%d requests may have been on their way", lost)
	}
	wants(t, dead.MaySend(t.Context(), "a", id), deletion.ErrLeased)
	again, err := heir.Claim(t.Context(), "a", nil)
	must(t, err)
	if again.Batch != a.Batch || again.Try != 2 {
		t.Errorf("next is batch %d, try %d", again.Batch, again.Try)
	}
	list, err := db.Attempts(t.Context(), id, a.Batch)
	must(t, err)
	if first := list[0]; first.State != deletion.AttemptUnsent || first.ErrorText == "" {
		t.Errorf("the first attempt is %+v", first)
	}
}

// TestARequestThatWasStartedIsWaitedFor is the same an instant later.
func TestARequestThatWasStartedIsWaitedFor(t *testing.T) {
	db, path := openNewOnServer(t)
	id := runSmall(t, db, "a")
	dead, heir := db.Rival(), db.Rival()
	_, err := dead.Claim(t.Context(), "a", nil)
	must(t, err)
	must(t, dead.MaySend(t.Context(), "a", id))
	openRaw(t, path).exec(`UPDATE leases SET until = 0`)
	must(t, heir.Lease(t.Context(), "a"))
	lost, err := heir.AdoptLost(t.Context(), "a")
	must(t, err)
	_, err = heir.Claim(t.Context(), "a", nil)
	wants(t, err, deletion.ErrNothingToSend)
	if lost != 0 {
		t.Errorf("%d requests are lost already", lost)
	}
}

func wants(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}
