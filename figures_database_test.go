package main

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// These measure in this process what the database adds to each request, without the vendor's pace.

func BenchmarkClaimToPost(b *testing.B) { onEach(b, measureClaimToPost) }

// clocked notes when each claim begins.
type clocked struct {
	*store.DB
	mu     sync.Mutex
	claims []time.Time
}

// Claim implements deletion.Store.
func (s *clocked) Claim(ctx context.Context, account string, changes deletion.Changes) (*deletion.Attempt, error) {
	began := time.Now()
	a, err := s.DB.Claim(ctx, account, changes)
	if err == nil {
		s.mu.Lock()
		s.claims = append(s.claims, began)
		s.mu.Unlock()
	}
	return a, err
}

// measureClaimToPost has one account send full batches one after another, with nobody before it in the line.
func measureClaimToPost(b *testing.B, d database) {
	const batches = 300
	c := openCrowd(b, crowdOptions{accounts: 2, deletions: 1, contacts: batches * deletion.FromCSV.BatchSize(), speed: 1000, perSecond: sandbox.Off,
		database: d.options(b.TempDir()), governor: store.GovernorOptions{Interval: time.Millisecond, Daily: 1 << 20}})
	defer c.close()
	s := &clocked{DB: c.db}
	c.runner.Store = s
	var posts []time.Time
	c.wires.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			s.mu.Lock()
			posts = append(posts, time.Now())
			s.mu.Unlock()
		}
		c.box.ServeHTTP(w, r)
	})
	c.accounts = c.accounts[:1]
	c.work()
	c.finish(2*time.Minute, c.accounts...)
	if len(posts) != len(s.claims) || len(posts) < batches {
		b.Fatalf("%d claims and %d requests", len(s.claims), len(posts))
	}
	took := make([]time.Duration, len(posts))
	for i := range posts {
		took[i] = posts[i].Sub(s.claims[i])
	}
	slices.Sort(took)
	d.report("from the claim of a batch of 500 to its request at the vendor, durable intent and permission included", "",
		"p50 %.1f ms, p99 %.1f ms", ms(took, 50), ms(took, 99))
}

func BenchmarkGovernor(b *testing.B) { onEach(b, measureGovernor) }

// measureGovernor counts how many permissions a second the governor's statement gives, to one caller and to many.
func measureGovernor(b *testing.B, d database) {
	db, err := store.Open(b.Context(), d.options(b.TempDir()))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	g := store.NewGovernor(db, store.GovernorOptions{Interval: time.Nanosecond, Daily: 1 << 40})
	d.report("permissions a second from the governor, one caller; 16 callers", "", "%.0f; %.0f", permits(b, g, 1), permits(b, g, 16))
}

func permits(b *testing.B, g *store.Governor, callers int) float64 {
	b.Helper()
	counts := make([]int, callers)
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range counts {
		wg.Go(func() {
			for time.Since(begin) < fullLoad {
				if _, err := g.Take(b.Context(), "key", store.Look); err != nil {
					b.Error(err)
					return
				}
				counts[i]++
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(begin).Seconds()
}
