package main

import (
	"testing"
	"time"

	"winnow/sandbox"
)

// A page that is open learns without a reload that clocks differ, and that it is over.
func TestInTheBrowserAnOpenPageLearnsThatClocksDiffer(t *testing.T) {
	t.Parallel()
	o, set := skewed()
	w := newBrowserWorld(t, o, hasty...)
	hold := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Skip: 1, Effect: sandbox.HangBefore, Release: hold})
	g := newGallery(newTab(t, w))
	g.signIn(sandbox.OwnerLogin)
	g.upload("contacts.csv", contactsFile(t, w, 2400))
	g.write("#count", "2400")
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("it is polled, and clocks agree",
		`document.querySelector("#progress").hasAttribute("hx-get") && document.querySelector("#clocks").innerText === ""`)

	set(10 * time.Minute)
	close(hold)
	g.until("the open page says it", `document.querySelector("#clocks").innerText.includes("about 10 min behind Constant Contact's")`)
	g.looksAt("clocks-differ")
	g.opens("home-clocks-differ", "/")
	set(0)
	g.until("the open page says that it is over", `document.querySelector("#clocks").innerText === ""`)
}
