package sandbox_test

import (
	"fmt"
	"slices"
	"testing"

	"winnow/sandbox"
)

// ways are all ways to bring a deleted contact back, and the permission it has then by the one it had.
var ways = map[string]struct {
	revive  func(a *api, c sandbox.Contact, list string)
	becomes map[string]string // only what changes
	listed  map[string]bool   // whether it is on the list then; true unless named
}{
	"PUT": {revive: func(a *api, c sandbox.Contact, list string) {
		a.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account","list_memberships":[%q]}`, c.Email, list), nil)
	}},
	"PUT of the contact": {revive: func(a *api, c sandbox.Contact, list string) {
		a.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"email_address":{"address":%q,"permission_to_send":"explicit"},"update_source":"Contact","list_memberships":[%q]}`, c.Email, list), nil)
	}, becomes: map[string]string{"implicit": "explicit", "temp_hold": "explicit", "pending_confirmation": "explicit"}},
	"sign-up form": {revive: func(a *api, c sandbox.Contact, list string) {
		a.must(200, "POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, c.Email, list), nil)
	}, becomes: map[string]string{"implicit": "explicit", "temp_hold": "explicit", "pending_confirmation": "explicit"}},
	"add_list_memberships": {revive: func(a *api, c sandbox.Contact, list string) {
		a.finish("add_list_memberships", source(`"contact_ids":`+quoted(c.ID), `"list_ids":`+quoted(list)))
	}},
	"JSON import": {revive: func(a *api, c sandbox.Contact, list string) {
		a.imported(list, fmt.Sprintf(`[{"email":%q}]`, c.Email))
	}, listed: map[string]bool{"unsubscribed": false}},
	"file import": {revive: func(a *api, c sandbox.Contact, list string) {
		a.importedFile(list, "back.csv", "email\n"+c.Email+"\n")
	}, listed: map[string]bool{"unsubscribed": false}},
	"from outside": {revive: func(a *api, c sandbox.Contact, list string) {
		if err := a.Restore(sandbox.MainAccount, c.ID, list); err != nil {
			a.t.Fatal(err)
		}
	}},
}

func TestEveryWayBack(t *testing.T) {
	for name, way := range ways {
		for _, permission := range []string{"implicit", "explicit", "temp_hold", "pending_confirmation", "unsubscribed"} {
			t.Run(name+", "+permission, func(t *testing.T) {
				a := start(t, func(o *sandbox.Options) { o.Contacts = 20 })
				c, old, list := deletedContact(a, permission)
				way.revive(a, c, list)
				back := a.contact(c.ID)
				want := permission
				if changed := way.becomes[permission]; changed != "" {
					want = changed
				}
				if back.Permission != want || back.Status == "deleted" || !back.DeletedAt.IsZero() {
					t.Errorf("it came back as %+v, want %s", back, want)
				}
				wantLists := []string{list}
				if listed, named := way.listed[permission]; named && !listed {
					wantLists = []string{}
				}
				if !slices.Equal(back.Lists, wantLists) || slices.Contains(back.Lists, old) || len(back.Tags) != 0 {
					t.Errorf("it is on %v with tags %v, want %v", back.Lists, back.Tags, wantLists)
				}
				if back.FirstName != c.FirstName && name != "PUT" && name != "PUT of the contact" {
					t.Errorf("its name is %q", back.FirstName)
				}
				checkAccount(a)
			})
		}
	}
}

// deletedContact makes a contact with a permission, a list and a tag, and deletes it. The list is another one, to
// come back to.
func deletedContact(a *api, permission string) (c sandbox.Contact, old, list string) {
	a.t.Helper()
	old, list = a.newList(), a.newList()
	c = a.newContact(old)
	a.finish("contacts_taggings_add", source(`"contact_ids":`+quoted(c.ID), `"tag_ids":`+quoted(a.newTag())))
	if permission == "unsubscribed" {
		a.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"first_name":"New","email_address":{"address":%q,"permission_to_send":"unsubscribed"},"update_source":"Contact"}`, c.Email), nil)
	} else if _, err := a.ChangeContact(sandbox.MainAccount, c.ID, func(c *sandbox.Contact) { c.Permission = permission }); err != nil {
		a.t.Fatal(err)
	}
	a.must(204, "DELETE", "/v3/contacts/"+c.ID, "", nil)
	return a.contact(c.ID), old, list
}

// checkAccount compares the sums of the main account with its contacts.
func checkAccount(a *api) {
	a.t.Helper()
	statuses, members, active := map[string]int{}, map[string]int{}, map[string]int{}
	for c := range a.Contacts(sandbox.MainAccount) {
		statuses[c.Status]++
		for _, id := range c.Lists {
			members[id]++
			if c.Status == "active" {
				active[id]++
			}
		}
	}
	for status, n := range a.Counts().Accounts[sandbox.MainAccount].Contacts {
		if n != statuses[status] {
			a.t.Errorf("%d contacts are counted as %s, %d are", n, status, statuses[status])
		}
	}
	for _, l := range a.Lists(sandbox.MainAccount) {
		if l.Members != members[l.ID] || l.Active != active[l.ID] {
			a.t.Errorf("list %q counts %d members, %d active; there are %d and %d", l.Name, l.Members, l.Active, members[l.ID], active[l.ID])
		}
	}
}

func TestNoOtherRequestBringsAContactBack(t *testing.T) {
	a := start(t, nil)
	c, _, list := deletedContact(a, "implicit")
	for name, request := range map[string]func(){
		"GET": func() { a.full(c.ID) },
		"POST": func() {
			a.must(409, "POST", "/v3/contacts", fmt.Sprintf(`{"email_address":{"address":%q},"create_source":"Account"}`, c.Email), nil)
		},
		"DELETE": func() { a.must(404, "DELETE", "/v3/contacts/"+c.ID, "", nil) },
		"resubscribe": func() {
			a.must(404, "PUT", "/v3/contacts/resubscribe/"+c.ID, `{"list_ids":`+quoted(list)+`}`, nil)
		},
		"taggings": func() {
			a.finish("contacts_taggings_add", source(`"contact_ids":`+quoted(c.ID), `"tag_ids":`+quoted(a.newTag())))
		},
		"remove_list_memberships": func() {
			a.finish("remove_list_memberships", source(`"contact_ids":`+quoted(c.ID), `"list_ids":`+quoted(list)))
		},
		"contact_delete": func() { a.finish("contact_delete", deleteBody("contact_ids", c.ID)) },
		"export":         func() { a.finish("contact_exports", `{"status":"removed","contact_ids":`+quoted(c.ID)+`}`) },
		"refused PUT": func() {
			a.must(400, "PUT", "/v3/contacts/"+c.ID, `{"update_source":"Account"}`, nil)
		},
		"refused sign-up": func() {
			a.must(400, "POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, c.Email, stranger), nil)
		},
	} {
		if request(); a.status(c.ID) != "deleted" {
			t.Fatalf("%s has brought the contact back", name)
		}
		if after := a.contact(c.ID); !after.DeletedAt.Equal(c.DeletedAt) {
			t.Errorf("%s has deleted it again, at %v", name, after.DeletedAt)
		}
	}
}
