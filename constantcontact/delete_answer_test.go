package constantcontact_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	cc "winnow/constantcontact"
)

// outcome is what a delete request came to, in the words of the package.
type outcome string

const (
	accepted outcome = "accepted"
	unsent   outcome = "unsent"
	refused  outcome = "refused"
	unclear  outcome = "unclear"
)

// outcomeOf fails the test unless exactly one of the types is in the error.
func outcomeOf(t *testing.T, activity *cc.Activity, err error) outcome {
	t.Helper()
	if (activity == nil) == (err == nil) {
		t.Fatalf("got activity %+v and error %v, want exactly one", activity, err)
	}
	if err == nil {
		return accepted
	}
	var found []outcome
	if target := new(*cc.UnsentError); errors.As(err, target) {
		found = append(found, unsent)
	}
	if target := new(*cc.Error); errors.As(err, target) {
		found = append(found, refused)
	}
	if target := new(*cc.UnclearError); errors.As(err, target) {
		found = append(found, unclear)
	}
	if len(found) != 1 {
		t.Fatalf("error %v is of the types %v, want exactly one", err, found)
	}
	return found[0]
}

func deleteOne(t *testing.T, client *cc.Client) outcome {
	t.Helper()
	activity, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID}})
	return outcomeOf(t, activity, err)
}

const (
	activityBody = `{"activity_id":"` + activityID + `","state":"initialized"}`
	arrayBody    = `[{"error_key":"contacts.api.validation.error","error_message":"contact_ids is invalid"}]`
	objectBody   = `{"error_key":"access_denied","error_message":"Request forbidden"}`
	gatewayBody  = `{"message":"Forbidden"}`
	htmlBody     = `<!DOCTYPE html><html><body>Blocked by the proxy</body></html>`
	keylessBody  = `{"error_message":"Too many activities are queued for this account."}`
)

func TestDeleteAnswers(t *testing.T) {
	cases := []struct {
		name   string
		status int
		body   string
		want   outcome
	}{
		{"created", 201, activityBody, accepted},
		{"ok", 200, activityBody, accepted},
		{"taken for later", 202, activityBody, accepted},
		{"created, captured body", 201, sample(t, "activity_accepted"), accepted},
		{"created, captured body without status", 201, sample(t, "activity_without_status"), accepted},
		{"created, with odd fields around the id", 201, `{"state":3,"percent_done":"x","created_at":"soon","activity_id":"` + activityID + `"}`, accepted},
		{"created without a body", 201, "", unclear},
		{"created, empty object", 201, "{}", unclear},
		{"created, null", 201, "null", unclear},
		{"created, empty id", 201, `{"activity_id":""}`, unclear},
		{"created, id is no UUID", 201, `{"activity_id":"12345"}`, unclear},
		{"created, id is a number", 201, `{"activity_id":12345}`, unclear},
		{"created, id in an array", 201, "[" + activityBody + "]", unclear},
		{"created, page", 201, htmlBody, unclear},
		{"created, half a body", 201, activityBody[:40], unclear},
		{"created, something behind the body", 201, activityBody + "x", unclear},
		{"created, vendor error", 201, arrayBody, unclear},
		{"created, more than 16 MiB", 201, `{"activity_id":"` + activityID + `","fill":"` + strings.Repeat("a", 16<<20) + `"}`, unclear},
		{"other success", 203, activityBody, unclear},
		{"no content", 204, "", unclear},
		{"partial", 206, activityBody, unclear},

		{"moved for good", 301, arrayBody, unclear},
		{"found", 302, "", unclear},
		{"see other", 303, "", unclear},
		{"not modified", 304, "", unclear},
		{"moved for now", 307, arrayBody, unclear},
		{"moved for good, same method", 308, "", unclear},

		{"bad request", 400, arrayBody, refused},
		{"bad request, object", 400, objectBody, refused},
		{"unauthorized", 401, sample(t, "unauthorized"), refused},
		{"forbidden", 403, objectBody, refused},
		{"not found", 404, sample(t, "not_found"), refused},
		{"method not allowed", 405, arrayBody, refused},
		{"too large", 413, arrayBody, refused},
		{"wrong content type", 415, arrayBody, refused},
		{"unprocessable", 422, arrayBody, refused},
		{"throttled", 429, `{"error_key":"throttled","error_message":"Too Many Requests"}`, refused},
		{"quota", 429, `{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`, refused},
		{"queue full with a key", 429, `{"error_key":"something","error_message":"Too many"}`, refused},
		{"queue full without a key", 429, keylessBody, refused},
		{"white space around", 400, "\n " + arrayBody + "\n", refused},

		{"bad request, page", 400, htmlBody, unclear},
		{"bad request, empty array", 400, "[]", unclear},
		{"bad request, array of null", 400, "[null]", unclear},
		{"bad request, no key", 400, keylessBody, unclear},
		{"bad request, key is a number", 400, `{"error_key":4}`, unclear},
		{"bad request, one of two without a key", 400, `[{"error_key":"a"},{"x":1}]`, unclear},
		{"bad request, something behind", 400, arrayBody + "<html>", unclear},
		{"bad request, too large to read", 400, arrayBody + strings.Repeat(" ", 16<<20), unclear},
		{"unauthorized, empty", 401, "", unclear},
		{"unauthorized, other API", 401, `{"error":"invalid_token"}`, unclear},
		{"forbidden, page", 403, htmlBody, unclear},
		{"forbidden, gateway", 403, sample(t, "gateway_forbidden"), unclear},
		{"not found, empty", 404, "", unclear},
		{"too large, text", 413, "Request Entity Too Large", unclear},
		{"wrong content type, text", 415, "unsupported", unclear},
		{"limit of a gateway", 429, `{"message":"Too Many Requests"}`, unclear},
		{"limit, empty", 429, "", unclear},

		{"payment required", 402, arrayBody, unclear},
		{"proxy login", 407, arrayBody, unclear},
		{"request timeout", 408, arrayBody, unclear},
		{"conflict", 409, arrayBody, unclear},
		{"gone", 410, arrayBody, unclear},
		{"too early", 425, arrayBody, unclear},
		{"internal error", 500, arrayBody, unclear},
		{"internal error, empty", 500, "", unclear},
		{"bad gateway", 502, htmlBody, unclear},
		{"unavailable", 503, arrayBody, unclear},
		{"gateway timeout", 504, `{"message":"Endpoint request timed out"}`, unclear},
		{"unheard of", 599, objectBody, unclear},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, fake := setup(t)
			fake.answer(route("POST", "/activities/contact_delete"), c.status, c.body)
			activity, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID}})
			if got := outcomeOf(t, activity, err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if activity != nil && (activity.ActivityID == "" || activity.State != cc.StateInitialized && activity.State != "") {
				t.Errorf("got activity %+v", activity)
			}
			wantStatus(t, err, c.status)
			if n := len(fake.seen()); n != 1 {
				t.Errorf("%d requests were made, want exactly one", n)
			}
		})
	}
}

func wantStatus(t *testing.T, err error, want int) {
	t.Helper()
	if vendor := new(cc.Error); errors.As(err, &vendor) && (vendor.Status != want || !vendor.FromVendor) {
		t.Errorf("refusal has status %d, from the vendor: %v", vendor.Status, vendor.FromVendor)
	}
	if doubt := new(cc.UnclearError); errors.As(err, &doubt) && doubt.Status != want {
		t.Errorf("unclear outcome has status %d, want %d", doubt.Status, want)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			elsewhere, connections := rawServer(t, func(conn net.Conn) { readRequest(conn) })
			client, fake := setup(t)
			fake.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", elsewhere+"/contacts")
				w.Header().Set("Set-Cookie", "a=b")
				w.WriteHeader(status)
			})

			if got := deleteOne(t, client); got != unclear {
				t.Errorf("delete: got %s, want %s", got, unclear)
			}
			_, err := client.Contacts.Count(t.Context(), cc.ContactOptions{})
			if vendor := new(cc.Error); !errors.As(err, &vendor) || vendor.Status != status ||
				!strings.Contains(vendor.Error(), "redirect was refused") {
				t.Errorf("read: got %v, want an error that says the redirect was refused", err)
			}
			if n := connections(); n != 0 {
				t.Errorf("the other host saw %d connections", n)
			}
		})
	}
}

func TestDeleteTellsItsLimitsApart(t *testing.T) {
	cases := []struct {
		body                    string
		throttled, quota, queue bool
	}{
		{`{"error_key":"throttled","error_message":"Too Many Requests"}`, true, false, false},
		{`{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`, false, true, false},
		{keylessBody, false, false, true},
		{`[{"error_key":"activities.queue","error_message":"x"}]`, false, false, true},
	}
	for _, c := range cases {
		client, fake := setup(t)
		fake.answer(route("POST", "/activities/contact_delete"), 429, c.body)
		_, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ListIDs: []string{listID}})
		vendor := new(cc.Error)
		if !errors.As(err, &vendor) {
			t.Fatalf("%s: got %v", c.body, err)
		}
		if vendor.Throttled() != c.throttled || vendor.QuotaExceeded() != c.quota || vendor.QueueFull() != c.queue {
			t.Errorf("%s: throttled %v, quota %v, queue %v", c.body, vendor.Throttled(), vendor.QuotaExceeded(), vendor.QueueFull())
		}
	}
}
