//go:build !race

package main

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"winnow/sandbox"
)

const (
	// chaosSeed is that of a default chaos with something of everything; WINNOW_CHAOS_SEED names another.
	chaosSeed = 3
	// chaosContacts take an hour of the hand-moved clock, which is 20 s for us, and minutes with the race detector.
	chaosContacts = 100_000
)

// TestManyContactsUnderChaos has many contacts deleted while a default chaos does what it can: that takes three times as long as in
// peace, and a grace time, at most.
func TestManyContactsUnderChaos(t *testing.T) {
	seed := uint64(chaosSeed)
	if text := os.Getenv("WINNOW_CHAOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	peace := openLarge(t, chaosContacts, sandbox.Kind)
	before, _ := peace.finish(time.Hour)
	peace.close()
	l := openLarge(t, chaosContacts, sandbox.DefaultChaos(seed))
	defer l.close()
	goal := 3*before + l.grace
	took, resumed := l.finish(goal)
	e := l.keptPromises()
	spoiled := 0
	for _, r := range e.requests {
		if r.Fault != "" {
			spoiled++
		}
	}
	t.Logf("%d contacts under chaos %d in %v, %v without, goal %v: %d requests, %d of them deletes, %d spoiled; %+v", chaosContacts, seed,
		took.Round(time.Second), before.Round(time.Second), goal.Round(time.Second), len(e.requests), len(e.posts), spoiled, l.deletion().Counts)
	for _, reason := range slices.Sorted(maps.Keys(resumed)) {
		t.Logf("a person let it go on %d times: %s", resumed[reason], reason)
	}
}
