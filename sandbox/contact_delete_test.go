package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestDeletionOfContacts(t *testing.T) {
	a := start(t, nil)
	ids := a.living(sandbox.MainAccount, 5)
	before, _ := a.Contact(sandbox.MainAccount, ids[0])
	counts := a.Counts().Accounts[sandbox.MainAccount].Contacts

	created := a.remove("contact_ids", ids...)
	if created.State != "initialized" || created.PercentDone != 1 || created.Status.Total != nil {
		t.Errorf("it begins as %+v", created)
	}
	if a.status(ids[0]) == "deleted" {
		t.Error("a contact is deleted before the activity begins")
	}
	a.clock.Advance(2 * time.Second)
	done := a.activity(created.ID)
	if done.State != "completed" || done.PercentDone != 100 || *done.Status.Total != 5 || *done.Status.Completed != 5 || done.Status.Lists != nil {
		t.Errorf("it ends as %+v", done)
	}
	after, _ := a.Contact(sandbox.MainAccount, ids[0])
	want := before
	want.Status, want.Lists = "deleted", []string{}
	want.UpdatedAt = time.Date(2026, time.March, 9, 12, 0, 1, 0, time.UTC)
	want.DeletedAt = want.UpdatedAt
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("the contact changed otherwise (-want +got):\n%s", diff)
	}
	got := a.Counts().Accounts[sandbox.MainAccount].Contacts
	if got["deleted"] != counts["deleted"]+5 {
		t.Errorf("%d contacts are deleted, want %d", got["deleted"], counts["deleted"]+5)
	}
}

func TestDeletedContactStaysReadable(t *testing.T) {
	a := start(t, nil)
	c := a.contactWith("explicit", "Name")
	a.remove("contact_ids", c.ID)
	a.Settle()
	got := a.do("GET", "/v3/contacts/"+c.ID+"?include=list_memberships", "")
	for _, part := range []string{`"deleted_at":"2026-03-09",`, `"list_memberships":[]}`, `"permission_to_send":"explicit"`, `"updated_at":"2026-03-09T12:00:00Z","deleted_at"`} {
		if !strings.Contains(got.body, part) {
			t.Errorf("the body lacks %s: %s", part, got.body)
		}
	}
	for query, found := range map[string]bool{"": false, "&status=all": true, "&status=deleted": true, "&status=active": false} {
		if n := len(a.contactIDs("/v3/contacts?email=" + c.Email + query)); (n == 1) != found {
			t.Errorf("by address with %q: %d contacts", query, n)
		}
	}
	if members := a.Members(sandbox.MainAccount, c.Lists[0]); slices.Contains(members, c.ID) {
		t.Error("it is still on its list")
	}
}

func TestDeletionOfLists(t *testing.T) {
	a := start(t, nil)
	lists := a.Lists(sandbox.MainAccount)
	one, two := byName(t, lists, "Donors - all years"), byName(t, lists, "Volunteers")
	members := a.expect(func(c sandbox.Contact) bool {
		return slices.Contains(c.Lists, one.ID) || slices.Contains(c.Lists, two.ID)
	})
	if len(members) >= one.Members+two.Members {
		t.Fatal("the lists do not overlap")
	}
	created := a.remove("list_ids", one.ID, two.ID, stranger)
	a.Settle()
	done := a.activity(created.ID)
	if *done.Status.Total != len(members) || *done.Status.Completed != len(members) || *done.Status.Lists != 3 {
		t.Errorf("it ends with %d of %d, %d lists; want %d members", *done.Status.Completed, *done.Status.Total, *done.Status.Lists, len(members))
	}
	for _, id := range members {
		if a.status(id) != "deleted" {
			t.Errorf("contact %s is %s", id, a.status(id))
		}
	}
	for _, l := range a.Lists(sandbox.MainAccount) {
		if want := len(a.Members(sandbox.MainAccount, l.ID)); l.Members != want {
			t.Errorf("list %q says %d members and has %d", l.Name, l.Members, want)
		}
		if (l.ID == one.ID || l.ID == two.ID) && (l.Members != 0 || l.Active != 0) {
			t.Errorf("list %q has %d members left, %d active", l.Name, l.Members, l.Active)
		}
	}
}

func TestMembersAreLookedUpWhenTheWorkBegins(t *testing.T) {
	a := start(t, nil)
	l := byName(t, a.Lists(sandbox.MainAccount), "Volunteers")
	gone := a.Members(sandbox.MainAccount, l.ID)[:3]
	a.remove("contact_ids", gone...)
	byList := a.remove("list_ids", l.ID)
	a.Settle()
	if got := *a.activity(byList.ID).Status.Total; got != l.Members-3 {
		t.Errorf("%d members were found, want %d", got, l.Members-3)
	}
}

func TestOddIDsAreAcceptedAndSkipped(t *testing.T) {
	a := start(t, nil)
	ids := a.living(sandbox.MainAccount, 2)
	deleted := a.expect(func(c sandbox.Contact) bool { return c.Status == "deleted" })[0]
	deletedBefore, _ := a.Contact(sandbox.MainAccount, deleted)
	foreign := a.living(sandbox.SecondAccount, 1)[0]

	created := a.remove("contact_ids", ids[0], strings.ToUpper(ids[0]), ids[1], deleted, stranger, foreign)
	a.Settle()
	done := a.activity(created.ID)
	if done.State != "completed" || *done.Status.Total != 6 || *done.Status.Completed != 4 || len(done.Errors) != 0 {
		t.Errorf("it ends %s with %d of %d, errors %v; want 4 of 6 (all but the two unknown)", done.State, *done.Status.Completed, *done.Status.Total, done.Errors)
	}
	if deletedAfter, _ := a.Contact(sandbox.MainAccount, deleted); !cmp.Equal(deletedBefore, deletedAfter) {
		t.Errorf("the deleted contact changed:\n%s", cmp.Diff(deletedBefore, deletedAfter))
	}
	if c, _ := a.Contact(sandbox.SecondAccount, foreign); c.Status == "deleted" {
		t.Error("a contact of another account was deleted")
	}
}

func TestDeletionOfNothing(t *testing.T) {
	a := start(t, nil)
	created := a.remove("list_ids", byName(t, a.Lists(sandbox.MainAccount), "Spring gala 2025").ID)
	a.Settle()
	got := a.do("GET", "/v3/activities/"+created.ID, "").body
	if want := `"status":{"items_total_count":0,"list_count":1}`; !strings.Contains(got, want) {
		t.Errorf("the body is %s, want %s in it", got, want)
	}
}

func TestDeletionsThatAreRefused(t *testing.T) {
	a := start(t, nil)
	many := func(n int) string { return `["` + strings.Join(slices.Repeat([]string{stranger}, n), `","`) + `"]` }
	for name, tc := range map[string]struct{ body, message string }{
		"no JSON":              {`contact_ids=1`, "the body is not a JSON object of the expected form"},
		"two values":           {`{"list_ids":` + many(1) + `}{}`, "the body is not a JSON object of the expected form"},
		"an array":             {many(1), "the body is not a JSON object of the expected form"},
		"ids as a string":      {`{"contact_ids":"` + stranger + `"}`, "the body is not a JSON object of the expected form"},
		"ids as numbers":       {`{"contact_ids":[1,2]}`, "the body is not a JSON object of the expected form"},
		"empty object":         {`{}`, "contact_ids, list_ids are missing, exactly one parameter must be provided"},
		"null":                 {`{"contact_ids":null}`, "contact_ids, list_ids are missing, exactly one parameter must be provided"},
		"both":                 {`{"contact_ids":` + many(1) + `,"list_ids":` + many(1) + `}`, "contact_ids, list_ids are mutually exclusive"},
		"both, one empty":      {`{"contact_ids":` + many(1) + `,"list_ids":[]}`, "contact_ids, list_ids are mutually exclusive"},
		"no contacts":          {`{"contact_ids":[]}`, "contact_ids must have 1 to 500 entries"},
		"501 contacts":         {`{"contact_ids":` + many(501) + `}`, "contact_ids must have 1 to 500 entries"},
		"no lists":             {`{"list_ids":[]}`, "list_ids must have 1 to 50 entries"},
		"51 lists":             {`{"list_ids":` + many(51) + `}`, "list_ids must have 1 to 50 entries"},
		"malformed contact":    {`{"contact_ids":["` + stranger + `","` + stranger[1:] + `"]}`, "contact_ids[1] does not have a valid value"},
		"contact in braces":    {`{"contact_ids":["{` + stranger + `}"]}`, "contact_ids[0] does not have a valid value"},
		"contact, no hyphens":  {`{"contact_ids":["` + strings.ReplaceAll(stranger, "-", "") + `"]}`, "contact_ids[0] does not have a valid value"},
		"malformed list":       {`{"list_ids":["x"]}`, "list_ids[0] does not have a valid value"},
		"a null among the ids": {`{"contact_ids":[null]}`, "contact_ids[0] does not have a valid value"},
	} {
		want := fmt.Sprintf(`[{"error_key":"contacts.api.validation.error","error_message":%q}]`, tc.message)
		if got := a.do("POST", "/v3/activities/contact_delete", tc.body); got.status != 400 || got.body != want {
			t.Errorf("%s: answered %d %s, want %s", name, got.status, got.body, want)
		}
	}
	if n := len(a.Activities(sandbox.MainAccount)); n != 0 {
		t.Errorf("%d activities were made", n)
	}
}

func TestLargestDeletionsAreAccepted(t *testing.T) {
	a := start(t, nil)
	a.remove("contact_ids", slices.Repeat([]string{stranger}, 500)...)
	a.remove("list_ids", slices.Repeat([]string{stranger}, 50)...)
}

func TestDeletionHasToBeJSON(t *testing.T) {
	a := start(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), "POST", a.APIBase+"/activities/contact_delete", strings.NewReader(deleteBody("contact_ids", stranger)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Content-Type", "text/plain")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("answered %s", res.Status)
	}
}
