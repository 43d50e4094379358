package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
	"winnow/views"
)

func TestWhatWaitsForADecisionElsewhereSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick(), append(hasty, "--grace", "300ms")...)
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ResetBefore})
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.post("/deletions/lists", url.Values{"list_id": {w.emulator.Lists(sandbox.MainAccount)[2].ID}, "mode": {views.ModeLists}})
	lists := p.url.String()
	p.submit("/confirm", map[string]string{"count": "1"})
	p.waitFor("may or may not have run")
	p.upload(w, "contacts.csv", contactsFile(t, w, 20))
	contacts := p.url.String()
	p.submit("/confirm", map[string]string{"count": "20"})
	p.waitFor("Waiting: a request of deletion 1 with lists may or may not have run.")

	p.open(lists)
	p.submit("/stop", nil)
	p.waitFor("Stopped. What was sent before is still being deleted. One of its requests may or may not have run")
	p.post(lists+"/batches/1/decide", url.Values{"decision": {"did-not-run"}})
	p.open(contacts)
	p.waitUntilEnded(30 * time.Second)
}

// waitFor loads the page again until it says something.
func (p *person) waitFor(text string) {
	p.t.Helper()
	page := p.url.String()
	eventually(p.t, 30*time.Second, "the page says "+text, func() bool {
		p.open(page)
		return strings.Contains(p.text(), text)
	})
}
