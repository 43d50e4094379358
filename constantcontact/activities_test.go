package constantcontact_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestActivitiesGet(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities/"+activityID), 200, sample(t, "activity"))

	got, err := client.Activities.Get(t.Context(), activityID)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 9, 29, 18, 35, 42, 0, time.UTC)
	want := &cc.Activity{
		ActivityID: activityID, State: cc.StateCompleted, CreatedAt: at, StartedAt: at, CompletedAt: at, UpdatedAt: at,
		PercentDone: 100, Status: cc.ActivityStatus{ItemsTotalCount: pointer(1), ItemsCompletedCount: pointer(1)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestActivityFields(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities/"+activityID), 200, `{"activity_id":"`+activityID+`","state":"failed",
		"started_at":"","completed_at":null,"created_at":"2026-09-29T18:40:21.108+0000","percent_done":75,"unknown":{"a":[1]},
		"activity_errors":["first",{"message":"second"},{"error_key":"k","error_message":"third"},4,{"code":5},"x\u0000y a@example.com"],
		"status":{"items_total_count":1,"items_completed_count":2,"list_count":3,"person_count":4,"error_count":5,
		"correctable_count":6,"cannot_add_to_list_count":7,"more":8},"source_file_name":"in.csv",
		"_links":{"self":{"href":"/v3/activities/else"},"results":{"href":"/v3/contact_exports/1"}}}`)

	got, err := client.Activities.Get(t.Context(), activityID)
	if err != nil {
		t.Fatal(err)
	}
	want := &cc.Activity{
		ActivityID: activityID, State: cc.StateFailed, CreatedAt: time.Date(2026, 9, 29, 18, 40, 21, 108e6, time.UTC),
		PercentDone: 75, Errors: cc.ActivityErrors{"first", "second", "third", "4", `{"code":5}`, "x y [e-mail]"},
		Status: cc.ActivityStatus{
			ItemsTotalCount: pointer(1), ItemsCompletedCount: pointer(2), ListCount: pointer(3), PersonCount: pointer(4),
			ErrorCount: pointer(5), CorrectableCount: pointer(6), CannotAddToListCount: pointer(7),
		},
		SourceFileName: "in.csv", Links: cc.ActivityLinks{Results: cc.Link{Href: "/v3/contact_exports/1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestActivityWithOneErrorThatIsNoArray(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities/"+activityID), 200, `{"activity_id":"`+activityID+`","activity_errors":"alone"}`)

	got, err := client.Activities.Get(t.Context(), activityID)
	if err != nil || len(got.Errors) != 1 || got.Errors[0] != "alone" {
		t.Errorf("got %+v, %v; want the one error", got, err)
	}
}

func TestActivitiesRecentIsOneRequest(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities"), 200, sample(t, "activities"))

	got, err := client.Activities.Recent(t.Context(), 5)
	if err != nil || len(got) != 5 {
		t.Fatalf("got %+v, %v; want five", got, err)
	}
	if got[3].Status.ItemsCompletedCount != nil || *got[3].Status.ItemsTotalCount != 0 {
		t.Errorf("got %+v, want no completed count where nothing was to do", got[3].Status)
	}
	if n := len(fake.seen()); n != 1 {
		t.Errorf("made %d requests although a next page was offered", n)
	}
	wantQuery(t, fake, url.Values{"limit": {"5"}})
}

func TestActivitiesAllFollowsTheNextLink(t *testing.T) {
	client, fake := setup(t)
	fake.HandleFunc(route("GET", "/activities"), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "limit=500" {
			_, _ = w.Write([]byte(sample(t, "activities")))
			return
		}
		if r.URL.RawQuery != "cursor=bGltaXQ9NSZuZXh0PWZiOTI2N2M2LWJjMzQtMTFmMS05NGY2LTAyNDIwYTMyMDAwMg==" {
			t.Errorf("second page asked for with %q", r.URL.RawQuery)
		}
		_, _ = w.Write([]byte(`{"activities":[` + sample(t, "activity") + `],"_links":{"next":{"href":null}}}`))
	})

	got, err := collect(client.Activities.All(t.Context()))
	if err != nil || len(got) != 6 || got[5].ActivityID != activityID {
		t.Errorf("got %d activities, %v; want six with the second page's last", len(got), err)
	}
}

func TestActivityFinal(t *testing.T) {
	final := map[cc.ActivityState]bool{
		cc.StateInitialized: false, cc.StateProcessing: false, cc.StateCompleted: true, cc.StateCancelled: true,
		cc.StateFailed: true, cc.StateTimedOut: true, "": false, "something new": false,
	}
	for state, want := range final {
		if got := (&cc.Activity{State: state}).Final(); got != want {
			t.Errorf("state %q: Final is %v, want %v", state, got, want)
		}
	}
}
