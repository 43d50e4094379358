package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"winnow/sandbox"
)

// collection is a route that answers page by page.
type collection struct {
	path, items, id string
	always          bool // _links is there on the last page too
	remove          func(a *api, id string)
}

var pagedCollections = []collection{
	{path: "/v3/contacts", items: "contacts", id: "contact_id", remove: func(a *api, id string) { a.must(204, "DELETE", "/v3/contacts/"+id, "", nil) }},
	{path: "/v3/contact_lists", items: "lists", id: "list_id", remove: func(a *api, id string) {
		a.must(200, "DELETE", "/v3/contact_lists/"+id, "", nil)
		a.Settle()
	}},
	{path: "/v3/contact_tags", items: "tags", id: "tag_id", remove: func(a *api, id string) {
		a.must(200, "DELETE", "/v3/contact_tags/"+id, "", nil)
		a.Settle()
	}},
	{path: "/v3/contact_custom_fields", items: "custom_fields", id: "custom_field_id", remove: func(a *api, id string) {
		a.must(204, "DELETE", "/v3/contact_custom_fields/"+id, "", nil)
	}},
	{path: "/v3/activities", items: "activities", id: "activity_id"},
	{path: "/v3/segments", items: "segments", id: "segment_id", always: true},
}

// somePage is a page of any collection.
type somePage struct {
	ids  []string
	next string
	raw  map[string]json.RawMessage
}

func (a *api) page(c collection, path string) somePage {
	a.t.Helper()
	p := somePage{}
	a.get(path, &p.raw)
	var items []map[string]any
	if err := json.Unmarshal(p.raw[c.items], &items); err != nil {
		a.t.Fatalf("GET %s: %v", path, err)
	}
	for _, item := range items {
		p.ids = append(p.ids, fmt.Sprint(item[c.id]))
	}
	var links struct{ Next struct{ Href string } }
	if text := p.raw["_links"]; text != nil {
		if err := json.Unmarshal(text, &links); err != nil {
			a.t.Fatalf("GET %s: %v", path, err)
		}
	}
	p.next = links.Next.Href
	return p
}

// paged fills an account a little.
func paged(t *testing.T) *api {
	a := start(t, func(o *sandbox.Options) { o.Contacts, o.Lists = 23, 9 })
	for range 5 {
		a.newTag()
		a.newField()
		a.begin("contact_delete", deleteBody("contact_ids", stranger))
	}
	a.Settle()
	return a
}

func TestEveryCollectionCanBeWalkedInAnySteps(t *testing.T) {
	a := paged(t)
	for _, c := range pagedCollections {
		t.Run(c.items, func(t *testing.T) {
			mine := *a
			mine.t = t
			whole := mine.page(c, c.path+"?limit=100")
			if len(whole.ids) < 3 || whole.next != "" || (whole.raw["_links"] != nil) != c.always {
				t.Fatalf("the whole has %d items and links %s", len(whole.ids), whole.raw["_links"])
			}
			for limit := 1; limit <= len(whole.ids)+1; limit++ {
				var got []string
				pages := 0
				for path := fmt.Sprintf("%s?limit=%d", c.path, limit); path != ""; pages++ {
					p := mine.page(c, path)
					got, path = append(got, p.ids...), p.next
				}
				if !slices.Equal(got, whole.ids) || pages != (len(whole.ids)+limit-1)/limit {
					t.Errorf("in steps of %d there are %d pages with %v, want %v", limit, pages, got, whole.ids)
				}
			}
		})
	}
}

func TestEveryCursorHoldsItsLimit(t *testing.T) {
	a := paged(t)
	for _, c := range pagedCollections {
		first := a.page(c, c.path+"?limit=2&unknown=x")
		prefix := c.path + "?cursor="
		cursor, ok := strings.CutPrefix(first.next, prefix)
		if !ok {
			t.Errorf("%s: the link is %s", c.items, first.next)
			continue
		}
		text, err := base64.StdEncoding.DecodeString(cursor)
		if err != nil || !strings.HasPrefix(string(text), "limit=2&next=") {
			t.Errorf("%s: the cursor holds %q, error %v", c.items, text, err)
		}
		second := a.page(c, first.next+"&limit=1")
		if want := min(2, len(a.page(c, c.path+"?limit=100").ids)-2); len(second.ids) != want {
			t.Errorf("%s: the second page has %d items, want %d", c.items, len(second.ids), want)
		}
	}
}

func TestEveryCursorOutlivesADeletion(t *testing.T) {
	for _, c := range pagedCollections {
		if c.remove == nil {
			continue
		}
		t.Run(c.items, func(t *testing.T) {
			a := paged(t)
			whole := a.page(c, c.path+"?limit=100").ids
			first := a.page(c, c.path+"?limit=2")
			c.remove(a, whole[2])
			var got []string
			for path := first.next; path != ""; {
				p := a.page(c, path)
				got, path = append(got, p.ids...), p.next
			}
			if diff := cmp.Diff(whole[3:], got); diff != "" {
				t.Errorf("wrong rest (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCursorsThatAreRefused(t *testing.T) {
	a := paged(t)
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, c := range pagedCollections {
		for name, cursor := range map[string]string{
			"no base64": "%25%25", "nothing": encode(""), "no next": encode("limit=5"), "somebody else's": encode("limit=5&next=" + stranger),
			"next of another form": encode("limit=5&next=xyz"),
		} {
			if name == "nothing" && cursor == "" {
				continue // no cursor at all
			}
			got := a.do("GET", c.path+"?cursor="+cursor, "")
			if got.status != 400 || got.body != validationBody("cursor does not have a valid value") {
				t.Errorf("%s, %s: answered %d %s", c.items, name, got.status, got.body)
			}
		}
		if got := a.do("GET", c.path+"?cursor="+encode("limit=0&next="+stranger), ""); got.status != 400 {
			t.Errorf("%s, a limit of 0 in the cursor: answered %d", c.items, got.status)
		}
	}
}

// TestWalksMissNobodyWhoStays deletes and adds contacts while somebody walks: whoever was there at the beginning and
// at the end is seen, and nobody is seen twice.
func TestWalksMissNobodyWhoStays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := sandbox.New(sandbox.Options{Contacts: 15, RatePerSecond: sandbox.Off})
		token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
		if err != nil {
			r.Fatal(err)
		}
		begin, seen := livingNow(s), map[string]int{}
		for path := fmt.Sprintf("/v3/contacts?limit=%d", rapid.IntRange(1, 9).Draw(r, "limit")); path != ""; {
			var p page
			if err := json.Unmarshal([]byte(getDirectly(s, token, path)), &p); err != nil {
				r.Fatal(err)
			}
			for _, c := range p.Contacts {
				seen[c.ID]++
			}
			if path = ""; p.Links != nil {
				path = p.Links.Next.Href
			}
			meanwhile(r, s)
		}
		end := livingNow(s)
		for id := range begin {
			if end[id] && seen[id] != 1 {
				r.Fatalf("contact %s is seen %d times", id, seen[id])
			}
		}
	})
}

// meanwhile adds a contact, or deletes one, or does nothing.
func meanwhile(r *rapid.T, s *sandbox.Server) {
	switch rapid.IntRange(0, 3).Draw(r, "meanwhile") {
	case 0:
		if _, err := s.AddContact(sandbox.MainAccount, sandbox.Contact{Email: uniqueEmail()}); err != nil {
			r.Fatal(err)
		}
	case 1:
		living := slices.Sorted(maps.Keys(livingNow(s)))
		if len(living) == 0 {
			return
		}
		_, err := s.ChangeContact(sandbox.MainAccount, rapid.SampledFrom(living).Draw(r, "deleted"), func(c *sandbox.Contact) { c.Status = "deleted" })
		if err != nil {
			r.Fatal(err)
		}
	}
}

func livingNow(s *sandbox.Server) map[string]bool {
	ids := map[string]bool{}
	for c := range s.Contacts(sandbox.MainAccount) {
		if c.Status != "deleted" {
			ids[c.ID] = true
		}
	}
	return ids
}

// getDirectly asks without a connection.
func getDirectly(s *sandbox.Server, token, path string) string {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Body.String()
}
