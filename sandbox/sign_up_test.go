package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

func TestSignUpForm(t *testing.T) {
	a := start(t, nil)
	one, two, field := a.newList(), a.newList(), a.newField()
	email := uniqueEmail()
	send := func(more string) (got struct {
		ID     string `json:"contact_id"`
		Action string
		Status int `json:"-"`
	}) {
		t.Helper()
		answer := a.do("POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,%s}`, email, more))
		if err := json.Unmarshal([]byte(answer.body), &got); err != nil {
			t.Fatal(err)
		}
		got.Status = answer.status
		return got
	}
	made := send(fmt.Sprintf(`"list_memberships":[%q],"first_name":"Sue","job_title":"Nurse","phone_number":"555-0100","street_address":{"kind":"work","city":"Boston"}`, one))
	if made.Status != 201 || made.Action != "created" {
		t.Errorf("the first is answered %+v", made)
	}
	again := send(fmt.Sprintf(`"list_memberships":[%q],"last_name":"Up","custom_fields":[{"custom_field_id":%q,"value":"v"}]`, two, field))
	if again.Status != 200 || again.Action != "updated" || again.ID != made.ID {
		t.Errorf("the second is answered %+v", again)
	}
	c := a.full(made.ID)
	if c.FirstName != "Sue" || c.LastName != "Up" || c.Job != "Nurse" || c.Email.Permission != "explicit" || c.CreateSource != "Contact" || c.UpdateSource != "Contact" {
		t.Errorf("the contact is %+v, its address %+v", c, c.Email)
	}
	if !slices.Equal(c.Lists, []string{one, two}) || len(c.Values) != 1 || c.Phones[0].Number != "555-0100" || c.Addresses[0].City != "Boston" {
		t.Errorf("its sub-resources are %+v", c)
	}
	a.must(204, "DELETE", "/v3/contacts/"+made.ID, "", nil)
	if back := send(fmt.Sprintf(`"list_memberships":[%q]`, one)); back.Action != "updated" || back.ID != made.ID || a.status(made.ID) != "active" {
		t.Errorf("after a deletion it is answered %+v, and the contact is %s", back, a.status(made.ID))
	}
	if lists := a.contact(made.ID).Lists; !slices.Equal(lists, []string{one}) {
		t.Errorf("it is back on %v", lists)
	}
}

func TestSignUpsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	for body, message := range map[string]string{
		`{"list_memberships":["` + stranger + `"]}`:                                                                     "email_address is missing",
		`{"email_address":"a@example.com"}`:                                                                             "list_memberships is missing, list_memberships must have 1 to 50 entries",
		`{"email_address":"a","list_memberships":["` + stranger + `"]}`:                                                 "email_address.address does not have a valid value",
		`{"email_address":"a@example.com","list_memberships":["` + stranger + `"]}`:                                     "list_memberships[0] does not have a valid value",
		`{"email_address":"a@example.com","phone_number":"","list_memberships":["` + stranger + `"]}`:                   "phone_numbers[0] does not have a valid value",
		`{"email_address":{"address":"a@example.com"},"list_memberships":["` + stranger + `"],"create_source":"Robot"}`: "the body is not a JSON object of the expected form",
	} {
		a.refused("POST", "/v3/contacts/sign_up_form", body, message)
	}
}
