package sandbox_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestContactsByTagsAndOptOuts(t *testing.T) {
	a := start(t, nil)
	tags := a.tags()
	list := byName(t, a.Lists(sandbox.MainAccount), "General interest").ID
	someOut := a.expect(func(c sandbox.Contact) bool { return c.Status == "unsubscribed" })
	cut := a.contact(someOut[len(someOut)/2])
	has := func(c sandbox.Contact, n int) bool { return slices.Contains(c.Tags, tags[n].ID) }
	out := func(c sandbox.Contact) bool { return c.Status == "unsubscribed" }
	for name, tc := range map[string]struct {
		query  string
		chosen func(sandbox.Contact) bool
	}{
		"one tag":                 {"limit=7&tags=" + tags[4].ID, func(c sandbox.Contact) bool { return has(c, 4) }},
		"either of two tags":      {"limit=7&tags=" + tags[1].ID + "," + tags[2].ID, func(c sandbox.Contact) bool { return has(c, 1) || has(c, 2) }},
		"a tag and a list":        {"limit=7&tags=" + tags[4].ID + "&lists=" + list, func(c sandbox.Contact) bool { return has(c, 4) && slices.Contains(c.Lists, list) }},
		"a tag and a status":      {"limit=2&status=unsubscribed&tags=" + tags[4].ID, func(c sandbox.Contact) bool { return has(c, 4) && out(c) }},
		"a tag of nobody":         {"tags=" + tags[5].ID, func(c sandbox.Contact) bool { return false }},
		"an unknown tag":          {"tags=" + stranger, func(c sandbox.Contact) bool { return false }},
		"an address and its tag":  {"email=" + cut.Email + "&tags=" + stranger, func(sandbox.Contact) bool { return false }},
		"an address and its list": {"email=" + cut.Email + "&lists=" + stranger, func(sandbox.Contact) bool { return false }},
		"opted out after":         {"limit=3&status=all&optout_after=2020-01-01T00:00:00Z", func(c sandbox.Contact) bool { return out(c) && c.UpdatedAt.Year() >= 2020 }},
		"opted out before":        {"limit=3&optout_before=2020-01-01T00:00:00Z", func(c sandbox.Contact) bool { return out(c) && c.UpdatedAt.Year() < 2020 }},
		"an SMS status of nobody": {"sms_status=explicit,unsubscribed", func(sandbox.Contact) bool { return false }},
		"the SMS status of all":   {"limit=500&sms_status=not_set&status=unsubscribed", out},
		"created between, deleted": {"limit=9&status=deleted&created_after=2019-01-01T00:00:00Z&created_before=2023-01-01T00:00:00Z", func(c sandbox.Contact) bool {
			return c.Status == "deleted" && c.CreatedAt.Year() >= 2019 && c.CreatedAt.Year() < 2023
		}},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			want := mine.expect(tc.chosen)
			if diff := cmp.Diff(want, mine.contactIDs("/v3/contacts?"+tc.query)); diff != "" {
				t.Errorf("wrong contacts (-want +got):\n%s", diff)
			}
			var p page
			mine.get("/v3/contacts?include_count=1&"+tc.query, &p)
			if p.ContactsCount == nil || *p.ContactsCount != len(want) {
				t.Errorf("contacts_count is %v, want %d", p.ContactsCount, len(want))
			}
		})
	}
}

func TestBooleansHaveTwoSpellings(t *testing.T) {
	a := start(t, nil)
	for value, want := range map[string]bool{"true": true, "1": true, "TRUE": true, "false": false, "0": false, "": false} {
		var p page
		if a.get("/v3/contacts?limit=1&include_count="+value, &p); (p.ContactsCount != nil) != want {
			t.Errorf("%q: contacts_count is there: %v", value, p.ContactsCount != nil)
		}
	}
}

func TestSegments(t *testing.T) {
	a := start(t, nil)
	type segments struct {
		Segments []struct {
			Name    string
			ID      int    `json:"segment_id"`
			Created string `json:"created_at"`
		}
		Links struct {
			Next struct{ Href *string }
		} `json:"_links"`
	}
	var byDate, byName segments
	a.get("/v3/segments", &byDate)
	a.get("/v3/segments?sort_by=name&limit=2", &byName)
	var dates []string
	for _, s := range byDate.Segments {
		dates = append(dates, s.Created)
	}
	if len(dates) != 3 || dates[0] <= dates[1] || dates[1] <= dates[2] || byDate.Links.Next.Href != nil {
		t.Errorf("by date they are %+v", byDate)
	}
	if got := a.do("GET", "/v3/segments", "").body; got[len(got)-31:] != `"_links":{"next":{"href":null}}}` && got[len(got)-32:] != `"_links":{"next":{"href":null}}}` {
		t.Errorf("the page ends %s", got[len(got)-40:])
	}
	if len(byName.Segments) != 2 || byName.Segments[0].Name != "Least engaged" || byName.Segments[1].Name != "Most engaged" || byName.Links.Next.Href == nil {
		t.Fatalf("by name they are %+v", byName)
	}
	var last segments
	a.get(*byName.Links.Next.Href, &last)
	if len(last.Segments) != 1 || last.Segments[0].Name != "Since before 2020" || last.Links.Next.Href != nil {
		t.Errorf("the last page is %+v", last)
	}
	a.refused("GET", "/v3/segments?sort_by=size", "", "sort_by does not have a valid value")
}

func TestContactsOfASegmentComeOnTheSecondQuery(t *testing.T) {
	a := start(t, nil)
	first := a.do("GET", "/v3/contacts?segment_id=14&limit=20", "")
	if first.status != 202 || first.body != `{"status":"processing"}` {
		t.Errorf("the first query is answered %d %s", first.status, first.body)
	}
	want := a.expect(func(c sandbox.Contact) bool { return c.Status != "deleted" && c.CreatedAt.Year() < 2020 })
	if diff := cmp.Diff(want, a.contactIDs("/v3/contacts?segment_id=14&limit=20")); diff != "" {
		t.Errorf("wrong contacts (-want +got):\n%s", diff)
	}
	if again := a.do("GET", "/v3/contacts?segment_id=14", ""); again.status != 202 {
		t.Errorf("the next query is answered %d", again.status)
	}
	a.refused("GET", "/v3/contacts?segment_id=14&status=all", "", "segment_id, status are mutually exclusive")
	a.refused("GET", "/v3/contacts?segment_id=x", "", "segment_id does not have a valid value")
	if got := a.do("GET", "/v3/contacts?segment_id=99", ""); got.status != 404 {
		t.Errorf("an unknown segment is answered %d", got.status)
	}
}

func TestSeededContactsHaveWhatContactsHave(t *testing.T) {
	a := start(t, nil)
	rich := 0
	for _, id := range a.contactIDs("/v3/contacts?limit=500") {
		if c := a.full(id); len(c.Phones) > 0 {
			rich++
			if len(c.Addresses) != 1 || len(c.Values) != 2 || len(c.Notes) != 1 || c.Month == 0 || c.Values[1].Choices == nil {
				t.Errorf("contact %s has %+v", id, c)
			}
		}
	}
	if rich < 8 || rich > 12 {
		t.Errorf("%d contacts of 600 have everything", rich)
	}
}

func TestNewContactsOfALaggingClock(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Now = func() time.Time { return time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC) } // before the newest seeded contact
	})
	one, two := a.newContact(), a.newContact()
	for _, c := range []sandbox.Contact{one, two} {
		if got := a.contact(c.ID); got.Email != c.Email {
			t.Errorf("contact %s is %+v", c.ID, got)
		}
	}
}
