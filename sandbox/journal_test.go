package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"winnow/sandbox"
)

func TestJournalTellsEveryRequest(t *testing.T) {
	a := start(t, nil)
	id := a.living(sandbox.MainAccount, 1)[0]
	body := deleteBody("contact_ids", id, stranger)
	begin := a.clock.Now()

	a.clock.Advance(time.Second)
	a.do("GET", "/v3/contacts?limit=2", "")
	a.clock.Advance(time.Second)
	job := a.remove("contact_ids", id, stranger)
	a.do("PATCH", "/v3/contacts/"+id, "")
	a.do("POST", "/v3/activities/contact_delete", `{}`)
	nobody := *a
	nobody.token = "wrong"
	nobody.do("GET", "/v3/activities", "")

	hash := func(text string) string { sum := sha256.Sum256([]byte(text)); return hex.EncodeToString(sum[:]) }
	owner := sandbox.Request{ClientID: sandbox.DefaultClientID, Account: sandbox.MainAccount, User: sandbox.OwnerLogin, Done: true}
	with := func(r sandbox.Request, change func(*sandbox.Request)) sandbox.Request { change(&r); return r }
	moments := func(r *sandbox.Request, at time.Duration, steps ...int64) {
		r.At, r.Since = begin.Add(at), at
		for i, moment := range []*sandbox.Moment{&r.HeadersIn, &r.BodyComplete, &r.AnswerWritten, &r.EffectApplied} {
			if i < len(steps) {
				*moment = sandbox.Moment{Step: steps[i], At: at}
			}
		}
	}
	want := []sandbox.Request{
		with(owner, func(r *sandbox.Request) {
			moments(r, time.Second, 1, 2, 3)
			r.Seq, r.Method, r.Path, r.Query, r.Route, r.Nth = 1, "GET", "/v3/contacts", "limit=2", "GET /v3/contacts", 1
			r.BodySHA256, r.Status = hash(""), 200
		}),
		with(owner, func(r *sandbox.Request) {
			moments(r, 2*time.Second, 4, 5, 7, 6)
			r.Seq, r.Method, r.Path, r.Route, r.Nth = 2, "POST", "/v3/activities/contact_delete", deleteRoute, 1
			r.BodySize, r.BodySHA256, r.Status = len(body), hash(body), 201
			r.ContactIDs = []uuid.UUID{uuid.MustParse(id), uuid.MustParse(stranger)}
			r.ActivityID, r.Applied = job.ID, true
		}),
		with(sandbox.Request{Done: true}, func(r *sandbox.Request) {
			moments(r, 2*time.Second, 8, 9, 10)
			r.Seq, r.Method, r.Path, r.BodySHA256, r.Status = 3, "PATCH", "/v3/contacts/"+id, hash(""), 404
		}),
		with(owner, func(r *sandbox.Request) {
			moments(r, 2*time.Second, 11, 12, 13)
			r.Seq, r.Method, r.Path, r.Route, r.Nth = 4, "POST", "/v3/activities/contact_delete", deleteRoute, 2
			r.BodySize, r.BodySHA256, r.Status = 2, hash("{}"), 400
		}),
		with(sandbox.Request{Done: true}, func(r *sandbox.Request) {
			moments(r, 2*time.Second, 14, 15, 16)
			r.Seq, r.Method, r.Path, r.Route, r.BodySHA256, r.Status = 5, "GET", "/v3/activities", "GET /v3/activities", hash(""), 401
		}),
	}
	got := a.Journal()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(sandbox.Request{}, "RequestID")); diff != "" {
		t.Errorf("wrong journal (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got[3:], a.JournalAfter(3)); diff != "" {
		t.Errorf("wrong rest (-want +got):\n%s", diff)
	}
}

func TestJournalKnowsTheRequestID(t *testing.T) {
	a := start(t, nil)
	got := a.do("GET", "/v3/contacts?limit=1", "")
	if id := a.Journal()[0].RequestID; id == "" || id != got.header.Get("x-amzn-requestid") {
		t.Errorf("the journal has %q, the answer %q", id, got.header.Get("x-amzn-requestid"))
	}
}

func TestJournalIsBounded(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*sandbox.Options)
		want   int
	}{
		"by entries": {func(o *sandbox.Options) { o.JournalEntries = 3 }, 3},
		"by ids":     {func(o *sandbox.Options) { o.JournalIDs = 5 }, 2},
		"off":        {func(o *sandbox.Options) { o.JournalEntries = sandbox.Off }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, tc.change)
			for range 10 {
				a.remove("contact_ids", stranger, stranger)
			}
			got := a.Journal()
			if len(got) != tc.want {
				t.Fatalf("%d entries are kept, want %d", len(got), tc.want)
			}
			for i, r := range got {
				if r.Seq != int64(10-tc.want+1+i) || len(r.ContactIDs) != 2 {
					t.Errorf("entry %d is number %d with %d ids", i, r.Seq, len(r.ContactIDs))
				}
			}
		})
	}
}

// managed asks the management listener.
func (a *api) managed(path string, into any) int {
	a.t.Helper()
	res, err := http.Get(a.ManagementURL + path)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			a.t.Fatal(err)
		}
	}
	return res.StatusCode
}

func TestManagementTellsWhatGoDoes(t *testing.T) {
	a := start(t, nil)
	id := a.living(sandbox.MainAccount, 1)[0]
	a.remove("contact_ids", id)
	a.do("GET", "/v3/activities", "")
	a.Settle()

	var journal struct{ Requests []sandbox.Request }
	a.managed("/journal", &journal)
	if diff := cmp.Diff(a.Journal(), journal.Requests); diff != "" {
		t.Errorf("wrong journal (-go +http):\n%s", diff)
	}
	var rest struct{ Requests []sandbox.Request }
	a.managed("/journal?after=1", &rest)
	if diff := cmp.Diff(a.JournalAfter(1), rest.Requests); diff != "" {
		t.Errorf("wrong rest of the journal (-go +http):\n%s", diff)
	}
	var contact sandbox.Contact
	a.managed("/contacts/"+sandbox.MainAccount+"/"+id, &contact)
	if want, _ := a.Contact(sandbox.MainAccount, id); contact.Status != "deleted" || !cmp.Equal(want, contact) {
		t.Errorf("wrong contact (-go +http):\n%s", cmp.Diff(want, contact))
	}
	var counts sandbox.Counts
	a.managed("/counts", &counts)
	if diff := cmp.Diff(a.Counts(), counts); diff != "" || counts.Accounts[sandbox.MainAccount].Activities["completed"] != 1 {
		t.Errorf("wrong counts (-go +http):\n%s", diff)
	}
	for path, want := range map[string]int{
		"/journal?after=x": 400, "/journal?after=-1": 400,
		"/contacts/" + sandbox.MainAccount + "/" + stranger: 404,
		"/contacts/nobody/" + id:                            404,
		"/v3/contacts":                                      404,
	} {
		if got := a.managed(path, nil); got != want {
			t.Errorf("%s answered %d, want %d", path, got, want)
		}
	}
}
