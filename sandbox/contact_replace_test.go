package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

func TestReplacementEmptiesScalarsAndKeepsTheRest(t *testing.T) {
	a := start(t, nil)
	id, email, lists, tags := a.richContact()
	a.clock.Advance(time.Minute)
	got := a.must(200, "PUT", "/v3/contacts/"+id, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account"}`, email), nil)
	for _, part := range []string{"first_name", "job_title", "birthday", "anniversary", "list_memberships", "custom_fields", "notes"} {
		if strings.Contains(got.body, part) {
			t.Errorf("the answer has %s: %s", part, got.body)
		}
	}
	c := a.full(id)
	if c.UpdateSource != "Account" || c.CreateSource != "Contact" || c.Email.Permission != "explicit" {
		t.Errorf("the contact is %+v", c)
	}
	if len(c.Values) != 1 || len(c.Phones) != 1 || len(c.Addresses) != 1 || len(c.Notes) != 1 || !slices.Equal(c.Lists, lists) || !slices.Equal(c.Taggings, tags) {
		t.Errorf("its sub-resources are %+v", c)
	}
	if at := a.contact(id).UpdatedAt; !at.Equal(a.clock.Now()) {
		t.Errorf("it was updated at %v, want %v", at, a.clock.Now())
	}
}

func TestReplacementOfSubResources(t *testing.T) {
	a := start(t, nil)
	id, email, lists, _ := a.richContact()
	before := a.full(id)
	other := a.newList()
	head := fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account",`, email)
	var echo fullContact
	a.must(200, "PUT", "/v3/contacts/"+id, head+fmt.Sprintf(`"list_memberships":[%q,%q],"phone_numbers":[{"phone_number":"555-0101","kind":"home"},{"phone_number":"555-0102","kind":"work"}],"notes":[]}`, lists[1], other), &echo)
	if !slices.Equal(echo.Lists, []string{lists[1], other}) || echo.Taggings != nil || echo.Notes == nil {
		t.Errorf("the answer is %+v", echo)
	}
	c := a.full(id)
	if c.Phones[0].PhoneID != before.Phones[0].PhoneID || c.Phones[1].CreateSource != "" || c.Phones[1].UpdateSource != "Account" {
		t.Errorf("the numbers are %+v, were %+v", c.Phones, before.Phones)
	}
	if len(c.Notes) != 0 || len(c.Values) != 1 {
		t.Errorf("the contact is %+v", c)
	}
	a.must(200, "PUT", "/v3/contacts/"+id, head+`"list_memberships":[],"taggings":[],"phone_numbers":[],"street_addresses":[],"custom_fields":[]}`, nil)
	if c := a.full(id); len(c.Lists)+len(c.Taggings)+len(c.Phones)+len(c.Addresses)+len(c.Values) != 0 {
		t.Errorf("the emptied contact is %+v", c)
	}
	for _, l := range a.Lists(sandbox.MainAccount)[:3] {
		if l.Members != 0 || l.Active != 0 {
			t.Errorf("list %s has %d members, %d active", l.Name, l.Members, l.Active)
		}
	}
}

func TestReplacementsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	id, email, _, _ := a.richContact()
	path := "/v3/contacts/" + id
	for body, message := range map[string]string{
		`{}`:                          "update_source is missing, update_source does not have a valid value",
		`{"update_source":"Robot"}`:   "update_source does not have a valid value",
		`{"update_source":"Account"}`: "email_address is missing",
		`{"update_source":"Account","email_address":{"address":"` + email + `","permission_to_send":"implicit"}}`: "email_address.permission_to_send cannot be changed from explicit to implicit",
		`{"update_source":"Account","email_address":{"address":""}}`:                                              "email_address.address does not have a valid value",
	} {
		a.refused("PUT", path, body, message)
	}
	if c := a.full(id); c.FirstName != "Rich" {
		t.Errorf("a refused change has changed the contact: %+v", c)
	}
}

func TestNewAddress(t *testing.T) {
	a := start(t, nil)
	c := a.newContact()
	fresh := uniqueEmail()
	a.clock.Advance(time.Hour)
	a.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account"}`, fresh), nil)
	if got := a.contactIDs("/v3/contacts?status=all&email=" + c.Email); len(got) != 0 {
		t.Errorf("the old address finds %v", got)
	}
	if got := a.contactIDs("/v3/contacts?email=" + fresh); !slices.Equal(got, []string{c.ID}) {
		t.Errorf("the new address finds %v", got)
	}
	if got := a.full(c.ID).Email.UpdatedAt; got != a.clock.Now().Format(time.RFC3339) {
		t.Errorf("the address was changed at %s", got)
	}
	a.created("/v3/contacts", fmt.Sprintf(`{"email_address":{"address":%q},"create_source":"Account"}`, c.Email), "contact_id")
}

func TestReplacementBringsADeletedContactBack(t *testing.T) {
	a := start(t, nil)
	id, email, lists, _ := a.richContact()
	a.must(204, "DELETE", "/v3/contacts/"+id, "", nil)
	deleted := a.full(id)
	if deleted.DeletedAt != "2026-03-09" || len(deleted.Lists)+len(deleted.Taggings) != 0 || deleted.Job != "Cook" {
		t.Errorf("the deleted contact is %+v", deleted)
	}
	a.clock.Advance(time.Hour)
	a.must(200, "PUT", "/v3/contacts/"+id, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account","first_name":"Back","list_memberships":[%q]}`, email, lists[0]), nil)
	back := a.full(id)
	if back.DeletedAt != "" || back.FirstName != "Back" || !slices.Equal(back.Lists, lists[:1]) || len(back.Taggings) != 0 || a.status(id) != "active" {
		t.Errorf("the contact came back as %+v", back)
	}
	if counts := a.Counts().Accounts[sandbox.MainAccount].Contacts; counts["deleted"] != len(a.contactIDs("/v3/contacts?status=deleted")) {
		t.Errorf("%d contacts are counted as deleted", counts["deleted"])
	}
}

func TestOptOutsStay(t *testing.T) {
	a := start(t, nil)
	for name, tc := range map[string]struct{ by, want string }{
		"of the contact": {"Contact", "unsubscribed"},
		"of the account": {"Account", "explicit"},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			c := mine.newContact()
			put := func(permission string) {
				mine.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"email_address":{"address":%q,"permission_to_send":%q,"opt_out_reason":"Too much"},"update_source":%q}`, c.Email, permission, tc.by), nil)
			}
			put("unsubscribed")
			out := mine.full(c.ID).Email
			if out.Permission != "unsubscribed" || out.OptOutSource != tc.by || out.OptOutReason != "Too much" || out.OptOutDate == "" {
				t.Errorf("after opting out the address is %+v", out)
			}
			mine.must(204, "DELETE", "/v3/contacts/"+c.ID, "", nil)
			put("explicit")
			if back := mine.full(c.ID); back.Email.Permission != tc.want || back.DeletedAt != "" {
				t.Errorf("after coming back the address is %+v", back.Email)
			}
		})
	}
}
