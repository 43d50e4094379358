package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// manage sends a request to the management listener.
func (a *api) manage(method, path, body string) answer {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.ManagementURL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	return a.roundTrip(req)
}

// managedTo is manage for what has to work; a body that comes back is read into the value.
func (a *api) managedTo(into any, method, path, body string) {
	a.t.Helper()
	got := a.manage(method, path, body)
	if got.status != http.StatusOK && got.status != http.StatusNoContent {
		a.t.Fatalf("%s %s answered %d %s", method, path, got.status, got.body)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got.body), into); err != nil {
			a.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

func TestManagementIsNotOnThePublicListener(t *testing.T) {
	a := start(t, nil)
	for _, path := range []string{"/journal", "/counts", "/state", "/faults", "/clock", "/reset", "/v3/../journal", "/management/journal"} {
		for _, method := range []string{"GET", "POST"} {
			if got := a.do(method, path, ""); got.status == 200 || got.status == 204 {
				t.Errorf("%s %s answered %d %s", method, path, got.status, got.body)
			}
		}
	}
	if got := a.manage("GET", "/v3/contacts", ""); got.status != http.StatusNotFound {
		t.Errorf("the management listener answers the API with %d", got.status)
	}
}

func TestManagementRefusesOtherSites(t *testing.T) {
	a := start(t, nil)
	for header, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.ManagementURL+"/reset", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(header, value)
		if got := a.roundTrip(req); got.status != http.StatusForbidden {
			t.Errorf("%s: answered %d", header, got.status)
		}
	}
}

func TestManagementMovesTheClock(t *testing.T) {
	a := start(t, nil)
	var clock struct {
		Now     time.Time
		Since   string
		Stopped bool
	}
	begin := a.clock.Now()
	a.managedTo(&clock, "POST", "/clock", `{"advance":"25h","stopped":true}`)
	if !clock.Now.Equal(begin.Add(25*time.Hour)) || clock.Since != "25h0m0s" || !clock.Stopped {
		t.Errorf("the clock is %+v", clock)
	}
	if a.works(a.token) {
		t.Error("the access token of yesterday works")
	}
	a.clock.Advance(time.Hour) // does not reach a stopped clock
	a.managedTo(&clock, "GET", "/clock", "")
	if !clock.Now.Equal(begin.Add(25 * time.Hour)) {
		t.Errorf("the stopped clock says %v", clock.Now)
	}
	a.managedTo(&clock, "POST", "/clock", `{"stopped":false}`)
	a.clock.Advance(time.Minute)
	a.managedTo(&clock, "POST", "/clock", "")
	if !clock.Now.Equal(begin.Add(25*time.Hour+time.Minute)) || clock.Stopped {
		t.Errorf("the clock that runs again is %+v", clock)
	}
}

func TestManagementPlansFaults(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Chaos = &sandbox.Chaos{Seed: 9, Rules: []sandbox.Fault{{Effect: sandbox.ExtraFields, Probability: 0.001}}}
	})
	type fault struct {
		ID         int
		Effect     string
		Status     int
		Hits       int
		Delay      string
		NoBody     bool `json:"no_body"`
		RetryAfter string
	}
	var added fault
	a.managedTo(&added, "POST", "/faults", `{"route":"GET /v3/activities","effect":"answer before","status":429,"no_body":true,"retry_after":"3s","skip":1,"count":1}`)
	if added.ID != 1 || added.Status != 429 || !added.NoBody {
		t.Errorf("it was added as %+v", added)
	}
	var statuses []int
	for range 3 {
		got := a.do("GET", "/v3/activities", "")
		if statuses = append(statuses, got.status); got.status == 429 && (got.body != "" || got.header.Get("Retry-After") != "3") {
			t.Errorf("refused with %q and %v", got.body, got.header)
		}
	}
	if diff := cmp.Diff([]int{200, 429, 200}, statuses); diff != "" {
		t.Errorf("wrong statuses (-want +got):\n%s", diff)
	}
	a.managedTo(nil, "POST", "/faults", `{"effect":"index lag","delay":"90s","count":-1}`)
	var all struct {
		Faults []fault
		Seed   uint64 `json:"chaos_seed"`
	}
	a.managedTo(&all, "GET", "/faults", "")
	want := []fault{{ID: 1, Effect: "answer before", Status: 429, Hits: 1, NoBody: true}, {ID: 2, Effect: "index lag", Delay: "1m30s"}, {ID: -1, Effect: "unknown fields"}}
	if diff := cmp.Diff(want, all.Faults); diff != "" || all.Seed != 9 {
		t.Errorf("wrong faults with seed %d (-want +got):\n%s", all.Seed, diff)
	}
	a.managedTo(nil, "DELETE", "/faults/2", "")
	a.managedTo(nil, "DELETE", "/faults/-1", "")
	if n := len(a.Faults()); n != 1 {
		t.Errorf("%d faults are left", n)
	}
	a.managedTo(nil, "DELETE", "/faults", "")
	if n := len(a.Faults()); n != 0 {
		t.Errorf("%d faults are left", n)
	}
}

func TestManagementHoldsAndReleases(t *testing.T) {
	for name, let := range map[string]string{"released": "/faults/1/release", "reset": "/reset", "other seed": "/seed"} {
		t.Run(name, func(t *testing.T) {
			a := start(t, nil)
			a.managedTo(nil, "POST", "/faults", `{"route":"POST /v3/activities/contact_delete","effect":"hang before","held":true}`)
			reached := a.Faults()[0].Reached()
			over := a.background(t.Context())
			<-reached
			a.managedTo(nil, "POST", let, "")
			if err := <-over; err != nil {
				t.Error(err)
			}
			if got := a.manage("POST", "/faults/1/release", "").status; got != http.StatusNotFound {
				t.Errorf("a second release is answered %d", got)
			}
		})
	}
}

func TestManagementOfTokens(t *testing.T) {
	a := startOAuth(t)
	var issued struct {
		Token string `json:"access_token"`
	}
	a.managedTo(&issued, "POST", "/tokens", `{"login":"`+sandbox.ManagerLogin+`","scopes":["contact_data"]}`)
	if !a.works(issued.Token) {
		t.Error("the token does not work")
	}
	p := a.issued(a.exchange(codeForm(a.code(sandbox.ManagerLogin))))
	a.managedTo(nil, "POST", "/expire", `{"login":"`+sandbox.ManagerLogin+`"}`)
	if a.works(issued.Token) || a.works(p.Access) || !a.works(a.token) {
		t.Error("expiring voided too little or too much")
	}
	p = a.issued(a.exchange(refreshForm(p.Refresh)))
	a.managedTo(nil, "POST", "/revoke", `{"login":"`+sandbox.ManagerLogin+`"}`)
	if a.works(p.Access) {
		t.Error("a revoked token works")
	}
	a.wantGrantError("a revoked refresh token", a.exchange(refreshForm(p.Refresh)), badRefresh)
}

func TestManagementActsLikeSomebodyElse(t *testing.T) {
	a := start(t, nil)
	var foreign sandbox.Activity
	a.managedTo(&foreign, "POST", "/activities/"+sandbox.MainAccount, `{"contacts":17}`)
	if foreign.State != "initialized" || foreign.ID == "" {
		t.Errorf("it is %+v", foreign)
	}
	a.managedTo(nil, "POST", "/settle", "")
	var all struct{ Activities []sandbox.Activity }
	a.managedTo(&all, "GET", "/activities/"+sandbox.MainAccount, "")
	if len(all.Activities) != 1 || all.Activities[0].State != "completed" || all.Activities[0].Total != 17 || all.Activities[0].Completed != 0 {
		t.Errorf("the activities are %+v", all.Activities)
	}
	id := a.living(sandbox.MainAccount, 1)[0]
	path := "/contacts/" + sandbox.MainAccount + "/" + id
	if got := a.manage("POST", path+"/return", "").status; got != http.StatusNotFound {
		t.Errorf("the return of a living contact is answered %d", got)
	}
	a.remove("contact_ids", id)
	a.Settle()
	var back sandbox.Contact
	a.managedTo(&back, "POST", path+"/return", "")
	if back.Status == "deleted" || !back.DeletedAt.IsZero() || len(back.Lists) != 0 || back.ID != id {
		t.Errorf("it came back as %+v", back)
	}
}
