package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// posts are the delete requests that the sandbox received.
func (w *world) posts() []sandbox.Request {
	return slices.DeleteFunc(w.emulator.Journal(), func(r sandbox.Request) bool { return r.Route != deleteRoute })
}

// banner is what every page says above its content.
func (p *person) banner() string {
	return strings.Join(strings.Fields(p.page.Find("header .banner").Text()), " ")
}

// presses the button that stops all sending, as found from the start page.
func (p *person) stopsAllSending(w *world) {
	p.t.Helper()
	p.open(w.console + "/")
	p.follow("Stop all sending")
	p.sees("No request that deletes is started for any account", "Stop all sending")
	p.submit("/halt", nil)
	p.sees("All sending is stopped", " stopped it on ")
}

// signsInAgain goes through the form that asks for a fresh sign-in.
func (p *person) signsInAgain(login string) {
	p.t.Helper()
	p.submit("/login", nil)
	if p.url.Query().Get("prompt") != "login" {
		p.t.Errorf("%s does not ask for the password again", p.url)
	}
	p.choose(login)
}

func TestAnybodyStopsAllSendingAndAFreshSignInLiftsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, quick(), append(hasty, "--data-dir", dir)...)
	answer := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Skip: 1, Effect: sandbox.HangBefore, Release: answer})
	p, other := newPerson(t), newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	other.signIn(w, sandbox.SecondOwnerLogin)
	p.upload(w, "contacts.csv", contactsFile(t, w, 2400))
	page := p.url.String()
	p.submit("/confirm", map[string]string{"count": "2400"})
	eventually(t, 30*time.Second, "the second request is on its way", func() bool { return len(w.posts()) == 2 })

	other.stopsAllSending(w) // somebody of another account
	close(answer)
	p.open(page)
	eventually(t, 30*time.Second, "what was sent is followed to its end", func() bool {
		p.open(page)
		return p.figures()["Deleted"] == 110
	})
	p.sees("All sending is stopped by "+sandbox.SecondOwnerLogin, "Running")
	if says := p.banner(); !strings.Contains(says, "All sending is stopped by "+sandbox.SecondOwnerLogin) {
		t.Errorf("the banner says %q", says)
	}

	p.open(w.console + "/halt")
	p.sees("sign in again")
	if p.page.Find("form[action='/halt/lift']").Length() > 0 {
		t.Error("a stale sign-in is offered to lift it")
	}
	p.post("/halt/lift", nil)
	if p.sees("Sending is still stopped: sign in again first."); p.code != http.StatusForbidden {
		t.Errorf("a stale sign-in is answered %d", p.code)
	}
	p.signsInAgain(sandbox.OwnerLogin)
	p.open(w.console + "/halt")
	if sent := len(w.posts()); sent != 2 {
		t.Errorf("%d requests were sent, want those two that started before it was stopped", sent)
	}
	p.submit("/halt/lift", nil)
	if says := p.banner(); strings.Contains(says, "stopped") {
		t.Errorf("the banner says %q", says)
	}
	p.open(page)
	p.waitUntilEnded(30 * time.Second)
	if f := p.figures(); f["Deleted"] != 2400 {
		t.Errorf("figures %v", f)
	}
	p.open(w.console + "/audit")
	p.sees("Let sending go on")
	other.open(w.console + "/audit")
	other.sees("Stopped all sending")
	if out, err := verify(t, dir); err != nil {
		t.Errorf("verify: %q, %v", out, err)
	}
}

func TestARequestThatWaitsForItsTurnIsNotSentAfterTheHalt(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Options{Path: t.TempDir() + "/winnow.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	governor := store.NewGovernor(db, store.GovernorOptions{Interval: 5 * time.Second})
	calls := &clients{gate: &gate{governor: governor, key: "id", log: slog.New(slog.DiscardHandler), seen: newMetrics().callEnded}, db: db}
	permit := func(ctx context.Context, call constantcontact.Call) error {
		_, err := calls.permitFor("account")(ctx, call)
		return err
	}
	if err := permit(t.Context(), constantcontact.Call{Kind: constantcontact.KindRead}); err != nil {
		t.Fatal(err) // the first goes at once, so that the next has to wait
	}
	answer := make(chan error, 1)
	go func() { answer <- permit(t.Context(), constantcontact.Call{Kind: constantcontact.KindDelete}) }()
	eventually(t, 20*time.Second, "it waits for its turn", func() bool {
		u, err := governor.Usage(t.Context(), "id")
		return err == nil && u.Used == 2
	})
	if err := db.Halt(t.Context(), deletion.User{ID: "u"}); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; !errors.Is(err, deletion.ErrHalted) {
		t.Errorf("got %v", err)
	}
	if err := permit(t.Context(), constantcontact.Call{Kind: constantcontact.KindRead}); err != nil {
		t.Errorf("looking is not allowed: %v", err)
	}
}

// haltForms are the forms of the page that change whether anything is sent.
func haltForms(p *person) []string {
	var actions []string
	p.page.Find("main form").Each(func(_ int, s *goquery.Selection) { actions = append(actions, s.AttrOr("action", "")) })
	return actions
}

func TestTheHaltPageOffersWhatIsPossible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick(), hasty...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.open(w.console + "/halt")
	for _, step := range []struct {
		do   func()
		want []string
	}{
		{func() {}, []string{"/halt"}},
		{func() { p.submit("/halt", nil) }, []string{"/login"}},
		{func() { p.post("/halt", nil) }, []string{"/login"}}, // a second click
		{func() { p.signsInAgain(sandbox.OwnerLogin); p.open(w.console + "/halt") }, []string{"/halt/lift"}},
		{func() { p.submit("/halt/lift", nil); p.post("/halt/lift", nil); p.open(w.console + "/halt") }, []string{"/halt"}},
	} {
		step.do()
		if got := haltForms(p); !slices.Equal(got, step.want) {
			t.Fatalf("%s offers %v, want %v", p.url, got, step.want)
		}
	}
}
