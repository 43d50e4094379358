package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"winnow/constantcontact"
	"winnow/deletion"
)

// watchClocks compares the clocks while they differ, or may, so that the end of it is seen although nothing else is read. It goes
// on until ctx ends.
func (c *clients) watchClocks(ctx context.Context) {
	tick := time.NewTicker(deletion.CompareClocksAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.compareClocks(ctx); err != nil && ctx.Err() == nil {
			c.gate.log.WarnContext(ctx, "the clocks were not compared", "error", err)
		}
	}
}

// compareClocks makes a call to Constant Contact when that is due, for any account: its answer tells the time whatever it says
// otherwise. Another account may have a turn at the next time.
func (c *clients) compareClocks(ctx context.Context) error {
	client := c.any()
	if client == nil || c.clocks.Agree() || !slices.Contains(c.clocks.Due(), deletion.VendorClock) {
		return nil
	}
	_, err := client.Activities.Recent(ctx, 1)
	if errors.As(err, new(*constantcontact.Error)) {
		return nil
	}
	return err
}

// any is the client of an account by chance, or nil.
func (c *clients) any() *constantcontact.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, client := range c.byAccount {
		return client
	}
	return nil
}

// clockCollector gives out what this process knows of the clocks; unlike figures of the database it differs from process to process.
type clockCollector struct{ clocks *deletion.Clocks }

var (
	aheadDesc = describe("clock_ahead_seconds", "How far the clock of this process is ahead of another one, within about a second; missing until they were compared.", "of")
	apartDesc = describe("clock_differs", "1 while this process sends nothing because its clock and another one are more than five minutes apart.", "from")
)

// Describe implements prometheus.Collector.
func (k clockCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- aheadDesc
	ch <- apartDesc
}

// Collect implements prometheus.Collector.
func (k clockCollector) Collect(ch chan<- prometheus.Metric) {
	g := gauges{ch}
	differ := map[deletion.ClockName]float64{}
	for _, d := range k.clocks.Differences() {
		differ[d.With] = 1
	}
	for _, clock := range []deletion.ClockName{deletion.VendorClock, deletion.DatabaseClock} {
		if ahead, known := k.clocks.Ahead(clock); known {
			g.set(aheadDesc, ahead.Middle().Seconds(), string(clock))
			g.set(apartDesc, differ[clock], string(clock))
		}
	}
}
