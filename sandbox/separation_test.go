package sandbox_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// TestOtherAccountsCannotBeTouched uses what belongs to the main account with a token of the second, in every place
// where an id can stand.
func TestOtherAccountsCannotBeTouched(t *testing.T) {
	a := start(t, nil)
	f := fourOf(a)
	contact, list, tag, field := quoted(f.contacts[0]), quoted(f.lists[0]), quoted(f.tags[0]), f.fields[0]
	a.finish("add_list_memberships", source(`"contact_ids":`+contact, `"list_ids":`+list))
	before := snapshot(a, sandbox.MainAccount)
	other := a.as(sandbox.SecondOwnerLogin)
	own := a.Lists(sandbox.SecondAccount)[0].ID
	members := a.Members(sandbox.SecondAccount, own)

	for name, body := range map[string]string{
		"contact_delete":           `{"contact_ids":` + contact + `}`,
		"list_delete":              `{"list_ids":` + list + `}`,
		"contacts_tags_delete":     `{"tag_ids":` + tag + `}`,
		"custom_fields_delete":     `{"custom_field_ids":` + quoted(field) + `}`,
		"add_list_memberships":     source(`"contact_ids":`+contact, `"list_ids":`+quoted(own)),
		"remove_list_memberships":  source(`"all_active_contacts":true`, `"list_ids":`+list),
		"contacts_taggings_add":    source(`"contact_ids":`+contact, `"tag_ids":`+tag),
		"contacts_taggings_remove": source(`"list_ids":`+list, `"tag_ids":`+tag),
		"contacts_json_import":     fmt.Sprintf(`{"import_data":[{"email":%q}],"list_ids":%s}`, a.contact(f.contacts[0]).Email, list),
	} {
		if act := other.finish(name, body); act.State != "completed" {
			t.Errorf("%s ends %s", name, act.State)
		}
	}
	if records := other.exported(`{"contact_ids":` + contact + `}`); len(records) != 1 {
		t.Errorf("an export of the other account has %v", records[1:])
	}
	other.refused("POST", "/v3/contacts", `{"first_name":"A","create_source":"Account","list_memberships":`+list+`}`, "list_memberships[0] does not have a valid value")
	other.refused("POST", "/v3/contacts", `{"first_name":"A","create_source":"Account","taggings":`+tag+`}`, "taggings[0] does not have a valid value")
	if got := other.contactIDs("/v3/contacts?status=all&lists=" + f.lists[0]); len(got) != 0 {
		t.Errorf("the list of the main account shows %v", got)
	}
	if diff := cmp.Diff(before, snapshot(a, sandbox.MainAccount)); diff != "" {
		t.Errorf("the main account has changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(members, a.Members(sandbox.SecondAccount, own)); diff != "" {
		t.Errorf("the list of the second account has changed:\n%s", diff)
	}
}

// state is what an account holds.
type state struct {
	Contacts []sandbox.Contact
	Lists    []sandbox.List
}

func snapshot(a *api, account string) state {
	return state{slices.Collect(a.Contacts(account)), a.Lists(account)}
}

// TestReadingChangesNothing reads everything there is to read, in every way.
func TestReadingChangesNothing(t *testing.T) {
	a := start(t, nil)
	a.richContact()
	before := snapshot(a, sandbox.MainAccount)
	list, tag := a.Lists(sandbox.MainAccount)[3].ID, a.tags()[0].ID
	for _, path := range []string{
		"/v3/contacts?status=all&limit=500", "/v3/contacts?lists=" + list, "/v3/contacts?tags=" + tag, "/v3/contacts?segment_id=4",
		"/v3/contacts/" + before.Contacts[0].ID + everything, "/v3/contacts/counts?include=new_subscriber",
		"/v3/contacts/contact_id_xrefs?sequence_ids=1", "/v3/contact_lists/" + list, "/v3/contact_lists?status=all",
		"/v3/contact_tags/" + tag, "/v3/contact_tags?include_count=true", "/v3/contact_custom_fields", "/v3/segments",
		"/v3/activities", "/v3/account/summary", "/v3/account/emails", "/v3/account/user/privileges",
	} {
		one, two := a.do("GET", path, ""), a.do("GET", path, "")
		if one.status != 200 && one.status != 202 || one.status == 200 && one.body != two.body {
			t.Errorf("GET %s is answered %d %.200s, then %.200s", path, one.status, one.body, two.body)
		}
	}
	if diff := cmp.Diff(before, snapshot(a, sandbox.MainAccount)); diff != "" {
		t.Errorf("the account has changed (-before +after):\n%s", diff)
	}
	for _, r := range a.Journal() {
		if r.Method == "GET" && r.Applied {
			t.Errorf("the journal says that %s %s changed something", r.Method, r.Path)
		}
	}
}

// TestRefusedRequestsChangeNothing sends what is refused to every writing route.
func TestRefusedRequestsChangeNothing(t *testing.T) {
	a := start(t, nil)
	before := snapshot(a, sandbox.MainAccount)
	contact, list := before.Contacts[0].ID, before.Lists[0].ID
	for _, name := range sandbox.Routes() {
		method, path, _ := strings.Cut(name, " ")
		if method != "POST" && method != "PUT" || !strings.HasPrefix(path, "/v3") {
			continue
		}
		id := contact
		if strings.Contains(path, "lists") {
			id = list
		}
		path = strings.ReplaceAll(path, "{id}", id)
		for _, body := range []string{`[]`, `{"name":"","label":"","contact_email":"x","contact_ids":[],"list_ids":[],"tag_ids":[],"source":{}}`} {
			if got := a.do(method, path, body); got.status < 400 && path != "/v3/contacts" {
				t.Errorf("%s %s %s is answered %d", method, path, body, got.status)
			}
		}
	}
	if n := len(a.Activities(sandbox.MainAccount)); n != 0 {
		t.Errorf("%d activities were made", n)
	}
	if diff := cmp.Diff(before, snapshot(a, sandbox.MainAccount)); diff != "" {
		t.Errorf("the account has changed (-before +after):\n%s", diff)
	}
}

// TestEveryRoleSeesWhatItMay has a row for each of the roles that are seeded.
func TestEveryRoleSeesWhatItMay(t *testing.T) {
	a := start(t, nil)
	may := map[string]map[string]int{
		sandbox.OwnerLogin:   {"/v3/contacts": 200, "/v3/contact_lists": 200, "/v3/activities": 200, "/v3/contact_tags": 200, "/v3/segments": 200, "/v3/account/summary": 200},
		sandbox.ManagerLogin: {"/v3/contacts": 200, "/v3/contact_lists": 200, "/v3/activities": 200, "/v3/contact_tags": 200, "/v3/segments": 200, "/v3/account/summary": 200},
		sandbox.CreatorLogin: {"/v3/contacts": 403, "/v3/contact_lists": 200, "/v3/activities": 403, "/v3/contact_tags": 403, "/v3/segments": 200, "/v3/account/summary": 200},
	}
	for login, paths := range may {
		for path, status := range paths {
			if got := a.as(login).do("GET", path, ""); got.status != status {
				t.Errorf("%s at %s is answered %d, want %d", login, path, got.status, status)
			}
		}
		if got := a.as(login).do("POST", "/v3/contact_lists", `{"name":"`+login+`"}`); (got.status == 201) != (login != sandbox.CreatorLogin) {
			t.Errorf("%s may make a list: %d", login, got.status)
		}
	}
}

// TestManyWritersAtOnce is for the race detector.
func TestManyWritersAtOnce(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Speed = 1e6 })
	list, tag := a.newList(), a.newTag()
	send := func(status int, method, path, body string) string {
		got := a.do(method, path, body)
		if got.status != status {
			t.Errorf("%s %s answered %d %s", method, path, got.status, got.body)
		}
		return got.body
	}
	var writers sync.WaitGroup
	for n := range 6 {
		writers.Go(func() {
			for i := range 15 {
				email := fmt.Sprintf("writer%d.%d@example.com", n, i)
				made := send(201, "POST", "/v3/contacts", fmt.Sprintf(`{"create_source":"Account","email_address":{"address":%q},"list_memberships":[%q]}`, email, list))
				id := uuidInside.FindString(made)
				send(200, "PUT", "/v3/contacts/"+id, fmt.Sprintf(`{"update_source":"Account","email_address":{"address":%q},"taggings":[%q]}`, email, tag))
				send(201, "POST", "/v3/activities/add_list_memberships", source(`"contact_ids":`+quoted(id), `"list_ids":`+quoted(list)))
				send(200, "GET", "/v3/contacts?email="+url.QueryEscape(email)+"&include=taggings", "")
				send(201, "POST", "/v3/activities/contact_exports", `{"contact_ids":`+quoted(id)+`}`)
				if i%3 == 0 {
					send(204, "DELETE", "/v3/contacts/"+id, "")
				}
			}
		})
	}
	writers.Wait()
	a.Settle()
	checkAccount(a)
	made := a.expect(func(c sandbox.Contact) bool { return strings.HasPrefix(c.Email, "writer") })
	if len(made) != 6*15 {
		t.Errorf("%d contacts were made, want %d", len(made), 6*15)
	}
}
