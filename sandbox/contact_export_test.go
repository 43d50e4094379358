package sandbox_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// exported runs an export and reads its file.
func (a *api) exported(body string) [][]string {
	a.t.Helper()
	act := a.finish("contact_exports", body)
	got := a.do("GET", act.Links.Results.Href, "")
	if got.status != 200 || got.header.Get("Content-Type") != "text/csv" {
		a.t.Fatalf("the file is answered %d, %s: %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	records, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil {
		a.t.Fatal(err)
	}
	if *act.Status.Total != len(records)-1 {
		a.t.Errorf("the activity counts %d rows, the file has %d", *act.Status.Total, len(records)-1)
	}
	return records
}

// emails is the first column of a file below its heading.
func emails(records [][]string) []string {
	out := []string{}
	for _, r := range records[1:] {
		out = append(out, r[0])
	}
	return out
}

func TestFileOfAnExport(t *testing.T) {
	a := start(t, nil)
	id, email, lists, _ := a.richContact()
	records := a.exported(`{"contact_ids":` + quoted(id) + `}`)
	want := []string{
		"Email address", "First name", "Last name", "Company", "Job title", "Email status", "Email permission status",
		"Email update source", "Confirmed Opt-Out Date", "Confirmed Opt-Out Source", "Confirmed Opt-Out Reason",
		"Phone - home", "Phone - mobile", "Phone - other", "Phone - work", "Phone - fax",
	}
	for _, kind := range []string{"Home", "Work", "Other"} {
		for _, part := range []string{"Street address line 1", "City", "State/Province", "Zip/Postal Code", "Country"} {
			want = append(want, part+" - "+kind)
		}
	}
	want = append(want, "Tags", "Email Lists", "Source Name", "Birthday", "Anniversary", "Created At", "Updated At")
	if diff := cmp.Diff(want, records[0]); diff != "" {
		t.Errorf("wrong headings (-want +got):\n%s", diff)
	}
	got := map[string]string{}
	for i, heading := range records[0] {
		got[heading] = records[1][i]
	}
	names := map[string]string{}
	for _, l := range a.Lists(sandbox.MainAccount) {
		names[l.ID] = l.Name
	}
	for heading, value := range map[string]string{
		"Email address": email, "First name": "Rich", "Company": "Kitchen", "Job title": "Cook", "Email status": "Active",
		"Email permission status": "explicit", "Phone - home": "555-0101", "City - Home": "Waltham", "City - Work": "",
		"Birthday": "2/29", "Anniversary": "2001-02-03", "Email Lists": names[lists[0]] + ", " + names[lists[1]],
		"Created At": "2026-03-09 12:00:00", "Confirmed Opt-Out Source": "",
	} {
		if got[heading] != value {
			t.Errorf("%s is %q, want %q", heading, got[heading], value)
		}
	}
}

func TestEverySourceOfAnExport(t *testing.T) {
	a := start(t, nil)
	l := byName(t, a.Lists(sandbox.MainAccount), "General interest")
	members := a.Members(sandbox.MainAccount, l.ID)
	tag := a.tags()[4].ID
	mail := func(chosen func(sandbox.Contact) bool) []string {
		out := []string{}
		for c := range a.Contacts(sandbox.MainAccount) {
			if chosen(c) {
				out = append(out, c.Email)
			}
		}
		return out
	}
	deleted := a.expect(func(c sandbox.Contact) bool { return c.Status == "deleted" })[:2]
	on := func(c sandbox.Contact) bool { return slices.Contains(c.Lists, l.ID) }
	for name, tc := range map[string]struct {
		body   string
		chosen func(sandbox.Contact) bool
	}{
		"everything":        {`{}`, func(c sandbox.Contact) bool { return c.Status != "deleted" }},
		"contacts":          {`{"contact_ids":` + quoted(members[2], members[1], members[2], stranger) + `}`, func(c sandbox.Contact) bool { return c.ID == members[1] || c.ID == members[2] }},
		"removed contacts":  {`{"status":"removed","contact_ids":` + quoted(append(deleted, members[0])...) + `}`, func(c sandbox.Contact) bool { return slices.Contains(deleted, c.ID) }},
		"list":              {`{"list_ids":` + quoted(l.ID) + `}`, on},
		"list, active":      {`{"status":"active","list_ids":` + quoted(l.ID) + `}`, func(c sandbox.Contact) bool { return on(c) && c.Status == "active" }},
		"list, opted out":   {`{"status":"unsubscribed","list_ids":` + quoted(l.ID) + `}`, func(c sandbox.Contact) bool { return on(c) && c.Status == "unsubscribed" }},
		"list but one":      {`{"list_ids":` + quoted(l.ID) + `,"exclude":{"contact_ids":` + quoted(members[0]) + `}}`, func(c sandbox.Contact) bool { return on(c) && c.ID != members[0] }},
		"tag":               {`{"tag_ids":` + quoted(tag) + `}`, func(c sandbox.Contact) bool { return slices.Contains(c.Tags, tag) }},
		"segment":           {`{"segment_id":14}`, func(c sandbox.Contact) bool { return c.Status != "deleted" && c.CreatedAt.Year() < 2020 }},
		"nobody is new":     {`{"new_subscriber":true}`, func(sandbox.Contact) bool { return false }},
		"two unknown lists": {`{"list_ids":` + ids(2) + `}`, func(sandbox.Contact) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			want, got := mail(tc.chosen), emails(mine.exported(tc.body))
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("wrong rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExportOfSomeFields(t *testing.T) {
	a := start(t, nil)
	id, _, _, _ := a.richContact()
	got := a.exported(`{"contact_ids":` + quoted(id) + `,"fields":["birthday_day","last_name","notes","birthday_month"]}`)
	want := [][]string{{"Last name", "Notes", "Birthday Month", "Birthday Day"}, {"Contact", "Likes tea.", "2", "29"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
}

func TestExportsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	one := ids(1)
	for body, message := range map[string]string{
		`{"contact_ids":` + one + `,"list_ids":` + one + `}`:                 "contact_ids, list_ids are mutually exclusive",
		`{"segment_id":4,"new_subscriber":true}`:                             "segment_id, new_subscriber are mutually exclusive",
		`{"contact_ids":` + ids(501) + `}`:                                   "contact_ids must have 1 to 500 entries",
		`{"contact_ids":["x"]}`:                                              "contact_ids[0] does not have a valid value",
		`{"status":"active"}`:                                                "status can only be used with contact_ids or list_ids",
		`{"status":"deleted","list_ids":` + one + `}`:                        "status does not have a valid value",
		`{"exclude":{"contact_ids":` + one + `},"contact_ids":` + one + `}`:  "exclude can only be used with list_ids or new_subscriber",
		`{"exclude":{"contact_ids":` + ids(51) + `},"list_ids":` + one + `}`: "exclude.contact_ids must have 1 to 50 entries",
		`{"fields":["email_address","shoe_size"]}`:                           "fields[1] does not have a valid value",
		`{"fields":["email_optout_date"]}`:                                   "fields must have email_address for email_optout_date",
		`{"fields":"email_address"}`:                                         "the body is not a JSON object of the expected form",
	} {
		a.refused("POST", "/v3/activities/contact_exports", body, message)
	}
}

func TestFileIsThereWhenTheActivityIsCompleted(t *testing.T) {
	a := start(t, nil)
	act := a.begin("contact_exports", `{}`)
	if !strings.HasPrefix(act.Links.Results.Href, "/v3/contact_exports/") {
		t.Fatalf("the first answer has the link %q", act.Links.Results.Href)
	}
	path := act.Links.Results.Href
	if got := a.do("GET", path, ""); got.status != 404 || got.body != notFoundBody {
		t.Errorf("before it is answered %d %s", got.status, got.body)
	}
	first := a.expect(func(c sandbox.Contact) bool { return c.Status != "deleted" })[0]
	a.clock.Advance(1100 * time.Millisecond)
	if got := a.activity(act.ID); got.State != "processing" {
		t.Errorf("after 1.1 s it is %s", got.State)
	}
	a.Settle()
	email := a.contact(first).Email
	a.must(204, "DELETE", "/v3/contacts/"+first, "", nil)
	if got := a.do("GET", path, ""); got.status != 200 || !strings.Contains(got.body, email) {
		t.Errorf("afterwards it is answered %d", got.status)
	}
	a.clock.Advance(10*24*time.Hour + time.Second)
	if got := a.as(sandbox.OwnerLogin).do("GET", path, ""); got.status != 404 {
		t.Errorf("when the activity is forgotten it is answered %d", got.status)
	}
}

func TestFailedExportHasNoFile(t *testing.T) {
	for effect, status := range map[sandbox.Effect]int{sandbox.ActivityFails: 404, sandbox.ActivityTimesOut: 404, sandbox.ActivityEndsShort: 200} {
		a := start(t, nil)
		a.Inject(sandbox.Fault{Effect: effect, Items: 3})
		act := a.finish("contact_exports", `{}`)
		got := a.do("GET", act.Links.Results.Href, "")
		if got.status != status || status == 200 && strings.Count(got.body, "\n") != 4 {
			t.Errorf("%s: the file is answered %d with %d lines", effect, got.status, strings.Count(got.body, "\n"))
		}
	}
}

func TestExportOfAnotherAccount(t *testing.T) {
	a := start(t, nil)
	act := a.finish("contact_exports", `{}`)
	if got := a.as(sandbox.SecondOwnerLogin).do("GET", act.Links.Results.Href, ""); got.status != 404 {
		t.Errorf("it is answered %d", got.status)
	}
}

func TestExportQuotesWhatNeedsIt(t *testing.T) {
	a := start(t, nil)
	name := "O\"Brien,\nthe second"
	id := a.created("/v3/contacts", fmt.Sprintf(`{"first_name":%q,"create_source":"Account"}`, name), "contact_id")
	if got := a.exported(`{"contact_ids":` + quoted(id) + `,"fields":["first_name"]}`); got[1][0] != name {
		t.Errorf("the name is %q", got[1][0])
	}
}
