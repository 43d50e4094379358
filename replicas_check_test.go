package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// after are, for each account of a lost replica, the times until the first request and until the first that deletes.
func (f *fleet) after(lost takeover) (looks, sends map[string]time.Duration) {
	f.t.Helper()
	looks, sends = map[string]time.Duration{}, map[string]time.Duration{}
	for _, r := range f.o.requests() {
		if !slices.Contains(lost.accounts, r.Account) || r.At.Before(lost.at) {
			continue
		}
		for into, counts := range map[*map[string]time.Duration]bool{&looks: true, &sends: r.Route == deleteRoute} {
			if _, known := (*into)[r.Account]; !known && counts {
				(*into)[r.Account] = r.At.Sub(lost.at)
			}
		}
	}
	return looks, sends
}

// requestsAfter are what was asked for an account until something was sent, with their times.
func (f *fleet) requestsAfter(lost takeover, account string) (said []string) {
	f.t.Helper()
	for _, r := range f.o.requests() {
		if r.Account == account && r.At.After(lost.at) {
			said = append(said, fmt.Sprintf("%v %s?%s %d %s", r.At.Sub(lost.at).Round(time.Millisecond), r.Route, r.Query, r.Status, r.Fault))
			if r.Route == deleteRoute {
				break
			}
		}
	}
	return said
}

// checkTakeover holds what decision 11 promises against what happened.
func (f *fleet) checkTakeover(lost takeover) {
	f.t.Helper()
	looks, sends := f.after(lost)
	for _, account := range lost.accounts {
		f.t.Logf("%s: looked for %s after %v, sent after %v; a request on its way: %v, nothing left to send: %v", lost.what, account,
			looks[account].Round(time.Millisecond), sends[account].Round(time.Millisecond), lost.onTheWay[account], lost.allSent[account])
		if looks[account] == 0 || looks[account] > 30*time.Second {
			f.t.Errorf("nobody worked for %s within 30 s", account)
		}
		if lost.allSent[account] {
			continue
		}
		if most := f.sendsWithin(lost, account); sends[account] == 0 || sends[account] > most {
			f.t.Errorf("nothing was sent for %s within %v: %v", account, most, f.requestsAfter(lost, account))
		}
	}
}

// sendsWithin is how long sending may stop for.
func (f *fleet) sendsWithin(lost takeover, account string) time.Duration {
	if lost.onTheWay[account] {
		return 130 * time.Second
	}
	return 30 * time.Second
}

// check holds the promises against all that happened.
func (f *fleet) check() {
	f.t.Helper()
	requests := f.o.requests()
	for _, tm := range f.teams {
		if got := tm.p.figures(); got["Deleted"] != len(tm.ids) {
			f.t.Errorf("%s: figures %v, want all %d deleted", tm.account, got, len(tm.ids))
		}
		acceptedOnce(f.t, requests, tm)
	}
	neverMoreThan(f.t, requests, 4, time.Second)
	noTokenTwice(f.t, requests)
	var out bytes.Buffer
	if err := run(context.Background(), []string{"audit", "verify", "--database-url", f.database}, noEnvironment, &out); err != nil {
		f.t.Errorf("the audit log: %v", err)
	}
	f.t.Logf("%s", strings.ReplaceAll(out.String(), "\n", "; "))
}

// acceptedOnce fails unless each contact was in one request that ran, and nobody else's.
func acceptedOnce(t *testing.T, requests []sandbox.Request, tm *team) {
	t.Helper()
	times := map[string]int{}
	posts, ran, spoiled := 0, 0, 0
	for _, r := range requests {
		if r.Route != deleteRoute || r.Account != tm.account {
			continue
		}
		posts++
		if r.Fault != "" {
			spoiled++
		}
		if !r.Applied {
			continue
		}
		ran++
		for _, id := range r.ContactIDs {
			times[id.String()]++
		}
	}
	for _, id := range tm.ids {
		if times[id] != 1 {
			t.Fatalf("%s: contact %s was in %d requests that ran", tm.account, id, times[id])
		}
	}
	if len(times) != len(tm.ids) {
		t.Errorf("%s: requests named %d contacts, the file had %d", tm.account, len(times), len(tm.ids))
	}
	t.Logf("%s: %d deletes, %d of them ran, %d were spoiled", tm.account, posts, ran, spoiled)
}

// neverMoreThan fails when more API requests than so many reached the sandbox within a window of that length.
func neverMoreThan(t *testing.T, requests []sandbox.Request, most int, window time.Duration) {
	t.Helper()
	var starts []time.Duration
	for _, r := range requests {
		if strings.HasPrefix(r.Path, "/v3/") {
			starts = append(starts, r.HeadersIn.At)
		}
	}
	slices.Sort(starts)
	shortest := time.Hour
	for i := most; i < len(starts); i++ {
		shortest = min(shortest, starts[i]-starts[i-most])
	}
	if shortest < window {
		t.Errorf("%d requests within %v", most+1, shortest)
	}
	t.Logf("%d requests to the API; the %d that were closest together took %v", len(starts), most+1, shortest)
}

// noTokenTwice fails when the sandbox refused a refresh token: it takes each once.
func noTokenTwice(t *testing.T, requests []sandbox.Request) {
	t.Helper()
	ends := map[string]int{}
	for _, r := range requests {
		if r.Path == sandbox.TokenPath {
			ends[fmt.Sprint(r.Status, " ", r.Fault)]++
			if r.Status == 400 {
				t.Error("a token was presented twice")
			}
		}
	}
	t.Logf("requests for tokens, by their ends: %v", ends)
}
