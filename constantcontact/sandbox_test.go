package constantcontact_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	cc "winnow/constantcontact"
	"winnow/sandbox"
	"winnow/sandbox/sandboxtest"
)

const sandboxContacts = 1200

// inSandbox starts a sandbox without its rate limits, and a client of its main account's owner. Activities wait
// in the queue until a test settles them.
func inSandbox(t *testing.T, changes ...func(*sandbox.Options)) (*cc.Client, *sandboxtest.Instance) {
	t.Helper()
	start := time.Now()
	o := sandbox.Options{
		Contacts: sandboxContacts, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off,
		Chaos: sandbox.Kind,                      // each test plans its own trouble
		Now:   func() time.Time { return start }, // the sandbox's activities stand still
	}
	for _, change := range changes {
		change(&o)
	}
	box := sandboxtest.Start(t, o)
	return clientOf(t, box, sandbox.OwnerLogin), box
}

func clientOf(t *testing.T, box *sandboxtest.Instance, login string) *cc.Client {
	t.Helper()
	token := box.Token(t, login)
	return newClient(t, box.APIBase, func(o *cc.Options) {
		o.Token = func(context.Context) (string, error) { return token, nil }
	})
}

func TestSandboxAccount(t *testing.T) {
	client, _ := inSandbox(t)
	summary, err := client.Account.Summary(t.Context())
	if err != nil || summary.EncodedAccountID != sandbox.MainAccount {
		t.Errorf("got %+v, %v", summary, err)
	}
	privileges, err := client.Account.Privileges(t.Context())
	if err != nil || !slices.ContainsFunc(privileges, func(p cc.Privilege) bool { return p.Name == "contacts:write" }) {
		t.Errorf("got %+v, %v", privileges, err)
	}
}

func TestSandboxLists(t *testing.T) {
	client, box := inSandbox(t)
	got, err := collect(client.Lists.All(t.Context(), cc.ListOptions{MembershipCount: cc.CountAll}))
	if err != nil {
		t.Fatal(err)
	}
	want := box.Lists(sandbox.MainAccount)
	if len(got) != len(want) {
		t.Fatalf("got %d lists, want %d", len(got), len(want))
	}
	for i, list := range got {
		if list.ListID != want[i].ID || list.Name != want[i].Name || *list.MembershipCount != want[i].Members {
			t.Errorf("got %+v, want %+v", list, want[i])
		}
	}
	one, err := client.Lists.Get(t.Context(), want[0].ID)
	if err != nil || *one.MembershipCount != want[0].Members {
		t.Errorf("got %+v, %v", one, err)
	}
}

func TestSandboxContacts(t *testing.T) {
	client, box := inSandbox(t)
	got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{
		Status: []string{cc.StatusAll}, Include: []string{cc.IncludeListMemberships}, Limit: 100,
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(box.Contacts(sandbox.MainAccount))
	if len(got) != len(want) {
		t.Fatalf("got %d contacts, want %d", len(got), len(want))
	}
	for i, contact := range got {
		w := want[i]
		if contact.ContactID != w.ID || contact.EmailAddress.Address != w.Email || contact.Deleted() != !w.DeletedAt.IsZero() ||
			len(contact.ListMemberships) != len(w.Lists) {
			t.Fatalf("contact %d: got %+v, want %+v", i, contact, w)
		}
	}
	count, err := client.Contacts.Count(t.Context(), cc.ContactOptions{Status: []string{cc.StatusAll}})
	if err != nil || count != len(want) {
		t.Errorf("counted %d, %v; want %d", count, err, len(want))
	}
}

func TestSandboxDeletion(t *testing.T) {
	client, box := inSandbox(t)
	ids := liveIDs(box, cc.MaxDeleteContacts)
	activity, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: ids})
	if err != nil || activity.Final() || activity.PercentDone != 1 || activity.CreatedAt.IsZero() {
		t.Fatalf("got %+v, %v; want a new activity", activity, err)
	}
	box.Settle()

	done, err := client.Activities.Get(t.Context(), activity.ActivityID)
	if err != nil || done.State != cc.StateCompleted || *done.Status.ItemsCompletedCount != len(ids) {
		t.Errorf("got %+v, %v; want it completed", done, err)
	}
	recent, err := client.Activities.Recent(t.Context(), 10)
	if err != nil || len(recent) == 0 || recent[0].ActivityID != activity.ActivityID {
		t.Errorf("got %+v, %v; want the activity first", recent, err)
	}
	contact, err := client.Contacts.Get(t.Context(), ids[0])
	if err != nil || !contact.Deleted() || len(contact.ListMemberships) != 0 {
		t.Errorf("got %+v, %v; want it deleted and on no list", contact, err)
	}
}

func TestSandboxDeletionByList(t *testing.T) {
	client, box := inSandbox(t)
	list := box.Lists(sandbox.MainAccount)[0]
	activity, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ListIDs: []string{list.ID}})
	if err != nil {
		t.Fatal(err)
	}
	box.Settle()
	done, err := client.Activities.Get(t.Context(), activity.ActivityID)
	if err != nil || *done.Status.ListCount != 1 || *done.Status.ItemsTotalCount != list.Members {
		t.Errorf("got %+v, %v; want %d items of one list", done, err, list.Members)
	}
}

func TestSandboxFaults(t *testing.T) {
	cases := []struct {
		name    string
		fault   sandbox.Fault
		want    outcome
		applied bool
	}{
		{"lost before", sandbox.Fault{Effect: sandbox.ResetBefore}, unclear, false},
		{"lost after", sandbox.Fault{Effect: sandbox.ResetAfter}, unclear, true},
		{"cut off", sandbox.Fault{Effect: sandbox.TruncateAfter}, unclear, true},
		{"error before", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 503}, unclear, false},
		{"error after", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 500}, unclear, true},
		{"throttled", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429}, refused, false},
		{"quota", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody}, refused, false},
		{"queue full", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QueueFullBody}, refused, false},
		{"unauthorized", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 401}, refused, false},
		{"forbidden", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 403}, refused, false},
		{"forbidden, though it ran", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 403, Body: htmlBody}, unclear, true},
		{"empty answer", sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 201, Body: sandbox.NoBody}, unclear, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			client, box := inSandbox(t)
			c.fault.Route = "POST /v3/activities/contact_delete"
			box.Inject(c.fault)
			activity, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: liveIDs(box, 1)})
			if got := outcomeOf(t, activity, err); got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
			var arrived, applied int
			for _, request := range box.Journal() {
				arrived++
				if request.Applied {
					applied++
				}
			}
			if arrived != 1 || (applied == 1) != c.applied {
				t.Errorf("%d requests arrived and %d took effect, want one and effect %v", arrived, applied, c.applied)
			}
		})
	}
}

func TestSandboxQueueFull(t *testing.T) {
	client, box := inSandbox(t, func(o *sandbox.Options) { o.QueueLimit = 1 })
	body := cc.ContactDelete{ContactIDs: liveIDs(box, 500)}
	if _, err := client.Activities.DeleteContacts(t.Context(), body); err != nil {
		t.Fatal(err)
	}
	_, err := client.Activities.DeleteContacts(t.Context(), body)
	if vendor := new(cc.Error); !errors.As(err, &vendor) || !vendor.QueueFull() {
		t.Errorf("got %v, want a full queue", err)
	}
}

func TestSandboxPrivilegesAndTokens(t *testing.T) {
	_, box := inSandbox(t)
	creator := clientOf(t, box, sandbox.CreatorLogin)
	activity, err := creator.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: liveIDs(box, 1)})
	if vendor := new(cc.Error); outcomeOf(t, activity, err) != refused || !errors.As(err, &vendor) || !vendor.Forbidden() {
		t.Errorf("got %v, want forbidden", err)
	}
	box.Revoke(sandbox.CreatorLogin)
	_, err = creator.Account.Privileges(t.Context())
	if vendor := new(cc.Error); !errors.As(err, &vendor) || !vendor.Unauthorized() {
		t.Errorf("got %v, want unauthorized", err)
	}
}

func TestSandboxRateLimit(t *testing.T) {
	var now atomic.Int64
	client, _ := inSandbox(t, func(o *sandbox.Options) {
		o.RatePerSecond = 1
		o.Now = func() time.Time { return time.Unix(1_790_000_000+now.Load(), 0) }
	})
	if _, err := client.Account.Summary(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := client.Account.Summary(t.Context())
	if vendor := new(cc.Error); !errors.As(err, &vendor) || !vendor.Throttled() {
		t.Errorf("got %v, want throttled", err)
	}
	now.Add(2)
	if _, err := client.Account.Summary(t.Context()); err != nil {
		t.Errorf("after two seconds: %v", err)
	}
}

// liveIDs are contacts that are not deleted.
func liveIDs(box *sandboxtest.Instance, n int) []string {
	var ids []string
	for contact := range box.Contacts(sandbox.MainAccount) {
		if len(ids) < n && contact.DeletedAt.IsZero() {
			ids = append(ids, contact.ID)
		}
	}
	return ids
}
