package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestDeletionOfOneContact(t *testing.T) {
	a := start(t, nil)
	id, _, lists, tags := a.richContact()
	a.must(204, "DELETE", "/v3/contacts/"+id, "", nil)
	if got := a.do("DELETE", "/v3/contacts/"+id, ""); got.status != 404 || got.body != notFoundBody {
		t.Errorf("the second time it is answered %d %s", got.status, got.body)
	}
	for _, l := range lists {
		if n := len(a.Members(sandbox.MainAccount, l)); n != 0 {
			t.Errorf("list %s has %d members", l, n)
		}
	}
	if got := a.contactIDs("/v3/contacts?status=all&tags=" + tags[0]); len(got) != 0 {
		t.Errorf("contacts with its tag are %v", got)
	}
	requests := a.Journal()
	at := slices.IndexFunc(requests, func(r sandbox.Request) bool { return r.Method == "DELETE" && r.Status == 204 })
	if done := requests[at]; !done.Applied || len(done.ContactIDs) != 1 || done.ContactIDs[0].String() != id {
		t.Errorf("the journal says %+v", done)
	}
}

func TestCountsByConsent(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Contacts = 300 })
	var before, after struct {
		Total, Explicit, Implicit, Pending, Unsubscribed int
		New                                              *int `json:"new_subscriber"`
	}
	a.get("/v3/contacts/counts", &before)
	if before.New != nil {
		t.Error("new_subscriber is there without being asked for")
	}
	want := map[string]int{}
	for c := range a.Contacts(sandbox.MainAccount) {
		if c.Status != "deleted" {
			want[c.Permission]++
			want["total"]++
		}
	}
	if before.Total != want["total"] || before.Explicit != want["explicit"] || before.Implicit != want["implicit"] || before.Pending != want["pending_confirmation"] || before.Unsubscribed != want["unsubscribed"] {
		t.Errorf("the counts are %+v, want %v", before, want)
	}
	a.newContact()
	a.get("/v3/contacts/counts?include=new_subscriber", &after)
	if after.Implicit != before.Implicit+1 || after.New == nil || *after.New != 1 {
		t.Errorf("with one more the counts are %+v", after)
	}
	a.refused("GET", "/v3/contacts/counts?include=everyone", "", "include does not have a valid value")
}

func TestXrefs(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Contacts = 20 })
	oldest := slices.Collect(a.Contacts(sandbox.MainAccount))
	slices.Reverse(oldest)
	got := a.do("GET", "/v3/contacts/contact_id_xrefs?sequence_ids=0000000003,1,99,3", "").body
	want := fmt.Sprintf(`{"xrefs":[{"sequence_id":"0000000001","contact_id":%q},{"sequence_id":"0000000003","contact_id":%q}]}`, oldest[0].ID, oldest[2].ID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
	a.refused("GET", "/v3/contacts/contact_id_xrefs", "", "sequence_ids is missing")
	a.refused("GET", "/v3/contacts/contact_id_xrefs?sequence_ids=x", "", "sequence_ids does not have a valid value")
	a.refused("GET", "/v3/contacts/contact_id_xrefs?sequence_ids="+strings.Repeat("1,", 500)+"1", "", "sequence_ids does not have a valid value")
}

func TestResubscription(t *testing.T) {
	a := start(t, nil)
	path, body := unsubscribedContact(a)
	id := path[strings.LastIndex(path, "/")+1:]
	a.must(200, "PUT", path, body, nil)
	if a.status(id) != "unsubscribed" {
		t.Errorf("the contact is %s before it has confirmed", a.status(id))
	}
	if got := a.do("PUT", path, body); got.status != 409 {
		t.Errorf("the second time it is answered %d %s", got.status, got.body)
	}
	a.refused("PUT", "/v3/contacts/resubscribe/"+a.newContact().ID, body, "the contact is not unsubscribed")
	a.refused("PUT", path, `{}`, "list_ids is missing")
}
