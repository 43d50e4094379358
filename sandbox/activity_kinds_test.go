package sandbox_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// bulk is one kind of activity over four things, each of which takes as long as the next.
type bulk struct {
	body func(a *api) string
	each time.Duration // for one item
	// done is how many of the four things are changed.
	done func(a *api) int
	// initialized, completed and short are the statuses, short after two of four things.
	completed, short string
	results          bool
}

// four are what the kinds of activities work on.
type four struct{ contacts, lists, tags, fields []string }

// fourOf makes four of everything.
func fourOf(a *api) four {
	var f four
	for range 4 {
		f.contacts = append(f.contacts, a.newContact().ID)
		f.lists = append(f.lists, a.newList())
		f.tags = append(f.tags, a.newTag())
		f.fields = append(f.fields, a.newField())
	}
	return f
}

// count tells how many of the texts a condition holds for.
func count(texts []string, holds func(string) bool) int {
	n := 0
	for _, text := range texts {
		if holds(text) {
			n++
		}
	}
	return n
}

// kinds are all kinds of activities, each in an account of its own with four of everything.
func kinds(a *api, f four) map[string]bulk {
	gone := func(collection string) func(string) bool {
		return func(id string) bool { return a.do("GET", "/v3/"+collection+"/"+id, "").status == 404 }
	}
	onList := func(id string) bool { return slices.Contains(a.contact(id).Lists, f.lists[0]) }
	tagged := func(id string) bool { return slices.Contains(a.contact(id).Tags, f.tags[0]) }
	rows, emails := "", []string{}
	for range 4 {
		emails = append(emails, uniqueEmail())
		rows += fmt.Sprintf(`,{"email":%q}`, emails[len(emails)-1])
	}
	items := func(done int, more string) string {
		return fmt.Sprintf(`{"items_total_count":4,"items_completed_count":%d%s}`, done, more)
	}
	imports := func(done int) string {
		return fmt.Sprintf(`{"items_total_count":4,"person_count":%d,"error_count":0,"correctable_count":0,"cannot_add_to_list_count":0}`, done)
	}
	contacts := `"contact_ids":` + quoted(f.contacts...)
	add, remove := source(contacts, `"list_ids":`+quoted(f.lists[0])), source(contacts, `"list_ids":`+quoted(f.lists[1]))
	tag := source(contacts, `"tag_ids":`+quoted(f.tags[0]))
	known := func(email string) bool { return len(a.contactIDs("/v3/contacts?email="+email)) == 1 }
	return map[string]bulk{
		"contact_delete":           {body: fixed(`{` + contacts + `}`), each: 10 * time.Millisecond, done: func(a *api) int { return count(f.contacts, func(id string) bool { return a.status(id) == "deleted" }) }, completed: items(4, ""), short: items(2, "")},
		"contact_exports":          {body: fixed(`{` + contacts + `}`), each: 200 * time.Microsecond, completed: items(4, ""), short: items(2, ""), results: true},
		"contacts_json_import":     {body: fixed(`{"import_data":[` + rows[1:] + `],"list_ids":` + quoted(f.lists[0]) + `}`), each: 3 * time.Millisecond, done: func(*api) int { return count(emails, known) }, completed: imports(4), short: imports(2)},
		"add_list_memberships":     {body: fixed(add), each: 4 * time.Millisecond, done: func(*api) int { return count(f.contacts, onList) }, completed: items(4, `,"list_count":1`), short: items(2, `,"list_count":1`)},
		"remove_list_memberships":  {body: fixed(remove), each: 4 * time.Millisecond, completed: items(4, `,"list_count":1`), short: items(2, `,"list_count":1`)},
		"contacts_taggings_add":    {body: fixed(tag), each: 4 * time.Millisecond, done: func(*api) int { return count(f.contacts, tagged) }, completed: items(4, ""), short: items(2, "")},
		"contacts_taggings_remove": {body: fixed(tag), each: 4 * time.Millisecond, completed: items(4, ""), short: items(2, "")},
		"list_delete":              {body: fixed(`{"list_ids":` + quoted(f.lists...) + `}`), each: 10 * time.Millisecond, done: func(*api) int { return count(f.lists, gone("contact_lists")) }, completed: items(4, ""), short: items(2, "")},
		"contacts_tags_delete":     {body: fixed(`{"tag_ids":` + quoted(f.tags...) + `}`), each: 10 * time.Millisecond, done: func(*api) int { return count(f.tags, gone("contact_tags")) }, completed: items(4, ""), short: items(2, "")},
		"custom_fields_delete":     {body: fixed(`{"custom_field_ids":` + quoted(f.fields...) + `}`), each: 10 * time.Millisecond, done: func(*api) int { return count(f.fields, gone("contact_custom_fields")) }, completed: items(4, ""), short: items(2, "")},
	}
}

func fixed(body string) func(*api) string { return func(*api) string { return body } }

// kindNames are the kinds that JSON bodies start, in order.
func kindNames() []string {
	var names []string
	for _, route := range sandbox.Routes() {
		if name, bulk := strings.CutPrefix(route, "POST /v3/activities/"); bulk && name != "contacts_file_import" {
			names = append(names, name)
		}
	}
	return names
}

// forEachKind runs a test for each kind in a sandbox of its own.
func forEachKind(t *testing.T, test func(a *api, name string, kind bulk)) {
	t.Helper()
	for _, name := range kindNames() {
		t.Run(name, func(t *testing.T) {
			a := start(t, func(o *sandbox.Options) { o.Contacts = 50 })
			kind, known := kinds(a, fourOf(a))[name]
			if !known {
				t.Fatal("there is no case for this kind")
			}
			test(a, name, kind)
		})
	}
}

// statusOf cuts the status out of an activity's body.
var statusOf = regexp.MustCompile(`"status":(\{[^{}]*\})`)

func (a *api) statusText(id string) string {
	a.t.Helper()
	found := statusOf.FindStringSubmatch(a.do("GET", "/v3/activities/"+id, "").body)
	if found == nil {
		return ""
	}
	return found[1]
}

func TestEveryKindBeginsAlike(t *testing.T) {
	forEachKind(t, func(a *api, name string, kind bulk) {
		got := a.do("POST", "/v3/activities/"+name, kind.body(a))
		const stamp = "2026-03-09T12:00:00Z"
		id := a.Activities(sandbox.MainAccount)[0].ID
		results := ""
		if kind.results {
			results = `,"results":{"href":"/v3/contact_exports/UUID"}`
		}
		want := `{"activity_id":"UUID","state":"initialized","created_at":"` + stamp + `","updated_at":"` + stamp +
			`","percent_done":1,"activity_errors":[],"status":{},"_links":{"self":{"href":"/v3/activities/UUID"}` + results + `}}`
		if diff := cmp.Diff(want, uuidInside.ReplaceAllString(got.body, "UUID")); got.status != http.StatusCreated || diff != "" {
			a.t.Errorf("answered %d (-want +got):\n%s", got.status, diff)
		}
		if again := a.do("GET", "/v3/activities/"+id, "").body; again != got.body {
			a.t.Errorf("read back it is %s, was %s", again, got.body)
		}
	})
}

func TestEveryKindRunsByTheClock(t *testing.T) {
	forEachKind(t, func(a *api, name string, kind bulk) {
		act := a.begin(name, kind.body(a))
		changed := func() int {
			if kind.done == nil {
				return -1
			}
			return kind.done(a)
		}
		a.clock.Advance(499 * time.Millisecond)
		if got := a.activity(act.ID).State; got != "initialized" {
			a.t.Errorf("just before it is picked up it is %s", got)
		}
		a.clock.Advance(time.Millisecond)
		if got := a.activity(act.ID); got.State != "processing" || got.PercentDone != 1 {
			a.t.Errorf("picked up it is %s at %d", got.State, got.PercentDone)
		}
		a.clock.Advance(500*time.Millisecond + 2*kind.each)
		if got := a.activity(act.ID); got.State != "processing" || got.PercentDone != 50 || a.statusText(act.ID) != kind.short {
			a.t.Errorf("after two of four it is %s at %d with %s, want %s", got.State, got.PercentDone, a.statusText(act.ID), kind.short)
		}
		if n := changed(); n >= 0 && n != 2 {
			a.t.Errorf("after two of four %d are changed", n)
		}
		a.clock.Advance(2 * kind.each)
		if got := a.activity(act.ID); got.State != "completed" || got.PercentDone != 100 || a.statusText(act.ID) != kind.completed {
			a.t.Errorf("at the end it is %s at %d with %s, want %s", got.State, got.PercentDone, a.statusText(act.ID), kind.completed)
		}
		if n := changed(); n >= 0 && n != 4 {
			a.t.Errorf("at the end %d are changed", n)
		}
	})
}

func TestEveryKindCanEndBadly(t *testing.T) {
	for effect, want := range map[sandbox.Effect]struct {
		state  string
		errors int
	}{
		sandbox.ActivityFails: {"failed", 1}, sandbox.ActivityTimesOut: {"timed_out", 0},
		sandbox.ActivityCancelled: {"cancelled", 0}, sandbox.ActivityEndsShort: {"completed", 0},
	} {
		t.Run(string(effect), func(t *testing.T) {
			forEachKind(t, func(a *api, name string, kind bulk) {
				a.Inject(sandbox.Fault{Effect: effect, Items: 2})
				done := a.finish(name, kind.body(a))
				if done.State != want.state || len(done.Errors) != want.errors || a.statusText(done.ID) != kind.short {
					a.t.Errorf("it ends %s with errors %v and %s, want %s and %s", done.State, done.Errors, a.statusText(done.ID), want.state, kind.short)
				}
				if kind.done != nil && kind.done(a) != 2 {
					a.t.Errorf("%d of four are changed, want 2", kind.done(a))
				}
				if next := a.finish("contact_delete", deleteBody("contact_ids", stranger)); next.State != "completed" {
					a.t.Errorf("the next activity is %s", next.State)
				}
			})
		})
	}
}

func TestEveryKindIsForgottenAfterTenDays(t *testing.T) {
	forEachKind(t, func(a *api, name string, kind bulk) {
		act := a.finish(name, kind.body(a))
		a.clock.Advance(10 * 24 * time.Hour)
		a = a.as(sandbox.OwnerLogin)
		if got := a.do("GET", "/v3/activities/"+act.ID, "").status; got != 200 {
			a.t.Errorf("after ten days it is answered %d", got)
		}
		a.clock.Advance(time.Second)
		if got := a.do("GET", "/v3/activities/"+act.ID, "").status; got != 404 {
			a.t.Errorf("a second later it is answered %d", got)
		}
	})
}

func TestKindsWaitForEachOther(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Contacts = 50 })
	all := kinds(a, fourOf(a))
	var order []string
	for _, name := range []string{"contacts_taggings_add", "contact_exports", "contacts_json_import", "add_list_memberships", "contact_delete", "list_delete"} {
		order = append(order, a.begin(name, all[name].body(a)).ID)
	}
	unfinished := func() (left int) {
		running := 0
		for _, act := range a.walk("/v3/activities")[0].Activities {
			switch act.State {
			case "processing":
				running++
				left++
			case "initialized":
				left++
			}
		}
		if running > 1 {
			t.Errorf("%d activities run at once", running)
		}
		return left
	}
	for range 200 {
		if unfinished() == 0 {
			break
		}
		a.clock.Advance(97 * time.Millisecond)
	}
	last := ""
	for _, id := range order {
		act := a.activity(id)
		if act.State != "completed" || act.StartedAt < last {
			t.Errorf("activity %s is %s, started at %s after %s", id, act.State, act.StartedAt, last)
		}
		last = act.CompletedAt
	}
}

func TestEveryKindIsJournaled(t *testing.T) {
	forEachKind(t, func(a *api, name string, kind bulk) {
		act := a.begin(name, kind.body(a))
		requests := a.Journal()
		last := requests[len(requests)-1]
		if last.Route != "POST /v3/activities/"+name || last.ActivityID != act.ID || !last.Applied || last.Status != 201 {
			a.t.Errorf("the journal says %+v", last)
		}
	})
}

func TestWhoComesBackAfterADeletion(t *testing.T) {
	a := start(t, nil)
	ids := []string{a.newContact().ID, a.newContact().ID}
	a.remove("contact_ids", ids...)
	a.Settle()
	if !a.ReturnContact(sandbox.MainAccount, ids[0]) || a.ReturnContact(sandbox.MainAccount, ids[0]) {
		t.Error("a deleted contact comes back once")
	}
	if c := a.contact(ids[0]); c.Permission != "explicit" || c.Status != "active" || len(c.Lists) != 0 {
		t.Errorf("it came back as %+v", c)
	}
	if a.status(ids[1]) != "deleted" {
		t.Errorf("the other is %s", a.status(ids[1]))
	}
}
