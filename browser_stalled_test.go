package main

import (
	"testing"
	"time"

	"winnow/sandbox"
)

// An open page says by itself that Constant Contact does not move, and leads to the question.
func TestInTheBrowserPagesOfWhatNeverEndsAreAccessible(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newBrowserWorld(t, quick(), append([]string{"--data-dir", dir}, hasty...)...)
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ActivityStalls, Release: make(chan struct{})})
	db := openedFile(t, dir)
	g := newGallery(newTab(t, w))
	g.signIn(sandbox.OwnerLogin)
	g.upload("Members who left (export 12).csv", contactsFile(t, w, 20)) // two requests
	page := g.path()
	g.write("#count", "20")
	g.do("send all at once", click("#careful"))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	standsStill(t, db, 3*time.Hour)
	g.until("the open page says it", `document.querySelector("#stalled")?.innerText.includes("not moved for 3 h")`)
	g.looksAt("stalled")
	g.opens("batch-stalled", page+"/batches/1")
	g.open(page)
	alter(t, db, `UPDATE batches SET moved_at = moved_at - 90000000 WHERE n = 2 AND moved_at > 0`)
	standsStill(t, db, 23*time.Hour)
	g.until("the open page asks", `document.querySelector("#stalled")?.innerText.includes("Go on waiting?")`)
	g.looksAt("stalled-asking")
	g.opens("batches-asking", page+"/batches")
	g.open(page)
	g.leads("look at the batch", click("#stalled a"))
	g.looksAt("batch-asking")
	g.leads("stop waiting", click("button[value=stop-waiting]"))
	g.sees("Nobody waits for Constant Contact any more")
	g.opens("batch-deciding", page+"/batches/2")
	g.leads("stop waiting", click("button[value=stop-waiting]"))
	g.open(page)
	g.until("the deletion ends", `!document.querySelector("#progress").hasAttribute("hx-get")`)
	g.looksAt("stalled-finished")
	g.opens("batch-counted", page+"/batches/1")
	g.opens("audit-stalled", "/audit")
}
