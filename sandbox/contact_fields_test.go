package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"winnow/sandbox"
)

func TestLongestValuesAreTaken(t *testing.T) {
	a := start(t, nil)
	fifty := strings.Repeat("x", 50)
	domain := strings.Repeat("d", 66) + ".example" // with the name, the @ and the dot 80 bytes
	var many []string
	for i := range 150 {
		many = append(many, fmt.Sprintf(`{"content":"Note %d %s"}`, i, strings.Repeat("n", 1_000)))
	}
	id := a.created("/v3/contacts", fmt.Sprintf(`{"create_source":"Account","first_name":%q,"last_name":%q,"job_title":%q,
		"company_name":%q,"email_address":{"address":"%s@%s"},
		"phone_numbers":[{"phone_number":%q,"kind":"fax"},{"phone_number":"2","kind":"other"},{"phone_number":"3","kind":"work"}],
		"street_addresses":[{"kind":"home","street":%q,"city":%q,"state":%q,"postal_code":%q,"country":%q},{"kind":"work"},{"kind":"other"}],
		"notes":[%s]}`, fifty, fifty, fifty, fifty, "abcde", domain, fifty[:25], strings.Repeat("s", 255), fifty, fifty, fifty, fifty, strings.Join(many, ",")), "contact_id")
	c := a.full(id)
	if c.FirstName != fifty || len(c.Email.Address) != 80 || len(c.Phones) != 3 || len(c.Addresses) != 3 || len(c.Notes) != 150 {
		t.Errorf("the contact has %d phones, %d addresses, %d notes, address %q", len(c.Phones), len(c.Addresses), len(c.Notes), c.Email.Address)
	}
}

func TestOneMoreIsRefused(t *testing.T) {
	a := start(t, nil)
	parts := func(n int, part string) string { return "[" + strings.Repeat(part+",", n-1) + part + "]" }
	for body, message := range map[string]string{
		`"phone_numbers":` + parts(4, `{"phone_number":"1","kind":"home"}`):                             "phone_numbers must have 0 to 3 entries",
		`"phone_numbers":[{"phone_number":"` + strings.Repeat("1", 26) + `","kind":"home"}]`:            "phone_numbers[0] does not have a valid value",
		`"street_addresses":` + parts(4, `{"kind":"home"}`):                                             "street_addresses must have 0 to 3 entries",
		`"street_addresses":[{"kind":"home","street":"` + strings.Repeat("s", 256) + `"}]`:              "street_addresses[0] does not have a valid value",
		`"street_addresses":[{"kind":"home"},{"kind":"work","city":"` + strings.Repeat("s", 51) + `"}]`: "street_addresses[1] does not have a valid value",
		`"notes":` + parts(151, `{"content":"n"}`):                                                      "notes must have 0 to 150 entries",
		`"notes":[{"content":"` + strings.Repeat("n", 2_001) + `"}]`:                                    "notes[0] does not have a valid value",
		`"custom_fields":` + parts(26, `{"custom_field_id":"x","value":"y"}`):                           "custom_fields must have 0 to 25 entries",
		`"taggings":` + ids(51):                            "taggings must have 0 to 50 entries",
		`"company_name":"` + strings.Repeat("c", 51) + `"`: "company_name does not have a valid value",
	} {
		a.refused("POST", "/v3/contacts", `{"create_source":"Account","first_name":"A",`+body+`}`, message)
		c := a.newContact()
		a.refused("PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"update_source":"Account","email_address":{"address":%q},%s}`, c.Email, body), message)
	}
}

func TestAddressesOfContacts(t *testing.T) {
	a := start(t, nil)
	for address, valid := range map[string]bool{
		"a@example.com": true, "a.b+c@mail.example.com": true, "ü@example.com": true, "a'b@example.com": true,
		"": false, "a": false, "@example.com": false, "a@": false, "a@example": false, "a@.com": false, "a@example.": false,
		"a@@example.com": false, "a b@example.com": false, "a@exam ple.com": false, "<a@example.com>": false,
		"a@example.com,b@example.com": false, "a@example.com\n": false, `"a"@example.com`: false,
	} {
		got := a.do("POST", "/v3/contacts", fmt.Sprintf(`{"create_source":"Account","email_address":{"address":%q}}`, address))
		if want := map[bool]int{true: 201, false: 400}[valid]; got.status != want {
			t.Errorf("%q is answered %d, want %d", address, got.status, want)
		}
	}
}

func TestDaysOfContacts(t *testing.T) {
	a := start(t, nil)
	c := a.newContact()
	put := func(more string) answer {
		return a.do("PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account",%s}`, c.Email, more))
	}
	for text, day := range map[string]string{
		"12/31/2020": "2020-12-31", "1/2/2020": "2020-01-02", "2020/12/31": "2020-12-31", "2020/1/2": "2020-01-02",
		"2020-12-31": "2020-12-31", "2020-1-2": "2020-01-02", "1-2-2020": "2020-01-02", "1-12-2020": "2020-01-12",
		"02/30/2020": "", "31.12.2020": "", "2020": "", "13/1/2020": "", "1/2/20": "",
	} {
		got := put(fmt.Sprintf(`"anniversary":%q`, text))
		switch {
		case day == "" && got.status != 400:
			t.Errorf("the anniversary %q is answered %d", text, got.status)
		case day != "" && a.full(c.ID).Anniversary != day:
			t.Errorf("the anniversary %q becomes %q, want %q", text, a.full(c.ID).Anniversary, day)
		}
	}
	for month := range 14 {
		for _, day := range []int{-1, 0, 1, 28, 29, 30, 31, 32} {
			last := []int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}[month]
			want := 200
			if (month != 0 || day != 0) && (day < 1 || day > last) {
				want = 400
			}
			if got := put(fmt.Sprintf(`"birthday_month":%d,"birthday_day":%d`, month, day)); got.status != want {
				t.Errorf("the birthday %d/%d is answered %d, want %d", month, day, got.status, want)
			}
		}
	}
}

func TestIncludeShowsWhatIsAskedFor(t *testing.T) {
	a := start(t, nil)
	id, _, _, _ := a.richContact()
	all := []string{"custom_fields", "phone_numbers", "street_addresses", "list_memberships", "taggings", "notes"} // in the order of the body
	for mask := range 1 << len(all) {
		var asked []string
		for i, name := range all {
			if mask&(1<<i) != 0 {
				asked = append(asked, name)
			}
		}
		slices.Reverse(asked) // the order of the question does not matter
		query := ""
		if len(asked) > 0 {
			query = "?include=" + strings.Join(asked, ",%20")
		}
		body, at := a.do("GET", "/v3/contacts/"+id+query, "").body, 0
		for _, name := range all {
			found := strings.Index(body, `"`+name+`":[`)
			if (found >= 0) != slices.Contains(asked, name) || found >= 0 && found < at {
				t.Fatalf("%s: %s is at %d in %s", query, name, found, body)
			}
			at = max(at, found)
		}
	}
	a.refused("GET", "/v3/contacts/"+id+"?include=", "", "include does not have a valid value")
}

func TestAbsentIsNeverNull(t *testing.T) {
	a := start(t, nil)
	a.newField()
	for _, path := range []string{
		"/v3/contacts?limit=500&status=all&include=custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes",
		"/v3/contact_lists?limit=500&status=all", "/v3/contact_tags?include_count=true", "/v3/contact_custom_fields", "/v3/activities",
		"/v3/account/emails", "/v3/account/summary", "/v3/account/user/privileges", "/v3/contacts/counts",
	} {
		got := a.must(200, "GET", path, "", nil)
		for _, empty := range []string{":null", `:""`, ":{}"} {
			if strings.Contains(got.body, empty) {
				t.Errorf("GET %s has a key with %s", path, empty)
			}
		}
		if strings.HasSuffix(got.body, "\n") || strings.Contains(got.body, `\u00`) {
			t.Errorf("GET %s has a line feed at its end or escapes", path)
		}
	}
}

func TestSubResourcesOfASignUpAreReplacedByKind(t *testing.T) {
	a := start(t, nil)
	email, list, field := uniqueEmail(), a.newList(), a.newField()
	send := func(value, number, city string) {
		t.Helper()
		got := a.do("POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q],"phone_number":%q,
			"street_address":{"kind":"home","city":%q},"custom_fields":[{"custom_field_id":%q,"value":%q}]}`, email, list, number, city, field, value))
		if got.status > 201 {
			t.Fatalf("answered %d %s", got.status, got.body)
		}
	}
	send("one", "1", "Rome")
	send("two", "2", "Oslo")
	send("two", "2", "Oslo")
	id := a.contactIDs("/v3/contacts?email=" + email)[0]
	c := a.full(id)
	if len(c.Phones) != 1 || c.Phones[0].Number != "2" || len(c.Addresses) != 1 || c.Addresses[0].City != "Oslo" || len(c.Values) != 1 || c.Values[0].Value != "two" {
		t.Errorf("the contact is %+v", c)
	}
	a.imported(list, fmt.Sprintf(`[{"email":%q,"work_phone":"3","fax_phone":"4","work_city":"Bonn"}]`, email))
	a.imported(list, fmt.Sprintf(`[{"email":%q,"mobile_phone":"5"}]`, email)) // a fourth number has no room
	c = a.full(id)
	if len(c.Phones) != 3 || len(c.Addresses) != 2 || slices.ContainsFunc(a.contact(id).Lists, func(l string) bool { return l != list }) {
		t.Errorf("after imports the contact is %+v", c)
	}
	if first := a.full(id); first.Addresses[0].ID != c.Addresses[0].ID {
		t.Error("an address that did not change has another id")
	}
}

func TestEveryColumnOfAnImport(t *testing.T) {
	a := start(t, nil)
	columns := map[string]string{
		"first_name": "First", "last_name": "Last", "job_title": "Job", "company_name": "Company", "anniversary": "2001-02-03",
	}
	for _, kind := range []string{"home", "work", "other"} {
		for _, part := range []string{"street", "city", "state", "zip", "country"} {
			columns[kind+"_"+part] = kind + " " + part
		}
	}
	for _, kind := range []string{"home", "work", "mobile"} {
		columns[kind+"_phone"] = "555 " + kind
	}
	email := uniqueEmail()
	row := fmt.Sprintf(`{"email":%q`, email)
	for name, value := range columns {
		row += fmt.Sprintf(`,%q:%q`, name, value)
	}
	a.imported(a.newList(), "["+row+"}]")
	id := a.contactIDs("/v3/contacts?email=" + email)[0]
	got := a.do("GET", "/v3/contacts/"+id+everything, "").body
	for name, value := range columns {
		if !strings.Contains(got, fmt.Sprintf(`:%q`, value)) {
			t.Errorf("%s is lost: %s", name, got)
		}
	}
	before := a.contact(id)
	a.imported(a.newList(), fmt.Sprintf(`[{"email":%q,"first_name":"","last_name":null,"company_name":7,"favorite":true}]`, email))
	after := a.full(id)
	if after.FirstName != before.FirstName || after.LastName != before.LastName || after.Company != "7" || after.Job != "Job" {
		t.Errorf("empty cells have changed the contact: %+v", after)
	}
}

func TestContactWithoutAnAddressCanGetOne(t *testing.T) {
	a := start(t, nil)
	id := a.created("/v3/contacts", `{"create_source":"Account","first_name":"Nameless"}`, "contact_id")
	a.must(200, "PUT", "/v3/contacts/"+id, `{"update_source":"Account","first_name":"Still"}`, nil)
	email := uniqueEmail()
	a.must(200, "PUT", "/v3/contacts/"+id, fmt.Sprintf(`{"update_source":"Account","email_address":{"address":%q,"permission_to_send":"implicit"}}`, email), nil)
	if c := a.contact(id); c.Email != email || c.Status != "active" || c.FirstName != "" {
		t.Errorf("it is %+v", c)
	}
	if n := a.Counts().Accounts[sandbox.MainAccount].Contacts["not_set"]; n != len(a.contactIDs("/v3/contacts?status=not_set&limit=500")) {
		t.Errorf("%d contacts are counted as not_set", n)
	}
}
