package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// counters are the status of an import, in the order of the answer.
func counters(t *testing.T, act activity) [5]int {
	t.Helper()
	s := act.Status
	if s.Total == nil || s.Persons == nil || s.Errors == nil || s.Correctable == nil || s.Unlistable == nil || s.Completed != nil || s.Lists != nil {
		t.Fatalf("the status is %+v", s)
	}
	return [5]int{*s.Total, *s.Persons, *s.Errors, *s.Correctable, *s.Unlistable}
}

// imported runs an import of JSON rows to a list.
func (a *api) imported(list, rows string) activity {
	a.t.Helper()
	return a.finish("contacts_json_import", fmt.Sprintf(`{"import_data":%s,"list_ids":[%q]}`, rows, list))
}

func TestImportMakesAndChangesContacts(t *testing.T) {
	a := start(t, nil)
	list, known := a.newList(), a.newContact()
	gone := a.newContact()
	a.must(204, "DELETE", "/v3/contacts/"+gone.ID, "", nil)
	out := a.contact(a.expect(func(c sandbox.Contact) bool { return c.Status == "unsubscribed" })[0])
	fresh := uniqueEmail()
	act := a.imported(list, fmt.Sprintf(`[
		{"email":%q,"first_name":"Fresh","job_title":"Cook","birthday_month":11,"birthday_day":24,"anniversary":"11/24/2011",
		 "home_phone":"555-0101","mobile_phone":"555-0102","home_street":"1 A St","home_city":"Boston","home country":"US",
		 "cf:membership_number":"M-1","cf:no_such_field":"x","unknown":"y"},
		{"email":%q,"last_name":"Changed"},
		{"email":%q},
		{"email":%q,"first_name":"Out"},
		{"first_name":"Only","last_name":"Name"}
	]`, fresh, strings.ToUpper(known.Email), gone.Email, out.Email))
	if got := counters(t, act); got != [5]int{5, 5, 0, 0, 1} {
		t.Errorf("the counters are %v", got)
	}
	made := a.full(a.contactIDs("/v3/contacts?email=" + fresh)[0])
	if made.FirstName != "Fresh" || made.Job != "Cook" || made.Month != 11 || made.Anniversary != "2011-11-24" || made.Email.Permission != "implicit" || made.Email.OptInSource != "Account" {
		t.Errorf("the new contact is %+v, its address %+v", made, made.Email)
	}
	if len(made.Phones) != 2 || made.Addresses[0].City != "Boston" || len(made.Values) != 1 || made.Values[0].Value != "M-1" || !slices.Equal(made.Lists, []string{list}) {
		t.Errorf("its sub-resources are %+v", made)
	}
	if c := a.contact(known.ID); c.FirstName != "New" || c.LastName != "Changed" || !slices.Equal(c.Lists, []string{list}) {
		t.Errorf("the known contact is %+v", c)
	}
	if c := a.contact(gone.ID); c.Status != "active" || !slices.Equal(c.Lists, []string{list}) {
		t.Errorf("the deleted contact is %+v", c)
	}
	if c := a.contact(out.ID); c.Status != "unsubscribed" || slices.Contains(c.Lists, list) || c.FirstName != "Out" {
		t.Errorf("the unsubscribed contact is %+v", c)
	}
	if n := len(a.Members(sandbox.MainAccount, list)); n != 4 {
		t.Errorf("the list has %d members, want 4", n)
	}
}

func TestImportBringsBackWhoUnsubscribedToo(t *testing.T) {
	a := start(t, nil)
	list := a.newList()
	id := a.expect(func(c sandbox.Contact) bool { return c.Status == "unsubscribed" })[0]
	a.must(204, "DELETE", "/v3/contacts/"+id, "", nil)
	act := a.imported(list, fmt.Sprintf(`[{"email":%q}]`, a.contact(id).Email))
	if got := counters(t, act); got != [5]int{1, 1, 0, 0, 1} || a.status(id) != "unsubscribed" || len(a.contact(id).Lists) != 0 {
		t.Errorf("the counters are %v, the contact is %+v", got, a.contact(id))
	}
}

func TestRowsThatCannotBeImported(t *testing.T) {
	a := start(t, nil)
	before := len(a.contactIDs("/v3/contacts?limit=500&status=all"))
	act := a.imported(a.newList(), `[
		{"email":"no address"}, {"email":"a@example.com","birthday_month":2,"birthday_day":30},
		{"email":"a@example.com","birthday_month":"May","birthday_day":1}, {"email":"a@example.com","birthday_day":1},
		{"email":"a@example.com","anniversary":"soon"}, {"job_title":"Nobody"}, {},
		7, [], null, {"email":{"address":"a@example.com"}}, {"email":"a@example.com","first_name":"`+strings.Repeat("x", 51)+`"},
		{"email":"a@example.com","home_phone":"1","work_phone":"2","fax_phone":"3","mobile_phone":"4"}
	]`)
	if got := counters(t, act); got != [5]int{13, 0, 6, 7, 0} {
		t.Errorf("the counters are %v, want 13 rows, 6 errors, 7 correctable", got)
	}
	if after := len(a.contactIDs("/v3/contacts?limit=500&status=all")); after != before {
		t.Errorf("%d contacts were made", after-before)
	}
}

func TestRowsBehindFourMegabytesAreDropped(t *testing.T) {
	a := start(t, nil)
	rows := make([]map[string]string, 42)
	for i := range rows {
		rows[i] = map[string]string{"email": uniqueEmail(), "unknown": strings.Repeat("x", 100_000)}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	act := a.imported(a.newList(), string(text))
	if got := counters(t, act); got != [5]int{39, 39, 0, 0, 0} || len(act.Errors) != 0 {
		t.Errorf("of 42 rows of 100 kB the counters are %v, errors %v; want 39", got, act.Errors)
	}
}

func TestImportsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	rows := `"import_data":[{"email":"a@example.com"}]`
	for body, message := range map[string]string{
		`{"list_ids":` + ids(1) + `}`:                  "import_data is missing",
		`{"import_data":{},"list_ids":` + ids(1) + `}`: "import_data does not have a valid value",
		`{"import_data":[],"list_ids":` + ids(1) + `}`: "import_data must have 1 entry at least",
		`{` + rows + `}`:                               "list_ids must have 1 to 50 entries",
		`{` + rows + `,"list_ids":["x"]}`:              "list_ids[0] does not have a valid value",
		`{` + rows + `,"list_ids":"x"}`:                "the body is not a JSON object of the expected form",
	} {
		a.refused("POST", "/v3/activities/contacts_json_import", body, message)
	}
}

// importedFile runs an import of a file to a list.
func (a *api) importedFile(list, name, text string) activity {
	a.t.Helper()
	kind, body := fileForm(a.t, name, text, map[string]string{"list_ids": list})
	got := a.doAs(kind, "POST", "/v3/activities/contacts_file_import", body)
	var act activity
	if err := json.Unmarshal([]byte(got.body), &act); err != nil || got.status != 201 {
		a.t.Fatalf("answered %d %s", got.status, got.body)
	}
	a.Settle()
	return a.activity(act.ID)
}

func TestImportOfAFile(t *testing.T) {
	a := start(t, nil)
	one, two := a.newList(), a.newList()
	email := uniqueEmail()
	act := a.importedFile(one+", "+two, "People.CSV", "\ufeffEmail Address,First Name,Home Country,cf:T-shirt size\n"+email+",\"Ada, B.\",US,L\nnobody,,,\n")
	if got := counters(t, act); got != [5]int{2, 1, 0, 1, 0} || act.FileName != "People.CSV" {
		t.Errorf("the counters are %v, the file %q", got, act.FileName)
	}
	c := a.full(a.contactIDs("/v3/contacts?email=" + email)[0])
	if c.FirstName != "Ada, B." || len(c.Addresses) != 1 || c.Values[0].Value != "L" {
		t.Errorf("the contact is %+v", c)
	}
	if diff := cmp.Diff([]string{one, two}, c.Lists); diff != "" {
		t.Errorf("it is on other lists (-want +got):\n%s", diff)
	}
}

func TestFilesAreCut(t *testing.T) {
	a := start(t, nil)
	list := a.newList()
	if got := counters(t, a.importedFile(list, "long.csv", "email\n"+strings.Repeat("x\n", 40_001))); got[0] != 39_999 {
		t.Errorf("of 40,001 lines %d are read, want 39,999", got[0])
	}
	line := "x," + strings.Repeat("y", 99_997) + "\n"
	if got := counters(t, a.importedFile(list, "big.csv", "email,note\n"+strings.Repeat(line, 42))); got[0] != 39 {
		t.Errorf("of 42 lines of 100 kB %d are read, want 39", got[0])
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	a := start(t, nil)
	unsupported := `[{"error_key":"contacts.api.unsupported_media_type","error_message":"This endpoint requires that Content-Type be unspecified"}]`
	list := map[string]string{"list_ids": stranger}
	send := func(name, text string, fields map[string]string) answer {
		kind, body := fileForm(t, name, text, fields)
		return a.doAs(kind, "POST", "/v3/activities/contacts_file_import", body)
	}
	for name, tc := range map[string]struct {
		got    answer
		status int
		body   string
	}{
		"JSON":               {a.do("POST", "/v3/activities/contacts_file_import", `{}`), 415, unsupported},
		"no Content-Type":    {a.doAs("", "POST", "/v3/activities/contacts_file_import", "email"), 415, unsupported},
		"a spreadsheet":      {send("people.xlsx", "PK", list), 415, unsupported},
		"no list":            {send("people.csv", "email\na@example.com\n", nil), 400, validationBody("list_ids must have 1 to 50 entries")},
		"an empty file":      {send("people.csv", "", list), 400, validationBody("file does not have a valid value")},
		"a broken quotation": {send("people.csv", "email\n\"a", list), 400, validationBody("file does not have a valid value")},
		"no file":            {a.doAs("multipart/form-data; boundary=e", "POST", "/v3/activities/contacts_file_import", "--e--\r\n"), 400, validationBody("file is missing")},
		"no form":            {a.doAs("multipart/form-data; boundary=e", "POST", "/v3/activities/contacts_file_import", "email"), 400, validationBody("the body is not a form of the expected form")},
	} {
		if tc.got.status != tc.status || tc.got.body != tc.body {
			t.Errorf("%s: answered %d %s, want %d %s", name, tc.got.status, tc.got.body, tc.status, tc.body)
		}
	}
}

func TestImportsEndEarlyLikeAllActivities(t *testing.T) {
	a := start(t, nil)
	a.Inject(sandbox.Fault{Effect: sandbox.ActivityTimesOut, Items: 1})
	act := a.imported(a.newList(), fmt.Sprintf(`[{"email":%q},{"email":%q}]`, uniqueEmail(), uniqueEmail()))
	if got := counters(t, act); act.State != "timed_out" || got != [5]int{2, 1, 0, 0, 0} || act.PercentDone != 50 {
		t.Errorf("it is %s at %d with %v", act.State, act.PercentDone, got)
	}
}
