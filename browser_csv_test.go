package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// unhurried is a sandbox in which three batches take some seconds, so that a page has time to look again and again.
func unhurried() sandbox.Options {
	o := quick()
	o.Speed = 3
	return o
}

// progressPolls is how often, in seconds, a page asks how a running deletion is getting on.
const progressPolls = 2

func TestInTheBrowserAMessyCSVIsDeletedRowByRow(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, unhurried(), hasty...)
	file := messyFile(t, w, 1200)
	before := contactsOf(w)
	b := newTab(t, w)
	b.signIn(sandbox.OwnerLogin)
	b.upload(`<script>alert('x')<script>&amp;.csv`, file.text)

	b.sees(`<script>alert('x')<script>&amp;.csv`, "Ready for review")
	want := file.review()
	if diff := cmp.Diff(want, b.figures()); diff != "" {
		t.Fatalf("review (-want +got):\n%s", diff)
	}
	page := b.path()
	wrongCountIsRefused(t, b, want["Will be deleted"])
	b.write("#count", strconv.Itoa(want["Will be deleted"]))
	b.leads("confirm", click("form.confirm button[type=submit]"))

	followToTheEnd(t, b, want["Will be deleted"])
	checkResultFile(t, b.download(page+"/results.csv"), file, before)
	checkContacts(t, w, before, file.ids())
}

// wrongCountIsRefused types a wrong number and checks that a person who cannot see the page is told as well.
func wrongCountIsRefused(t *testing.T, b *tab, right int) {
	t.Helper()
	b.watch.expect(422)
	b.write("#count", "7")
	b.leads("confirm a wrong number", click("form.confirm button[type=submit]"))
	b.sees("There is a problem", fmt.Sprintf("The number does not match. Type %d", right))
	if !strings.HasPrefix(eval[string](b, "document.title"), "Error: ") {
		t.Error("the title does not say that there is an error")
	}
	b.until("the summary of problems has the focus", `document.activeElement.matches("[role=alert]")`)
	type field struct{ Invalid, Said, Value string }
	got := eval[field](b, `(() => { const f = document.querySelector("#count");
		return { Invalid: f.getAttribute("aria-invalid"), Said: document.getElementById(f.getAttribute("aria-describedby")).innerText, Value: f.value } })()`)
	if got.Invalid != "true" || !strings.Contains(got.Said, "The number does not match") || got.Value != "7" {
		t.Errorf("the field is %+v", got)
	}
	b.do("follow the problem to its field", click("[role=alert] a"))
	if got := eval[string](b, "document.activeElement.id"); got != "count" {
		t.Errorf("the link of the problem leads to %q, want the field", got)
	}
	if n := len(b.w.emulator.Activities(sandbox.MainAccount)); n != 0 {
		t.Errorf("%d activities were created before the right number was typed", n)
	}
}

// followToTheEnd watches the page refresh itself until the deletion is final. Its figures have to add up in every state that a
// person sees, and it has to stop asking at the end.
func followToTheEnd(t *testing.T, b *tab, items int) {
	t.Helper()
	progress := b.path() + "/progress"
	eval[bool](b, `!!(window.shown = [], document.addEventListener("htmx:afterSwap", () => shown.push(`+readFigures+`)))`)
	first := b.figures()
	b.until("the deletion ends", `!document.querySelector("#progress").hasAttribute("hx-get")`)
	b.sees("Finished", "is accounted for")
	shown := append([]map[string]int{first}, eval[[]map[string]int](b, "window.shown")...)
	for _, f := range shown {
		if sum := accountedFor(f); sum != items || f["To delete"] != items {
			t.Errorf("figures add up to %d of %d: %v", sum, items, f)
		}
	}
	polls := b.watch.to(progress)
	if len(polls) < 2 || len(shown) < 3 {
		t.Errorf("%d polls were sent and %d states were seen, want several", len(polls), len(shown))
	}
	for _, p := range polls {
		if !p.htmx {
			t.Error("a poll came without the header HX-Request")
		}
	}
	b.watch.staysSilent(t, progress, 3*progressPolls*time.Second)
}

// download reads a file as the page would, with the session of the browser.
func (b *tab) download(path string) string {
	b.t.Helper()
	return eval[string](b, `fetch(`+strconv.Quote(path)+`).then((answer) => {
		if (!answer.ok || !answer.headers.get("Content-Disposition").startsWith("attachment")) throw new Error("no file: " + answer.status);
		return answer.text();
	})`)
}

// checkResultFile compares every row of the file of results with what the test itself knows of the file.
func checkResultFile(t *testing.T, text string, file messy, known map[string]sandbox.Contact) {
	t.Helper()
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(got)-1 != len(file.rows) {
		t.Fatalf("%d rows of results for %d rows of the file", len(got)-1, len(file.rows))
	}
	for i, row := range file.rows {
		line, cell, outcome, detail := got[i+1][0], got[i+1][1], got[i+1][2], got[i+1][3]
		want := outcomeOf(row, known)
		if line != strconv.Itoa(row.line) || outcome != want {
			t.Errorf("row %d of kind %q: line %s %s, want line %d %s", i+1, row.kind, line, outcome, row.line, want)
		}
		if row.of > 0 && detail != fmt.Sprintf("of line %d", row.of) {
			t.Errorf("line %d repeats line %d, and the file says %q", row.line, row.of, detail)
		}
		if readsTheCell(row) && strings.TrimPrefix(cell, "'") != strings.ReplaceAll(row.cell, "\r\n", "\n") {
			t.Errorf("line %d shows the cell %q, want %q", row.line, cell, row.cell)
		}
		if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
			t.Errorf("line %d holds the formula %q", row.line, cell)
		}
	}
}

// readsTheCell tells whether a row was understood far enough to have a cell of ids.
func readsTheCell(row messyRow) bool {
	return row.kind != "Row too long" && row.kind != "Quote not closed" && row.kind != "Blank"
}

func outcomeOf(row messyRow, known map[string]sandbox.Contact) string {
	switch row.kind {
	case "":
		if _, ok := known[row.id]; ok {
			return "deleted"
		}
		return "failed"
	case "Repeated":
		return "duplicate"
	case "Blank":
		return "blank"
	}
	return "invalid"
}

// contactsOf is the main account as it is now.
func contactsOf(w *world) map[string]sandbox.Contact {
	found := map[string]sandbox.Contact{}
	for c := range w.emulator.Contacts(sandbox.MainAccount) {
		found[c.ID] = c
	}
	return found
}

// checkContacts fails unless exactly these contacts are deleted, and every other one is as it was.
func checkContacts(t *testing.T, w *world, before map[string]sandbox.Contact, gone map[string]bool) {
	t.Helper()
	after := contactsOf(w)
	if len(after) != len(before) {
		t.Errorf("the account has %d contacts, had %d", len(after), len(before))
	}
	for id := range maps.Keys(before) {
		switch {
		case gone[id] && (after[id].DeletedAt.IsZero() || len(after[id].Lists) > 0):
			t.Errorf("contact %s should be deleted: %+v", id, after[id])
		case !gone[id]:
			if diff := cmp.Diff(before[id], after[id]); diff != "" {
				t.Errorf("contact %s changed:\n%s", id, diff)
			}
		}
	}
}
