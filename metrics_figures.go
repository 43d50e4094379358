package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"winnow/deletion"
	"winnow/store"
)

const (
	// figuresFor is how long figures of the database are given out again: however many ask, it is read once in this time.
	figuresFor = 5 * time.Second
	// figuresTimeout bounds one reading.
	figuresTimeout = 3 * time.Second
)

// stand is what the database says at one moment.
type stand struct {
	figures store.Figures
	usage   deletion.Usage
	next    time.Duration // until the next free moment for a call
}

// figureCollector is a prometheus.Collector over the database. All processes on one database give the same figures.
type figureCollector struct {
	read func(context.Context) (stand, error)
	now  func() time.Time
	log  *slog.Logger

	mu     sync.Mutex
	readAt time.Time
	last   stand
	err    error
	known  map[deletion.Outcome]int64 // batches of each final outcome at the reading before
	ends   map[deletion.Outcome]int64 // how many batches came to it since this process began to look
}

// Known values, so that a series is there before anything has happened.
var (
	states   = []deletion.State{deletion.Preparing, deletion.Ready, deletion.Running, deletion.Paused, deletion.Finished, deletion.Stopped}
	unending = []deletion.Outcome{deletion.Waiting, deletion.Sending, deletion.Unknown, deletion.Accepted}
	endings  = []deletion.Outcome{
		deletion.Completed, deletion.Failed, deletion.TimedOut, deletion.Cancelled, deletion.Rejected, deletion.NotSent, deletion.LeftOut,
	}
	reasons = []deletion.Reason{
		deletion.PausedByPerson, deletion.QuotaUsed, deletion.SignInAgain, deletion.NotAllowed, deletion.FailuresInARow, deletion.NeedsDecision,
		deletion.Surprise, deletion.CountsDiffer, deletion.ManyChanges,
	}
	openStates = []deletion.AttemptState{deletion.AttemptSending, deletion.AttemptUnknown, deletion.AttemptParked}
	jobStates  = []string{"available", "running", "retryable", "scheduled", "pending", "completed", "cancelled", "discarded"}
)

// current returns the figures, read at most once in five seconds. A scrape that comes meanwhile waits for the reading.
func (f *figureCollector) current() (stand, map[deletion.Outcome]int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.readAt.IsZero() || now.Sub(f.readAt) >= figuresFor {
		ctx, cancel := context.WithTimeout(context.Background(), figuresTimeout)
		defer cancel()
		f.readAt = now
		if f.last, f.err = f.read(ctx); f.err != nil {
			f.log.WarnContext(ctx, "figures could not be read", "error", f.err)
		} else {
			f.count()
		}
	}
	ends := make(map[deletion.Outcome]int64, len(f.ends))
	for outcome, n := range f.ends {
		ends[outcome] = n
	}
	return f.last, ends, f.err
}

// count adds the batches that have come to an end since the reading before. A batch that is tried again goes back to waiting;
// a counter must not, so it is not taken off.
func (f *figureCollector) count() {
	if f.known == nil {
		f.known, f.ends = map[deletion.Outcome]int64{}, map[deletion.Outcome]int64{}
		for _, outcome := range endings {
			f.known[outcome] = f.last.figures.Batches[outcome]
		}
	}
	for _, outcome := range endings {
		n := f.last.figures.Batches[outcome]
		f.ends[outcome] += max(n-f.known[outcome], 0)
		f.known[outcome] = n
	}
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("winnow_"+name, help, labels, nil)
}

var (
	readableDesc  = describe("database_readable", "1 when the figures below could be read from the database, 0 when not; then they are missing.")
	deletionsDesc = describe("deletions", "Deletions of all accounts by state.", "state")
	pausedDesc    = describe("deletions_paused", "Paused deletions by why they are; other for what this list has no word for.", "reason")
	batchesDesc   = describe("batches", "Batches that have not ended, by outcome so far.", "outcome")
	endsDesc      = describe("batch_ends_total", "Batches that have ended since this process began, whichever process sent them, by outcome.", "outcome")
	contactsDesc  = describe("contacts", "Contacts of all confirmed deletions by what became of them: open, deleted, failed, changed. Deletions of whole lists are not in it.", "state")
	openDesc      = describe("attempts_open", "Requests to delete whose end is not known, by state: sending, unknown, parked.", "state")
	oldestDesc    = describe("attempts_open_oldest_seconds", "Age of the oldest of them; 0 without one.", "state")
	stalledDesc   = describe("batches_stalled", "Batches whose activity at Constant Contact has not moved for an hour.")
	askingDesc    = describe("batches_asking", "Of these, batches for which it has not moved for a day: a person is asked whether to go on waiting.")
	jobsDesc      = describe("queue_jobs", "Wake-ups in the job queue by River's state.", "state")
	overdueDesc   = describe("queue_overdue_seconds", "How long the wake-up has waited that waits longest though it is due; 0 without one.")
	haltedDesc    = describe("halted", "1 while a person has stopped all sending.")
	limitDesc     = describe("quota_limit_calls", "Requests that the API key may make in a UTC day.")
	reserveDesc   = describe("quota_reserve_calls", "Of these, kept back for finding out what happened to requests already sent.")
	usedDesc      = describe("quota_used_calls", "Requests of this UTC day, as Constant Contact counts them.")
	leftDesc      = describe("quota_left_calls", "Requests that are left of this UTC day, the reserve included.")
	resetsDesc    = describe("quota_reset_timestamp_seconds", "When Constant Contact counts anew: 00:00 UTC of the next day, in Unix time.")
	downDesc      = describe("vendor_down", "1 while no request starts because Constant Contact did not answer the last ones.")
	nextDesc      = describe("calls_next_seconds", "How far ahead the next free moment for a request is: what stands in line, or a pause of the API key.")
)

// Describe implements prometheus.Collector.
func (f *figureCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readableDesc, deletionsDesc, pausedDesc, batchesDesc, endsDesc, contactsDesc, openDesc, oldestDesc, stalledDesc, askingDesc, jobsDesc, overdueDesc,
		haltedDesc, limitDesc, reserveDesc, usedDesc, leftDesc, resetsDesc, nextDesc, downDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (f *figureCollector) Collect(ch chan<- prometheus.Metric) {
	s, ends, err := f.current()
	g := gauges{ch}
	if err != nil {
		g.set(readableDesc, 0)
		return
	}
	g.set(readableDesc, 1)
	g.deletions(&s.figures)
	g.work(&s.figures)
	g.quota(s)
	for _, outcome := range endings {
		ch <- prometheus.MustNewConstMetric(endsDesc, prometheus.CounterValue, float64(ends[outcome]), string(outcome))
	}
}

// gauges hands figures to a scrape.
type gauges struct{ ch chan<- prometheus.Metric }

func (g gauges) set(d *prometheus.Desc, v float64, labels ...string) {
	g.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (g gauges) deletions(f *store.Figures) {
	for _, state := range states {
		g.set(deletionsDesc, float64(f.Deletions[state]), string(state))
	}
	rest := f.Deletions[deletion.Paused]
	for _, reason := range reasons {
		g.set(pausedDesc, float64(f.Paused[reason]), string(reason))
		rest -= f.Paused[reason]
	}
	g.set(pausedDesc, float64(rest), "other")
	for _, outcome := range unending {
		g.set(batchesDesc, float64(f.Batches[outcome]), string(outcome))
	}
	for state, n := range map[string]int64{
		"open": f.Contacts.Open, "deleted": f.Contacts.Deleted, "failed": f.Contacts.Failed, "changed": f.Contacts.Changed,
	} {
		g.set(contactsDesc, float64(n), state)
	}
}

func (g gauges) work(f *store.Figures) {
	for _, state := range openStates {
		g.set(openDesc, float64(f.Attempts[state].N), string(state))
		g.set(oldestDesc, f.Attempts[state].Oldest.Seconds(), string(state))
	}
	g.set(stalledDesc, float64(f.Stalled))
	g.set(askingDesc, float64(f.Asking))
	for _, state := range jobStates {
		g.set(jobsDesc, float64(f.Jobs[state]), state)
	}
	g.set(overdueDesc, f.Overdue.Seconds())
	halted := 0.0
	if f.Halted {
		halted = 1
	}
	g.set(haltedDesc, halted)
}

func (g gauges) quota(s stand) {
	g.set(limitDesc, float64(s.usage.Limit))
	g.set(reserveDesc, float64(s.usage.Reserve))
	g.set(usedDesc, float64(s.usage.Used))
	g.set(leftDesc, float64(max(s.usage.Limit-s.usage.Used, 0)))
	g.set(resetsDesc, float64(s.usage.Resets.Unix()))
	g.set(nextDesc, s.next.Seconds())
	down := 0.0
	if !s.usage.DownUntil.IsZero() {
		down = 1
	}
	g.set(downDesc, down)
}

// standOf reads everything that a scrape wants of the database.
func standOf(db *store.DB, key string, usage func(context.Context) (deletion.Usage, error)) func(context.Context) (stand, error) {
	return func(ctx context.Context) (s stand, err error) {
		if s.figures, err = db.Figures(ctx); err != nil {
			return s, err
		}
		if s.usage, err = usage(ctx); err != nil {
			return s, err
		}
		s.next, err = db.NextCall(ctx, key)
		return s, err
	}
}
