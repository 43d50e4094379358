package main

import (
	"strconv"
	"testing"

	"winnow/sandbox"
)

// The tests of this file lead a deletion into every state there is, and look at every page on the way.

func TestInTheBrowserPagesOfStrangersAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	g := newGallery(newTab(t, w))
	g.watch.expect(403, 404)
	g.opens("signed-out", "/")
	g.leads("sign in", click("form[action='/login'] button"))
	g.looksAt("consent")
	g.leads("allow", click("input[value='"+sandbox.CreatorLogin+"']"), click("button[value=allow]"))
	g.sees("contacts:write")
	g.looksAt("refused")
	g.opens("not-found-signed-out", "/nowhere")
}

func TestInTheBrowserPagesBeforeADeletionAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	g := newGallery(newTab(t, w))
	g.watch.expect(404, 422)
	g.signIn(sandbox.OwnerLogin)
	g.opens("home-empty", "/")
	g.opens("deletions-empty", "/deletions")
	g.opens("activities-empty", "/activities")
	g.opens("lists", "/lists")
	g.opens("lists-none", "/lists?q=nothing+like+this")
	g.open("/lists")
	g.leads("go on without a list", click("#choose button[type=submit]"))
	g.looksAt("lists-error")
	g.opens("upload", "/upload")
	g.send("notes.csv", []byte("name,town\nKim,Oslo\n"))
	g.until("the refusal has the focus", `document.activeElement.matches("#notice [role=alert]")`)
	g.looksAt("upload-error")
	g.opens("not-found", "/nowhere")
	g.opens("no-such-deletion", "/deletions/999")

	file := messyFile(t, w, 1200)
	g.upload("Members who left (export 12).csv", file.text)
	g.looksAt("review")
	wrongCountIsRefused(t, g.tab, file.review()["Will be deleted"])
	g.looksAt("wrong-count")
}

func TestInTheBrowserPagesOfADeletionAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	hold := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Skip: 1, Effect: sandbox.HangBefore, Release: hold})
	g := newGallery(newTab(t, w))
	g.signIn(sandbox.OwnerLogin)
	file := messyFile(t, w, 1200)
	g.upload("Members who left (export 12).csv", file.text)
	page := g.path()
	g.write("#count", strconv.Itoa(file.review()["Will be deleted"]))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("the first batch is done", `document.body.innerText.includes("2 of 5")`)
	g.looksAt("running")
	g.do("open what stopping means", click("#stop summary"))
	g.looksAt("running-stop")
	g.opens("home-running", "/")
	g.opens("batches-running", page+"/batches")
	g.opens("batch-waiting", page+"/batches/3")
	g.open(page)
	g.leads("pause", click(`form[action$="/pause"] button`))
	g.looksAt("paused")
	g.do("open what stopping means", click("#stop summary"))
	g.leads("stop", click(`form[action$="/stop"] button`))
	g.looksAt("stopping")
	close(hold)
	g.until("the deletion ends", `!document.querySelector("#progress").hasAttribute("hx-get")`)
	g.looksAt("stopped")

	g.upload("Members who left (export 12).csv", file.text)
	page = g.path()
	confirmAndWait(g.tab, file.review()["Will be deleted"])
	g.looksAt("finished")
	g.pagesOfTheEnd(page)
}

// pagesOfTheEnd looks at what tells of a deletion afterwards.
func (g *gallery) pagesOfTheEnd(page string) {
	g.t.Helper()
	g.opens("home", "/")
	g.opens("deletions", "/deletions")
	g.opens("batches", page+"/batches")
	g.opens("batch", page+"/batches/1")
	g.opens("activities", "/activities")
	g.leads("open an activity", click("tbody a"))
	g.looksAt("activity")
}

func TestInTheBrowserPagesOfListsAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), append(hasty, "--grace", "100ms")...)
	g := newGallery(newTab(t, w))
	g.signIn(sandbox.OwnerLogin)
	lists := twoLists(t, w)

	reading := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: "GET /v3/contacts", Effect: sandbox.HangBefore, Release: reading})
	chooseLists(g.tab, lists...)
	g.looksAt("lists-chosen")
	g.leads("go on to review", click("#choose button[type=submit]"))
	g.looksAt("preparing")
	close(reading)
	g.until("the review is ready", `document.querySelector("#count")`)
	g.looksAt("review-members")

	chooseLists(g.tab, lists...)
	g.do("choose the mode", click("#mode-lists"))
	g.leads("go on to review", click("#choose button[type=submit]"))
	g.looksAt("review-lists")
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ResetBefore})
	page := g.path()
	g.write("#count", strconv.Itoa(len(lists)))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("a person has to decide", `document.body.innerText.includes("may or may not have run")`)
	g.looksAt("needs-decision")
	g.opens("batches-unknown", page+"/batches")
	g.opens("batch-decide", page+"/batches/1")
	g.leads("say that it did not run", click("button[value=did-not-run]"))
	g.looksAt("batch-decided")
	g.opens("finished-lists", page)
}
