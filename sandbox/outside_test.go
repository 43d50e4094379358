package sandbox_test

import (
	"slices"
	"testing"

	"winnow/sandbox"
)

func TestContactsChangeFromOutside(t *testing.T) {
	a := start(t, nil)
	list, err := a.AddList(sandbox.MainAccount, "Outside")
	if err != nil {
		t.Fatal(err)
	}
	c := a.newContact(list.ID)
	if !slices.Equal(c.Lists, []string{list.ID}) || c.Permission != "implicit" {
		t.Errorf("the new contact is %+v", c)
	}
	changed, err := a.ChangeContact(sandbox.MainAccount, c.ID, func(c *sandbox.Contact) {
		c.FirstName, c.Email, c.Permission, c.Lists = "Other", "other@example.com", "temp_hold", nil
	})
	if err != nil || changed.FirstName != "Other" || changed.Status != "temp_hold" || len(changed.Lists) != 0 {
		t.Errorf("changed it is %+v, error %v", changed, err)
	}
	if got := a.contactIDs("/v3/contacts?email=other@example.com"); !slices.Equal(got, []string{c.ID}) {
		t.Errorf("its address finds %v", got)
	}
	if _, err := a.ChangeContact(sandbox.MainAccount, c.ID, func(c *sandbox.Contact) { c.Status = "deleted" }); err != nil || a.status(c.ID) != "deleted" {
		t.Errorf("deleted it is %s, error %v", a.status(c.ID), err)
	}
	if err := a.Restore(sandbox.MainAccount, c.ID, list.ID); err != nil || a.status(c.ID) != "temp_hold" {
		t.Errorf("restored it is %s, error %v", a.status(c.ID), err)
	}
	if err := a.RemoveMember(sandbox.MainAccount, list.ID, c.ID); err != nil || len(a.contact(c.ID).Lists) != 0 {
		t.Errorf("off the list it is %+v, error %v", a.contact(c.ID), err)
	}
	if err := a.RemoveMember(sandbox.MainAccount, list.ID, c.ID); err == nil {
		t.Error("it can be taken off a list that it is not on")
	}
	a.remove("contact_ids", c.ID)
	a.Settle()
	if err := a.AddMember(sandbox.MainAccount, list.ID, c.ID); err != nil || a.status(c.ID) != "temp_hold" {
		t.Errorf("a deleted contact that is put on a list is %s, error %v", a.status(c.ID), err)
	}
	if err := a.DeleteList(sandbox.MainAccount, list.ID); err != nil || a.Members(sandbox.MainAccount, list.ID) != nil {
		t.Errorf("the deleted list has %v, error %v", a.Members(sandbox.MainAccount, list.ID), err)
	}
	if a.Journal()[0].Path == "" || slices.ContainsFunc(a.Journal(), func(r sandbox.Request) bool { return r.Method == "PUT" }) {
		t.Error("a change from outside is in the journal")
	}
}

func TestChangesFromOutsideThatAreErrors(t *testing.T) {
	a := start(t, nil)
	one, two := a.newContact(), a.newContact()
	change := func(id string, change func(*sandbox.Contact)) error {
		_, err := a.ChangeContact(sandbox.MainAccount, id, change)
		return err
	}
	add := func(account string, c sandbox.Contact) error {
		_, err := a.AddContact(account, c)
		return err
	}
	list := func(account, name string) error {
		_, err := a.AddList(account, name)
		return err
	}
	for name, err := range map[string]error{
		"unknown contact":      change(stranger, func(*sandbox.Contact) {}),
		"malformed contact":    change("12", func(*sandbox.Contact) {}),
		"address of another":   change(one.ID, func(c *sandbox.Contact) { c.Email = two.Email }),
		"unknown permission":   change(one.ID, func(c *sandbox.Contact) { c.Permission = "maybe" }),
		"unknown list":         change(one.ID, func(c *sandbox.Contact) { c.Lists = []string{stranger} }),
		"new, unknown account": add("nobody", sandbox.Contact{Email: "a@example.com"}),
		"new, address taken":   add(sandbox.MainAccount, sandbox.Contact{Email: two.Email}),
		"new, no address":      add(sandbox.MainAccount, sandbox.Contact{Email: "nobody"}),
		"new, unknown list":    add(sandbox.MainAccount, sandbox.Contact{FirstName: "A", Lists: []string{stranger}}),
		"list, name taken":     list(sandbox.MainAccount, "Newsletter"),
		"list, account":        list("nobody", "News"),
		"deleted list":         a.DeleteList(sandbox.MainAccount, stranger),
		"deleted list, id":     a.DeleteList(sandbox.MainAccount, "12"),
		"privilege of nobody":  a.Withdraw("nobody", "contacts:read"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if after := a.contact(one.ID); after.Email != one.Email || after.Permission != one.Permission {
		t.Errorf("a change that was an error has changed the contact: %+v", after)
	}
}

func TestPrivilegeIsWithdrawn(t *testing.T) {
	a := start(t, nil)
	if err := a.Withdraw(sandbox.OwnerLogin, "contacts:read"); err != nil {
		t.Fatal(err)
	}
	if got := a.do("GET", "/v3/contacts", ""); got.status != 403 {
		t.Errorf("afterwards contacts are answered %d", got.status)
	}
	var left []struct {
		Name string `json:"privilege_name"`
	}
	if a.get("/v3/account/user/privileges", &left); len(left) != 18 {
		t.Errorf("%d privileges are left, want 18", len(left))
	}
	if got := a.as(sandbox.ManagerLogin).do("GET", "/v3/contacts", ""); got.status != 200 {
		t.Errorf("the manager is answered %d", got.status)
	}
}
