package store_test

import (
	"testing"
	"time"

	"winnow/deletion"
)

// TestTheTurnGoesRoundWithinAMillisecond also holds when the clock was set back: what counts is the order of claims, not
// the time.
func TestTheTurnGoesRoundWithinAMillisecond(t *testing.T) {
	db, path := openNew(t)
	first, second := runSmall(t, db, "a"), runSmall(t, db, "a")
	openRaw(t, path).exec(`UPDATE deletions SET last_claim_at = $1`, time.Now().Add(time.Hour).UnixMilli())
	for i, want := range []int64{first, second, first, second} {
		a, err := db.Claim(t.Context(), "a", nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Deletion != want {
			t.Errorf("claim %d is of deletion %d, want %d", i+1, a.Deletion, want)
		}
		a.State = deletion.AttemptRejected
		if err := db.Settle(t.Context(), deletion.Settlement{Attempt: *a, Outcome: deletion.Rejected}); err != nil {
			t.Fatal(err)
		}
	}
}
