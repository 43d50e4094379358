package deletion_test

import (
	"maps"
	"slices"
	"testing"

	"winnow/deletion"
	"winnow/sandbox"
)

// A file of old ids, of which the vendor does not count how many it deleted: each has to be read by itself, and now and then a
// read fails.
func TestReadingManyContactsBackGoesOnWhereItFailed(t *testing.T) {
	w := newWorld(t)
	unknown := strangers(300)
	ids := append(w.living(100), unknown...)
	for skip := range 12 {
		w.spoil(sandbox.Fault{Route: contactRoute, Effect: sandbox.AnswerBefore, Status: 404, Body: "<html>", Skip: skip * 20})
	}
	w.spoil(sandbox.Fault{Route: activitiesRoute, Effect: sandbox.NoCompletedCount, Count: sandbox.EveryTime})
	id := w.start(ids)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 100, Failed: 300})
	reads := map[string]int{}
	for _, r := range w.box.Journal() {
		if r.Route == contactRoute && r.Fault == "" {
			reads[r.Path]++
		}
	}
	if twice := slices.Max(slices.Collect(maps.Values(reads))); twice > 1 {
		t.Errorf("a contact was read %d times", twice)
	}
	same(w, "contacts read", len(reads), 300)
}
