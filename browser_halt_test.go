package main

import (
	"testing"

	"winnow/sandbox"
)

// A page that is open learns without a reload that somebody stopped all sending, and that it goes on; a focus in the banner stays.
func TestInTheBrowserAnOpenPageLearnsThatAllSendingIsStopped(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	hold := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore, Release: hold})
	t.Cleanup(func() { close(hold) })
	g := newGallery(newTab(t, w))
	other := newPerson(t)
	g.signIn(sandbox.OwnerLogin)
	other.signIn(w, sandbox.SecondOwnerLogin)
	g.upload("contacts.csv", contactsFile(t, w, 1200))
	g.write("#count", "1200")
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("it is polled, and nothing is stopped",
		`document.querySelector("#progress").hasAttribute("hx-get") && document.querySelector("#halted").innerText === ""`)

	other.stopsAllSending(w)
	g.until("the open page says it", `document.querySelector("#halted").innerText.includes("All sending is stopped")`)
	g.looksAt("halted-open")
	g.until("a refresh leaves the link its focus", `(() => {
		const link = document.querySelector("#halted a");
		if (!window.polls) {
			window.polls = 1;
			link.focus();
			document.body.addEventListener("htmx:afterSettle", () => window.polls++);
		}
		return window.polls > 2 && document.activeElement === link;
	})()`)

	other.signsInAgain(sandbox.SecondOwnerLogin)
	other.open(w.console + "/halt")
	other.submit("/halt/lift", nil)
	g.until("the open page says that it goes on", `document.querySelector("#halted").innerText === ""`)
}
