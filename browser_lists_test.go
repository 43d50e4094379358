package main

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// chosen is what a test picks on the page of lists, as the sandbox knows it.
type chosen struct {
	lists       []sandbox.List
	memberships int
	people      map[string]bool
}

// chooseLists finds each list by its name and ticks it; at the end all lists are shown again.
func chooseLists(b *tab, lists ...sandbox.List) chosen {
	b.t.Helper()
	c := chosen{lists: lists, people: map[string]bool{}}
	for _, l := range lists {
		for _, id := range b.w.emulator.Members(sandbox.MainAccount, l.ID) {
			c.memberships++
			c.people[id] = true
		}
	}
	b.open("/lists")
	for _, l := range lists {
		b.write("#q", l.Name)
		b.until("the search shows the list "+l.Name,
			`[...document.querySelectorAll("[data-list]")].filter((row) => !row.hidden).length <= 2 && !document.getElementById("row-`+l.ID+`").hidden`)
		b.do("tick "+l.Name, click("#list-"+l.ID))
	}
	b.write("#q", "")
	b.until("the page says what is selected", `document.querySelector("[data-selected]").innerText.startsWith("`+strconv.Itoa(len(lists))+` list")`)
	b.sees(grouped(c.memberships) + " membership")
	return c
}

// twoLists are two lists of the account that share members, not the largest ones.
func twoLists(t *testing.T, w *world) []sandbox.List {
	t.Helper()
	lists := w.emulator.Lists(sandbox.MainAccount)
	slices.SortFunc(lists, func(a, b sandbox.List) int { return b.Members - a.Members })
	for i := 1; i+1 < len(lists); i++ {
		first := w.emulator.Members(sandbox.MainAccount, lists[i].ID)
		second := w.emulator.Members(sandbox.MainAccount, lists[i+1].ID)
		if len(second) > 10 && slices.ContainsFunc(first, func(id string) bool { return slices.Contains(second, id) }) {
			return lists[i : i+2]
		}
	}
	t.Fatal("no two lists of the sandbox share members")
	return nil
}

// grouped is a number as the pages write it.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func TestInTheBrowserExactlyTheMembersOfListsAreDeleted(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	b := newTab(t, w)
	b.signIn(sandbox.OwnerLogin)
	before := contactsOf(w)
	picked := chooseLists(b, twoLists(t, w)...)
	b.leads("go on to review", click("#choose button[type=submit]"))

	b.until("the review is ready", `document.querySelector("#count")`)
	want := map[string]int{"Read": picked.memberships, "Repeated": picked.memberships - len(picked.people), "Will be deleted": len(picked.people)}
	if diff := cmp.Diff(want, b.figures()); diff != "" {
		t.Fatalf("review (-want +got):\n%s", diff)
	}
	confirmAndWait(b, len(picked.people))
	if f := b.figures(); f["Deleted"] != len(picked.people) {
		t.Errorf("the page says %v, want %d deleted", f, len(picked.people))
	}
	checkContacts(t, w, before, picked.people)
}

func TestInTheBrowserWhoeverIsOnTheListsIsDeleted(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t, quick(), hasty...)
	b := newTab(t, w)
	b.signIn(sandbox.OwnerLogin)
	before := contactsOf(w)
	picked := chooseLists(b, twoLists(t, w)...)
	b.do("choose the mode", click("#mode-lists"))
	b.leads("go on to review", click("#choose button[type=submit]"))

	b.sees("People who join one of these lists before Constant Contact gets to it are deleted too.", picked.lists[0].Name)
	confirmAndWait(b, len(picked.lists))
	if f := b.figures(); f["Deleted"] != len(picked.lists) || f["To delete"] != len(picked.lists) {
		t.Errorf("the page says %v, want %d lists", f, len(picked.lists))
	}
	checkContacts(t, w, before, picked.people)
	for _, l := range picked.lists {
		if left := w.emulator.Members(sandbox.MainAccount, l.ID); len(left) > 0 {
			t.Errorf("list %s still has %d members", l.Name, len(left))
		}
	}
}

// confirmAndWait types the number and waits until nothing is open any more.
func confirmAndWait(b *tab, count int) {
	b.t.Helper()
	b.write("#count", strconv.Itoa(count))
	b.leads("confirm", click("form.confirm button[type=submit]"))
	b.until("the deletion ends", `!document.querySelector("#progress").hasAttribute("hx-get")`)
	b.sees("Finished", "is accounted for")
}
