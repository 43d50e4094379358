package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/store"
)

// BenchmarkDeletionOf5M takes a file of five million different ids through the program's own reading, review and store to the
// end of its last batch and the file of results, as fast as the database goes: the vendor's pace would make it two days.
func BenchmarkDeletionOf5M(b *testing.B) { onEach(b, measureDeletionOf5M) }

const (
	// rowsOf5M are the rows of a file that has 5,000,000 different ids; see writeIDs.
	rowsOf5M = 5_555_444
	// openAtVendor is how many batches are open at the vendor at most, as in deletion/runner.go.
	openAtVendor = 450
	// eachFails is how rare batches are in which a contact fails.
	eachFails = 100
)

// million is that deletion.
type million struct {
	*testing.B
	db      *store.DB
	console *deletion.Console
	account string
	id      int64
	open    []*deletion.Attempt
	reads   []time.Duration // how long a page waits for the state of the deletion
}

func measureDeletionOf5M(b *testing.B, d database) {
	dir := b.TempDir()
	db, err := store.Open(b.Context(), d.options(dir))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	m := &million{B: b, db: db, account: "a07million", console: &deletion.Console{Store: db, Dir: dir, MaxUpload: 1 << 30,
		Catalog: &deletion.Catalog{Now: time.Now}}}
	took := m.confirm(filepath.Join(dir, "ids.csv"))
	d.report("deletion of 5M ids at database speed: file to confirmed", "", "%.1f s", took.Seconds())
	begin := time.Now()
	first := float64(m.send(1000)) / time.Since(begin).Seconds()
	early := memoryOf(b, os.Getpid(), "VmRSS")
	begin = time.Now()
	n := m.send(1 << 30)
	rate := float64(n) / time.Since(begin).Seconds()
	m.ended()
	late := memoryOf(b, os.Getpid(), "VmRSS")
	slices.Sort(m.reads)
	d.report("claimed, settled and concluded to the end, 10,000 batches", "", "%.0f batches a second, %.0f in the first 1,000; reading its state p99 %.1f ms", rate, first, ms(m.reads, 99))
	d.report("memory (RSS) after 1,000 batches, and after the last", "≤ 16 MiB more", "%.0f MiB, %.0f MiB", early, late)
	if late > early+16 {
		b.Errorf("memory grew from %.0f to %.0f MiB", early, late)
	}
	begin = time.Now()
	m.results()
	d.report("its result file", "", "%.1f s", time.Since(begin).Seconds())
}

func (m *million) ok(err error) {
	if err != nil {
		m.Helper()
		m.Fatal(err)
	}
}

// confirm uploads the file and confirms what the page would show.
func (m *million) confirm(path string) time.Duration {
	m.Helper()
	writeIDs(m.B, path, rowsOf5M)
	file, err := os.Open(path)
	m.ok(err)
	defer file.Close()
	begin := time.Now()
	m.id, err = m.console.Upload(m.Context(), m.account, olivia, "ids.csv", file)
	m.ok(err)
	d := m.deletion()
	m.ok(m.db.Confirm(m.Context(), m.account, m.id, deletion.Confirmation{By: olivia, Count: d.Items, Hash: d.Hash}))
	if d.Items != 5_000_000 || d.Batches != 10_000 {
		m.Fatalf("%d ids in %d batches", d.Items, d.Batches)
	}
	return time.Since(begin)
}

func (m *million) deletion() *deletion.Deletion {
	begin := time.Now()
	d, err := m.db.Deletion(m.Context(), m.account, m.id)
	m.ok(err)
	m.reads = append(m.reads, time.Since(begin))
	return d
}

// send claims and settles so many batches at most, and concludes those that were sent before them. It returns how many it claimed.
func (m *million) send(limit int) int {
	m.Helper()
	m.ok(m.db.Lease(m.Context(), m.account))
	renewed := time.Now()
	for n := range limit {
		if time.Since(renewed) > deletion.LeaseTime/4 {
			m.ok(m.db.Lease(m.Context(), m.account))
			renewed = time.Now()
		}
		a, err := m.db.Claim(m.Context(), m.account, nil)
		if errors.Is(err, deletion.ErrNothingToSend) {
			for len(m.open) > 0 {
				m.conclude()
			}
			return n
		}
		m.ok(err)
		a.State, a.ActivityID = deletion.AttemptAccepted, fmt.Sprint("activity-", a.ID)
		m.ok(m.db.Settle(m.Context(), deletion.Settlement{Attempt: *a, Outcome: deletion.Accepted, Activity: m.activity(a, "initialized")}))
		a.IDs = nil
		if m.open = append(m.open, a); len(m.open) > openAtVendor {
			m.conclude()
		}
		if n%10 == 0 {
			m.deletion()
		}
	}
	return limit
}

// activity is what the vendor says of an attempt.
func (m *million) activity(a *deletion.Attempt, state string) deletion.Activity {
	return deletion.Activity{ID: a.ActivityID, State: state, ItemsTotal: &a.Items}
}

// conclude ends the oldest open batch. In one of a hundred a contact fails.
func (m *million) conclude() {
	m.Helper()
	a := m.open[0]
	m.open = m.open[1:]
	r := deletion.Result{Deletion: m.id, Batch: a.Batch, Outcome: deletion.Completed, Deleted: a.Items, Activity: m.activity(a, "completed")}
	if a.Batch%eachFails == 0 {
		r.Missed = deletion.NewBitmap(a.Items)
		r.Missed.Set(a.Batch % a.Items)
		r.Deleted, r.Failed = a.Items-1, 1
	}
	m.ok(m.db.Conclude(m.Context(), r))
}

// ended makes sure that every id is accounted for.
func (m *million) ended() {
	m.Helper()
	running, err := m.db.FinishDeletions(m.Context(), m.account)
	m.ok(err)
	d := m.deletion()
	const failed = 10_000 / eachFails
	if running != 0 || d.State != deletion.Finished || d.Counts.Deleted != 5_000_000-failed || d.Counts.Failed != failed {
		m.Fatalf("it is %s with %+v", d.State, d.Counts)
	}
}

// results writes the file of what became of every row.
func (m *million) results() {
	m.Helper()
	m.ok(m.console.WriteResults(m.Context(), io.Discard, m.deletion(), deletion.AllResults))
}
