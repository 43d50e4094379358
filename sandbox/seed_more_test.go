package sandbox_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestSeedDecidesTagsAndDetailsToo(t *testing.T) {
	bodies := func(o sandbox.Options) []string {
		a := start(t, func(all *sandbox.Options) { all.Seed, all.Contacts = o.Seed, 150 })
		var out []string
		for _, path := range []string{
			"/v3/contacts?limit=500&status=all&include=custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes",
			"/v3/contact_tags?include_count=true", "/v3/contact_custom_fields", "/v3/contact_lists?limit=500&include_membership_count=active", "/v3/segments",
		} {
			out = append(out, a.must(200, "GET", path, "", nil).body)
		}
		return out
	}
	one, again, other := bodies(sandbox.Options{}), bodies(sandbox.Options{}), bodies(sandbox.Options{Seed: 1})
	if diff := cmp.Diff(one, again); diff != "" {
		t.Errorf("the same seed gives others:\n%s", diff)
	}
	if one[0] == other[0] || one[1] == other[1] {
		t.Error("another seed gives the same")
	}
}

func TestSeededTagsHaveTheirShares(t *testing.T) {
	s := sandbox.New(sandbox.Options{Contacts: 5_000})
	shares := map[string]int{}
	living := 0
	for c := range s.Contacts(sandbox.MainAccount) {
		if c.Status == "deleted" {
			if len(c.Tags) > 0 {
				t.Fatalf("the deleted contact %s has tags", c.ID)
			}
			continue
		}
		living++
		for _, id := range c.Tags {
			shares[id]++
		}
	}
	if len(shares) != 5 { // the sixth tag is nobody's
		t.Errorf("%d tags are in use, want 5", len(shares))
	}
	for id, n := range shares {
		if share := float64(n) / float64(living); share < 0.01 || share > 0.25 {
			t.Errorf("tag %s is on %d of %d contacts", id, n, living)
		}
	}
}

func TestSecondAccountHasItsOwn(t *testing.T) {
	a := start(t, nil)
	other := a.as(sandbox.SecondOwnerLogin)
	if n := len(other.tags()); n != 2 {
		t.Errorf("it has %d tags, want 2", n)
	}
	for _, id := range a.tags() {
		if slices.Contains(other.tags(), id) {
			t.Errorf("both accounts have the tag %s", id)
		}
	}
	var fields struct {
		Fields []struct{ Label string } `json:"custom_fields"`
	}
	if other.get("/v3/contact_custom_fields", &fields); len(fields.Fields) != 3 {
		t.Errorf("it has %d custom fields, want 3", len(fields.Fields))
	}
	if got := other.do("GET", "/v3/contact_tags/"+a.tags()[0].ID, "").status; got != 404 {
		t.Errorf("a tag of the main account is answered %d", got)
	}
}

func TestIdsOfEverythingDiffer(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Contacts = 300 })
	seen := map[string]string{}
	add := func(what, id string) {
		if before := seen[id]; before != "" {
			t.Errorf("%s has the id of %s, %s", what, before, id)
		}
		seen[id] = what
		if !uuidForm.MatchString(id) {
			t.Errorf("%s has the id %s", what, id)
		}
	}
	for _, user := range []string{sandbox.OwnerLogin, sandbox.SecondOwnerLogin} {
		mine := a.as(user)
		f := fourOf(a)
		for _, id := range slices.Concat(f.contacts, f.lists, f.tags, f.fields) {
			add("something new", id)
		}
		for _, c := range pagedCollections[:4] {
			for _, id := range mine.page(c, c.path+"?limit=100").ids {
				if seen[id] == "" {
					add(c.items, id)
				}
			}
		}
	}
	act := a.finish("contact_exports", `{}`)
	add("an activity", act.ID)
	add("a file", act.Links.Results.Href[len("/v3/contact_exports/"):])
}

// TestSandboxIsSmall holds the default sandbox to the memory that the console has for it. BenchmarkNew has the time.
func TestSandboxIsSmall(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := sandbox.New(sandbox.Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if heap := int64(after.HeapAlloc) - int64(before.HeapAlloc); heap > 8<<20 {
		t.Errorf("25,000 contacts keep %d kB", heap>>10)
	}
	runtime.KeepAlive(s)
}
