package main

import (
	"strconv"
	"testing"

	"winnow/sandbox"
)

func TestInTheBrowserPagesOfTheAuditAndOfTheHaltAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	g := newGallery(newTab(t, w))
	g.signIn(sandbox.OwnerLogin)
	file := messyFile(t, w, 1200)
	g.upload("Members who left (export 12).csv", file.text)
	page := g.path()
	confirmAndWait(g.tab, file.review()["Will be deleted"])
	g.leads("open its audit", click(`a[href^="/audit?deletion="]`))
	g.looksAt("audit-deletion")
	g.opens("audit", "/audit")
	g.opens("audit-none", "/audit?deletion=999")

	g.opens("halt", "/halt")
	g.leads("stop all sending", click(`form[action="/halt"] button`))
	g.looksAt("halted")
	g.opens("home-halted", "/")
	g.do("open the menu", click(".menu summary"))
	g.looksAt("home-halted-menu")
	g.upload("Members who left (export 12).csv", file.text)
	g.write("#count", strconv.Itoa(file.review()["Will be deleted"]))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.sees("All sending is stopped by " + sandbox.OwnerLogin)
	g.looksAt("running-halted")
	if g.path() == page {
		t.Error("the second deletion is the first one")
	}

	g.open("/halt")
	g.leads("sign in again", click(`main form[action="/login"] button`))
	g.leads("allow", click("input[value='"+sandbox.OwnerLogin+"']"), click("button[value=allow]"))
	g.opens("halt-lift", "/halt")
	g.leads("let sending go on", click(`form[action="/halt/lift"] button`))
	g.until("the banner is gone", `!document.querySelector("header").innerText.includes("All sending is stopped")`)
}
