package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"winnow/sandbox"
)

const deleteRoute = "POST /v3/activities/contact_delete"

// jobs is the number of activities of the main account, that is, of deletions that had their effect.
func (a *api) jobs() int { return len(a.Activities(sandbox.MainAccount)) }

func TestAnswersBeforeAndAfterTheEffect(t *testing.T) {
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		want  int
		body  string
		jobs  int
	}{
		"500 before":         {sandbox.Fault{Effect: sandbox.AnswerBefore}, 500, `[{"error_key":"contacts.api.internal_error","error_message":"Internal Server Error"}]`, 0},
		"503 after":          {sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 503}, 503, `[{"error_key":"contacts.api.internal_error","error_message":"Service Unavailable"}]`, 1},
		"401 in between":     {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 401}, 401, unauthorizedBody, 0},
		"403":                {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 403}, 403, forbiddenBody, 0},
		"429 by the second":  {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429}, 429, throttledBody, 0},
		"429 by the day":     {sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody}, 429, `{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`, 0},
		"502 with HTML":      {sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 502, Body: "<html>"}, 502, "<html>", 1},
		"201 without a body": {sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 201, Body: sandbox.NoBody}, 201, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, nil)
			tc.fault.Route = deleteRoute
			injected := a.Inject(tc.fault)
			got := a.do("POST", "/v3/activities/contact_delete", deleteBody("contact_ids", stranger))
			if got.status != tc.want || got.body != tc.body || a.jobs() != tc.jobs {
				t.Errorf("answered %d %s with %d activities, want %d %s with %d", got.status, got.body, a.jobs(), tc.want, tc.body, tc.jobs)
			}
			last := a.Journal()[0]
			if last.Status != tc.want || last.Applied != (tc.jobs == 1) || last.Fault != tc.fault.Effect || !last.Done {
				t.Errorf("the journal says %+v", last)
			}
			a.remove("contact_ids", stranger) // a fault hits once unless told otherwise
			if injected.Hits() != 1 {
				t.Errorf("it hit %d times", injected.Hits())
			}
		})
	}
}

func TestFaultChoosesItsRequests(t *testing.T) {
	a := start(t, nil)
	statuses := func(n int) (got []int) {
		for range n {
			got = append(got, a.do("GET", "/v3/contacts?limit=1", "").status)
		}
		return got
	}
	check := func(what string, got []int, want ...int) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: statuses %v, want %v", what, got, want)
		}
	}
	a.Inject(sandbox.Fault{Route: "GET /v3/contacts", Skip: 1, Count: 2, Effect: sandbox.AnswerBefore})
	a.do("GET", "/v3/contact_lists", "") // another route does not count
	check("second and third", statuses(4), 200, 500, 500, 200)

	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 503})
	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 502})
	check("one after the other, any route", statuses(3), 503, 502, 200)

	always := a.Inject(sandbox.Fault{Count: sandbox.EveryTime, Effect: sandbox.AnswerBefore})
	check("every time", statuses(3), 500, 500, 500)
	always.Remove()
	always.Remove()
	check("removed", statuses(1), 200)

	a.Inject(sandbox.Fault{Count: sandbox.EveryTime, Effect: sandbox.AnswerBefore})
	nobody := *a
	nobody.token = ""
	if got := nobody.do("GET", "/v3/contacts", "").status; got != 401 {
		t.Errorf("a request without a token is answered %d", got)
	}
	a.ClearFaults()
	check("all removed", statuses(1), 200)
}

func TestConnectionsThatBreak(t *testing.T) {
	for name, tc := range map[string]struct {
		effect sandbox.Effect
		jobs   int
		status int // in the journal
		wrong  func(answer, error) bool
	}{
		"reset before": {sandbox.ResetBefore, 0, 0, func(_ answer, err error) bool { return !errors.Is(err, syscall.ECONNRESET) }},
		"reset after":  {sandbox.ResetAfter, 1, 0, func(_ answer, err error) bool { return !errors.Is(err, syscall.ECONNRESET) }},
		"truncate after": {sandbox.TruncateAfter, 1, 201, func(got answer, err error) bool {
			return !errors.Is(err, io.ErrUnexpectedEOF) || got.status != 201 || len(got.body) < 100 || strings.HasSuffix(got.body, "}")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, nil)
			a.Inject(sandbox.Fault{Route: deleteRoute, Effect: tc.effect})
			got, err := a.send("POST", "/v3/activities/contact_delete", deleteBody("contact_ids", stranger))
			if tc.wrong(got, err) {
				t.Errorf("came back as %+v with error %v", got, err)
			}
			if n := a.jobs(); n != tc.jobs {
				t.Errorf("%d activities were made, want %d", n, tc.jobs)
			}
			if last := a.Journal()[0]; last.Status != tc.status || last.Applied != (tc.jobs == 1) || !last.Done {
				t.Errorf("the journal says %+v", last)
			}
		})
	}
}

// background sends a contact_delete that can be given up, and tells when it is over.
func (a *api) background(ctx context.Context) <-chan error {
	over := make(chan error, 1)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.APIBase+"/activities/contact_delete", strings.NewReader(deleteBody("contact_ids", stranger)))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Content-Type", "application/json")
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		over <- err
	}()
	return over
}

func TestHangUntilReleased(t *testing.T) {
	for effect, jobsWhileHanging := range map[sandbox.Effect]int{sandbox.HangBefore: 0, sandbox.HangAfter: 1} {
		t.Run(string(effect), func(t *testing.T) {
			a := start(t, nil)
			release := make(chan struct{})
			injected := a.Inject(sandbox.Fault{Route: deleteRoute, Effect: effect, Release: release})
			over := a.background(t.Context())
			<-injected.Reached()
			if n := a.jobs(); n != jobsWhileHanging {
				t.Errorf("%d activities were made while it hangs, want %d", n, jobsWhileHanging)
			}
			if last := a.Journal()[0]; last.Done || last.Status != 0 {
				t.Errorf("the journal says %+v", last)
			}
			close(release)
			if err := <-over; err != nil {
				t.Error(err)
			}
			if last := a.Journal()[0]; a.jobs() != 1 || !last.Applied || last.Status != 201 {
				t.Errorf("%d activities were made, and the journal says %+v", a.jobs(), last)
			}
		})
	}
}

func TestLateEffectAfterTheCallerLeft(t *testing.T) {
	a := start(t, nil)
	release := make(chan struct{})
	injected := a.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore, Release: release})
	ctx, leave := context.WithCancel(t.Context())
	over := a.background(ctx)
	<-injected.Reached()
	leave()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	if n := a.jobs(); n != 0 {
		t.Errorf("%d activities were made before the release", n)
	}
	close(release)
	<-injected.Finished()
	if n := a.jobs(); n != 1 {
		t.Errorf("%d activities were made after the release", n)
	}
}

func TestHangWithoutReleaseEndsWithTheCaller(t *testing.T) {
	a := start(t, nil)
	injected := a.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore})
	ctx, leave := context.WithCancel(t.Context())
	over := a.background(ctx)
	<-injected.Reached()
	leave()
	<-over
	<-injected.Finished()
	if a.jobs() != 0 || a.Journal()[0].Applied {
		t.Error("it had an effect")
	}
}

func TestCloseEndsHangs(t *testing.T) {
	a := start(t, nil)
	injected := a.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore, Release: make(chan struct{})})
	over := a.background(t.Context())
	<-injected.Reached()
	a.Close()
	a.Close()
	if err := <-over; err == nil {
		t.Error("the request was answered")
	}
	if a.jobs() != 0 {
		t.Error("it had an effect")
	}
}

func TestActivitiesThatEndBadly(t *testing.T) {
	for name, tc := range map[string]struct {
		effect  sandbox.Effect
		state   string
		percent int
		errors  int
	}{
		"failed":      {sandbox.ActivityFails, "failed", 40, 1},
		"timed out":   {sandbox.ActivityTimesOut, "timed_out", 40, 0},
		"ended short": {sandbox.ActivityEndsShort, "completed", 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, nil)
			ids := a.living(sandbox.MainAccount, 10)
			a.Inject(sandbox.Fault{Route: deleteRoute, Effect: tc.effect, Items: 4})
			bad := a.remove("contact_ids", ids...)
			next := a.remove("contact_ids", ids[9])
			a.clock.Advance(10 * time.Second)
			got := a.activity(bad.ID)
			if got.State != tc.state || got.PercentDone != tc.percent || len(got.Errors) != tc.errors || *got.Status.Total != 10 || *got.Status.Completed != 4 {
				t.Errorf("it ends as %+v with %d of %d", got, *got.Status.Completed, *got.Status.Total)
			}
			for i, id := range ids {
				if deleted := a.status(id) == "deleted"; deleted != (i < 4 || i == 9) {
					t.Errorf("contact %d is deleted: %v", i, deleted)
				}
			}
			if state := a.activity(next.ID).State; state != "completed" {
				t.Errorf("the next activity is %s", state)
			}
		})
	}
}

func TestStalledActivityHoldsTheQueue(t *testing.T) {
	a := start(t, nil)
	release := make(chan struct{})
	a.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ActivityStalls, Release: release})
	stalled, behind := a.remove("contact_ids", stranger), a.remove("contact_ids", stranger)
	a.clock.Advance(time.Hour)
	a.Settle()
	if one, two := a.activity(stalled.ID).State, a.activity(behind.ID).State; one != "initialized" || two != "initialized" {
		t.Errorf("they are %s and %s", one, two)
	}
	close(release)
	a.clock.Advance(time.Second)
	a.activity(stalled.ID) // the look that notices the release
	a.clock.Advance(10 * time.Second)
	if one, two := a.activity(stalled.ID), a.activity(behind.ID); one.StartedAt != "2026-03-09T13:00:01Z" || two.State != "completed" {
		t.Errorf("after the release they are %+v and %+v", one, two)
	}
}

func TestFaultsOfTheTokenEndpoint(t *testing.T) {
	a := startOAuth(t)
	p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	a.Inject(sandbox.Fault{Route: "POST " + sandbox.TokenPath, Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.NoBody})
	if got := a.exchange(refreshForm(p.Refresh)); got.status != 429 || got.body != "" {
		t.Errorf("answered %d %q", got.status, got.body)
	}
	a.Inject(sandbox.Fault{Route: "POST " + sandbox.TokenPath, Effect: sandbox.AnswerAfter, Status: 500})
	if got := a.exchange(refreshForm(p.Refresh)); got.status != 500 {
		t.Errorf("answered %d", got.status)
	}
	// The answer was lost, the rotation was not.
	a.wantGrantError("the token that was used up", a.exchange(refreshForm(p.Refresh)), badRefresh)
}
