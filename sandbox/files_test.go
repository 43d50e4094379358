package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestFormsOfAFile(t *testing.T) {
	a := start(t, nil)
	list := a.newList()
	for name, tc := range map[string]struct {
		text  string
		first []string // first names that are made
		count [5]int
	}{
		"line feeds":               {"first_name\nLf\n", []string{"Lf"}, [5]int{1, 1, 0, 0, 0}},
		"carriage returns":         {"first_name\r\nCrlf\r\n", []string{"Crlf"}, [5]int{1, 1, 0, 0, 0}},
		"no line end at the end":   {"first_name\nLast", []string{"Last"}, [5]int{1, 1, 0, 0, 0}},
		"a heading alone":          {"first_name\n", nil, [5]int{0, 0, 0, 0, 0}},
		"blank lines":              {"first_name\n\nOne\n\n\nTwo\n", []string{"One", "Two"}, [5]int{2, 2, 0, 0, 0}},
		"a quoted line feed":       {"first_name,note\nQuoted,\"a\nb\"\n", []string{"Quoted"}, [5]int{1, 1, 0, 0, 0}},
		"short and long lines":     {"first_name,last_name\nShort\nLong,er,than,that\n", []string{"Short", "Long"}, [5]int{2, 2, 0, 0, 0}},
		"blanks around":            {" First Name ,x\n  Trimmed  ,y\n", []string{"Trimmed"}, [5]int{1, 1, 0, 0, 0}},
		"a column twice":           {"first_name,first_name\nOld,New\n", []string{"New"}, [5]int{1, 1, 0, 0, 0}},
		"no column that counts":    {"shoe,size\n1,2\n", nil, [5]int{1, 0, 0, 1, 0}},
		"semicolons are no commas": {"first_name;email\nA;a@example.com\n", nil, [5]int{1, 0, 0, 1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			before := mine.expect(func(sandbox.Contact) bool { return true })
			act := mine.importedFile(list, "some.csv", tc.text)
			if got := counters(t, act); got != tc.count {
				t.Errorf("the counters are %v, want %v", got, tc.count)
			}
			var made []string
			for c := range mine.Contacts(sandbox.MainAccount) {
				if !slices.Contains(before, c.ID) {
					made = append(made, c.FirstName)
				}
			}
			slices.Reverse(made)
			if diff := cmp.Diff(tc.first, made); diff != "" {
				t.Errorf("wrong contacts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSynonymsOfColumns(t *testing.T) {
	a := start(t, nil)
	for heading, path := range map[string]string{
		"Email address": "email_address", "EMAIL": "email_address", "e mail": "", "Company": "company_name", "Job Title": "job_title",
		"Phone": "phone_numbers", "Mobile Phone": "phone_numbers", "City": "street_addresses", "Work City": "street_addresses", "home country": "street_addresses",
	} {
		value := uniqueEmail()
		first := unique("Synonym")
		a.importedFile(a.newList(), "some.csv", "first_name,"+heading+"\n"+first+","+value[:min(len(value), 25)]+"\n")
		id := a.expect(func(c sandbox.Contact) bool { return c.FirstName == first })[0]
		got := a.do("GET", "/v3/contacts/"+id+everything, "").body
		if found := strings.Contains(got, value[:min(len(value), 25)]); found != (path != "") {
			t.Errorf("the column %q is taken: %v, want %v: %s", heading, found, path != "", got)
		}
		if path != "" && !strings.Contains(got, `"`+path+`":`) {
			t.Errorf("the column %q does not become %s: %s", heading, path, got)
		}
	}
}

func TestColumnsOfEveryStatus(t *testing.T) {
	a := start(t, nil)
	list := a.newList()
	statuses := map[string]string{
		"implicit": "Active", "explicit": "Active", "unsubscribed": "Unsubscribed", "pending_confirmation": "Awaiting Confirmation", "temp_hold": "",
	}
	for permission := range statuses {
		a.clock.Advance(time.Hour)
		c := a.newContact(list)
		a.must(200, "PUT", "/v3/contacts/"+c.ID, fmt.Sprintf(`{"update_source":"Account","first_name":%q,"email_address":{"address":%q,"permission_to_send":%q,"opt_out_reason":"Enough"}}`, permission, c.Email, permission), nil)
	}
	fields := `["first_name","email_address","email_optin_source","email_optout_date","email_optout_source","email_optout_reason","updated_at"]`
	records := a.exported(`{"list_ids":` + quoted(list) + `,"fields":` + fields + `}`)
	want := []string{"Email address", "First name", "Email status", "Email permission status", "Email update source", "Confirmed Opt-Out Date", "Confirmed Opt-Out Source", "Confirmed Opt-Out Reason", "Updated At"}
	if diff := cmp.Diff(want, records[0]); diff != "" {
		t.Errorf("wrong headings (-want +got):\n%s", diff)
	}
	if len(records) != 1+len(statuses) {
		t.Fatalf("there are %d rows", len(records)-1)
	}
	for _, r := range records[1:] {
		permission := r[1]
		out := []string{"", "", ""}
		if permission == "unsubscribed" {
			out = []string{r[8], "Account", "Enough"}
		}
		if r[2] != statuses[permission] || r[3] != permission || !slices.Equal(r[5:8], out) {
			t.Errorf("the row is %q, want status %q and %q", r, statuses[permission], out)
		}
	}
}

func TestEveryFieldBringsItsColumns(t *testing.T) {
	a := start(t, nil)
	id, _, _, _ := a.richContact()
	for field, want := range map[string]int{
		"first_name": 1, "last_name": 1, "email_address": 3, "email_lists": 1, "phone_number": 5, "company_name": 1, "job_title": 1,
		"social_profiles": 0, "website": 0, "notes": 1, "street": 3, "city": 3, "state": 3, "zip": 3, "country": 3, "anniversary": 1,
		"birthday": 1, "birthday_day": 1, "birthday_month": 1, "source_name": 2, "created_at": 1, "updated_at": 1,
	} {
		records := a.exported(`{"contact_ids":` + quoted(id) + `,"fields":["last_name",` + fmt.Sprintf("%q", field) + `]}`)
		if field != "last_name" {
			want++
		}
		if len(records[0]) != want {
			t.Errorf("%s gives %v, want %d columns", field, records[0], want)
		}
	}
	for _, field := range []string{"email_optin_source", "email_optin_date", "email_optout_source", "email_optout_date", "email_optout_reason"} {
		a.exported(`{"contact_ids":` + quoted(id) + `,"fields":["email_address",` + fmt.Sprintf("%q", field) + `]}`)
	}
}

// TestWhatIsExportedCanBeImported takes the file of an export as it is.
func TestWhatIsExportedCanBeImported(t *testing.T) {
	a := start(t, nil)
	id, email, _, _ := a.richContact()
	act := a.finish("contact_exports", `{"contact_ids":`+quoted(id)+`}`)
	file := a.do("GET", act.Links.Results.Href, "").body
	a.must(204, "DELETE", "/v3/contacts/"+id, "", nil)
	list := a.newList()
	if got := counters(t, a.importedFile(list, "export.csv", file)); got != [5]int{1, 1, 0, 0, 0} {
		t.Errorf("the counters are %v", got)
	}
	c := a.full(id)
	if c.Email.Address != email || c.FirstName != "Rich" || c.Job != "Cook" || c.DeletedAt != "" || !slices.Equal(c.Lists, []string{list}) {
		t.Errorf("the contact came back as %+v", c)
	}
}

func TestImportsOfTheSameAddressTwice(t *testing.T) {
	a := start(t, nil)
	email, list := uniqueEmail(), a.newList()
	act := a.imported(list, fmt.Sprintf(`[{"email":%q,"first_name":"One"},{"email":%q,"last_name":"Two"}]`, email, strings.ToUpper(email)))
	if got := counters(t, act); got != [5]int{2, 2, 0, 0, 0} {
		t.Errorf("the counters are %v", got)
	}
	ids := a.contactIDs("/v3/contacts?email=" + email)
	if c := a.contact(ids[0]); len(ids) != 1 || c.FirstName != "One" || c.LastName != "Two" || c.Email != email {
		t.Errorf("the contact is %+v", c)
	}
}
