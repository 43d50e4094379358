package constantcontact_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestContactsAll(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts"), 200, sample(t, "contacts_included"))

	got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{
		Status:       []string{cc.StatusActive, cc.StatusUnsubscribed},
		Lists:        []string{listID, contactID},
		Email:        "three+1@example.com",
		UpdatedAfter: time.Date(2026, 9, 29, 16, 0, 0, 0, time.FixedZone("", 3600)),
		Include:      []string{cc.IncludeListMemberships, cc.IncludeTaggings},
		Limit:        7,
	}))
	if err != nil {
		t.Fatal(err)
	}
	made := time.Date(2026, 9, 29, 14, 33, 39, 0, time.UTC)
	want := []cc.Contact{{
		ContactID: contactID,
		EmailAddress: cc.EmailAddress{
			Address: "three@example.com", PermissionToSend: "implicit", ConfirmStatus: "off",
			OptInSource: "Account", OptInDate: made, CreatedAt: made, UpdatedAt: made,
		},
		FirstName: "Ada", LastName: "Owner", UpdateSource: "Account", CreateSource: "Account",
		CreatedAt: made, UpdatedAt: made, ListMemberships: []string{listID}, Taggings: []string{},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantQuery(t, fake, url.Values{
		"status": {"active,unsubscribed"}, "lists": {listID + "," + contactID}, "email": {"three+1@example.com"},
		"updated_after": {"2026-09-29T15:00:00Z"}, "include": {"list_memberships,taggings"}, "limit": {"7"},
	})
}

func TestContactsAllWithoutIncludes(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts"), 200, sample(t, "contacts"))

	got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
	if err != nil || len(got) != 3 || got[0].ListMemberships != nil || got[0].FirstName != "Update" {
		t.Errorf("got %+v, %v; want three contacts without memberships", got, err)
	}
	wantQuery(t, fake, url.Values{"limit": {"500"}})
}

func TestContactWithoutAnAddress(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts"), 200, `{"contacts":[{"contact_id":"`+contactID+`","first_name":"Ada"}]}`)

	got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]cc.Contact{{ContactID: contactID, FirstName: "Ada"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestContactsCount(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts"), 200, `{"contacts":[],"contacts_count":3249}`)

	got, err := client.Contacts.Count(t.Context(), cc.ContactOptions{
		Lists: []string{listID}, Status: []string{cc.StatusAll}, Limit: 500, Include: []string{cc.IncludeTaggings},
	})
	if err != nil || got != 3249 {
		t.Errorf("got %d, %v; want 3249", got, err)
	}
	wantQuery(t, fake, url.Values{"include_count": {"true"}, "limit": {"1"}, "lists": {listID}, "status": {"all"}})
}

func TestContactsCountMissingIsNotZero(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts"), 200, `{"contacts":[]}`)

	if got, err := client.Contacts.Count(t.Context(), cc.ContactOptions{}); err == nil {
		t.Errorf("got %d, want an error", got)
	}
}

func TestContactsGetDeleted(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts/"+contactID), 200, sample(t, "contact_deleted"))

	got, err := client.Contacts.Get(t.Context(), contactID)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Deleted() || !got.DeletedAt.Equal(time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC)) || len(got.ListMemberships) != 0 {
		t.Errorf("got %+v, want it deleted on 2026-09-30 and on no list", got)
	}
	wantQuery(t, fake, url.Values{"include": {"list_memberships,taggings"}})
}

func TestContactWithAnUnreadableDeletionDateIsNotTakenForLive(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts/"+contactID), 200, `{"contact_id":"`+contactID+`","deleted_at":"me@example.com"}`)

	got, err := client.Contacts.Get(t.Context(), contactID)
	if err == nil || strings.Contains(err.Error(), "example") {
		t.Errorf("got %+v, %v; want an error that does not repeat the value", got, err)
	}
}
