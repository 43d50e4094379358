package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// olderCopy has a deletion carried out, and then the database put back as it was before its confirmation. The emergency
// file is as new as what happened.
func olderCopy(t *testing.T) (w *world, p *person, page string) {
	t.Helper()
	dir := t.TempDir()
	flags := append([]string{"--plain-http", "--data-dir", dir}, hasty...)
	w = newWorld(t, quick(), flags...)
	p = newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	var file bytes.Buffer
	if err := w.emulator.SampleCSV(&file, 1200); err != nil {
		t.Fatal(err)
	}
	p.upload(w, "sample.csv", file.Bytes())
	page = p.url.String()
	again := func() {
		t.Helper()
		w.stop()
		w.stop = startConsole(t, w.console, w.api.URL, flags...)
		p.open(page)
	}
	w.stop()
	older, err := os.ReadFile(dir + "/winnow.db")
	if err != nil {
		t.Fatal(err)
	}
	again()
	p.confirmAll()
	p.waitUntilEnded(30 * time.Second)
	w.stop()
	if err := os.WriteFile(dir+"/winnow.db", older, 0o600); err != nil {
		t.Fatal(err)
	}
	again()
	return w, p, page
}

// confirmAll confirms what the review shows, without a careful beginning: what the lost database deleted a moment ago would
// be a surprise.
func (p *person) confirmAll() {
	p.t.Helper()
	p.submit("/confirm", map[string]string{"count": strings.TrimSpace(p.page.Find(".figure-result .num").Text()), "careful": ""})
}

// posted is how many deletion requests arrived at the sandbox.
func (w *world) posted() int {
	n := 0
	for _, r := range w.emulator.Journal() {
		if r.Route == deleteRoute {
			n++
		}
	}
	return n
}

func TestAnOlderCopyIsHeldUntilSomebodyReleasesItOnItsPage(t *testing.T) {
	w, p, page := olderCopy(t)
	before := w.posted()
	if above := p.page.Find("header").Text(); !strings.Contains(above, "this database may be older than what happened, so nothing is sent") {
		t.Errorf("above the page: %s", above)
	}
	p.confirmAll()
	eventually(t, 20*time.Second, "what is confirmed is held", func() bool {
		p.open(page)
		return strings.Contains(p.text(), "Held: this database may be older than what happened")
	})
	if p.page.Find(`form[action$="/resume"]`).Length() > 0 {
		t.Error("it can be resumed without a release")
	}
	p.open("/held")
	p.sees("This database may be older than what happened", "the emergency file beside it", "sample.csv", "Keep holding")
	p.submit("/held/release", nil) // as it stands: keep holding
	p.sees("Keep holding")
	if n := w.posted(); n != before {
		t.Errorf("%d requests were sent during the hold", n-before)
	}

	p.submit("/held/release", map[string]string{"decision": "release"})
	p.open(page)
	p.waitUntilEnded(30 * time.Second)
	if w.posted() == before {
		t.Error("nothing was sent after the release")
	}
	p.open("/held")
	p.sees("Nothing is held")
	if above := p.page.Find("header").Text(); strings.Contains(above, "older") {
		t.Errorf("above the page: %s", above)
	}
}

func TestOnlyTheOpenHoldIsReleased(t *testing.T) {
	w, p, _ := olderCopy(t)
	p.open("/held")
	stale := fields(p.page.Find("main form"))
	stale.Set("decision", "release")
	stale.Set("hold", "4711")
	p.post("/held/release", stale)
	p.sees("Nothing was changed")
	stale.Set("decision", "whatever")
	p.post("/held/release", stale)
	p.sees("names no decision")
	foreigner := newPerson(t)
	foreigner.signIn(w, sandbox.SecondOwnerLogin)
	foreigner.open("/held")
	foreigner.sees("Nothing is held")
	p.open("/held")
	p.sees("Keep holding")
}
