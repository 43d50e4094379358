package main

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"winnow/sandbox"
)

// TestInTheBrowserPagesOfASmallDayAreAccessible looks at a day that does not suffice, and at a vendor that stops answering.
func TestInTheBrowserPagesOfASmallDayAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), append(hasty, "--daily-limit", "9", "--reserve", "3")...)
	g := newGallery(newTab(t, w))
	g.signIn(sandbox.OwnerLogin)
	var file bytes.Buffer
	if err := w.emulator.SampleCSV(&file, 2600); err != nil {
		t.Fatal(err)
	}
	g.upload("Members who left (export 12).csv", file.Bytes())
	g.sees("do not fit into today")
	g.looksAt("review-several-days")
	g.opens("home-small-day", "/")
	g.sees("To delete")
}

func TestInTheBrowserPagesWithoutAnAnswerAreAccessible(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	g := newGallery(newTab(t, w))
	g.watch.expect(502)
	g.signIn(sandbox.OwnerLogin)
	var file bytes.Buffer
	if err := w.emulator.SampleCSV(&file, 1200); err != nil {
		t.Fatal(err)
	}
	g.upload("Members who left (export 12).csv", file.Bytes())
	page := g.path()
	count := eval[string](g.tab, `document.querySelector(".figure-result .num").innerText`)
	down := w.emulator.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: http.StatusServiceUnavailable, Count: sandbox.EveryTime})
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(count), ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	g.write("#count", strconv.Itoa(n))
	g.leads("confirm", click("form.confirm button[type=submit]"))
	g.until("the page says that there is no answer", `document.body.innerText.includes("Constant Contact does not answer at the moment")`)
	g.looksAt("running-no-answer")
	g.opens("home-no-answer", "/")
	g.sees("Constant Contact does not answer at the moment")
	g.opens("lists-no-answer", "/lists")
	g.sees("Winnow tries again at")
	down.Remove()
	g.open(page)
	g.until("the page says how it goes on", `!document.body.innerText.includes("does not answer at the moment")`)
}
