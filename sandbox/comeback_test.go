package sandbox_test

import (
	"testing"
	"time"

	"winnow/sandbox"
)

func TestContactsOfAListReturn(t *testing.T) {
	a := start(t, nil)
	list := a.listWithMembers(5)
	members := a.Members(sandbox.MainAccount, list)
	a.Inject(sandbox.Fault{Effect: sandbox.ContactsReturn, Items: 2})
	a.remove("list_ids", list)
	a.Settle()
	back := 0
	for _, id := range members {
		if a.status(id) != "deleted" {
			back++
		}
	}
	if back != 2 || len(a.Members(sandbox.MainAccount, list)) != 0 {
		t.Errorf("%d of %d came back, and the list has %d members", back, len(members), len(a.Members(sandbox.MainAccount, list)))
	}
}

func TestReturnsAndDeletionsKeepTheirOrder(t *testing.T) {
	a := start(t, nil)
	id := a.living(sandbox.MainAccount, 1)[0]
	a.Inject(sandbox.Fault{Effect: sandbox.ContactsReturn, Items: 1, Delay: 500 * time.Millisecond})
	a.remove("contact_ids", id) // ends after 1.01 s; the contact returns at 1.51 s
	a.remove("contact_ids", id) // begins at 1.51 s and handles it at 2.02 s
	a.clock.Advance(1100 * time.Millisecond)
	if s := a.status(id); s != "deleted" {
		t.Errorf("after the first deletion it is %s", s)
	}
	a.clock.Advance(500 * time.Millisecond)
	if s := a.status(id); s == "deleted" {
		t.Error("it did not return in between")
	}
	a.clock.Advance(time.Second)
	if s := a.status(id); s != "deleted" {
		t.Errorf("after the second deletion it is %s", s)
	}

	// The same in one look gives the same.
	b := start(t, nil)
	b.Inject(sandbox.Fault{Effect: sandbox.ContactsReturn, Items: 1, Delay: 500 * time.Millisecond})
	b.remove("contact_ids", id)
	b.remove("contact_ids", id)
	b.clock.Advance(time.Minute)
	one, _ := a.Contact(sandbox.MainAccount, id)
	other, _ := b.Contact(sandbox.MainAccount, id)
	if !one.DeletedAt.Equal(other.DeletedAt) || one.Status != other.Status {
		t.Errorf("step by step it is %+v, at once %+v", one, other)
	}
}

func TestWhoUnsubscribedReturnsUnsubscribed(t *testing.T) {
	a := start(t, nil)
	for c := range a.Contacts(sandbox.MainAccount) {
		if c.Status != "unsubscribed" {
			continue
		}
		a.remove("contact_ids", c.ID)
		a.Settle()
		if !a.ReturnContact(sandbox.MainAccount, c.ID) || a.status(c.ID) != "unsubscribed" {
			t.Errorf("it is %s", a.status(c.ID))
		}
		return
	}
	t.Fatal("nobody has unsubscribed")
}

func TestReturnOfNobody(t *testing.T) {
	a := start(t, nil)
	id := a.living(sandbox.MainAccount, 1)[0]
	for name, tc := range map[string]struct{ account, id string }{
		"living": {sandbox.MainAccount, id}, "unknown": {sandbox.MainAccount, stranger},
		"malformed": {sandbox.MainAccount, "x"}, "other account": {sandbox.SecondAccount, id}, "no account": {"nobody", id},
	} {
		if a.ReturnContact(tc.account, tc.id) {
			t.Errorf("%s: came back", name)
		}
	}
}

func TestForeignActivityOverLists(t *testing.T) {
	a := start(t, nil)
	list := a.listWithMembers(1)
	a.Inject(sandbox.Fault{Effect: sandbox.ForeignActivity})
	ours := a.remove("list_ids", list)
	a.Settle()
	all := a.Activities(sandbox.MainAccount)
	if len(all) != 2 || all[0].ID != ours.ID {
		t.Fatalf("the activities are %+v", all)
	}
	if foreign := a.activity(all[1].ID); foreign.Status.Lists == nil || *foreign.Status.Lists != 1 {
		t.Errorf("the foreign one is %+v", foreign)
	}
}

func TestForeignActivitiesThatCannotBe(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.QueueLimit = 1 })
	for name, tc := range map[string]struct {
		account string
		n       int
	}{"no account": {"nobody", 1}, "none": {sandbox.MainAccount, 0}, "too many": {sandbox.MainAccount, 501}} {
		if job, err := a.AddForeignActivity(tc.account, tc.n); err == nil {
			t.Errorf("%s: %+v", name, job)
		}
	}
	if _, err := a.AddForeignActivity(sandbox.MainAccount, 500); err != nil {
		t.Error(err)
	}
	if job, err := a.AddForeignActivity(sandbox.MainAccount, 500); err == nil {
		t.Errorf("a full queue took %+v", job)
	}
	if got := a.do("POST", deletePath, deleteBody("contact_ids", stranger)); got.status != 429 || got.body != sandbox.QueueFullBody {
		t.Errorf("behind it a request is answered %d %s", got.status, got.body)
	}
}
