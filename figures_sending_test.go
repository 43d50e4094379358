package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

func BenchmarkSending(b *testing.B) { onEach(b, measureSending) }

func measureSending(b *testing.B, d database) {
	const batches = 200
	ids := someIDs(batches * deletion.FromCSV.BatchSize())
	console := "http://" + freeAddress(b)
	o := startOutside(b, console, "--contacts", strconv.Itoa(len(ids)+len(ids)/4), "--lists", "3", "--speed", "100")
	startProcess(b, slices.Concat(consoleFlags(console, o.api), d.flags, []string{"--plain-http", "--data-dir", b.TempDir()})...)
	waitForConsole(b, console, nil)
	p := newPerson(b)
	p.signIn(&world{console: console}, sandbox.OwnerLogin)
	p.upload(&world{console: console}, "ids.csv", []byte("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	before := len(o.requests())
	p.submit("/confirm", map[string]string{"count": strconv.Itoa(len(ids)), "careful": ""})
	p.waitUntilEnded(3 * time.Minute)

	calls := o.requests()[before:]
	first, last, within := sendingSpan(calls)
	share := float64(within-1) / (4 * (last - first).Seconds())
	d.report("share of the vendor's 4 requests a second used while sending 200 full batches", "≥ 98 %", "%.1f %%", 100*share)
	d.report("requests spent for each batch, all told", "≤ 1.3", "%.3f", float64(len(calls))/float64(requestsFor(len(ids))))
}

// sendingSpan is when the first and the last batch were posted, and how many calls of any kind started in between.
func sendingSpan(calls []sandbox.Request) (first, last time.Duration, within int) {
	const post = "POST /v3/activities/contact_delete"
	start := slices.IndexFunc(calls, func(r sandbox.Request) bool { return r.Route == post })
	end := len(calls) - 1
	for calls[end].Route != post {
		end--
	}
	return calls[start].Since, calls[end].Since, end - start + 1
}
