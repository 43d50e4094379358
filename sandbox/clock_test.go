package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"winnow/sandbox"
)

// forward moves the server's own clock.
func (a *api) forward(d time.Duration) {
	a.t.Helper()
	if err := a.Clock().Advance(d); err != nil {
		a.t.Fatal(err)
	}
}

func TestClockGoesWithTimeAndAhead(t *testing.T) {
	a := start(t, nil)
	c, begin := a.Clock(), a.clock.Now()
	check := func(what string, want time.Duration) {
		t.Helper()
		if got := c.Now().Sub(begin); got != want {
			t.Errorf("%s: it stands at %v, want %v", what, got, want)
		}
	}
	check("at first", 0)
	a.clock.Advance(time.Second)
	check("with its source", time.Second)
	a.forward(time.Hour)
	check("ahead", time.Hour+time.Second)
	c.Stop()
	c.Stop()
	a.clock.Advance(time.Minute)
	check("stopped", time.Hour+time.Second)
	a.forward(time.Second)
	check("stopped and moved", time.Hour+2*time.Second)
	c.Run()
	c.Run()
	check("running again", time.Hour+2*time.Second)
	a.clock.Advance(time.Second)
	check("running on", time.Hour+3*time.Second)
	if err := c.Advance(-1); err == nil {
		t.Error("it goes back")
	}
	check("not back", time.Hour+3*time.Second)
	if c.Stopped() {
		t.Error("it says that it is stopped")
	}
}

func TestClockOfTheMachineIsTheDefault(t *testing.T) {
	s := sandbox.New(sandbox.Options{Contacts: 1})
	before := time.Now()
	now := s.Clock().Now()
	if now.Before(before) || time.Since(now) < 0 {
		t.Errorf("it says %v, the machine %v", now, before)
	}
}

func TestEverythingFollowsTheClock(t *testing.T) {
	a := startOAuth(t)
	p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	waiting := a.code(sandbox.ManagerLogin)
	job := a.remove("contact_ids", a.living(sandbox.MainAccount, 3)...)

	if state := a.activity(job.ID).State; state != "initialized" {
		t.Errorf("the activity is %s at once", state)
	}
	a.forward(510 * time.Millisecond)
	if state := a.activity(job.ID).State; state != "processing" {
		t.Errorf("the activity is %s after half a second", state)
	}
	a.forward(time.Minute)
	if state := a.activity(job.ID).State; state != "completed" {
		t.Errorf("the activity is %s after a minute", state)
	}
	a.forward(4 * time.Minute)
	a.wantGrantError("a code of five minutes", a.exchange(codeForm(waiting)), badCode)
	a.forward(24*time.Hour - 6*time.Minute)
	if !a.works(p.Access) {
		t.Error("the access token does not live a day")
	}
	a.forward(time.Minute)
	if a.works(p.Access) {
		t.Error("the access token lives longer than a day")
	}
	p = a.issued(a.exchange(refreshForm(p.Refresh)))
	a.token = p.Access
	a.forward(9*24*time.Hour - time.Hour)
	a.token = a.Token(t, sandbox.OwnerLogin)
	if len(a.Activities(sandbox.MainAccount)) != 1 {
		t.Error("the activity is not kept for ten days")
	}
	a.forward(2 * time.Hour)
	if got := a.do("GET", "/v3/activities/"+job.ID, "").status; got != 404 {
		t.Errorf("the activity of ten days is answered %d", got)
	}
	a.forward(171 * 24 * time.Hour)
	a.wantGrantError("a refresh token of 180 days", a.exchange(refreshForm(p.Refresh)), badRefresh)
}

func TestDayQuotaFollowsTheClock(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.RatePerDay = 2 })
	if got := a.admitted(3, sandbox.QuotaExceededBody); got != 2 {
		t.Errorf("%d requests got through", got)
	}
	a.forward(12 * time.Hour) // the tests' day begins at noon
	if got := a.admitted(3, sandbox.QuotaExceededBody); got != 2 {
		t.Errorf("%d requests got through after midnight", got)
	}
}

func TestSpeedDividesTheTimeOfActivities(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Speed = 100 })
	job := a.remove("contact_ids", a.living(sandbox.MainAccount, 100)...) // 2 s at speed 1
	a.forward(20*time.Millisecond - 1)
	if got := a.activity(job.ID); got.State != "processing" || *got.Status.Completed != 99 && *got.Status.Completed != 100 {
		t.Errorf("just before its end it is %+v", got)
	}
	a.forward(time.Millisecond)
	if state := a.activity(job.ID).State; state != "completed" {
		t.Errorf("at its end it is %s", state)
	}
}

func TestEveryAnswerIsDatedByTheClock(t *testing.T) {
	a := start(t, nil)
	a.forward(36 * time.Hour)
	for _, path := range []string{"/v3/account/summary", "/v3/contacts/9390ec42-bc34-11f1-94f6-02420a320002", "/v3/nowhere"} {
		if got, want := a.do(http.MethodGet, path, "").header.Get("Date"), a.Clock().Now().UTC().Format(http.TimeFormat); got != want {
			t.Errorf("%s is dated %s, want %s", path, got, want)
		}
	}
}
