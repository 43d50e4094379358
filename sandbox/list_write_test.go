package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestNewList(t *testing.T) {
	a := start(t, nil)
	var made struct {
		ID          string `json:"list_id"`
		Name        string
		Description string
		Favorite    bool
		CreatedAt   string `json:"created_at"`
	}
	a.must(201, "POST", "/v3/contact_lists", `{"name":"Fresh","description":"Just made","favorite":true}`, &made)
	if made.Name != "Fresh" || made.Description != "Just made" || !made.Favorite || made.CreatedAt != "2026-03-09T12:00:00Z" {
		t.Errorf("it is %+v", made)
	}
	if newest := a.Lists(sandbox.MainAccount)[0]; newest.ID != made.ID || newest.Members != 0 {
		t.Errorf("the newest list is %+v", newest)
	}
	got := a.do("POST", "/v3/contact_lists", `{"name":"Fresh"}`)
	if want := conflictBody("Validation failed: List name already exists"); got.status != 409 || got.body != want {
		t.Errorf("the same name again is answered %d %s", got.status, got.body)
	}
	for body, message := range map[string]string{
		`{}`:           "name is missing",
		`{"name":" "}`: "name does not have a valid value",
		`{"name":[]}`:  "the body is not a JSON object of the expected form",
	} {
		a.refused("POST", "/v3/contact_lists", body, message)
	}
}

func TestHighestNumberOfLists(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Lists, o.Contacts = 1_000, sandbox.Off })
	a.refused("POST", "/v3/contact_lists", `{"name":"One more"}`, "the account has the highest number of lists already")
	a.must(200, "DELETE", "/v3/contact_lists/"+a.Lists(sandbox.MainAccount)[0].ID, "", nil)
	a.Settle()
	a.must(201, "POST", "/v3/contact_lists", `{"name":"One more"}`, nil)
}

func TestReplacementOfAList(t *testing.T) {
	a := start(t, nil)
	id := a.created("/v3/contact_lists", `{"name":"Old","description":"Text","favorite":true}`, "list_id")
	got := a.must(200, "PUT", "/v3/contact_lists/"+id, `{"name":"New"}`, nil)
	if strings.Contains(got.body, "description") || !strings.Contains(got.body, `"name":"New","favorite":false`) {
		t.Errorf("it is %s", got.body)
	}
	a.must(200, "PUT", "/v3/contact_lists/"+id, `{"name":"New","favorite":true}`, nil)
	if got := a.do("PUT", "/v3/contact_lists/"+id, `{"name":"Newsletter"}`); got.status != 409 {
		t.Errorf("the name of another is answered %d %s", got.status, got.body)
	}
}

func TestDeletionOfOneList(t *testing.T) {
	a := start(t, nil)
	l := byName(t, a.Lists(sandbox.MainAccount), "General interest")
	members := a.Members(sandbox.MainAccount, l.ID)
	first := a.contact(members[0])
	var act activity
	a.must(200, "DELETE", "/v3/contact_lists/"+l.ID, "", &act)
	if want := "/contacts-service/v4/accounts/1100000000000/activities/" + act.ID; act.Links.Self.Href != want {
		t.Errorf("its link is %s, want %s", act.Links.Self.Href, want)
	}
	if len(a.Members(sandbox.MainAccount, l.ID)) == 0 {
		t.Error("it is gone before its activity")
	}
	a.Settle()
	done := a.activity(act.ID)
	if done.State != "completed" || *done.Status.Total != 1 || *done.Status.Completed != 1 || done.Links.Self.Href != "/v3/activities/"+act.ID {
		t.Errorf("its activity ends as %+v", done)
	}
	if got := a.do("GET", "/v3/contact_lists/"+l.ID, ""); got.status != 404 {
		t.Errorf("afterwards it is answered %d %s", got.status, got.body)
	}
	if after := a.contact(first.ID); after.Status == "deleted" || slices.Contains(after.Lists, l.ID) {
		t.Errorf("its first member is %+v", after)
	}
	a.refused("DELETE", "/v3/contact_lists/"+l.ID, "", "list_id not found")
	var p page
	a.get("/v3/contact_lists?status=deleted&include_membership_count=all&include_count=true", &p)
	if len(p.Lists) != 1 || p.Lists[0].ID != l.ID || *p.Lists[0].Members != 0 || *p.ListsCount != 1 {
		t.Errorf("the deleted lists are %+v", p.Lists)
	}
	if got := a.do("GET", "/v3/contact_lists?status=deleted", "").body; !strings.Contains(got, `"deleted_at":"2026-03-09T12:00:00Z"`) {
		t.Errorf("the deleted list is %s", got)
	}
	if got := a.contactIDs("/v3/contacts?lists=" + l.ID); len(got) != 0 {
		t.Errorf("contacts on the deleted list are %v", got)
	}
}

func TestDeletionOfManyLists(t *testing.T) {
	a := start(t, nil)
	before := a.Lists(sandbox.MainAccount)
	done := a.finish("list_delete", fmt.Sprintf(`{"list_ids":[%q,%q,%q,%q]}`, before[0].ID, before[1].ID, stranger, before[0].ID))
	if *done.Status.Total != 4 || *done.Status.Completed != 3 || done.Status.Lists != nil {
		t.Errorf("it ends with %d of %d", *done.Status.Completed, *done.Status.Total)
	}
	if diff := cmp.Diff(before[2:], a.Lists(sandbox.MainAccount)); diff != "" {
		t.Errorf("wrong lists are left (-want +got):\n%s", diff)
	}
	a.refused("POST", "/v3/activities/list_delete", `{}`, "list_ids is missing")
	a.refused("POST", "/v3/activities/list_delete", `{"list_ids":[]}`, "list_ids must have 1 to 100 entries")
	a.refused("POST", "/v3/activities/list_delete", `{"list_ids":["x"]}`, "list_ids[0] does not have a valid value")
}

func TestCursorOutlivesTheDeletionOfItsList(t *testing.T) {
	a := start(t, nil)
	all := a.Lists(sandbox.MainAccount)
	var first page
	a.get("/v3/contact_lists?limit=5", &first)
	a.must(200, "DELETE", "/v3/contact_lists/"+all[5].ID, "", nil)
	a.Settle()
	var second page
	a.get(first.Links.Next.Href, &second)
	if len(second.Lists) != 5 || second.Lists[0].ID != all[6].ID {
		t.Errorf("the second page begins with %+v, want %s", second.Lists[0], all[6].ID)
	}
}

func TestListsByChannel(t *testing.T) {
	a := start(t, nil)
	for query, want := range map[string]int{"channel_type=email": 40, "channel_type=sms": 0, "include_sms_membership_count=true": 40} {
		var p page
		if a.get("/v3/contact_lists?limit=500&"+query, &p); len(p.Lists) != want {
			t.Errorf("%q gives %d lists, want %d", query, len(p.Lists), want)
		}
	}
	a.refused("GET", "/v3/contact_lists?channel_type=fax", "", "channel_type does not have a valid value")
}
