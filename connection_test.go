package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// uploadSome brings a CSV of the main account's contacts up to its review page, and returns how many will be deleted.
func (p *person) uploadSome(w *world, rows int) string {
	p.t.Helper()
	var file bytes.Buffer
	if err := w.emulator.SampleCSV(&file, rows); err != nil {
		p.t.Fatal(err)
	}
	p.upload(w, "sample.csv", file.Bytes())
	p.sees("Will be deleted")
	return strings.TrimSpace(p.page.Find(".figure-result .num").Text())
}

// unauthorized counts the API requests whose connection was not accepted.
func (w *world) unauthorized() (n int) {
	for _, r := range w.emulator.Journal() {
		if r.Status == http.StatusUnauthorized && strings.HasPrefix(r.Path, "/v3") {
			n++
		}
	}
	return n
}

// tokenRequests counts what arrived at the token endpoint.
func (w *world) tokenRequests() (n int) {
	for _, r := range w.emulator.Journal() {
		if r.Path == sandbox.TokenPath {
			n++
		}
	}
	return n
}

func TestATokenThatExpiresBeforeItsTime(t *testing.T) {
	w := newWorld(t, quick(), hasty...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	count := p.uploadSome(w, 1200)
	w.emulator.ExpireAccessTokens(sandbox.OwnerLogin)
	p.submit("/confirm", map[string]string{"count": count})
	p.waitUntilEnded(30 * time.Second)
	p.sees("Every contact is accounted for")
	if n := w.unauthorized(); n != 1 {
		t.Errorf("%d requests were refused, want the first one only", n)
	}
	if n := w.tokenRequests(); n != 2 {
		t.Errorf("%d token requests, want the sign-in and one renewal", n)
	}
}

// TestADeletionKeepsToItsAccount has the connection withdrawn in the middle, and somebody sign in to another account.
func TestADeletionKeepsToItsAccount(t *testing.T) {
	w := newWorld(t, quick(), hasty...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	count := p.uploadSome(w, 2000)
	slow := w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.ThrottledBody, Skip: 1, Count: sandbox.EveryTime})
	p.submit("/confirm", map[string]string{"count": count})
	page := p.url.String()
	eventually(t, 20*time.Second, "the first batch is sent", func() bool { return len(w.posts()) == 2 })
	w.emulator.Revoke(sandbox.OwnerLogin)
	slow.Remove()
	eventually(t, 30*time.Second, "a sign-in is asked for", func() bool {
		p.open(page)
		return strings.Contains(p.text(), "Sign in again")
	})
	sent := len(w.posts())

	other := newPerson(t)
	other.signIn(w, sandbox.SecondOwnerLogin)
	other.open(page)
	if other.code != http.StatusNotFound {
		t.Errorf("the other account sees the deletion: status %d", other.code)
	}
	p.open(page)
	p.sees("Sign in again")
	if n := len(w.posts()); n != sent {
		t.Errorf("%d requests were sent after somebody signed in to another account", n-sent)
	}

	again := newPerson(t)
	again.signIn(w, sandbox.OwnerLogin)
	again.open(page)
	again.waitUntilEnded(30 * time.Second)
	again.sees("Every contact is accounted for")
	seen := map[string]bool{}
	for _, r := range w.posts() {
		if r.Account != sandbox.MainAccount && r.Status != http.StatusUnauthorized {
			t.Errorf("a deletion request for account %s", r.Account)
		}
		if r.Applied && seen[r.BodySHA256] {
			t.Error("a batch was taken twice")
		}
		seen[r.BodySHA256] = seen[r.BodySHA256] || r.Applied
	}
}
