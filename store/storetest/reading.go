package storetest

import (
	"slices"
	"strconv"
	"time"

	"winnow/deletion"
)

var reading = map[string]func(*bench){
	"deletions come newest first, in pages and by state": func(b *bench) {
		var ids []int64
		for range 5 {
			id, _ := b.ready(3, 2)
			ids = append([]int64{id}, ids...)
		}
		m := b.deletion(ids[2]).Manifest
		b.ok(b.s.Confirm(b.Context(), b.account, ids[2], deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}))
		b.same(b.listed(deletion.DeletionFilter{}), ids, "all")
		b.same(b.listed(deletion.DeletionFilter{Limit: 2}), ids[:2], "first page")
		b.same(b.listed(deletion.DeletionFilter{Limit: 2, Before: ids[1]}), ids[2:4], "second page")
		b.same(b.listed(deletion.DeletionFilter{State: deletion.Running}), ids[2:3], "running")
		b.same(b.listed(deletion.DeletionFilter{State: deletion.Ready, Before: ids[1], Limit: 1}), ids[3:4], "ready before")
		counts, err := b.s.CountDeletions(b.Context(), b.account)
		b.ok(err)
		b.same(counts, map[deletion.State]int{deletion.Ready: 4, deletion.Running: 1}, "deletions by state")
	},
	"a listed deletion is the same as a single one": func(b *bench) {
		id := b.running(5, 2)
		b.accepted()
		list, err := b.s.Deletions(b.Context(), b.account, deletion.DeletionFilter{})
		b.ok(err)
		b.same(list, []*deletion.Deletion{b.deletion(id)}, "list")
		anyway, err := b.s.AnyDeletion(b.Context(), id)
		b.ok(err)
		b.same(anyway, b.deletion(id), "deletion without its account")
	},
	"batches come in order, in pages and by outcome": func(b *bench) {
		id := b.running(10, 2)
		b.accepted()
		b.accepted()
		b.same(b.numbers(id, deletion.BatchFilter{}), []int{1, 2, 3, 4, 5}, "all")
		b.same(b.numbers(id, deletion.BatchFilter{After: 1, Limit: 2}), []int{2, 3}, "a page")
		b.same(b.numbers(id, deletion.BatchFilter{Outcome: deletion.Waiting, After: 3}), []int{4, 5}, "waiting after 3")
		b.same(b.numbers(id, deletion.BatchFilter{Outcome: deletion.Accepted, Limit: 1}), []int{1}, "accepted")
		b.same(b.numbers(id, deletion.BatchFilter{Outcome: deletion.Failed}), []int{}, "failed")
	},
	"an activity comes back with every field": func(b *bench) {
		id := b.running(2, 2)
		a := b.accepted()
		want := fullActivity(activityOf(a).ID)
		b.ok(b.s.RecordActivity(b.Context(), id, 1, want))
		got := b.batch(id, 1)
		b.same(got.Activity, want, "activity")
		b.recent(got.CheckedAt, "CheckedAt")
	},
	"activities are found by id, also those of earlier tries": func(b *bench) {
		id := b.running(4, 2)
		first := b.accepted()
		b.conclude(first, deletion.Failed, 0, 2, nil)
		_, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.ok(err)
		second := b.accepted()
		ask := []string{activityOf(first).ID, activityOf(second).ID, "somebody else's"}
		for i := range 1200 { // more than one statement takes
			ask = append(ask, "filler-"+strconv.Itoa(i))
		}
		found, err := b.s.BatchesOfActivities(b.Context(), b.account, ask)
		b.ok(err)
		want := b.batch(id, 1)
		b.same(found, map[string]*deletion.Batch{activityOf(first).ID: want, activityOf(second).ID: want}, "batches")
		none, err := b.s.BatchesOfActivities(b.Context(), b.account, nil)
		b.ok(err)
		b.same(len(none), 0, "batches of no activities")
	},
	"open batches come in the order in which they were sent": func(b *bench) {
		first, second := b.running(4, 2), b.running(4, 2)
		var want [][2]int64
		for range 4 {
			a := b.accepted()
			want = append(want, [2]int64{a.Deletion, int64(a.Batch)})
		}
		if want[0][0] != first || want[1][0] != second {
			b.Fatalf("claims went to %v, want the deletions in turn", want)
		}
		b.same(b.open(), want, "open batches")
		b.ok(b.s.Conclude(b.Context(), deletion.Result{Deletion: first, Batch: 1, Outcome: deletion.Unknown}))
		b.same(b.open(), want, "open batches with an unknown one that has an activity")
		b.ok(b.s.Conclude(b.Context(), deletion.Result{Deletion: first, Batch: 1, Outcome: deletion.Completed, Deleted: 2}))
		b.same(b.open(), slices.Delete(slices.Clone(want), 0, 1), "open batches after one ended")
	},
	"an unknown batch without an activity is not followed": func(b *bench) {
		b.running(2, 2)
		b.settle(b.claim(), deletion.AttemptUnknown, deletion.Unknown)
		b.same(b.open(), [][2]int64{}, "open batches")
	},
	"nobody knows a deletion that was never made": func(b *bench) {
		_, err := b.s.AnyDeletion(b.Context(), 1<<40)
		b.wants(err, deletion.ErrNotFound)
		_, err = b.s.Deletion(b.Context(), b.account, 1<<40)
		b.wants(err, deletion.ErrNotFound)
	},
}

// fullActivity has a distinct value in every field.
func fullActivity(id string) deletion.Activity {
	n := make([]int, 7)
	for i := range n {
		n[i] = i + 1
	}
	n[6] = 0 // a counter of 0 is not an absent one
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return deletion.Activity{
		ID: id, State: "processing", PercentDone: 42, CreatedAt: at, StartedAt: at.Add(time.Second),
		CompletedAt: at.Add(2 * time.Second), UpdatedAt: at.Add(3 * time.Second), Errors: []string{"one", `<b>"two"</b>`},
		SourceFileName: "file.csv", ResultsLink: "/v3/somewhere", ItemsTotal: &n[0], ItemsCompleted: &n[1], Lists: &n[2],
		Persons: &n[3], ErrorCount: &n[4], Correctable: &n[5], CannotAddToList: &n[6],
	}
}

func (b *bench) listed(f deletion.DeletionFilter) []int64 {
	b.Helper()
	list, err := b.s.Deletions(b.Context(), b.account, f)
	b.ok(err)
	var ids []int64
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return ids
}

func (b *bench) numbers(id int64, f deletion.BatchFilter) []int {
	b.Helper()
	list, err := b.s.Batches(b.Context(), id, f)
	b.ok(err)
	var numbers []int
	for _, batch := range list {
		numbers = append(numbers, batch.N)
	}
	return numbers
}

// open lists the account's open batches as deletion and number.
func (b *bench) open() [][2]int64 {
	b.Helper()
	list, err := b.s.OpenBatches(b.Context(), b.account)
	b.ok(err)
	var open [][2]int64
	for _, batch := range list {
		open = append(open, [2]int64{batch.Deletion, int64(batch.N)})
	}
	return open
}
