package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"winnow/constantcontact"
)

// Upper bounds of the histograms in seconds. A page of ours takes milliseconds, an upload minutes; a call to the vendor takes
// about 0.2 s, and a delete has 90 s.
var (
	pageBuckets = []float64{.005, .025, .1, .25, 1, 5, 30}
	callBuckets = []float64{.1, .25, .5, 1, 2.5, 10, 30, 90}
)

// metrics counts what this process does, and hands out the figures of the database. No label ever holds an id, a name or an
// address: each has a fixed set of values.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	callTime *prometheus.HistogramVec
	limited  *prometheus.CounterVec
	pages    *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "winnow_calls_total",
			Help: "Requests of this process to Constant Contact that have ended, by what they do, their name and how they ended."},
			[]string{"kind", "name", "outcome"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "winnow_call_duration_seconds", Buckets: callBuckets,
			Help: "Time from the start of a request to Constant Contact to its end, without the wait in line before it."},
			[]string{"kind", "name"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "winnow_calls_limited_total",
			Help: "Answers 429 from Constant Contact, by the limit that was meant: second, day, queue or unknown."}, []string{"limit"}),
		pages: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "winnow_page_duration_seconds", Buckets: pageBuckets,
			Help: "Time to answer a browser, by the pattern of the route and the class of the status."}, []string{"route", "class"}),
	}
	for _, limit := range []string{limitSecond, limitDay, limitQueue, limitUnknown} {
		m.limited.WithLabelValues(limit)
	}
	m.registry.MustRegister(m.calls, m.callTime, m.limited, m.pages, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// buildInfo is always 1; its labels say what runs.
func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "winnow_build_info", Help: "What runs: its version and the Go it was built with. Always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go_version": runtime.Version()}}, func() float64 { return 1 })
}

// handler answers a scrape.
func (m *metrics) handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, Timeout: scrapeTimeout,
	})
}

// pageAnswered is told of every request of a browser.
func (m *metrics) pageAnswered(route string, status int, took time.Duration) {
	m.pages.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// callEnded is told of every request to the vendor when it has ended, with what its caller was told.
func (m *metrics) callEnded(_ context.Context, call constantcontact.Call, took time.Duration, err error) {
	m.calls.WithLabelValues(string(call.Kind), call.Name, callOutcome(err)).Inc()
	m.callTime.WithLabelValues(string(call.Kind), call.Name).Observe(took.Seconds())
	if limit := limitOf(err); limit != "" {
		m.limited.WithLabelValues(limit).Inc()
	}
}

// The vendor's limits that a 429 can mean.
const (
	limitSecond  = "second"
	limitDay     = "day"
	limitQueue   = "queue"
	limitUnknown = "unknown"
)

// limitOf tells which limit an answer means; none for everything but a 429.
func limitOf(err error) string {
	var refused *constantcontact.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests {
		return ""
	}
	switch {
	case refused.Throttled():
		return limitSecond
	case refused.QuotaExceeded():
		return limitDay
	case refused.QueueFull():
		return limitQueue
	}
	return limitUnknown
}

// callOutcome puts the end of a request into one of a few classes.
func callOutcome(err error) string {
	var refused *constantcontact.Error
	var unclear *constantcontact.UnclearError
	var unsent *constantcontact.UnsentError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &unclear):
		return "unclear"
	case errors.As(err, &unsent):
		return "unsent"
	case errors.As(err, &refused):
		return statusOutcome(refused)
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return "no_answer"
}

func statusOutcome(refused *constantcontact.Error) string {
	switch {
	case refused.Status == http.StatusTooManyRequests:
		return "limited"
	case refused.Status == http.StatusUnauthorized:
		return "unauthorized"
	case refused.Status >= http.StatusInternalServerError:
		return "server_error"
	}
	return "refused"
}
