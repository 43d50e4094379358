package sandbox_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// page is the part of a collection's body that tests look at.
type page struct {
	Contacts []struct {
		ID        string   `json:"contact_id"`
		DeletedAt string   `json:"deleted_at"`
		UpdatedAt string   `json:"updated_at"`
		Lists     []string `json:"list_memberships"`
	} `json:"contacts"`
	ContactsCount *int `json:"contacts_count"`
	Lists         []struct {
		ID      string `json:"list_id"`
		Name    string `json:"name"`
		Members *int   `json:"membership_count"`
	} `json:"lists"`
	ListsCount *int       `json:"lists_count"`
	Activities []activity `json:"activities"`
	Links      *struct {
		Next struct{ Href string }
	} `json:"_links"`
}

// walk follows the pages of a collection to the end.
func (a *api) walk(path string) []page {
	a.t.Helper()
	var pages []page
	for path != "" {
		var p page
		a.get(path, &p)
		pages = append(pages, p)
		if path = ""; p.Links != nil {
			path = p.Links.Next.Href
		}
	}
	return pages
}

// contactIDs walks and gathers.
func (a *api) contactIDs(path string) []string {
	a.t.Helper()
	ids := []string{}
	for _, p := range a.walk(path) {
		for _, c := range p.Contacts {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// expect are the ids of the contacts that a test chooses, newest first.
func (a *api) expect(chosen func(sandbox.Contact) bool) []string {
	ids := []string{}
	for c := range a.Contacts(sandbox.MainAccount) {
		if chosen(c) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func TestContactsCanBeWalked(t *testing.T) {
	a := start(t, nil)
	lists := a.Lists(sandbox.MainAccount)
	big, other := byName(t, lists, "General interest"), byName(t, lists, "Newsletter")
	some := a.contactWith("explicit", "Name")
	middle := some.CreatedAt.Format(time.RFC3339)

	living := func(c sandbox.Contact) bool { return c.Status != "deleted" }
	for name, tc := range map[string]struct {
		query  string
		chosen func(sandbox.Contact) bool
	}{
		"no filter shows all but the deleted": {"", living},
		"pages of one":                        {"limit=1&status=unsubscribed", func(c sandbox.Contact) bool { return c.Status == "unsubscribed" }},
		"pages of the highest size":           {"limit=500&status=all", func(sandbox.Contact) bool { return true }},
		"deleted ones":                        {"limit=7&status=deleted", func(c sandbox.Contact) bool { return c.Status == "deleted" }},
		"several statuses": {"limit=7&status=deleted,temp_hold", func(c sandbox.Contact) bool {
			return c.Status == "deleted" || c.Status == "temp_hold"
		}},
		"one list":      {"limit=23&lists=" + big.ID, func(c sandbox.Contact) bool { return slices.Contains(c.Lists, big.ID) }},
		"an empty list": {"lists=" + byName(t, lists, "Spring gala 2025").ID, func(sandbox.Contact) bool { return false }},
		"either of two lists, each contact once": {"limit=23&lists=" + big.ID + "," + other.ID, func(c sandbox.Contact) bool {
			return slices.Contains(c.Lists, big.ID) || slices.Contains(c.Lists, other.ID)
		}},
		"a list and a status": {"limit=5&status=unsubscribed&lists=" + big.ID, func(c sandbox.Contact) bool {
			return c.Status == "unsubscribed" && slices.Contains(c.Lists, big.ID)
		}},
		"an unknown list":             {"lists=" + stranger, func(sandbox.Contact) bool { return false }},
		"an address in another case":  {"email=" + url.QueryEscape(strings.ToUpper(some.Email)), func(c sandbox.Contact) bool { return c.ID == some.ID }},
		"an unknown address":          {"status=all&email=nobody@example.com", func(sandbox.Contact) bool { return false }},
		"updated after":               {"limit=11&status=all&updated_after=" + middle, func(c sandbox.Contact) bool { return c.UpdatedAt.After(some.CreatedAt) }},
		"created before, with offset": {"limit=50&created_before=" + url.QueryEscape(some.CreatedAt.In(time.FixedZone("", 3600)).Format(time.RFC3339)), func(c sandbox.Contact) bool { return living(c) && c.CreatedAt.Before(some.CreatedAt) }},
		"a parameter nobody knows":    {"page=3&limit=100", living},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			want, got := mine.expect(tc.chosen), mine.contactIDs("/v3/contacts?"+tc.query)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("wrong contacts (-want +got):\n%s", diff)
			}
			for _, p := range mine.walk("/v3/contacts?include_count=true&" + tc.query) {
				if p.ContactsCount == nil || *p.ContactsCount != len(want) {
					t.Fatalf("contacts_count is %v, want %d", p.ContactsCount, len(want))
				}
			}
		})
	}
}

func byName(t *testing.T, lists []sandbox.List, name string) sandbox.List {
	t.Helper()
	i := slices.IndexFunc(lists, func(l sandbox.List) bool { return l.Name == name })
	if i < 0 {
		t.Fatalf("no list %q is seeded", name)
	}
	return lists[i]
}

func TestCursorHoldsTheWholeQuery(t *testing.T) {
	a := start(t, nil)
	list := byName(t, a.Lists(sandbox.MainAccount), "General interest").ID
	var first page
	a.get("/v3/contacts?lists="+list+"&limit=5&include=list_memberships", &first)
	href := first.Links.Next.Href
	cursor, ok := strings.CutPrefix(href, "/v3/contacts?cursor=")
	if !ok {
		t.Fatalf("the link is %q", href)
	}
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	next := a.Members(sandbox.MainAccount, list)[5]
	want := regexp.MustCompile(`^limit=5&next=` + next + `&include=list_memberships&lists=` + list + `$`)
	if !want.Match(text) {
		t.Errorf("the cursor holds %s, want %s", text, want)
	}
	var second page
	a.get(href+"&limit=400&lists="+stranger, &second)
	if len(second.Contacts) != 5 || second.Contacts[0].ID != next || second.Contacts[0].Lists == nil {
		t.Errorf("parameters beside the cursor changed the page: %+v", second.Contacts)
	}
}

func TestCursorOutlivesTheDeletionOfItsContact(t *testing.T) {
	a := start(t, nil)
	list := byName(t, a.Lists(sandbox.MainAccount), "General interest").ID
	members := a.Members(sandbox.MainAccount, list)
	var first page
	a.get("/v3/contacts?lists="+list+"&limit=5", &first)
	a.remove("contact_ids", members[5], members[6])
	a.Settle()
	if diff := cmp.Diff(members[7:], a.contactIDs(first.Links.Next.Href)); diff != "" {
		t.Errorf("wrong rest (-want +got):\n%s", diff)
	}
}

func TestContactQueriesThatAreRefused(t *testing.T) {
	a := start(t, nil)
	foreign := base64.StdEncoding.EncodeToString([]byte("limit=5&next=" + stranger))
	for name, tc := range map[string]struct{ path, message string }{
		"no page size":         {"/v3/contacts?limit=0", "limit does not have a valid value"},
		"page size over 500":   {"/v3/contacts?limit=501", "limit does not have a valid value"},
		"page size in words":   {"/v3/contacts?limit=all", "limit does not have a valid value"},
		"unknown status":       {"/v3/contacts?status=removed", "status does not have a valid value"},
		"unknown include":      {"/v3/contacts?include=lists", "include does not have a valid value"},
		"malformed list":       {"/v3/contacts?lists=12", "lists does not have a valid value"},
		"26 lists":             {"/v3/contacts?lists=" + strings.Repeat(stranger+",", 25) + stranger, "lists does not have a valid value"},
		"time without zone":    {"/v3/contacts?updated_after=2026-01-01", "updated_after does not have a valid value"},
		"count in words":       {"/v3/contacts?include_count=yes", "include_count does not have a valid value"},
		"two findings":         {"/v3/contacts?limit=0&status=removed", "limit does not have a valid value, status does not have a valid value"},
		"cursor no base64":     {"/v3/contacts?cursor=%25", "cursor does not have a valid value"},
		"cursor of nothing":    {"/v3/contacts?cursor=" + base64.StdEncoding.EncodeToString([]byte("limit=5")), "cursor does not have a valid value"},
		"cursor of a stranger": {"/v3/contacts?cursor=" + foreign, "cursor does not have a valid value"},
		"lists page over 1000": {"/v3/contact_lists?limit=1001", "limit does not have a valid value"},
		"membership count":     {"/v3/contact_lists?include_membership_count=true", "include_membership_count does not have a valid value"},
		"lists cursor":         {"/v3/contact_lists?cursor=" + foreign, "cursor does not have a valid value"},
		"one contact, include": {"/v3/contacts/" + stranger + "?include=all", "include does not have a valid value"},
		"activity state":       {"/v3/activities?state=initialized", "state does not have a valid value"},
		"two activity states":  {"/v3/activities?state=failed,completed", "state does not have a valid value"},
		"activity cursor":      {"/v3/activities?cursor=" + foreign, "cursor does not have a valid value"},
	} {
		want := fmt.Sprintf(`[{"error_key":"contacts.api.validation.error","error_message":%q}]`, tc.message)
		if got := a.do("GET", tc.path, ""); got.status != 400 || got.body != want {
			t.Errorf("%s: answered %d %s, want 400 %s", name, got.status, got.body, want)
		}
	}
}

func TestContactWithoutAnAddress(t *testing.T) {
	a := start(t, nil)
	ids := a.contactIDs("/v3/contacts?status=not_set")
	if len(ids) == 0 {
		t.Fatal("none is seeded")
	}
	if got := a.do("GET", "/v3/contacts/"+ids[0], "").body; strings.Contains(got, "email_address") {
		t.Errorf("it has an address: %s", got)
	}
}

func TestUnsubscribedContactSaysWhen(t *testing.T) {
	a := start(t, nil)
	id := a.contactIDs("/v3/contacts?status=unsubscribed")[0]
	want := regexp.MustCompile(`"permission_to_send":"unsubscribed",.*"opt_out_source":"Contact","opt_out_date":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ",`)
	if got := a.do("GET", "/v3/contacts/"+id, "").body; !want.MatchString(got) {
		t.Errorf("its body is %s", got)
	}
}

func TestIDsMayBeUpperCase(t *testing.T) {
	a := start(t, nil)
	id := a.living(sandbox.MainAccount, 1)[0]
	if lower, upper := a.do("GET", "/v3/contacts/"+id, ""), a.do("GET", "/v3/contacts/"+strings.ToUpper(id), ""); lower.body != upper.body {
		t.Errorf("the bodies differ: %s and %s", lower.body, upper.body)
	}
}

func TestListsCanBeWalked(t *testing.T) {
	a := start(t, nil)
	want := a.Lists(sandbox.MainAccount)
	for _, counting := range []string{"all", "active"} {
		i := 0
		for _, p := range a.walk("/v3/contact_lists?limit=7&include_count=true&include_membership_count=" + counting) {
			if p.ListsCount == nil || *p.ListsCount != len(want) {
				t.Fatalf("lists_count is %v, want %d", p.ListsCount, len(want))
			}
			for _, l := range p.Lists {
				members := map[string]int{"all": want[i].Members, "active": want[i].Active}[counting]
				if l.ID != want[i].ID || l.Name != want[i].Name || *l.Members != members {
					t.Errorf("list %d is %+v with %d, want %+v", i, l, *l.Members, want[i])
				}
				i++
			}
		}
		if i != len(want) {
			t.Errorf("%d lists came, want %d", i, len(want))
		}
	}
}

func TestListsBySelection(t *testing.T) {
	a := start(t, nil)
	if err := a.DeleteList(sandbox.MainAccount, byName(t, a.Lists(sandbox.MainAccount), "Newsletter").ID); err != nil {
		t.Fatal(err)
	}
	a.newList()
	for query, want := range map[string]int{
		"": 40, "name=Newsletter": 0, "name=Newsletter&status=all": 1, "name=newsletter&status=all": 0,
		"status=all": 41, "status=active": 40, "status=deleted": 1, "status=active,deleted": 41, "updated_after=2099-01-01T00:00:00Z": 40,
	} {
		var p page
		if a.get("/v3/contact_lists?limit=500&"+query, &p); len(p.Lists) != want {
			t.Errorf("%q gives %d lists, want %d", query, len(p.Lists), want)
		}
	}
}

func TestOneListWithItsCount(t *testing.T) {
	a := start(t, nil)
	l := byName(t, a.Lists(sandbox.MainAccount), "Newsletter")
	got := a.do("GET", "/v3/contact_lists/"+l.ID+"?include_membership_count=active", "").body
	if !strings.Contains(got, fmt.Sprintf(`"membership_count":%d}`, l.Active)) || l.Active == l.Members {
		t.Errorf("the body is %s, want %d of %d", got, l.Active, l.Members)
	}
}
