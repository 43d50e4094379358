package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestMembershipsAreAdded(t *testing.T) {
	a := start(t, nil)
	one, two := a.newList(), a.newList()
	living, gone := a.newContact(), a.newContact()
	out := a.expect(func(c sandbox.Contact) bool { return c.Status == "unsubscribed" })[0]
	a.must(204, "DELETE", "/v3/contacts/"+gone.ID, "", nil)
	done := a.finish("add_list_memberships", source(`"contact_ids":`+quoted(living.ID, gone.ID, out, living.ID, stranger), `"list_ids":`+quoted(one, two)))
	if *done.Status.Total != 5 || *done.Status.Completed != 4 || *done.Status.Lists != 2 {
		t.Errorf("it ends with %d of %d, %d lists", *done.Status.Completed, *done.Status.Total, *done.Status.Lists)
	}
	for _, id := range []string{living.ID, gone.ID, out} {
		if c := a.contact(id); !slices.Contains(c.Lists, one) || !slices.Contains(c.Lists, two) {
			t.Errorf("contact %s is on %v", id, c.Lists)
		}
	}
	if a.status(gone.ID) != "active" || a.status(out) != "unsubscribed" {
		t.Errorf("the deleted one is %s, the unsubscribed one %s", a.status(gone.ID), a.status(out))
	}
	if l := a.Lists(sandbox.MainAccount)[0]; l.Members != 3 || l.Active != 2 {
		t.Errorf("the list has %d members, %d active", l.Members, l.Active)
	}
}

func TestMembershipsAreRemoved(t *testing.T) {
	a := start(t, nil)
	l := byName(t, a.Lists(sandbox.MainAccount), "General interest")
	members := a.Members(sandbox.MainAccount, l.ID)
	done := a.finish("remove_list_memberships", source(`"contact_ids":`+quoted(members[:3]...), `"list_ids":`+quoted(l.ID)))
	if *done.Status.Completed != 3 {
		t.Errorf("it ends with %d of %d", *done.Status.Completed, *done.Status.Total)
	}
	if diff := cmp.Diff(members[3:], a.Members(sandbox.MainAccount, l.ID)); diff != "" {
		t.Errorf("wrong members are left (-want +got):\n%s", diff)
	}
	if a.status(members[0]) == "deleted" {
		t.Error("a contact is deleted")
	}
}

func TestEverySourceOfMemberships(t *testing.T) {
	a := start(t, nil)
	l := byName(t, a.Lists(sandbox.MainAccount), "General interest")
	tag := a.tags()[4].ID
	active := func(c sandbox.Contact) bool { return c.Status == "active" }
	first := a.Members(sandbox.MainAccount, l.ID)[0]
	for name, tc := range map[string]struct {
		source, rest string
		chosen       func(sandbox.Contact) bool
	}{
		"list":            {`"list_ids":` + quoted(l.ID, stranger), ``, func(c sandbox.Contact) bool { return slices.Contains(c.Lists, l.ID) }},
		"list but one":    {`"list_ids":` + quoted(l.ID), `"exclude":{"contact_ids":` + quoted(first, stranger) + `},`, func(c sandbox.Contact) bool { return slices.Contains(c.Lists, l.ID) && c.ID != first }},
		"tag":             {`"tag_ids":` + quoted(tag), ``, func(c sandbox.Contact) bool { return slices.Contains(c.Tags, tag) }},
		"all active":      {`"all_active_contacts":true`, ``, active},
		"segment":         {`"segment_id":14`, ``, func(c sandbox.Contact) bool { return c.Status != "deleted" && c.CreatedAt.Year() < 2020 }},
		"unknown segment": {`"segment_id":99`, ``, func(sandbox.Contact) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			list := mine.newList()
			want := mine.expect(tc.chosen)
			done := mine.finish("add_list_memberships", source(tc.source, tc.rest+`"list_ids":`+quoted(list)))
			if diff := cmp.Diff(want, mine.Members(sandbox.MainAccount, list)); diff != "" {
				t.Errorf("wrong members (-want +got):\n%s", diff)
			}
			if *done.Status.Total != len(want) || (done.Status.Completed == nil) != (len(want) == 0) {
				t.Errorf("it ends with %v of %d, want %d", done.Status.Completed, *done.Status.Total, len(want))
			}
		})
	}
}

func TestEngagementLevelsShareTheActiveContacts(t *testing.T) {
	a := start(t, nil)
	all := 0
	for _, level := range []string{"most_engaged", "somewhat_engaged", "least_engaged"} {
		done := a.finish("add_list_memberships", source(fmt.Sprintf(`"engagement_level":%q`, level), `"list_ids":`+quoted(a.newList())))
		if *done.Status.Total < 100 {
			t.Errorf("only %d contacts are %s", *done.Status.Total, level)
		}
		all += *done.Status.Total
	}
	if want := a.Counts().Accounts[sandbox.MainAccount].Contacts["active"]; all != want {
		t.Errorf("%d contacts have a level, want %d", all, want)
	}
}

func TestMembershipsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	one := quoted(stranger)
	for _, route := range []string{"add_list_memberships", "remove_list_memberships"} {
		for body, message := range map[string]string{
			`{"list_ids":` + one + `}`:                                                      "source is missing",
			`{"source":{"contact_ids":` + one + `}}`:                                        "list_ids is missing",
			source(`"contact_ids":`+one+`,"tag_ids":`+one, `"list_ids":`+one):               "source.contact_ids, tag_ids are mutually exclusive",
			source(`"contact_ids":[]`, `"list_ids":`+one):                                   "source.contact_ids must have 1 to 500 entries",
			source(`"contact_ids":`+one, `"list_ids":[]`):                                   "list_ids must have 1 to 50 entries",
			source(`"contact_ids":["x"]`, `"list_ids":`+one):                                "source.contact_ids[0] does not have a valid value",
			source(`"engagement_level":"high"`, `"list_ids":`+one):                          "source.engagement_level does not have a valid value",
			source(`"contact_ids":`+one, `"exclude":{"contact_ids":["x"]},"list_ids":`+one): "exclude.contact_ids[0] does not have a valid value",
		} {
			a.refused("POST", "/v3/activities/"+route, body, message)
		}
	}
	a.refused("POST", "/v3/activities/remove_list_memberships", source(`"segment_id":14`, `"list_ids":`+one),
		"source.contact_ids, list_ids, all_active_contacts, tag_ids, engagement_level are missing, exactly one parameter must be provided")
	if n := len(a.Activities(sandbox.MainAccount)); n != 0 {
		t.Errorf("%d activities were made", n)
	}
}

func TestNobodyIsOnMoreThanFiftyLists(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Contacts, o.Lists = sandbox.Off, sandbox.Off })
	c := a.newContact()
	var lists []string
	for range 52 {
		lists = append(lists, a.newList())
	}
	a.finish("add_list_memberships", source(`"contact_ids":`+quoted(c.ID), `"list_ids":`+quoted(lists[:50]...)))
	done := a.finish("add_list_memberships", source(`"contact_ids":`+quoted(c.ID), `"list_ids":`+quoted(lists[50:]...)))
	if n := len(a.contact(c.ID).Lists); n != 50 || done.State != "completed" {
		t.Errorf("it is on %d lists, and the activity is %s", n, done.State)
	}
}

func TestTaggings(t *testing.T) {
	a := start(t, nil)
	tag := a.newTag()
	c, gone := a.newContact(), a.newContact()
	a.must(204, "DELETE", "/v3/contacts/"+gone.ID, "", nil)
	done := a.finish("contacts_taggings_add", source(`"contact_ids":`+quoted(c.ID, gone.ID), `"tag_ids":`+quoted(tag, stranger)))
	if *done.Status.Total != 2 || *done.Status.Completed != 2 || done.Status.Lists != nil {
		t.Errorf("it ends with %d of %d", *done.Status.Completed, *done.Status.Total)
	}
	if !slices.Equal(a.contact(c.ID).Tags, []string{tag}) || len(a.contact(gone.ID).Tags) != 0 || a.status(gone.ID) != "deleted" {
		t.Errorf("the contacts have %v and %v", a.contact(c.ID).Tags, a.contact(gone.ID).Tags)
	}
	fresh := a.finish("contacts_taggings_add", source(`"new_subscriber":true`, `"tag_ids":`+quoted(a.newTag())))
	if *fresh.Status.Total != 1 {
		t.Errorf("%d contacts are new, want 1", *fresh.Status.Total)
	}
	a.finish("contacts_taggings_remove", source(`"tag_ids":`+quoted(tag), `"tag_ids":`+quoted(tag)))
	if tags := a.contact(c.ID).Tags; slices.Contains(tags, tag) {
		t.Errorf("the contact still has %v", tags)
	}
}

func TestActivityErrorsAreNeverNull(t *testing.T) {
	a := start(t, nil)
	act := a.finish("contacts_taggings_add", source(`"all_active_contacts":true`, `"tag_ids":`+quoted(stranger)))
	if got := a.do("GET", "/v3/activities/"+act.ID, "").body; !strings.Contains(got, `"activity_errors":[]`) || strings.Contains(got, "null") {
		t.Errorf("the body is %s", got)
	}
}
