package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// TestOddInputOfEveryKind sends the same odd ids to every kind of activity that takes contacts.
func TestOddInputOfEveryKind(t *testing.T) {
	type counts struct{ Total, Completed int }
	for name, tc := range map[string]struct {
		quirks sandbox.Quirks
		want   map[string]counts // by kind; "" for those that are not named
	}{
		"by default":     {sandbox.Quirks{}, map[string]counts{"": {4, 3}, "contact_exports": {1, 1}}},
		"all counted":    {sandbox.Quirks{Unknown: sandbox.Count}, map[string]counts{"": {4, 4}, "contact_exports": {1, 1}}},
		"none counted":   {sandbox.Quirks{Duplicate: sandbox.Skip, Deleted: sandbox.Skip}, map[string]counts{"": {4, 2}, "contact_delete": {4, 1}, "contact_exports": {1, 1}}},
		"only the match": {sandbox.Quirks{Counters: sandbox.CountMatches}, map[string]counts{"": {1, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"contact_delete", "contact_exports", "add_list_memberships", "remove_list_memberships", "contacts_taggings_add", "contacts_taggings_remove"} {
				a := quirky(t, tc.quirks)
				living, gone := a.newContact().ID, a.newContact().ID
				a.must(204, "DELETE", "/v3/contacts/"+gone, "", nil)
				contacts := `"contact_ids":` + quoted(living, gone, stranger, living)
				body := `{` + contacts + `}`
				switch {
				case strings.Contains(kind, "lists"), strings.Contains(kind, "memberships"):
					body = source(contacts, `"list_ids":`+quoted(a.newList()))
				case strings.Contains(kind, "taggings"):
					body = source(contacts, `"tag_ids":`+quoted(a.newTag()))
				}
				done := a.finish(kind, body)
				want, named := tc.want[kind]
				if !named {
					want = tc.want[""]
				}
				if got := (counts{*done.Status.Total, *done.Status.Completed}); got != want {
					t.Errorf("%s counts %+v, want %+v", kind, got, want)
				}
			}
		})
	}
}

func TestOddIDsOfLists(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks    sandbox.Quirks
		status    int
		completed int
		errors    int
	}{
		"by default": {sandbox.Quirks{}, 201, 2, 0},
		"skipped":    {sandbox.Quirks{Duplicate: sandbox.Skip}, 201, 1, 0},
		"counted":    {sandbox.Quirks{Unknown: sandbox.Count}, 201, 3, 0},
		"reported":   {sandbox.Quirks{Unknown: sandbox.Report, Duplicate: sandbox.Report}, 201, 1, 2},
		"refused":    {sandbox.Quirks{Duplicate: sandbox.Refuse}, 400, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := quirky(t, tc.quirks)
			list := a.newList()
			got := a.do("POST", "/v3/activities/list_delete", `{"list_ids":`+quoted(list, stranger, list)+`}`)
			if got.status != tc.status {
				t.Fatalf("answered %d %s", got.status, got.body)
			}
			if tc.status != 201 {
				return
			}
			a.Settle()
			done := a.activity(a.Activities(sandbox.MainAccount)[0].ID)
			if *done.Status.Total != 3 || *done.Status.Completed != tc.completed || len(done.Errors) != tc.errors {
				t.Errorf("it ends with %d of %d and errors %v", *done.Status.Completed, *done.Status.Total, done.Errors)
			}
		})
	}
}

func TestErrorsNameTheIDs(t *testing.T) {
	a := quirky(t, sandbox.Quirks{Unknown: sandbox.Report, Deleted: sandbox.Report, Duplicate: sandbox.Report, Malformed: sandbox.Report})
	living, gone := a.newContact().ID, a.newContact().ID
	a.must(204, "DELETE", "/v3/contacts/"+gone, "", nil)
	done := a.finish("contact_delete", deleteBody("contact_ids", stranger, living, gone, living, "12"))
	want := []string{
		"contact_ids[0]: the contact was not found", "contact_ids[2]: the contact is deleted",
		"contact_ids[3]: the contact is named twice", "contact_ids[4]: the contact was not found",
	}
	if diff := cmp.Diff(want, done.Errors); diff != "" {
		t.Errorf("wrong errors (-want +got):\n%s", diff)
	}
}

func TestActivitiesOverNothing(t *testing.T) {
	a := quirky(t, sandbox.Quirks{Empty: sandbox.Count})
	for kind, body := range map[string]string{
		"contact_delete":           `{"list_ids":[]}`,
		"contact_exports":          `{"contact_ids":[]}`,
		"contacts_json_import":     `{"import_data":[],"list_ids":[]}`,
		"add_list_memberships":     `{"source":{},"list_ids":[]}`,
		"remove_list_memberships":  `{"source":{"contact_ids":[]},"list_ids":[]}`,
		"contacts_taggings_add":    `{"source":{},"tag_ids":[]}`,
		"contacts_taggings_remove": `{"source":{"tag_ids":[]},"tag_ids":[]}`,
		"list_delete":              `{"list_ids":[]}`,
		"contacts_tags_delete":     `{"tag_ids":[]}`,
		"custom_fields_delete":     `{"custom_field_ids":[]}`,
	} {
		done := a.finish(kind, body)
		if done.State != "completed" || *done.Status.Total != 0 || done.Status.Completed != nil {
			t.Errorf("%s ends %s with %v of %d", kind, done.State, done.Status.Completed, *done.Status.Total)
		}
	}
	if n := len(kindNames()); n != 10 {
		t.Errorf("there are %d kinds, tried are 10", n)
	}
}

func TestIDsInOtherSpellings(t *testing.T) {
	a := start(t, nil)
	id := a.newContact().ID
	for spelling, valid := range map[string]bool{
		id: true, strings.ToUpper(id): true, strings.ToUpper(id[:8]) + id[8:]: true,
		"{" + id + "}": false, "urn:uuid:" + id: false, strings.ReplaceAll(id, "-", ""): false,
		" " + id: false, id + "\n": false, id[:35]: false, id + "0": false, "": false,
		strings.Replace(id, "-", "_", 1): false, "g" + id[1:]: false,
	} {
		got := a.do("POST", "/v3/activities/contact_delete", deleteBody("contact_ids", spelling))
		if want := map[bool]int{true: 201, false: 400}[valid]; got.status != want {
			t.Errorf("%q is answered %d, want %d", spelling, got.status, want)
		}
	}
	a.Settle()
	if a.status(id) != "deleted" {
		t.Errorf("the contact is %s", a.status(id))
	}
}

func TestParametersInOtherSpellings(t *testing.T) {
	a := start(t, nil)
	list := a.Lists(sandbox.MainAccount)[3].ID
	wrong := func(name string) string { return name + " does not have a valid value" }
	for query, problem := range map[string]string{
		"limit=5": "", "limit=05": "", "limit=%2B5": "", "limit=": "", "limit=-1": wrong("limit"), "limit=1e2": wrong("limit"),
		"limit=5.0": wrong("limit"), "limit=99999999999999999999": wrong("limit"), "limit=5&limit=0": "",
		"status=active,active": "", "status=%20active%20,%20deleted": "", "status=Active": wrong("status"), "status=": wrong("status"),
		"status=active,": wrong("status"), "status=all,deleted": "", "include=notes,notes": "", "include=Notes": wrong("include"),
		"lists=" + list + "," + list: "", "lists=%20" + list: "", "lists=": wrong("lists"), "lists=" + strings.ToUpper(list): "",
		"tags=": wrong("tags"), "include_count=yes": wrong("include_count"), "include_count=2": wrong("include_count"),
		"updated_after=2020-01-01T00:00:00Z": "", "updated_after=2020-01-01T00:00:00.123Z": "", "updated_after=2020-01-01T00:00:00-05:00": "",
		"updated_after=2020-01-01T00:00:00": wrong("updated_after"), "updated_after=1577836800": wrong("updated_after"),
		"sms_status=all": "", "sms_status=active": wrong("sms_status"), "email=%00": "", "Status=nonsense": "", "page=2": "", "offset=5": "",
	} {
		got := a.do("GET", "/v3/contacts?"+query, "")
		switch {
		case problem == "" && got.status != 200:
			t.Errorf("%q is answered %d %s", query, got.status, got.body)
		case problem != "" && (got.status != 400 || got.body != validationBody(problem)):
			t.Errorf("%q is answered %d %.200s, want %s", query, got.status, got.body, problem)
		}
	}
}

// TestWritesAreJournaled has a row for each kind of change that takes effect at once.
func TestWritesAreJournaled(t *testing.T) {
	a := start(t, nil)
	cases := routeCases()
	for _, name := range sandbox.Routes() {
		rc, known := cases[name]
		method, pattern, _ := strings.Cut(name, " ")
		if !known || method == "GET" || rc.contentType != "" {
			continue
		}
		box := a.as(sandbox.OwnerLogin, "account_read", "account_update", "contact_data")
		path, body := rc.order(box)
		box.do(method, path, body)
		requests := a.Journal()
		last := requests[len(requests)-1]
		if !last.Applied || last.Route != name || last.Status != rc.success {
			t.Errorf("%s: the journal says %+v", name, last)
		}
		aboutContact := strings.Contains(pattern, "/contacts/{id}") || pattern == "/v3/contacts" || strings.Contains(pattern, "sign_up") || strings.Contains(pattern, "resubscribe")
		if aboutContact && len(last.ContactIDs) != 1 {
			t.Errorf("%s: the journal names %v", name, last.ContactIDs)
		}
		box.do(method, path, `{`)
		requests = a.Journal()
		if last := requests[len(requests)-1]; body != "" && last.Applied {
			t.Errorf("%s: the journal says that a refused request has changed something: %+v", name, last)
		}
	}
}

func TestMembershipsFollowTheStatus(t *testing.T) {
	a := start(t, nil)
	list := a.newList()
	c := a.newContact(list)
	active := func() int { return a.Lists(sandbox.MainAccount)[0].Active }
	for _, step := range []struct {
		permission string
		active     int
	}{{"temp_hold", 0}, {"explicit", 1}, {"pending_confirmation", 0}, {"not_set", 0}, {"explicit", 1}, {"unsubscribed", 0}} {
		a.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"update_source":"Account","email_address":{"address":%q,"permission_to_send":%q}}`, c.Email, step.permission), nil)
		if active() != step.active || a.Lists(sandbox.MainAccount)[0].Members != 1 {
			t.Errorf("as %s the list has %d active of %d", step.permission, active(), a.Lists(sandbox.MainAccount)[0].Members)
		}
	}
}
