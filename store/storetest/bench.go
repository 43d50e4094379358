package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"winnow/deletion"
)

var (
	ann = deletion.User{ID: "u-ann", Name: "ann@example.com"}
	bob = deletion.User{ID: "u-bob", Name: "bob@example.com"}
)

// tb is what a bench needs of a test; *testing.T and *rapid.T have it.
type tb interface {
	Helper()
	Context() context.Context
	Logf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// bench is where a test works: a store and an account nobody else uses.
type bench struct {
	tb
	s       deletion.Store
	account string
}

var benches atomic.Int64

func newBench(t tb, s deletion.Store) *bench {
	return &bench{t, s, fmt.Sprintf("account-%d", benches.Add(1))}
}

// ok ends the test on an error.
func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("unexpected error: %v", err)
	}
}

// wants ends the test unless err is the wanted one.
func (b *bench) wants(err, wanted error) {
	b.Helper()
	if !errors.Is(err, wanted) {
		b.Fatalf("error is %v, want %v", err, wanted)
	}
}

// refused ends the test when a call that the store must refuse went through.
func (b *bench) refused(err error, what string) {
	b.Helper()
	if err == nil {
		b.Fatalf("%s was not refused", what)
	}
}

// same ends the test with the difference between two values. Nil and empty are the same.
func (b *bench) same(got, want any, what string) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		b.Fatalf("%s differs (-want +got):\n%s", what, diff)
	}
}

// recent ends the test unless the time is one of the last minute.
func (b *bench) recent(at time.Time, what string) {
	b.Helper()
	if age := time.Since(at); age < -time.Minute || age > time.Minute || at.Location() != time.UTC {
		b.Fatalf("%s is %v, want the present in UTC", what, at)
	}
}

// idsFrom returns n ascending ids, the first made from the number from.
func idsFrom(from, n int) []deletion.ID {
	ids := make([]deletion.ID, n)
	for i := range ids {
		binary.BigEndian.PutUint64(ids[i][:], uint64(from+i))
		ids[i][15] = 0xa5
	}
	return ids
}

// batched cuts n ids into batches of the given size and describes them as a manifest.
func batched(n, size int) ([]deletion.ManifestBatch, deletion.Manifest) {
	var batches []deletion.ManifestBatch
	sum := sha256.New()
	for from := 0; from < n; from += size {
		ids := idsFrom(from, min(size, n-from))
		for _, id := range ids {
			sum.Write(id[:])
		}
		batches = append(batches, deletion.ManifestBatch{N: len(batches) + 1, IDs: ids})
	}
	m := deletion.Manifest{Items: int64(n), Batches: len(batches)}
	sum.Sum(m.Hash[:0])
	return batches, m
}

// upload stores a finished upload of two chunks.
func (b *bench) upload() int64 {
	b.Helper()
	id, err := b.s.CreateUpload(b.Context(), b.account, "contacts.csv")
	b.ok(err)
	b.ok(b.s.AppendUpload(b.Context(), id, 0, []byte("chunk 0")))
	b.ok(b.s.AppendUpload(b.Context(), id, 1, []byte("chunk 1")))
	b.ok(b.s.FinishUpload(b.Context(), uploadOf(id)))
	return id
}

// uploadOf is what a finished upload may look like.
func uploadOf(id int64) deletion.Upload {
	u := deletion.Upload{
		ID: id, Name: "contacts.csv", Size: 14, Hash: sha256.Sum256([]byte("file")),
		Format: deletion.CSVFormat{
			Encoding: deletion.UTF8, Delimiter: deletion.Semicolon, HasHeader: true, Column: 2,
			Columns: []string{"a", "b", "c"}, Candidates: []int{1, 2},
		},
	}
	u.Problems.Add(deletion.RowNotAnID, 17)
	u.Problems.Add(deletion.RowDuplicate, 3)
	return u
}

// preparing makes a deletion from a file with n ids in batches of the given size.
func (b *bench) preparing(n, size int) (int64, deletion.Manifest) {
	b.Helper()
	id, err := b.s.CreateDeletion(b.Context(), deletion.NewDeletion{
		Account: b.account, Source: deletion.FromCSV, By: ann, Upload: b.upload(),
	})
	b.ok(err)
	return id, b.fill(id, n, size)
}

// fill adds n ids in batches of the given size to a preparing deletion.
func (b *bench) fill(id int64, n, size int) deletion.Manifest {
	b.Helper()
	batches, m := batched(n, size)
	b.ok(b.s.AddBatches(b.Context(), id, batches))
	return m
}

// readingOf is a reading that adds up for n accepted ids.
func readingOf(n int64) deletion.Reading {
	return deletion.Reading{Read: n + 6, Accepted: n, Duplicate: 3, Invalid: 2, Blank: 1}
}

func (b *bench) ready(n, size int) (int64, deletion.Manifest) {
	b.Helper()
	id, m := b.preparing(n, size)
	b.ok(b.s.MakeReady(b.Context(), id, readingOf(m.Items), m))
	return id, m
}

func (b *bench) running(n, size int) int64 {
	b.Helper()
	id, m := b.ready(n, size)
	b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}))
	return id
}

func (b *bench) claim() *deletion.Attempt {
	b.Helper()
	a, err := b.s.Claim(b.Context(), b.account, nil)
	b.ok(err)
	b.ok(b.s.MaySend(b.Context(), b.account, a.Deletion))
	return a
}

// settle settles the attempt as it is, with the given state and outcome.
func (b *bench) settle(a *deletion.Attempt, state deletion.AttemptState, outcome deletion.Outcome) {
	b.Helper()
	b.ok(b.s.Settle(b.Context(), settlement(a, state, outcome)))
}

func settlement(a *deletion.Attempt, state deletion.AttemptState, outcome deletion.Outcome) deletion.Settlement {
	s := deletion.Settlement{Attempt: *a, Outcome: outcome}
	s.Attempt.State = state
	if state == deletion.AttemptAccepted {
		s.Activity = activityOf(a)
		s.Attempt.ActivityID, s.Attempt.HTTPStatus = s.Activity.ID, 201
	}
	return s
}

// activityOf is what the vendor answers to an attempt.
func activityOf(a *deletion.Attempt) deletion.Activity {
	total := a.Items
	return deletion.Activity{ID: fmt.Sprintf("%s-activity-%d", a.Account, a.ID), State: "initialized", ItemsTotal: &total}
}

// accepted claims a batch and has it accepted.
func (b *bench) accepted() *deletion.Attempt {
	b.Helper()
	a := b.claim()
	b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
	return a
}

// missing marks the given ids of a batch of n.
func missing(n int, which ...int) deletion.Bitmap {
	m := deletion.NewBitmap(n)
	for _, i := range which {
		m.Set(i)
	}
	return m
}

func (b *bench) conclude(a *deletion.Attempt, outcome deletion.Outcome, deleted, failed int, missed deletion.Bitmap) {
	b.Helper()
	b.ok(b.s.Conclude(b.Context(), deletion.Result{
		Deletion: a.Deletion, Batch: a.Batch, Outcome: outcome, Deleted: deleted, Failed: failed, Missed: missed,
	}))
}

func (b *bench) deletion(id int64) *deletion.Deletion {
	b.Helper()
	d, err := b.s.Deletion(b.Context(), b.account, id)
	b.ok(err)
	return d
}

func (b *bench) batch(id int64, n int) *deletion.Batch {
	b.Helper()
	batch, err := b.s.Batch(b.Context(), id, n)
	b.ok(err)
	return batch
}

// stateIs ends the test unless the deletion is in the state.
func (b *bench) stateIs(id int64, want deletion.State) {
	b.Helper()
	if d := b.deletion(id); d.State != want {
		b.Fatalf("deletion is %s, want %s", d.State, want)
	}
}

// outcomeIs ends the test unless the batch has the outcome and the counts.
func (b *bench) outcomeIs(id int64, n int, want deletion.Outcome, deleted, failed int) {
	b.Helper()
	got := b.batch(id, n)
	if got.Outcome != want || got.Deleted != deleted || got.Failed != failed {
		b.Fatalf("batch %d is %s with %d deleted and %d failed, want %s with %d and %d",
			n, got.Outcome, got.Deleted, got.Failed, want, deleted, failed)
	}
}
