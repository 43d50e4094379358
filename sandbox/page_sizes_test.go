package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"winnow/sandbox"
)

// crowded makes 61 of everything that an account can have 61 of.
func crowded(t *testing.T) *api {
	t.Helper()
	a := start(t, func(o *sandbox.Options) { o.Contacts, o.Lists = 61, 61 })
	for _, c := range []struct {
		path string
		make func() string
	}{
		{"/v3/contact_tags?limit=500", a.newTag},
		{"/v3/contact_custom_fields?limit=100", a.newField},
		{"/v3/activities?limit=500", func() string { return a.begin("contact_delete", deleteBody("contact_ids", stranger)).ID }},
	} {
		for strings.Count(a.do("GET", c.path, "").body, `"created_at"`) < 61 {
			c.make()
		}
	}
	return a
}

// TestPagesHaveTheirDefaultSize asks for no limit where there is more than one page.
func TestPagesHaveTheirDefaultSize(t *testing.T) {
	a := crowded(t)
	for _, c := range pagedCollections {
		path, all := c.path, 61
		switch c.path {
		case "/v3/contacts":
			path += "?status=all"
		case "/v3/segments":
			all = 3 // fewer than the default of 1,000
		}
		p := a.page(c, path)
		if want := min(all, 50); len(p.ids) != want || (p.next != "") != (all > want) {
			t.Errorf("%s: the first page has %d items and leads to %q, want %d", path, len(p.ids), p.next, want)
		}
		if p.next == "" {
			continue
		}
		if rest := a.page(c, p.next); len(rest.ids) != all-50 || rest.next != "" {
			t.Errorf("%s: the second page has %d items and leads to %q", path, len(rest.ids), rest.next)
		}
	}
}

// TestLongestListsOfIDsInAQuery are taken, and one more is not.
func TestLongestListsOfIDsInAQuery(t *testing.T) {
	a := start(t, nil)
	for path, highest := range map[string]int{
		"/v3/contacts?lists=": 25, "/v3/contacts?tags=": 50, "/v3/contacts/contact_id_xrefs?sequence_ids=": 500,
	} {
		id := stranger
		if strings.Contains(path, "sequence") {
			id = "7"
		}
		full := path + strings.Repeat(id+",", highest-1) + id
		a.must(200, "GET", full, "", nil)
		name := strings.TrimSuffix(path[strings.Index(path, "?")+1:], "=")
		a.refused("GET", full+","+id, "", name+" does not have a valid value")
	}
}

// TestDefaultsOfAnAccount are those of the vendor: so many requests, and so many activities in the queue.
func TestDefaultsOfAnAccount(t *testing.T) {
	for name, got := range map[string][2]int{
		"requests a second": {sandbox.DefaultRatePerSecond, 4},
		"requests a day":    {sandbox.DefaultRatePerDay, 10_000},
		"queued activities": {sandbox.DefaultQueueLimit, 1_000},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", name, got[0], got[1])
		}
	}
	s := sandbox.New(sandbox.Options{Contacts: 10, RatePerSecond: sandbox.Off})
	s.Clock().Stop() // so that none ends
	for n := range 1_000 {
		if _, err := s.AddForeignActivity(sandbox.MainAccount, 1); err != nil {
			t.Fatal(fmt.Errorf("activity %d: %w", n, err))
		}
	}
	if _, err := s.AddForeignActivity(sandbox.MainAccount, 1); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("activity 1,001: %v", err)
	}
}
