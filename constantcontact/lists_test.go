package constantcontact_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestListsAll(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contact_lists"), 200, sample(t, "lists"))

	got, err := collect(client.Lists.All(t.Context(), cc.ListOptions{MembershipCount: cc.CountActive}))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("got %d lists, want 3", len(got))
	}
	made := time.Date(2026, 9, 29, 14, 33, 39, 0, time.UTC)
	want := cc.List{ListID: listID, Name: "My Contacts", CreatedAt: made, UpdatedAt: made, MembershipCount: pointer(2)}
	if diff := cmp.Diff(want, got[2]); diff != "" {
		t.Error(diff)
	}
	wantQuery(t, fake, url.Values{"limit": {"500"}, "include_membership_count": {"active"}})
}

func TestListsAllWithoutCount(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contact_lists"), 200, `{"lists":[{"list_id":"`+listID+`","name":"A"}]}`)

	got, err := collect(client.Lists.All(t.Context(), cc.ListOptions{}))
	if err != nil || len(got) != 1 || got[0].MembershipCount != nil {
		t.Errorf("got %+v, %v; want one list without a count", got, err)
	}
	wantQuery(t, fake, url.Values{"limit": {"500"}})
}

func TestListsGet(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contact_lists/"+listID), 200, sample(t, "list"))

	got, err := client.Lists.Get(t.Context(), listID)
	if err != nil || got.Name != "My Contacts" || *got.MembershipCount != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	wantQuery(t, fake, url.Values{"include_membership_count": {"all"}})
}
