package store_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

const benchAccount = "account-of-the-benchmark"

// prepare makes a preparing deletion of n full batches, 100 in a transaction.
func prepare(b *testing.B, db *store.DB, n int) (int64, deletion.Manifest) {
	b.Helper()
	id, err := db.CreateDeletion(b.Context(), deletion.NewDeletion{Account: benchAccount, Source: deletion.FromMembers})
	if err != nil {
		b.Fatal(err)
	}
	const size = 500
	m := deletion.Manifest{Items: int64(n) * size, Batches: n}
	sum := sha256.New()
	var part []deletion.ManifestBatch
	for i := range n {
		ids := make([]deletion.ID, size)
		for j := range ids {
			binary.BigEndian.PutUint64(ids[j][:], uint64(i*size+j))
			sum.Write(ids[j][:])
		}
		part = append(part, deletion.ManifestBatch{N: i + 1, IDs: ids})
		if len(part) == 100 || i == n-1 {
			if err := db.AddBatches(b.Context(), id, part); err != nil {
				b.Fatal(err)
			}
			part = part[:0]
		}
	}
	sum.Sum(m.Hash[:0])
	return id, m
}

func run(b *testing.B, db *store.DB, n int) int64 {
	b.Helper()
	id, m := prepare(b, db, n)
	if err := db.MakeReady(b.Context(), id, deletion.Reading{}, m); err != nil {
		b.Fatal(err)
	}
	if err := db.Confirm(b.Context(), benchAccount, id, deletion.Confirmation{By: deletion.User{}, Count: m.Items, Hash: m.Hash}); err != nil {
		b.Fatal(err)
	}
	return id
}

// BenchmarkDeletion is what one poll of a page costs, by the number of batches.
func BenchmarkDeletion(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("%d_batches", n), func(b *testing.B) {
			db := open(b)
			id := run(b, db, n)
			for b.Loop() {
				if _, err := db.Deletion(b.Context(), benchAccount, id); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "polls/s")
		})
	}
}

// BenchmarkDeletionParallel is the same from many pages at once.
func BenchmarkDeletionParallel(b *testing.B) {
	db := open(b)
	id := run(b, db, 10_000)
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := db.Deletion(b.Context(), benchAccount, id); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "polls/s")
}

// BenchmarkManifest stores 5 million ids and freezes them.
func BenchmarkManifest(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		db := open(b)
		b.StartTimer()
		start := time.Now()
		id, m := prepare(b, db, 10_000)
		b.ReportMetric(float64(m.Items)/time.Since(start).Seconds(), "ids_stored/s")
		start = time.Now()
		if err := db.MakeReady(b.Context(), id, deletion.Reading{}, m); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s_freeze")
		start = time.Now()
		if err := db.Discard(b.Context(), benchAccount, id); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s_discard")
	}
}

// BenchmarkSend is what the store adds to each request of a deletion of 54,000 batches: claim, settle, conclude.
func BenchmarkSend(b *testing.B) {
	db := open(b)
	id := run(b, db, 54_000)
	n := 0
	for b.Loop() {
		n++
		a, err := db.Claim(b.Context(), benchAccount, nil)
		if err != nil {
			b.Fatal(err)
		}
		a.State, a.ActivityID = deletion.AttemptAccepted, fmt.Sprint("activity-", n)
		err = db.Settle(b.Context(), deletion.Settlement{Attempt: *a, Outcome: deletion.Accepted, Activity: deletion.Activity{ID: a.ActivityID}})
		if err != nil {
			b.Fatal(err)
		}
		err = db.Conclude(b.Context(), deletion.Result{Deletion: id, Batch: a.Batch, Outcome: deletion.Completed, Deleted: a.Items})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	start := time.Now()
	if err := db.Stop(b.Context(), benchAccount, id); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "s_stop")
}

// BenchmarkVerifyAudit walks the log of 1,000 requests.
func BenchmarkVerifyAudit(b *testing.B) {
	db, path := openNew(b)
	run(b, db, 1000)
	for n := range 1000 {
		a, err := db.Claim(b.Context(), benchAccount, nil)
		if err != nil {
			b.Fatal(err)
		}
		a.State, a.ActivityID = deletion.AttemptAccepted, fmt.Sprint("activity-", n)
		err = db.Settle(b.Context(), deletion.Settlement{Attempt: *a, Outcome: deletion.Accepted, Activity: deletion.Activity{ID: a.ActivityID}})
		if err != nil {
			b.Fatal(err)
		}
	}
	rows := int64(0)
	for b.Loop() {
		seen, err := store.VerifyAudit(b.Context(), optionsOf(path))
		if err != nil {
			b.Fatal(err)
		}
		rows += seen.Rows
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkTake is what the governor adds to each request.
func BenchmarkTake(b *testing.B) {
	g := store.NewGovernor(open(b), store.GovernorOptions{Interval: time.Nanosecond, Daily: 1 << 40})
	for b.Loop() {
		if _, err := g.Take(b.Context(), "key", store.Look); err != nil {
			b.Fatal(err)
		}
	}
}
