package deletion_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
)

const listsRoute = "GET /v3/contact_lists"

// asked is how many requests of a route arrived.
func (w *world) asked(route string) (n int) {
	for _, r := range w.box.Journal() {
		if r.Route == route {
			n++
		}
	}
	return n
}

func TestListsAreRememberedForAMinute(t *testing.T) {
	w := newWorld(t)
	ask := func(want int) deletion.ListsView {
		t.Helper()
		view, err := w.console.Catalog.Lists(t.Context(), w.account)
		w.ok(err)
		same(w, "requests", w.asked(listsRoute), want)
		return view
	}
	view := ask(1)
	same(w, "lists", len(view.Lists), len(w.box.Lists(w.account)))
	for i, l := range w.box.Lists(w.account) {
		if got := view.Lists[i]; got.ID.String() != l.ID || got.Name != l.Name || got.Members != l.Members {
			t.Errorf("list is %+v, want %+v", got, l)
		}
	}
	w.clock.move(59 * time.Second)
	same(w, "time of the second answer", ask(1).AsOf, view.AsOf)
	w.clock.move(time.Second)
	if again := ask(2); !again.AsOf.After(view.AsOf) {
		t.Error("a new reading has the old time")
	}
	w.console.Catalog.ForgetLists(w.account)
	ask(3)
	_, err := w.console.Catalog.Lists(t.Context(), sandbox.SecondAccount)
	w.ok(err)
	ask(4)
}

func TestActivitiesAreRememberedForTenSeconds(t *testing.T) {
	w := newWorld(t)
	sent := w.send(constantcontact.ContactDelete{ContactIDs: w.living(3)})
	ask := func(want int) deletion.ActivitiesView {
		t.Helper()
		view, err := w.console.Catalog.Activities(t.Context(), w.account)
		w.ok(err)
		same(w, "requests", w.asked(activitiesRoute), want)
		return view
	}
	if view := ask(1); len(view.Activities) != 1 || view.Activities[0].ID != sent.ActivityID || view.Activities[0].State != "initialized" {
		t.Errorf("got %+v", view.Activities)
	}
	w.clock.move(9 * time.Second)
	ask(1)
	w.clock.move(time.Second)
	if view := ask(2); view.Activities[0].State != "completed" || *view.Activities[0].ItemsTotal != 3 {
		t.Errorf("got %+v", view.Activities)
	}
}

func TestPagesThatAskTogetherCostOneRequest(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Route: listsRoute, Effect: sandbox.HangAfter, Release: release})
	const pages = 8
	done := make(chan error, pages)
	for range pages {
		go func() {
			_, err := w.console.Catalog.Lists(t.Context(), w.account)
			done <- err
		}()
	}
	<-hang.Reached()
	close(release)
	for range pages {
		w.ok(<-done)
	}
	same(w, "requests", w.asked(listsRoute), 1)
}

func TestOneActivityIsRead(t *testing.T) {
	w := newWorld(t)
	sent := w.send(constantcontact.ContactDelete{ContactIDs: w.living(3)})
	got, err := w.console.Catalog.Activity(t.Context(), w.account, sent.ActivityID)
	w.ok(err)
	same(w, "activity", got.ID, sent.ActivityID)
	for _, id := range []string{strangers(1)[0], "00000000-0000-0000-0000-000000000000"} {
		if _, err := w.console.Catalog.Activity(t.Context(), w.account, id); !errors.Is(err, deletion.ErrNotFound) {
			t.Errorf("an unknown activity got %v", err)
		}
	}
}

func TestWhyTheVendorCouldNotBeAsked(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   sandbox.Fault
		trouble string // beginning of the sentence, empty when the error says more by itself
		is      error
	}{
		{"not signed in", sandbox.Fault{Status: 401}, "", deletion.ErrSignInAgain},
		{"not allowed", sandbox.Fault{Status: 403}, "It does not let", nil},
		{"throttled", sandbox.Fault{Status: 429}, "It takes no more", nil},
		{"the day is used", sandbox.Fault{Status: 429, Body: sandbox.QuotaExceededBody}, "It takes no more", nil},
		{"an error", sandbox.Fault{Status: 500}, "It answered with an error", nil},
		{"no answer", sandbox.Fault{Effect: sandbox.ResetBefore}, "It did not answer", nil},
		{"half an answer", sandbox.Fault{Effect: sandbox.TruncateAfter}, "It did not answer", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault.Effect == "" {
				c.fault.Effect = sandbox.AnswerBefore
			}
			c.fault.Count = 3
			for route, ask := range w.questions() {
				c.fault.Route = route
				hit := w.spoil(c.fault)
				err := ask()
				why, ok := deletion.VendorTrouble(err)
				if ok != (c.trouble != "") || !strings.HasPrefix(why, c.trouble) || c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("%s: %v is explained as %q, %v", route, err, why, ok)
				}
				hit.Remove()
				w.ok(ask()) // an error is not remembered
			}
		})
	}
}

// questions are what pages ask, by route.
func (w *world) questions() map[string]func() error {
	id := w.send(constantcontact.ContactDelete{ContactIDs: w.living(1)}).ActivityID
	return map[string]func() error{
		listsRoute: func() error { _, err := w.console.Catalog.Lists(w.Context(), w.account); return err },
		activitiesRoute: func() error {
			_, err := w.console.Catalog.Activities(w.Context(), w.account)
			return err
		},
		"GET /v3/activities/{id}": func() error {
			_, err := w.console.Catalog.Activity(w.Context(), w.account, id)
			return err
		},
	}
}

func TestOurOwnReasonsAreNoTroubleOfTheVendor(t *testing.T) {
	resume := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	w := newWorld(t)
	questions := w.questions()
	for _, reason := range []error{&deletion.QuotaError{ResumeAt: resume}, deletion.ErrSignInAgain} {
		w.door.permit = func(context.Context, constantcontact.Call) error { return reason }
		for route, ask := range questions {
			err := ask()
			if why, ok := deletion.VendorTrouble(err); !errors.Is(err, reason) || ok {
				t.Errorf("%s: %v is explained as %q", route, err, why)
			}
		}
	}
	if why, ok := deletion.VendorTrouble(errDiskFull); ok {
		t.Errorf("an error of ours is explained as %q", why)
	}
}
