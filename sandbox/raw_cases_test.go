package sandbox_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

const (
	deletePath   = "/v3/activities/contact_delete"
	contactsPath = "/v3/contacts?limit=5&status=all"
)

// rawCases observe each effect from outside, byte by byte.
var rawCases = map[sandbox.Effect]func(t *testing.T, a *api){
	sandbox.AnswerBefore: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody, RetryAfter: 1500 * time.Millisecond})
		got := a.ask("POST", deletePath, deleteBody("contact_ids", stranger))
		got.wantAnswer(t, 429, "quota_exceeded")
		if _, header, _, _ := got.parse(t); header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After is %q", header.Get("Retry-After"))
		}
		a.wantMoments(true, false, true)
	},
	sandbox.AnswerAfter: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.AnswerAfter, Status: 503})
		a.ask("POST", deletePath, deleteBody("contact_ids", stranger)).wantAnswer(t, 503, "Service Unavailable")
		a.wantMoments(true, true, true)
	},
	sandbox.HangBefore: func(t *testing.T, a *api) {
		injected := a.Inject(sandbox.Fault{Effect: sandbox.HangBefore, Delay: time.Minute})
		w := a.dial()
		body := deleteBody("contact_ids", stranger)
		w.write(a.head("POST", deletePath, body) + body)
		<-injected.Reached()
		a.clock.Advance(time.Minute - time.Nanosecond)
		if a.jobs() != 0 {
			t.Error("it took effect too early")
		}
		a.clock.Advance(time.Nanosecond)
		w.listen().wantAnswer(t, 201, `"state":"initialized"`)
		a.wantMoments(true, true, true)
		if last := a.Journal()[0]; last.EffectApplied.At-last.BodyComplete.At != time.Minute {
			t.Errorf("the effect came %v after the body", last.EffectApplied.At-last.BodyComplete.At)
		}
	},
	sandbox.HangAfter: func(t *testing.T, a *api) {
		injected := a.Inject(sandbox.Fault{Effect: sandbox.HangAfter, Delay: time.Minute})
		w := a.dial()
		body := deleteBody("contact_ids", stranger)
		w.write(a.head("POST", deletePath, body) + body)
		<-injected.Reached()
		if a.jobs() != 1 {
			t.Error("it has no effect while it hangs")
		}
		a.clock.Advance(time.Minute)
		w.listen().wantAnswer(t, 201, `"state":"initialized"`)
		a.wantMoments(true, true, true)
	},
	sandbox.ResetUnread: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ResetUnread})
		w := a.dial()
		w.write(a.head("POST", deletePath, "{}")) // and never a body
		w.listen().wantReset(t)
		a.wantMoments(false, false, false)
	},
	sandbox.ResetBefore: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ResetBefore})
		a.ask("POST", deletePath, deleteBody("contact_ids", stranger)).wantReset(t)
		a.wantMoments(true, false, false)
	},
	sandbox.ResetAfter: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ResetAfter})
		a.ask("POST", deletePath, deleteBody("contact_ids", stranger)).wantReset(t)
		a.wantMoments(true, true, false)
	},
	sandbox.TruncateAfter: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.TruncateAfter})
		got := a.ask("POST", deletePath, deleteBody("contact_ids", stranger))
		status, header, body, err := got.parse(t)
		if status != 201 || !errors.Is(err, io.ErrUnexpectedEOF) || header.Get("Content-Length") != fmt.Sprint(2*len(body)) && header.Get("Content-Length") != fmt.Sprint(2*len(body)+1) {
			t.Errorf("heard %q (%v)", got.text, err)
		}
		a.wantMoments(true, true, true)
	},
	sandbox.NoIDAfter: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.NoIDAfter})
		body := a.ask("POST", deletePath, deleteBody("contact_ids", stranger)).wantAnswer(t, 201, `{"state":"initialized",`)
		if strings.Contains(body, "activity_id") {
			t.Errorf("it says %s", body)
		}
		a.wantMoments(true, true, true)
	},
	sandbox.ExpireToken: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ExpireToken})
		a.ask("GET", contactsPath, "").wantAnswer(t, 401, unauthorizedBody)
		a.ask("GET", contactsPath, "").wantAnswer(t, 401, unauthorizedBody)
	},
	sandbox.Trickle: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.Trickle, Delay: time.Millisecond})
		got := a.ask("GET", "/v3/account/summary", "")
		got.wantAnswer(t, 200, sandbox.MainAccount)
		if got.reads < 20 {
			t.Errorf("it came in %d pieces", got.reads)
		}
	},
	sandbox.GzipBomb: func(t *testing.T, a *api) {
		const size = 20<<20 + 3
		a.Inject(sandbox.Fault{Effect: sandbox.GzipBomb, Size: size})
		got := a.ask("GET", contactsPath, "")
		_, header, body, err := got.parse(t)
		if err != nil || header.Get("Content-Encoding") != "gzip" || len(body) > size/500 {
			t.Fatalf("%d bytes came (%v) with %v", len(body), err, header)
		}
		inflate, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, inflate); n != size || err != nil {
			t.Errorf("it inflates to %d bytes (%v), want %d", n, err, size)
		}
	},
	sandbox.NextOtherHost: func(t *testing.T, a *api) {
		a.wantNext(sandbox.NextOtherHost, "https://other.example/v3/contacts?limit=5&status=all")
	},
	sandbox.NextNoScheme: func(t *testing.T, a *api) {
		a.wantNext(sandbox.NextNoScheme, "//other.example/v3/contacts?limit=5&status=all")
	},
	sandbox.NextDotDot: func(t *testing.T, a *api) {
		a.wantNext(sandbox.NextDotDot, "/v3/../contacts?limit=5&status=all")
	},
	sandbox.NextSelf: func(t *testing.T, a *api) {
		a.wantNext(sandbox.NextSelf, contactsPath)
	},
	sandbox.NextEndless: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.NextEndless, Count: sandbox.EveryTime})
		seen := map[string]bool{}
		path, first := "/v3/contacts?limit=500&lists="+stranger, "" // one page, and an empty one
		for range 5 {
			body := a.ask("GET", path, "").wantAnswer(t, 200, `"contacts":[]`)
			path = nextOf(t, body)
			if seen[path] {
				t.Errorf("%s was seen before", path)
			}
			seen[path] = true
			rest, _, _ := strings.Cut(body, `,"_links"`)
			if first == "" {
				first = rest
			} else if rest != first {
				t.Errorf("the page says %s, and %s before", rest, first)
			}
		}
	},
	sandbox.ShortPage: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ShortPage, Count: sandbox.EveryTime})
		path, pages, contacts := "/v3/contacts?status=all&limit=40", 0, 0
		for ; path != ""; pages++ {
			body := a.ask("GET", path, "").wantAnswer(t, 200, `{"contacts":[{`)
			contacts += strings.Count(body, `"contact_id"`)
			path = nextOf(t, body)
		}
		if contacts != 600 || pages < 20 {
			t.Errorf("%d contacts came on %d pages", contacts, pages)
		}
	},
	sandbox.ExtraFields: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ExtraFields})
		a.ask("GET", contactsPath, "").wantAnswer(t, 200, `{"schema_revision":{"major":4,"flags":[true,null,"ß"]},"x-trace":[],"contacts":[{"contact_id":`)
	},
	sandbox.NoCompletedCount: func(t *testing.T, a *api) {
		job := a.remove("contact_ids", stranger)
		a.Settle()
		a.Inject(sandbox.Fault{Effect: sandbox.NoCompletedCount})
		a.ask("GET", "/v3/activities/"+job.ID, "").wantAnswer(t, 200, `"status":{"items_total_count":1}`)
	},
	sandbox.IndexLag: func(t *testing.T, a *api) {
		id := a.living(sandbox.MainAccount, 1)[0]
		a.Inject(sandbox.Fault{Effect: sandbox.IndexLag, Delay: time.Minute, Count: sandbox.EveryTime})
		job := a.remove("contact_ids", id)
		a.Settle()
		a.ask("GET", "/v3/contacts/"+id, "").wantAnswer(t, 200, `"deleted_at"`)
		a.clock.Advance(time.Minute - time.Second)
		a.ask("GET", "/v3/contacts?limit=1", "").wantAnswer(t, 200, id)
		a.ask("GET", "/v3/activities", "").wantAnswer(t, 200, `"activities":[]`)
		a.clock.Advance(time.Second)
		if body := a.ask("GET", "/v3/contacts?limit=1", "").wantAnswer(t, 200, `"contacts"`); strings.Contains(body, id) {
			t.Error("the deleted contact is still shown")
		}
		a.ask("GET", "/v3/activities", "").wantAnswer(t, 200, job.ID)
	},
	sandbox.ActivityFails: func(t *testing.T, a *api) {
		a.wantEnding(sandbox.ActivityFails, `"state":"failed"`, `"activity_errors":["The activity could not be completed."]`)
	},
	sandbox.ActivityTimesOut: func(t *testing.T, a *api) {
		a.wantEnding(sandbox.ActivityTimesOut, `"state":"timed_out"`)
	},
	sandbox.ActivityCancelled: func(t *testing.T, a *api) {
		a.wantEnding(sandbox.ActivityCancelled, `"state":"cancelled"`)
	},
	sandbox.ActivityEndsShort: func(t *testing.T, a *api) {
		a.wantEnding(sandbox.ActivityEndsShort, `"state":"completed"`, `"percent_done":100`)
	},
	sandbox.ActivityStalls: func(t *testing.T, a *api) {
		a.Inject(sandbox.Fault{Effect: sandbox.ActivityStalls})
		job := a.remove("contact_ids", stranger)
		a.clock.Advance(24 * time.Hour)
		a.token = a.Token(t, sandbox.OwnerLogin)
		a.ask("GET", "/v3/activities/"+job.ID, "").wantAnswer(t, 200, `"state":"initialized"`)
	},
	sandbox.ForeignActivity: func(t *testing.T, a *api) {
		ids := a.living(sandbox.MainAccount, 3)
		a.Inject(sandbox.Fault{Effect: sandbox.ForeignActivity})
		job := a.remove("contact_ids", ids...)
		a.Settle()
		body := a.ask("GET", "/v3/activities", "").wantAnswer(t, 200, job.ID)
		if strings.Count(body, `"items_total_count":3`) != 2 {
			t.Errorf("they do not look alike: %s", body)
		}
		if n := a.Counts().Accounts[sandbox.MainAccount].Activities["completed"]; n != 2 {
			t.Errorf("%d activities ran", n)
		}
		if r := a.Requests(deleteRoute); len(r) != 1 || r[0].ActivityID != job.ID {
			t.Errorf("the journal says %+v", r)
		}
	},
	sandbox.ContactsReturn: func(t *testing.T, a *api) {
		ids := a.living(sandbox.MainAccount, 3)
		a.Inject(sandbox.Fault{Effect: sandbox.ContactsReturn, Items: 2, Delay: time.Hour})
		a.remove("contact_ids", ids...)
		a.Settle()
		a.clock.Advance(time.Hour - time.Second)
		a.ask("GET", "/v3/contacts/"+ids[0], "").wantAnswer(t, 200, `"deleted_at"`)
		a.clock.Advance(time.Second)
		body := a.ask("GET", "/v3/contacts/"+ids[0]+"?include=list_memberships", "").wantAnswer(t, 200, `"list_memberships":[]`)
		if strings.Contains(body, "deleted_at") || a.status(ids[1]) != "active" || a.status(ids[2]) != "deleted" {
			t.Errorf("they are %s, %s and %s", body, a.status(ids[1]), a.status(ids[2]))
		}
	},
}
