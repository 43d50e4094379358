package main

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// historyFigures say how much the histories have seen.
type historyFigures struct {
	histories, requests, posts, spoiled, kills int
	virtual                                    time.Duration
	seen                                       map[string]int
}

func (f *historyFigures) add(h *history) {
	f.histories++
	f.kills += h.kills
	f.virtual += h.clock.now().Sub(historyBegin)
	for _, r := range h.vendor.box.Journal() {
		f.requests++
		if r.Route == deleteRoute {
			f.posts++
		}
		if r.Fault != "" {
			f.spoiled++
		}
	}
	if f.seen == nil {
		f.seen = map[string]int{}
	}
	for what, n := range h.seen {
		f.seen[what] += n
	}
	f.seen["renewals"] += h.tokens.renewed(h.vendor.box.Journal())
	for what, query := range lookedFor {
		var n int
		h.ok(h.witness.db.QueryRow(query).Scan(&n))
		f.seen[what] += n
	}
	f.seen["copies put back"] += h.putBacks
}

// lookedFor are things that have to happen in some histories, or their promises are tested by none.
var lookedFor = map[string]string{
	"attempts looked into":          `SELECT count(*) FROM attempts WHERE evidence <> ''`,
	"batches sent once more":        `SELECT count(*) FROM batches WHERE tries > 1`,
	"contacts left out":             `SELECT coalesce(sum(changed), 0) FROM batches`,
	"first batches proven":          `SELECT coalesce(sum(first_proven), 0) FROM deletions`,
	"surprises":                     `SELECT count(*) FROM audit WHERE action = 'paused' AND reason LIKE '%not show what was expected%'`,
	"holds":                         `SELECT count(*) FROM holds`,
	"halts":                         `SELECT count(*) FROM halts`,
	"requests held back at the end": `SELECT count(*) FROM attempts WHERE state = 'unsent' AND error_text LIKE '%stopped, so it was not sent%'`,
}

// hasToHappen in a run of histories, or I9 holds emptily.
var hasToHappen = []string{"renewals", "kills in the middle of a renewal", "renewals tried again after a kill"}

// check fails when the histories have not seen what has to happen.
func (f *historyFigures) check(t *testing.T) {
	t.Helper()
	for _, what := range hasToHappen {
		if f.histories >= historySeeds && f.seen[what] == 0 {
			t.Errorf("no %s in %d histories", what, f.histories)
		}
	}
}

func (f *historyFigures) log(t *testing.T) {
	t.Helper()
	t.Logf("%d histories of %v in all: %d requests, %d of them deleted, %d spoiled; the process was killed %d times",
		f.histories, f.virtual.Round(time.Hour), f.requests, f.posts, f.spoiled, f.kills)
	for _, what := range slices.Sorted(maps.Keys(f.seen)) {
		t.Logf("%6d %s", f.seen[what], what)
	}
}
