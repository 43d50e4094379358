package constantcontact_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestMistakenArgumentsAreRefusedWithoutARequest(t *testing.T) {
	client, fake := setup(t)
	ctx := t.Context()
	contacts := func(o cc.ContactOptions) error { _, err := collect(client.Contacts.All(ctx, o)); return err }
	calls := map[string]error{
		"empty contact id":          second(client.Contacts.Get(ctx, "")),
		"address as contact id":     second(client.Contacts.Get(ctx, "someone@example.com")),
		"path as list id":           second(client.Lists.Get(ctx, "../contacts")),
		"braces around activity id": second(client.Activities.Get(ctx, "{"+activityID+"}")),
		"id without hyphens":        second(client.Activities.Get(ctx, strings.ReplaceAll(activityID, "-", ""))),
		"no recent activities":      second(client.Activities.Recent(ctx, 0)),
		"too many activities":       second(client.Activities.Recent(ctx, 501)),
		"negative limit":            contacts(cc.ContactOptions{Limit: -1}),
		"limit too high":            contacts(cc.ContactOptions{Limit: 501}),
		"unknown status":            contacts(cc.ContactOptions{Status: []string{"Deleted"}}),
		"unknown include":           contacts(cc.ContactOptions{Include: []string{"everything"}}),
		"too many lists":            contacts(cc.ContactOptions{Lists: make([]string, 26)}),
		"address as list":           contacts(cc.ContactOptions{Lists: []string{"someone@example.com"}}),
		"count of unknown status":   second(client.Contacts.Count(ctx, cc.ContactOptions{Status: []string{"x"}})),
		"unknown membership count":  second(collect(client.Lists.All(ctx, cc.ListOptions{MembershipCount: "true"}))),
	}
	for name, err := range calls {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "example.com") {
			t.Errorf("%s: the error repeats an address: %v", name, err)
		}
	}
	if n := len(fake.seen()); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestAnswersAboutSomethingElseAreRefused(t *testing.T) {
	client, fake := setup(t)
	other := "11111111-bc12-11f1-aa3a-02420a320002"
	fake.answer(route("GET", "/contacts/"+other), 200, sample(t, "contact_deleted"))
	fake.answer(route("GET", "/contact_lists/"+other), 200, sample(t, "list"))
	fake.answer(route("GET", "/activities/"+other), 200, sample(t, "activity"))

	ctx := t.Context()
	calls := map[string]error{
		"contact":  second(client.Contacts.Get(ctx, other)),
		"list":     second(client.Lists.Get(ctx, other)),
		"activity": second(client.Activities.Get(ctx, other)),
	}
	for name, err := range calls {
		if err == nil || !strings.Contains(err.Error(), "another id") {
			t.Errorf("%s: got %v, want an error about another id", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// wantQuery compares the query of the last request.
func wantQuery(t *testing.T, fake *fakeAPI, want url.Values) {
	t.Helper()
	seen := fake.seen()
	if len(seen) == 0 {
		t.Fatal("no request was made")
	}
	if diff := cmp.Diff(want, seen[len(seen)-1].URL.Query()); diff != "" {
		t.Errorf("query: %s", diff)
	}
}
