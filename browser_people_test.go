package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"winnow/deletion"
	"winnow/sandbox"
)

func TestInTheBrowserEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	file := messyFile(t, w, 600)
	before := contactsOf(w)
	b := newTab(t, w)
	b.do("switch scripts off", command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	b.signIn(sandbox.OwnerLogin)
	b.watch.expect(422)
	b.upload("notes.csv", []byte("name,town\nKim,Oslo\n"))
	b.sees("There is a problem", "No column of contact ids was found.")
	b.until("the summary of problems has the focus", `document.activeElement.matches("[role=alert]") && document.querySelector("#file").ariaInvalid === "true"`)
	b.upload("members.csv", file.text)
	want := file.review()["Will be deleted"]
	wrongCountIsRefused(t, b, want)
	b.write("#count", strconv.Itoa(want))
	b.leads("confirm", click("form.confirm button[type=submit]"))
	page := b.path()
	eventually(t, browserPatience, "reloading shows the end", func() bool {
		b.open(page)
		if sum := accountedFor(b.figures()); sum != want {
			t.Fatalf("figures add up to %d of %d", sum, want)
		}
		return strings.Contains(b.text(), "Every contact is accounted for")
	})
	for _, r := range b.watch.to(page + "/progress") {
		t.Errorf("a script ran: %+v", r)
	}
	b.leads("show the batches", click(`.controls a[href$="/batches"]`))
	b.leads("show a batch", click("#batches tbody a"))
	b.sees("The same request with curl")
	checkContacts(t, w, before, file.ids())
}

func TestInTheBrowserADeletionIsConfirmedWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	hold := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Skip: 1, Effect: sandbox.HangBefore, Release: hold})
	file := messyFile(t, w, 1200)
	b := newTab(t, w)
	b.signIn(sandbox.OwnerLogin)
	b.upload("members.csv", file.text)
	count := file.review()["Will be deleted"]

	b.tabTo("#count")
	b.do("type the number", press(strconv.Itoa(count)))
	b.tabTo("form.confirm button[type=submit]")
	b.leads("press enter", press(kb.Enter))
	b.tabTo(`form[action$="/pause"] button`)
	b.leads("press enter on Pause", press(kb.Enter))
	b.sees("Paused by ")
	b.tabTo(`form[action$="/resume"] button`)
	b.leads("press enter on Resume", press(kb.Enter))
	b.tabTo("#stop summary")
	b.do("open what stopping means", press(kb.Enter))
	b.tabTo(`form[action$="/stop"] button`)
	keptThroughRefreshes(t, b)
	b.leads("press enter on Stop", press(kb.Enter))
	close(hold)
	b.until("the deletion ends", `!document.querySelector("#progress").hasAttribute("hx-get")`)
	b.sees("Stopped. The rest was not sent.")
	sent := deletion.FirstSizes[0] + deletion.FirstSizes[1]
	if f := b.figures(); f["Deleted"]+f["Failed"] != sent || f["Not sent"] != count-sent {
		t.Errorf("two batches were sent, and the page says %v", f)
	}
}

// keptThroughRefreshes marks the element with the focus, selects a word, and looks whether both outlive several refreshes.
func keptThroughRefreshes(t *testing.T, b *tab) {
	t.Helper()
	eval[bool](b, `(() => {
		window.focused = document.activeElement;
		getSelection().selectAllChildren(document.querySelector("table.figures tbody th"));
		window.swaps = 0;
		document.addEventListener("htmx:afterSwap", () => window.swaps++);
		return true;
	})()`)
	b.until("three refreshes", "window.swaps >= 3")
	type kept struct {
		Focus, Open bool
		Selection   string
	}
	got := eval[kept](b, `({ Focus: document.activeElement === window.focused && document.activeElement.isConnected,
		Open: document.querySelector("#stop").open, Selection: String(getSelection()) })`)
	if want := (kept{true, true, "Read"}); got != want {
		t.Fatalf("after three refreshes %+v, want %+v", got, want)
	}
}

func TestInTheBrowserPeopleSeeTheirOwnAccountOnly(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	owner := newTab(t, w)
	owner.signIn(sandbox.OwnerLogin)
	owner.upload("members.csv", messyFile(t, w, 200).text)
	page := owner.path()

	manager := newTab(t, w)
	manager.signIn(sandbox.ManagerLogin)
	manager.open("/deletions")
	manager.leads("open the owner's deletion", click(`a[href="`+page+`"]`))
	manager.sees("members.csv", "Ready for review", sandbox.OwnerLogin)

	second := newTab(t, w)
	second.watch.expect(404)
	second.signIn(sandbox.SecondOwnerLogin)
	second.open("/deletions")
	second.sees("Hillside Animal Rescue", "No deletions yet")
	for _, path := range []string{page, page + "/batches", page + "/batches/1", page + "/results.csv"} {
		second.open(path)
		second.sees("There is no such page.")
	}

	creator := newTab(t, w)
	creator.watch.expect(403)
	creator.signIn(sandbox.CreatorLogin)
	creator.sees("contacts:write", "What to do:")
	creator.open("/deletions")
	creator.sees("Sign in with Constant Contact")

	stranger := newTab(t, w)
	stranger.open(page)
	stranger.sees("Sign in with Constant Contact")
}

func TestInTheBrowserHostileTextIsShownAsText(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	b := newTab(t, w)
	b.watch.expect(404, 422)
	b.signIn(sandbox.OwnerLogin)
	const script = `<script>alert("1")</script>`
	b.open("/lists?q=%3Cscript%3Ealert(%221%22)%3C/script%3E")
	b.sees("No list's name contains “" + script + "”")
	for _, path := range []string{"/%3Cscript%3Ealert(1)%3C/script%3E", "/deletions?state=%22%3E%3Cscript%3E", "/activities?state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"} {
		b.open(path)
		b.sees("Winnow")
	}
	for n, name := range []string{`<img src=x onerror=alert('1')>.csv`, `" onfocus=alert(1) autofocus x=".csv`, `'+alert(1)+'.csv`, "{{7*7}}\u202egpj.csv"} {
		b.upload(name, fmt.Appendf(nil, "contact_id\n00000000-0000-11ee-8000-%012d\n", n))
		shown := strings.NewReplacer(`"`, "%22", "\u202e", "").Replace(name) // quotes as browsers send them, and nothing that turns text round
		b.sees(shown)
		b.open("/deletions")
		b.sees(shown)
	}
}
