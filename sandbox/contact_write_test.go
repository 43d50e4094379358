package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"winnow/sandbox"
)

// fullContact is the body of a contact that has everything.
type fullContact struct {
	ID    string `json:"contact_id"`
	Email *struct {
		Address      string
		Permission   string `json:"permission_to_send"`
		OptInSource  string `json:"opt_in_source"`
		OptInDate    string `json:"opt_in_date"`
		OptOutSource string `json:"opt_out_source"`
		OptOutDate   string `json:"opt_out_date"`
		OptOutReason string `json:"opt_out_reason"`
		Confirm      string `json:"confirm_status"`
		UpdatedAt    string `json:"updated_at"`
	} `json:"email_address"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	Job          string `json:"job_title"`
	Company      string `json:"company_name"`
	Month        int    `json:"birthday_month"`
	Day          int    `json:"birthday_day"`
	Anniversary  string
	UpdateSource string `json:"update_source"`
	CreateSource string `json:"create_source"`
	DeletedAt    string `json:"deleted_at"`
	Values       []struct {
		ID      string `json:"custom_field_id"`
		Value   string
		Choices []int `json:"choice_ids"`
	} `json:"custom_fields"`
	Phones []struct {
		ID, Kind     string
		PhoneID      string `json:"phone_number_id"`
		Number       string `json:"phone_number"`
		CreateSource string `json:"create_source"`
		UpdateSource string `json:"update_source"`
	} `json:"phone_numbers"`
	Addresses []struct {
		ID   string `json:"street_address_id"`
		Kind string
		City string
	} `json:"street_addresses"`
	Lists    []string `json:"list_memberships"`
	Taggings []string
	Notes    []struct{ Content string }
}

const everything = "?include=custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"

// full reads a contact with all it has.
func (a *api) full(id string) fullContact {
	a.t.Helper()
	var c fullContact
	a.get("/v3/contacts/"+id+everything, &c)
	return c
}

// richContact makes a contact that has one of everything, and gives its address.
func (a *api) richContact() (id, email string, lists, tags []string) {
	a.t.Helper()
	email, lists, tags = uniqueEmail(), []string{a.newList(), a.newList()}, []string{a.newTag()}
	body := fmt.Sprintf(`{"email_address":{"address":%q,"permission_to_send":"explicit"},"create_source":"Contact",
		"first_name":"Rich","last_name":"Contact","job_title":"Cook","company_name":"Kitchen","birthday_month":2,
		"birthday_day":29,"anniversary":"2001/2/3",
		"custom_fields":[{"custom_field_id":%q,"value":"blue"}],
		"phone_numbers":[{"phone_number":"555-0101","kind":"home"}],
		"street_addresses":[{"kind":"home","city":"Waltham"}],
		"list_memberships":%s,"taggings":%s,"notes":[{"content":"Likes tea."}]}`,
		email, a.newField(), quoted(lists...), quoted(tags...))
	return a.created("/v3/contacts", body, "contact_id"), email, lists, tags
}

func TestNewContact(t *testing.T) {
	a := start(t, nil)
	before := a.Counts().Accounts[sandbox.MainAccount].Contacts
	id, email, lists, tags := a.richContact()
	c := a.full(id)
	if c.Email.Address != email || c.Email.Permission != "explicit" || c.Email.OptInSource != "Contact" || c.CreateSource != "Contact" {
		t.Errorf("the contact is %+v, its address %+v", c, c.Email)
	}
	if c.Job != "Cook" || c.Company != "Kitchen" || c.Month != 2 || c.Day != 29 || c.Anniversary != "2001-02-03" {
		t.Errorf("its details are %+v", c)
	}
	if c.Values[0].Value != "blue" || c.Phones[0].Number != "555-0101" || c.Phones[0].CreateSource != "Contact" || c.Addresses[0].City != "Waltham" || c.Notes[0].Content != "Likes tea." {
		t.Errorf("its sub-resources are %+v", c)
	}
	if !slices.Equal(c.Lists, lists) || !slices.Equal(c.Taggings, tags) {
		t.Errorf("it is on %v with %v, want %v with %v", c.Lists, c.Taggings, lists, tags)
	}
	after := a.Counts().Accounts[sandbox.MainAccount].Contacts
	if after["active"] != before["active"]+1 {
		t.Errorf("%d contacts are active, want %d", after["active"], before["active"]+1)
	}
	if got := a.contactIDs("/v3/contacts?limit=1")[0]; got != id {
		t.Errorf("the newest contact is %s, want %s", got, id)
	}
	if got := a.contactIDs("/v3/contacts?email=" + strings.ToUpper(email)); len(got) != 1 || got[0] != id {
		t.Errorf("its address finds %v", got)
	}
}

func TestNewContactsOfEveryPermission(t *testing.T) {
	a := start(t, nil)
	for permission, status := range map[string]string{
		"": "active", "implicit": "active", "explicit": "active", "not_set": "not_set", "temp_hold": "temp_hold",
		"pending_confirmation": "pending_confirmation", "unsubscribed": "unsubscribed",
	} {
		email := fmt.Sprintf(`{"address":%q}`, uniqueEmail())
		if permission != "" {
			email = fmt.Sprintf(`{"address":%q,"permission_to_send":%q}`, uniqueEmail(), permission)
		}
		id := a.created("/v3/contacts", `{"create_source":"Account","email_address":`+email+`}`, "contact_id")
		if got := a.status(id); got != status {
			t.Errorf("a contact made %q is %s, want %s", permission, got, status)
		}
	}
	nameless := a.created("/v3/contacts", `{"create_source":"Account","sms_channel":{}}`, "contact_id")
	if c := a.full(nameless); c.Email != nil || a.status(nameless) != "not_set" {
		t.Errorf("a contact without an address is %+v", c)
	}
}

func TestContactsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	long := strings.Repeat("x", 51)
	some := `"create_source":"Account","first_name":"A",`
	for body, message := range map[string]string{
		`{"first_name":"A"}`:                                                             "create_source is missing, create_source does not have a valid value",
		`{"first_name":"A","create_source":"Robot"}`:                                     "create_source does not have a valid value",
		`{"create_source":"Account"}`:                                                    "first_name, last_name, email_address, sms_channel are missing, at least one parameter must be provided",
		`{` + some + `"email_address":{"address":"nobody"}}`:                             "email_address.address does not have a valid value",
		`{` + some + `"email_address":{"address":"a@b@example.com"}}`:                    "email_address.address does not have a valid value",
		`{` + some + `"email_address":{"address":"a b@example.com"}}`:                    "email_address.address does not have a valid value",
		`{` + some + `"email_address":{"address":"` + long + long + `@example.com"}}`:    "email_address.address does not have a valid value",
		`{` + some + `"email_address":{"address":"a@b.c","permission_to_send":"maybe"}}`: "email_address.permission_to_send does not have a valid value",
		`{"create_source":"Account","last_name":"` + long + `"}`:                         "last_name does not have a valid value",
		`{` + some + `"birthday_month":2}`:                                               "birthday_month, birthday_day have to be given together",
		`{` + some + `"birthday_month":2,"birthday_day":30}`:                             "birthday_month, birthday_day do not have a valid value",
		`{` + some + `"birthday_month":13,"birthday_day":1}`:                             "birthday_month, birthday_day do not have a valid value",
		`{` + some + `"anniversary":"yesterday"}`:                                        "anniversary does not have a valid value",
		`{` + some + `"phone_numbers":[{"phone_number":"1","kind":"pager"}]}`:            "phone_numbers[0] does not have a valid value",
		`{` + some + `"phone_numbers":[{"phone_number":"","kind":"home"}]}`:              "phone_numbers[0] does not have a valid value",
		`{` + some + `"street_addresses":[{"kind":"summer"}]}`:                           "street_addresses[0] does not have a valid value",
		`{` + some + `"notes":[{"content":""}]}`:                                         "notes[0] does not have a valid value",
		`{` + some + `"list_memberships":["` + stranger + `"]}`:                          "list_memberships[0] does not have a valid value",
		`{` + some + `"taggings":["12"]}`:                                                "taggings[0] does not have a valid value",
		`{` + some + `"custom_fields":[{"custom_field_id":"` + stranger + `"}]}`:         "custom_fields[0] does not have a valid value",
		`{"first_name":7,"create_source":"Account"}`:                                     "the body is not a JSON object of the expected form",
	} {
		a.refused("POST", "/v3/contacts", body, message)
	}
}

func TestAddressOfAnotherContact(t *testing.T) {
	a := start(t, nil)
	living, gone := a.newContact(), a.newContact()
	a.must(204, "DELETE", "/v3/contacts/"+gone.ID, "", nil)
	for name, c := range map[string]sandbox.Contact{"living": living, "deleted": gone} {
		body := fmt.Sprintf(`{"email_address":{"address":%q},"create_source":"Account"}`, strings.ToUpper(c.Email))
		got := a.do("POST", "/v3/contacts", body)
		if want := conflictBody("Validation failed: Email already exists for contact " + c.ID); got.status != 409 || got.body != want {
			t.Errorf("%s: answered %d %s, want 409 %s", name, got.status, got.body, want)
		}
		other := a.newContact()
		got = a.do("PUT", "/v3/contacts/"+other.ID, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account"}`, c.Email))
		if want := conflictBody("Validation failed: Email already exists for contact " + c.ID); got.status != 409 || got.body != want {
			t.Errorf("%s, by PUT: answered %d %s, want 409 %s", name, got.status, got.body, want)
		}
	}
	if a.status(gone.ID) != "deleted" {
		t.Error("the conflict has brought the contact back")
	}
}
