package constantcontact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestAccountSummary(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/account/summary"), 200, sample(t, "account_summary"))

	got, err := client.Account.Summary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &cc.AccountSummary{
		EncodedAccountID: "a07eksd00eu0dl", EncodedPartnerID: "a01-15dl", OrganizationName: "Example Org",
		FirstName: "Ada", LastName: "Owner", ContactEmail: "owner@example.com", ContactPhone: "2540000000",
		CountryCode: "ke", TimeZoneID: "Africa/Nairobi",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAccountSummaryWithoutAnAccountIDIsRefused(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/account/summary"), 200, `{"organization_name":"Example Org"}`)

	if got, err := client.Account.Summary(t.Context()); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
}

func TestAccountPrivileges(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/account/user/privileges"), 200, sample(t, "privileges"))

	got, err := client.Account.Privileges(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 19 || got[0] != (cc.Privilege{ID: 90, Name: "logo:update"}) ||
		got[10] != (cc.Privilege{ID: 43, Name: "contacts:write"}) {
		t.Errorf("got %+v", got)
	}
}
