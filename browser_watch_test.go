package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// tellViolations has a page say in its console what its security policy refused, with the reason.
const tellViolations = `document.addEventListener("securitypolicyviolation", (event) =>
	console.error("policy", event.violatedDirective, "refused", event.blockedURI, event.sample));`

// asked is one request of a page.
type asked struct {
	path string
	htmx bool // sent by htmx, not by a person
}

// watch notes what a tab asks for, and what no page may do: log an error, offend its own security policy, open a dialog, or
// ask a host that is neither the console nor the sandbox.
type watch struct {
	hosts []string

	mu       sync.Mutex
	statuses []int // error statuses that the test asked for
	troubles []string
	requests []asked
	changed  chan struct{} // closed with the next request
}

func newWatch(urls ...string) *watch {
	w := &watch{changed: make(chan struct{})}
	for _, u := range urls {
		w.hosts = append(w.hosts, hostOf(u))
	}
	return w
}

// expect lets pages answer with an error status, which browsers put into the console.
func (w *watch) expect(statuses ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statuses = append(w.statuses, statuses...)
}

// event takes every event of the tab.
func (w *watch) event(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		w.logged(e.Entry)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			w.unlessExpected("Response Status Error Code %d ", "console: "+said(e.Args))
		}
	case *runtime.EventExceptionThrown:
		w.trouble("exception: %s", e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		w.trouble("dialog: %s", e.Message)
	case *network.EventRequestWillBeSent:
		w.asked(e.Request)
	}
}

func (w *watch) trouble(format string, args ...any) {
	w.troubles = append(w.troubles, fmt.Sprintf(format, args...))
}

func (w *watch) logged(e *log.Entry) {
	if e.Level == "error" || e.Level == "warning" {
		w.unlessExpected("status of %d ", "log: "+e.Text+" "+e.URL)
	}
}

// unlessExpected notes a trouble that does not come from a status that the test asked for, as browser and htmx tell it.
func (w *watch) unlessExpected(told, trouble string) {
	for _, status := range w.statuses {
		if strings.Contains(trouble, fmt.Sprintf(told, status)) {
			return
		}
	}
	w.troubles = append(w.troubles, trouble)
}

func said(args []*runtime.RemoteObject) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = strings.TrimSpace(string(a.Value) + " " + a.Description)
	}
	return strings.Join(words, " ")
}

func (w *watch) asked(r *network.Request) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme == "http" && !slices.Contains(w.hosts, u.Host) || !slices.Contains([]string{"http", "data", "about"}, u.Scheme) {
		w.trouble("request: %s", r.URL)
		return
	}
	w.requests = append(w.requests, asked{path: u.Path, htmx: r.Headers["HX-Request"] == "true"})
	close(w.changed)
	w.changed = make(chan struct{})
}

// to lists the requests to an address.
func (w *watch) to(path string) []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []asked
	for _, r := range w.requests {
		if r.path == path {
			found = append(found, r)
		}
	}
	return found
}

// staysSilent fails when the page asks this address again within the time.
func (w *watch) staysSilent(t testing.TB, path string, during time.Duration) {
	t.Helper()
	before := len(w.to(path))
	over := time.NewTimer(during)
	defer over.Stop()
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if now := len(w.to(path)); now != before {
			t.Errorf("%s was asked %d more times", path, now-before)
			return
		}
		select {
		case <-over.C:
			return
		case <-changed:
		}
	}
}

// report fails the test with every trouble there was.
func (w *watch) report(t testing.TB) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, trouble := range w.troubles {
		t.Errorf("in the browser: %s", trouble)
	}
}
