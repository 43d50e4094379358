package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// The banner comes and goes on a page that is open, and the pages of trouble are as good as the others.
func TestInTheBrowserPagesOfTroubleAreAccessible(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database := filepath.Join(dir, "winnow.db")
	flags := append([]string{"--data-dir", dir}, hasty...)
	w := newBrowserWorld(t, quick(), flags...)
	hold := make(chan struct{})
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Skip: 1, Effect: sandbox.HangBefore, Release: hold})
	g := newGallery(newTab(t, w))
	g.watch.expect(503)
	g.signIn(sandbox.OwnerLogin)
	file := messyFile(t, w, 1200)
	g.upload("Members who left (export 12).csv", file.text)
	page := g.path()
	g.write("#count", strconv.Itoa(file.review()["Will be deleted"]))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("the first batch is done", `document.body.innerText.includes("2 of 5")`)

	mustDo(t, os.Rename(database, database+".aside"))
	g.until("the open page says it", `document.querySelector("#storage").innerText.includes("moved, removed or replaced")`)
	g.looksAt("storage-trouble")
	g.opens("home-storage-trouble", "/")
	g.open(page)
	mustDo(t, os.Rename(database+".aside", database))
	g.until("the open page says that it is over", `document.querySelector("#storage").innerText === ""`)
	close(hold)
	g.until("the deletion ends", `!document.querySelector("#progress").hasAttribute("hx-get")`)

	g.upload("Members who left (export 12).csv", file.text)
	page = g.path()
	holdAccount(t, w, database, flags)
	g.open(page)
	g.write("#count", strconv.Itoa(file.review()["Will be deleted"]))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("it is held", `document.body.innerText.includes("may have been sent already")`)
	g.looksAt("held-deletion")
	g.leads("see why", click(".controls a[href='/held']"))
	g.looksAt("held")
	g.leads("release", click("input[value=release]"), click("main form button[type=submit]"))
	g.opens("held-nothing", "/held")
}

// holdAccount holds the main account while the console is not running.
func holdAccount(t *testing.T, w *world, database string, flags []string) {
	t.Helper()
	w.stop()
	db, err := store.Open(t.Context(), store.Options{Path: database})
	mustDo(t, err)
	mustDo(t, db.Hold(t.Context(), sandbox.MainAccount, deletion.HeldActivities, "Constant Contact shows 3 activities that may be deletions and"+
		" that this database does not know, the newest of 23 November 2026, 14:02:31 UTC (9390ec42-bc34-11f1-94f6-02420a320002);"+
		" the newest request that this database knows is of 22 November 2026, 09:11:02 UTC."))
	mustDo(t, db.Close())
	w.stop = startConsole(t, w.console, w.api.URL, flags...)
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
