package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"winnow/sandbox"
)

// lagging runs a sandbox whose collections are a minute behind.
func lagging(t *testing.T) *api {
	t.Helper()
	a := start(t, nil)
	a.Inject(sandbox.Fault{Effect: sandbox.IndexLag, Delay: time.Minute, Count: sandbox.EveryTime})
	return a
}

// shownPage is what a collection of contacts says.
type shownPage struct {
	Contacts []struct {
		ID        string   `json:"contact_id"`
		DeletedAt string   `json:"deleted_at"`
		Lists     []string `json:"list_memberships"`
	}
	Count *int `json:"contacts_count"`
}

func (a *api) shown(query string) (p shownPage, ids []string) {
	a.t.Helper()
	a.get("/v3/contacts?"+query, &p)
	for _, c := range p.Contacts {
		ids = append(ids, c.ID)
	}
	return p, ids
}

func TestLagKeepsWhatAContactWas(t *testing.T) {
	a := lagging(t)
	list := a.listWithMembers(3)
	id := a.Members(sandbox.MainAccount, list)[0]
	before, _ := a.Contact(sandbox.MainAccount, id)
	_, deletedBefore := a.shown("status=deleted&limit=500")
	a.remove("contact_ids", id)
	a.Settle()

	onList, ids := a.shown("limit=500&include=list_memberships&lists=" + list)
	at := slices.Index(ids, id)
	if at < 0 {
		t.Fatal("it is gone from the list at once")
	}
	if shown := onList.Contacts[at]; shown.DeletedAt != "" || fmt.Sprint(shown.Lists) != fmt.Sprint(before.Lists) {
		t.Errorf("it is shown as %+v, and was %+v", shown, before)
	}
	if _, ids := a.shown("status=deleted&limit=500"); len(ids) != len(deletedBefore) {
		t.Errorf("%d contacts are deleted, %d were", len(ids), len(deletedBefore))
	}
	counted, _ := a.shown("status=deleted&limit=1&include_count=true")
	if counted.Count == nil || *counted.Count != len(deletedBefore) {
		t.Errorf("the count is %v, want %d", counted.Count, len(deletedBefore))
	}
	if _, ids := a.shown("status=all&email=" + before.Email); len(ids) != 1 {
		t.Errorf("its address finds %v", ids)
	}

	a.clock.Advance(time.Minute + time.Second)
	if _, ids := a.shown("limit=500&lists=" + list); slices.Contains(ids, id) {
		t.Error("it is still on the list after the lag")
	}
	if _, ids := a.shown("status=deleted&limit=500"); !slices.Contains(ids, id) {
		t.Error("it is not among the deleted after the lag")
	}
}

// listWithMembers is a list with at least so many.
func (a *api) listWithMembers(n int) string {
	a.t.Helper()
	for _, l := range a.Lists(sandbox.MainAccount) {
		if l.Members >= n {
			return l.ID
		}
	}
	a.t.Fatalf("no list has %d members", n)
	return ""
}

func TestLagHidesWhatIsNew(t *testing.T) {
	a := lagging(t)
	made, err := a.AddContact(sandbox.MainAccount, sandbox.Contact{Email: "brand.new@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ids := a.shown("limit=1"); ids[0] == made.ID {
		t.Error("a new contact is shown at once")
	}
	if got := a.do("GET", "/v3/contacts/"+made.ID, "").status; got != 200 {
		t.Errorf("by its id it is answered %d", got)
	}
	a.clock.Advance(time.Minute + time.Second)
	if _, ids := a.shown("limit=1"); ids[0] != made.ID {
		t.Error("a new contact is not shown after the lag")
	}
}

func TestLagShowsTheOldestStateOfMany(t *testing.T) {
	a := lagging(t)
	id := a.living(sandbox.MainAccount, 1)[0]
	for range 3 {
		a.remove("contact_ids", id)
		a.Settle()
		a.clock.Advance(10 * time.Second)
		if !a.ReturnContact(sandbox.MainAccount, id) {
			t.Fatal("it did not come back")
		}
		a.clock.Advance(9500 * time.Millisecond)
	}
	// What is shown is from just before the first deletion.
	if p, ids := a.shown("limit=1"); ids[0] != id || p.Contacts[0].DeletedAt != "" {
		t.Errorf("it is shown as %+v", p.Contacts[0])
	}
	a.clock.Advance(5 * time.Second) // between the first deletion and the return
	if _, ids := a.shown("limit=1"); ids[0] == id {
		t.Error("the first deletion does not show")
	}
	a.clock.Advance(10 * time.Second) // after the first return
	if _, ids := a.shown("limit=1"); ids[0] != id {
		t.Error("the first return does not show")
	}
}

func TestLagIsAtMostFiveMinutes(t *testing.T) {
	a := start(t, nil)
	a.Inject(sandbox.Fault{Effect: sandbox.IndexLag, Delay: time.Hour, Count: sandbox.EveryTime})
	id := a.living(sandbox.MainAccount, 1)[0]
	a.remove("contact_ids", id)
	a.Settle()
	a.clock.Advance(5*time.Minute - time.Second)
	if _, ids := a.shown("limit=1"); ids[0] != id {
		t.Error("it is gone before five minutes")
	}
	a.clock.Advance(2 * time.Second)
	if _, ids := a.shown("limit=1"); ids[0] == id {
		t.Error("it is still there after five minutes")
	}
}

func TestWithoutLagCollectionsAreUpToDate(t *testing.T) {
	a := start(t, nil)
	id := a.living(sandbox.MainAccount, 1)[0]
	a.remove("contact_ids", id)
	a.Settle()
	if _, ids := a.shown("limit=500"); slices.Contains(ids, id) {
		t.Error("a deleted contact is shown")
	}
	var all struct{ Activities []json.RawMessage }
	if a.get("/v3/activities", &all); len(all.Activities) != 1 {
		t.Errorf("%d activities are shown", len(all.Activities))
	}
}
