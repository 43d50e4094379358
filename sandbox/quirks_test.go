package sandbox_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"winnow/sandbox"
)

// with starts a sandbox with some quirks.
func quirky(t *testing.T, q sandbox.Quirks) *api {
	t.Helper()
	return start(t, func(o *sandbox.Options) { o.Quirks = q })
}

// outcome is what becomes of a deletion with odd input.
type outcome struct {
	status           int // of the request
	total, completed int
	errors           int
}

func ok(total, completed, errors int) outcome { return outcome{201, total, completed, errors} }

var no = outcome{status: 400}

// oddInput has one row for each switch and each of its values.
var oddInput = map[string]struct {
	set  func(q *sandbox.Quirks, i sandbox.Input)
	body func(a *api) string
	want map[sandbox.Input]outcome
}{
	"unknown": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Unknown = i },
		func(a *api) string { return deleteBody("contact_ids", stranger, a.newContact().ID) },
		map[sandbox.Input]outcome{sandbox.Default: ok(2, 1, 0), sandbox.Count: ok(2, 2, 0), sandbox.Skip: ok(2, 1, 0), sandbox.Report: ok(2, 1, 1), sandbox.Refuse: no},
	},
	"deleted": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Deleted = i },
		func(a *api) string {
			gone := a.newContact().ID
			a.must(204, "DELETE", "/v3/contacts/"+gone, "", nil)
			return deleteBody("contact_ids", gone, a.newContact().ID)
		},
		map[sandbox.Input]outcome{sandbox.Default: ok(2, 2, 0), sandbox.Count: ok(2, 2, 0), sandbox.Skip: ok(2, 1, 0), sandbox.Report: ok(2, 1, 1), sandbox.Refuse: no},
	},
	"duplicate": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Duplicate = i },
		func(a *api) string {
			id := a.newContact().ID
			return deleteBody("contact_ids", id, strings.ToUpper(id))
		},
		map[sandbox.Input]outcome{sandbox.Default: ok(2, 2, 0), sandbox.Count: ok(2, 2, 0), sandbox.Skip: ok(2, 1, 0), sandbox.Report: ok(2, 1, 1), sandbox.Refuse: no},
	},
	"malformed": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Malformed = i },
		func(a *api) string { return deleteBody("contact_ids", "12-34", a.newContact().ID) },
		map[sandbox.Input]outcome{sandbox.Default: no, sandbox.Skip: ok(2, 1, 0), sandbox.Refuse: no},
	},
	"both": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Both = i },
		func(a *api) string {
			list := a.newList()
			a.newContact(list)
			a.newContact(list)
			return fmt.Sprintf(`{"contact_ids":[%q],"list_ids":[%q]}`, a.newContact().ID, list)
		},
		map[sandbox.Input]outcome{sandbox.Default: no, sandbox.Count: ok(3, 3, 0), sandbox.Skip: ok(1, 1, 0), sandbox.Refuse: no},
	},
	"empty": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Empty = i },
		func(*api) string { return `{"contact_ids":[]}` },
		map[sandbox.Input]outcome{sandbox.Default: no, sandbox.Skip: ok(0, 0, 0), sandbox.Refuse: no},
	},
	"nothing": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.Empty = i },
		func(*api) string { return `{}` },
		map[sandbox.Input]outcome{sandbox.Default: no, sandbox.Skip: ok(0, 0, 0), sandbox.Refuse: no},
	},
	"too many": {
		func(q *sandbox.Quirks, i sandbox.Input) { q.TooMany = i },
		func(a *api) string {
			return deleteBody("contact_ids", append(a.living(sandbox.MainAccount, 500), a.newContact().ID)...)
		},
		map[sandbox.Input]outcome{sandbox.Default: no, sandbox.Count: ok(501, 501, 0), sandbox.Skip: ok(500, 500, 0), sandbox.Refuse: no},
	},
}

func TestOddInputOfADeletion(t *testing.T) {
	for name, row := range oddInput {
		for value, want := range row.want {
			t.Run(fmt.Sprintf("%s %d", name, value), func(t *testing.T) {
				var q sandbox.Quirks
				row.set(&q, value)
				a := quirky(t, q)
				got := a.do("POST", "/v3/activities/contact_delete", row.body(a))
				have := outcome{status: got.status}
				if got.status == 201 {
					a.Settle()
					act := a.Activities(sandbox.MainAccount)[0]
					have.total, have.completed = act.Total, act.Completed
					have.errors = len(a.activity(act.ID).Errors)
				}
				if have != want {
					t.Errorf("the outcome is %+v, want %+v: %s", have, want, got.body)
				}
			})
		}
	}
}

func TestCountersOfMatches(t *testing.T) {
	a := quirky(t, sandbox.Quirks{Counters: sandbox.CountMatches})
	gone, id := a.newContact().ID, a.newContact().ID
	a.must(204, "DELETE", "/v3/contacts/"+gone, "", nil)
	done := a.finish("contact_delete", deleteBody("contact_ids", id, gone, id, stranger))
	if *done.Status.Total != 1 || *done.Status.Completed != 1 || a.status(id) != "deleted" {
		t.Errorf("it ends with %d of %d", *done.Status.Completed, *done.Status.Total)
	}
}

func TestLinksOfActivities(t *testing.T) {
	a := quirky(t, sandbox.Quirks{OwnSelfLinks: true, PublicDeleteLinks: true, InternalSelfLinks: true, AcceptedDeletes: true, AcceptedActivities: true})
	got := a.do("POST", "/v3/activities/contact_delete", deleteBody("contact_ids", stranger))
	if got.status != 202 || !strings.Contains(got.body, `"href":"/contacts-service/v3/accounts/`) {
		t.Errorf("a deletion is answered %d %s", got.status, got.body)
	}
	for _, path := range []string{"/v3/contact_lists/" + a.newList(), "/v3/contact_tags/" + a.newTag()} {
		if got := a.do("DELETE", path, ""); got.status != 202 || !strings.Contains(got.body, `"self":{"href":"/v3/activities/`) {
			t.Errorf("DELETE %s is answered %d %s", path, got.status, got.body)
		}
	}
	for _, act := range a.walk("/v3/activities")[0].Activities {
		if act.Links.Self.Href != "/v3/activities/"+act.ID {
			t.Errorf("activity %s carries %s", act.ID, act.Links.Self.Href)
		}
	}
}

func TestCounterOfNothing(t *testing.T) {
	a := quirky(t, sandbox.Quirks{ZeroCompleted: true})
	done := a.finish("contact_delete", deleteBody("list_ids", stranger))
	if done.Status.Completed == nil || *done.Status.Completed != 0 {
		t.Errorf("items_completed_count is %v", done.Status.Completed)
	}
}

func TestForgetfulCursors(t *testing.T) {
	a := quirky(t, sandbox.Quirks{ForgetfulCursors: true})
	var first page
	a.get("/v3/contacts?status=unsubscribed&limit=5", &first)
	cursor := strings.TrimPrefix(first.Links.Next.Href, "/v3/contacts?cursor=")
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil || strings.Contains(string(text), "status") || !strings.HasPrefix(string(text), "limit=5&next=") {
		t.Errorf("the cursor holds %s", text)
	}
}

func TestSegmentsThatAreReadyAndSlow(t *testing.T) {
	for waits, want := range map[int][]int{sandbox.Off: {200, 200}, 0: {202, 200}, 2: {202, 202, 200, 202}} {
		a := quirky(t, sandbox.Quirks{SegmentWaits: waits})
		var got []int
		for range want {
			got = append(got, a.do("GET", "/v3/contacts?segment_id=4", "").status)
		}
		if !slices.Equal(got, want) {
			t.Errorf("with %d waits the answers are %v, want %v", waits, got, want)
		}
	}
}

func TestActiveByDefault(t *testing.T) {
	a := quirky(t, sandbox.Quirks{ActiveByDefault: true})
	want := a.Counts().Accounts[sandbox.MainAccount].Contacts["active"]
	if got := len(a.contactIDs("/v3/contacts?limit=500")); got != want {
		t.Errorf("%d contacts are shown, want %d", got, want)
	}
}

func TestPendingExports(t *testing.T) {
	a := quirky(t, sandbox.Quirks{PendingExports: true})
	act := a.begin("contact_exports", `{}`)
	if got := a.do("GET", act.Links.Results.Href, ""); got.status != 202 {
		t.Errorf("an unfinished export is answered %d %s", got.status, got.body)
	}
	a.Settle()
	if got := a.do("GET", act.Links.Results.Href, ""); got.status != 200 {
		t.Errorf("a finished export is answered %d", got.status)
	}
}

func TestIDsThatAreNotFound(t *testing.T) {
	a := quirky(t, sandbox.Quirks{MalformedIDNotFound: true, UnknownListDeleteNotFound: true})
	for method, path := range map[string]string{"GET": "/v3/contacts/12", "DELETE": "/v3/contact_lists/" + stranger} {
		if got := a.do(method, path, ""); got.status != 404 || got.body != notFoundBody {
			t.Errorf("%s %s is answered %d %s", method, path, got.status, got.body)
		}
	}
}

func TestFormsOfAConflict(t *testing.T) {
	for form, message := range map[sandbox.Conflict]string{
		sandbox.ConflictWithPrefix: "Validation failed: Email already exists for contact %s",
		sandbox.ConflictPlain:      "Email already exists for contact %s",
		sandbox.ConflictWithoutID:  "Validation failed: EmailAddress is not unique",
	} {
		a := quirky(t, sandbox.Quirks{Conflict: form})
		c := a.newContact()
		want := conflictBody(strings.Replace(message, "%s", c.ID, 1))
		if got := a.do("POST", "/v3/contacts", fmt.Sprintf(`{"email_address":{"address":%q},"create_source":"Account"}`, c.Email)); got.body != want {
			t.Errorf("form %d: answered %s, want %s", form, got.body, want)
		}
	}
}

func TestSignUpsUnderQuirks(t *testing.T) {
	a := quirky(t, sandbox.Quirks{ConfirmedOptIn: true, SignUpResubscribes: true})
	path, _ := unsubscribedContact(a)
	out := a.contact(path[strings.LastIndex(path, "/")+1:])
	for _, email := range []string{uniqueEmail(), out.Email} {
		a.do("POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, email, a.Lists(sandbox.MainAccount)[0].ID))
		c := a.full(a.contactIDs("/v3/contacts?email=" + email)[0])
		if c.Email.Permission != "pending_confirmation" || c.Email.Confirm != "pending" {
			t.Errorf("the address is %+v", c.Email)
		}
	}
	plain := start(t, nil)
	path, _ = unsubscribedContact(plain)
	if _, err := plain.ChangeContact(sandbox.MainAccount, path[strings.LastIndex(path, "/")+1:], func(c *sandbox.Contact) { c.Permission = "implicit" }); err != nil {
		t.Fatal(err)
	}
	id := plain.expect(func(c sandbox.Contact) bool { return c.Status == "unsubscribed" })[0]
	plain.must(200, "POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, plain.contact(id).Email, plain.Lists(sandbox.MainAccount)[0].ID), nil)
	if plain.status(id) != "unsubscribed" {
		t.Errorf("by default a sign-up makes an unsubscribed contact %s", plain.status(id))
	}
}
