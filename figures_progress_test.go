package main

import (
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/views"
)

const (
	pollEvery  = 2 * time.Second
	pollFor    = 10 * time.Second
	fullLoad   = 5 * time.Second
	fullLoadBy = 16
)

func (m *measured) compareFragments(b *testing.B, small, large string) {
	b.Helper()
	some := m.poll(b, large+"/progress", 200)
	m.report("progress part, 200 tabs every 2 s, 10,000 batches", "p99 ≤ 20 ms", "p50 %.1f ms, p99 %.1f ms", ms(some, 50), ms(some, 99))
	few := m.poll(b, small+"/progress", 1000)
	many := m.poll(b, large+"/progress", 1000)
	m.report("progress part, 1,000 tabs every 2 s, 10 batches", "p99 ≤ 20 ms", "p50 %.1f ms, p99 %.1f ms", ms(few, 50), ms(few, 99))
	m.report("the same, 10,000 batches", "p99 ≤ 20 ms", "p50 %.1f ms, p99 %.1f ms", ms(many, 50), ms(many, 99))
	m.report("ratio of the medians, 10,000 to 10 batches", "≤ 1.2", "%.2f", ms(many, 50)/ms(few, 50))
	ours := m.hammer(b, large+"/progress")
	bare := hammerBare(b)
	m.report("progress parts a second at full load", "≥ 50 % of bare", "%.0f; bare Echo and templ: %.0f (%.0f %%)", ours, bare, 100*ours/bare)
}

func ms(sorted []time.Duration, percentile int) float64 {
	return float64(sorted[len(sorted)*percentile/100].Microseconds()) / 1000
}

// poll has many tabs ask at their own moments and returns how long the answers took, shortest first.
func (m *measured) poll(b *testing.B, url string, tabs int) []time.Duration {
	b.Helper()
	client := &http.Client{Jar: m.person.http.Jar, Transport: &http.Transport{MaxIdleConnsPerHost: tabs}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	end := time.Now().Add(pollFor)
	for i := range tabs {
		wg.Go(func() {
			first := time.NewTimer(pollEvery * time.Duration(i) / time.Duration(tabs))
			<-first.C
			tick := time.NewTicker(pollEvery)
			defer tick.Stop()
			for time.Now().Before(end) {
				d := fetch(b, client, url)
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
				<-tick.C
			}
		})
	}
	wg.Wait()
	took = took[tabs:] // the first round opens the connections
	slices.Sort(took)
	return took
}

func fetch(b *testing.B, client *http.Client, url string) time.Duration {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		b.Error(err)
		return 0
	}
	req.Header.Set("HX-Request", "true")
	start := time.Now()
	res, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return 0
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.Errorf("%s: %s", url, res.Status)
	}
	return time.Since(start)
}

// hammer asks as fast as it can and returns the answers a second.
func (m *measured) hammer(b *testing.B, url string) float64 {
	b.Helper()
	return hammer(b, &http.Client{Jar: m.person.http.Jar, Transport: &http.Transport{MaxIdleConnsPerHost: fullLoadBy}}, url)
}

func hammer(b *testing.B, client *http.Client, url string) float64 {
	defer client.CloseIdleConnections()
	var counts [fullLoadBy]int
	var wg sync.WaitGroup
	start := time.Now()
	for i := range counts {
		wg.Go(func() {
			for time.Since(start) < fullLoad {
				fetch(b, client, url)
				counts[i]++
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(start).Seconds()
}

// asBare makes the test binary a bare Echo server that renders the same part from constants: the yardstick.
const asBare = "WINNOW_TEST_AS_BARE"

func serveBare(address string) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	view := views.Progress{ID: 1, State: "running", Unit: "contact", Poll: 2, AsOf: time.Now(), Sentence: "Sending: 10 of 10,000 requests are sent.",
		Read: 5e6, Skipped: 5e5, ToDelete: 4.5e6, NotSent: 4.5e6, Batches: 10_000, Elapsed: time.Minute, CanPause: true, CanStop: true, Results: true}
	e.GET("/", func(c echo.Context) error {
		return views.DeletionProgress(view).Render(c.Request().Context(), c.Response())
	})
	_ = e.Start(address)
}

func hammerBare(b *testing.B) float64 {
	b.Helper()
	address := freeAddress(b)
	b.Setenv(asBare, address)
	startProcess(b)
	waitForPage(b, "http://"+address)
	return hammer(b, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: fullLoadBy}}, "http://"+address+"/")
}
