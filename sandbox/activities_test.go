package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestActivitiesRunOneAfterAnother(t *testing.T) {
	a := start(t, nil)
	ids := a.living(sandbox.MainAccount, 200)
	first, second := a.remove("contact_ids", ids[:100]...), a.remove("contact_ids", ids[100:]...)
	type look struct {
		First, Second string
		Percent, Done int
	}
	now := func() look {
		one, two := a.activity(first.ID), a.activity(second.ID)
		l := look{First: one.State, Second: two.State, Percent: one.PercentDone}
		if one.Status.Completed != nil {
			l.Done = *one.Status.Completed
		}
		return l
	}
	var got []look
	for range 9 { // every 500 ms from the start to 4 s
		got = append(got, now())
		a.clock.Advance(500 * time.Millisecond)
	}
	want := []look{
		{"initialized", "initialized", 1, 0},
		{"processing", "initialized", 1, 0}, // picked up after 500 ms
		{"processing", "initialized", 1, 0}, // the work begins 500 ms later
		{"processing", "initialized", 50, 50},
		{"completed", "initialized", 100, 100}, // 1 s + 100 * 10 ms
		{"completed", "processing", 100, 100},
		{"completed", "processing", 100, 100},
		{"completed", "processing", 100, 100},
		{"completed", "completed", 100, 100},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wrong course (-want +got):\n%s", diff)
	}
	one, two := a.activity(first.ID), a.activity(second.ID)
	if one.StartedAt != "2026-03-09T12:00:00Z" || one.CompletedAt != "2026-03-09T12:00:02Z" || two.CompletedAt != "2026-03-09T12:00:04Z" {
		t.Errorf("the stamps are %s to %s, and %s", one.StartedAt, one.CompletedAt, two.CompletedAt)
	}
}

func TestWorkIsTheSameHoweverOftenSomebodyLooks(t *testing.T) {
	busy, idle := start(t, nil), start(t, nil)
	ids := busy.living(sandbox.MainAccount, 120)
	for _, a := range []*api{busy, idle} {
		for batch := range slices.Chunk(ids, 40) {
			a.remove("contact_ids", batch...)
		}
	}
	for range 500 {
		busy.clock.Advance(10 * time.Millisecond)
		busy.Counts()
	}
	idle.clock.Advance(5 * time.Second)
	contacts := func(a *api) []sandbox.Contact { return slices.Collect(a.Contacts(sandbox.MainAccount)) }
	if diff := cmp.Diff(contacts(busy), contacts(idle)); diff != "" {
		t.Errorf("the contacts differ:\n%s", diff)
	}
	times := func(a *api) (all []string) {
		for _, job := range a.Activities(sandbox.MainAccount) {
			all = append(all, fmt.Sprint(job.State, job.StartedAt, job.CompletedAt, job.Completed))
		}
		return all
	}
	if diff := cmp.Diff(times(busy), times(idle)); diff != "" {
		t.Errorf("the activities differ:\n%s", diff)
	}
}

func TestAccountsDoNotWaitForEachOther(t *testing.T) {
	a := start(t, nil)
	other := a.as(sandbox.SecondOwnerLogin)
	a.remove("contact_ids", a.living(sandbox.MainAccount, 500)...)
	job := other.remove("contact_ids", a.living(sandbox.SecondAccount, 1)...)
	a.clock.Advance(1010 * time.Millisecond)
	if got := other.activity(job.ID).State; got != "completed" {
		t.Errorf("the other account's activity is %s", got)
	}
	if n := len(other.walk("/v3/activities")[0].Activities); n != 1 {
		t.Errorf("the other account sees %d activities", n)
	}
}

func TestSpeedDividesTheTime(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Speed = 10 })
	job := a.remove("contact_ids", a.living(sandbox.MainAccount, 100)...)
	a.clock.Advance(199 * time.Millisecond)
	early := a.activity(job.ID).State
	a.clock.Advance(time.Millisecond)
	if late := a.activity(job.ID).State; early != "processing" || late != "completed" {
		t.Errorf("it is %s after 199 ms and %s after 200 ms", early, late)
	}
}

func TestQueueIsLimited(t *testing.T) {
	a := start(t, nil)
	for range sandbox.DefaultQueueLimit {
		a.remove("contact_ids", stranger)
	}
	body := deleteBody("contact_ids", stranger)
	if got := a.do("POST", "/v3/activities/contact_delete", body); got.status != 429 || got.body != sandbox.QueueFullBody {
		t.Errorf("number 1,001 is answered %d %s", got.status, got.body)
	}
	if got := a.as(sandbox.SecondOwnerLogin).do("POST", "/v3/activities/contact_delete", body); got.status != 201 {
		t.Errorf("the other account is answered %d", got.status)
	}
	a.clock.Advance(1010 * time.Millisecond) // the first one ends
	if got := a.do("POST", "/v3/activities/contact_delete", body); got.status != 201 {
		t.Errorf("after one has ended it is answered %d", got.status)
	}
}

func TestActivitiesCanBeWalked(t *testing.T) {
	a := start(t, nil)
	var want []string
	for range 7 {
		want = append(want, a.remove("contact_ids", stranger).ID)
		a.clock.Advance(100 * time.Millisecond)
	}
	slices.Reverse(want)
	var got []string
	for _, p := range a.walk("/v3/activities?limit=3") {
		last := p.Activities[len(p.Activities)-1].ID
		for _, job := range p.Activities {
			got = append(got, job.ID)
			if job.Links.Self.Href != "/v3/activities/"+last {
				t.Errorf("activity %s carries the link %s, want that of the page's last item", job.ID, job.Links.Self.Href)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wrong order (-want +got):\n%s", diff)
	}
}

func TestActivitiesByState(t *testing.T) {
	a := start(t, nil)
	for range 4 {
		a.remove("contact_ids", stranger)
	}
	a.clock.Advance(2600 * time.Millisecond) // two are over, the third is in work
	for state, want := range map[string]int{"completed": 2, "processing": 1, "failed": 0, "timed_out": 0, "cancelled": 0} {
		n := 0
		for _, p := range a.walk("/v3/activities?limit=1&state=" + state) {
			n += len(p.Activities)
		}
		if n != want {
			t.Errorf("%d activities are %s, want %d", n, state, want)
		}
	}
}

func TestActivitiesAreForgottenAfterTenDays(t *testing.T) {
	a := start(t, nil)
	old := a.remove("contact_ids", stranger)
	a.clock.Advance(10 * 24 * time.Hour)
	a = a.as(sandbox.OwnerLogin) // the first token has expired
	fresh := a.remove("contact_ids", stranger)
	if got := a.do("GET", "/v3/activities/"+old.ID, "").status; got != 200 {
		t.Errorf("after ten days it is answered %d", got)
	}
	a.clock.Advance(time.Second)
	if got := a.do("GET", "/v3/activities/"+old.ID, ""); got.status != 404 || got.body != notFoundBody {
		t.Errorf("a second later it is answered %d %s", got.status, got.body)
	}
	if pages := a.walk("/v3/activities?limit=1"); len(pages) != 1 || pages[0].Activities[0].ID != fresh.ID {
		t.Errorf("the list is %+v", pages)
	}
}

func TestDrainWaitsForTheQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Contacts: 100})
		token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
		if err != nil {
			t.Fatal(err)
		}
		post(t, s, token, deleteBody("contact_ids", stranger))
		begin := time.Now()
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 1010*time.Millisecond || took > 1020*time.Millisecond {
			t.Errorf("it took %v, want 1.01 s", took)
		}
		s.Inject(sandbox.Fault{Effect: sandbox.ActivityStalls})
		post(t, s, token, deleteBody("contact_ids", stranger))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Drain(ctx); err == nil {
			t.Error("it came back although an activity is stalled")
		}
	})
}

// post sends a contact_delete past any network, for tests that control time itself.
func post(t *testing.T, s *sandbox.Server, token, body string) {
	t.Helper()
	r := httptest.NewRequest("POST", "/v3/activities/contact_delete", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusCreated {
		t.Errorf("contact_delete answered %d: %s", w.Code, w.Body)
	}
}
