package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"winnow/sandbox"
)

// Bodies as captured, byte for byte.
const (
	notFoundBody     = `[{"error_key":"not_found","error_message":"The requested resource was not found."}]`
	unauthorizedBody = `{"error_key":"unauthorized","error_message":"Unauthorized"}`
	forbiddenBody    = `{"error_key":"access_denied","error_message":"Request forbidden due to insufficient user privileges."}`
	throttledBody    = `{"error_key":"throttled","error_message":"Too Many Requests"}`
	quotaBody        = `{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`
)

// TestEveryRouteRefusesAlike takes its rows from the table of routes: a route without a case fails.
func TestEveryRouteRefusesAlike(t *testing.T) {
	a := start(t, nil)
	cases := routeCases()
	for _, name := range sandbox.Routes() {
		if strings.Contains(name, " /oauth2/") {
			continue // that half has tests of its own
		}
		rc, known := cases[name]
		if !known {
			t.Errorf("no case for the route %s", name)
			continue
		}
		method, pattern, _ := strings.Cut(name, " ")
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			mine.token = a.Token(t, rc.login(), "account_read", "account_update", "contact_data")
			check := routeCheck{api: &mine, routeCase: rc, method: method}
			check.works()
			check.methods(pattern)
			check.credentials()
			check.ids()
			check.limits()
		})
		delete(cases, name)
	}
	for name := range cases {
		t.Errorf("there is no route %s any more", name)
	}
}

// routeCheck goes through the rows of one route.
type routeCheck struct {
	*api
	routeCase
	method string
}

// login is that of a user who may use the route.
func (rc routeCase) login() string {
	if rc.owner {
		return sandbox.OwnerLogin
	}
	return sandbox.ManagerLogin
}

// send makes the request of the case, or one that differs from it.
func (r routeCheck) answers(what, token, method, path, body string, status int, want string) {
	r.t.Helper()
	as := *r.api
	as.token = token
	kind := r.contentType
	if kind == "" && body != "" {
		kind = "application/json"
	}
	got := as.doAs(kind, method, path, body)
	if got.status != status || want != "" && got.body != want {
		r.t.Errorf("%s: %s %s answered %d %.300s, want %d %s", what, method, path, got.status, got.body, status, want)
	}
	checkHeaders(r.t, what, got)
}

// checkHeaders looks for what the gateway puts on every answer, as captured.
func checkHeaders(t *testing.T, what string, got answer) {
	t.Helper()
	kind := got.header.Get("Content-Type")
	if want := got.status != http.StatusNoContent; want != (kind == "application/json" || kind == "text/csv" || kind == "text/plain") {
		t.Errorf("%s: Content-Type is %q with status %d", what, kind, got.status)
	}
	for _, name := range []string{
		"x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "x-eig-tracking-id", "x-cache", "via", "x-amz-cf-pop", "x-amz-cf-id",
	} {
		if got.header.Get(name) == "" {
			t.Errorf("%s: no header %s", what, name)
		}
	}
	if got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s: no CORS header", what)
	}
}

func (r routeCheck) works() {
	path, body := r.order(r.api)
	r.answers("in order", r.token, r.method, path, body, r.success, "")
	if body != "" && r.contentType == "" {
		as := r.doAs("text/plain", r.method, path, body)
		if as.status != http.StatusUnsupportedMediaType || as.body != "Unsupported Media Type" {
			r.t.Errorf("a body that is not JSON is answered %d %s", as.status, as.body)
		}
		r.answers("malformed JSON", r.token, r.method, path, `{"`, 400, validationBody("the body is not a JSON object of the expected form"))
	}
}

// methods tries those that the path does not serve, with and without a token.
func (r routeCheck) methods(pattern string) {
	path, body := r.order(r.api)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "PURGE"} {
		if slices.Contains(sandbox.Routes(), method+" "+pattern) {
			continue
		}
		r.answers("method not served, signed in", r.token, method, path, "", 404, notFoundBody)
		r.answers("method not served, signed out", "", method, path, "", 404, notFoundBody)
	}
	clean, _, _ := strings.Cut(path, "?")
	r.answers("path with a slash at the end", r.token, r.method, clean+"/", body, 404, notFoundBody)
	r.answers("OPTIONS", "", "OPTIONS", path, "", 200, `{}`)
}

func (r routeCheck) credentials() {
	path, body := r.order(r.api)
	for what, token := range map[string]string{"no token": "", "wrong token": "eyJhbGciOiJub25lIn0.e30.", "two words": "a b"} {
		r.answers(what, token, r.method, path, body, 401, unauthorizedBody)
	}
	all := []string{"account_read", "account_update", "contact_data", "campaign_data", "offline_access"}
	others := slices.DeleteFunc(slices.Clone(all), func(scope string) bool { return scope == r.scope })
	if r.scope == "" {
		r.answers("hardly a scope", r.Token(r.t, sandbox.OwnerLogin, "campaign_data"), r.method, path, body, r.success, "")
	} else {
		r.answers("every scope but "+r.scope, r.Token(r.t, sandbox.OwnerLogin, others...), r.method, path, body, 403, forbiddenBody)
	}
	r.privileges()
	if r.owner {
		manager := r.Token(r.t, sandbox.ManagerLogin, "account_read", "account_update", "contact_data")
		r.answers("every privilege but another role", manager, r.method, path, body, 403, forbiddenBody)
	}
}

// privileges asks as a user who has lost the one privilege, and as one who has lost all others.
func (r routeCheck) privileges() {
	for _, withdrawn := range []struct {
		what    string
		only    bool
		allowed bool
	}{{"missing privilege " + r.privilege, true, r.privilege == ""}, {"no privilege but " + r.privilege, false, true}} {
		box := start(r.t, nil)
		var lost []string
		for _, user := range box.Users() {
			for _, p := range user.Privileges {
				if user.Login == r.login() && (p == r.privilege) == withdrawn.only {
					lost = append(lost, p)
				}
			}
		}
		path, body := r.order(box)
		if err := box.Withdraw(r.login(), lost...); err != nil {
			r.t.Fatal(err)
		}
		check := routeCheck{api: box, routeCase: r.routeCase, method: r.method}
		token := box.Token(r.t, r.login(), "account_read", "account_update", "contact_data")
		if withdrawn.allowed {
			check.answers(withdrawn.what, token, r.method, path, body, r.success, "")
		} else {
			check.answers(withdrawn.what, token, r.method, path, body, 403, forbiddenBody)
		}
	}
}

func (r routeCheck) ids() {
	if r.idName == "" {
		return
	}
	path, body := r.order(r.api)
	collection := path[:strings.LastIndex(path, "/")+1]
	malformed := `[{"error_key":"contacts.api.not_found","error_message":"` + r.idName + ` is in an invalid format."}]`
	status, unknown := 404, notFoundBody
	if r.unknown != "" {
		status, unknown = 400, validationBody(r.unknown)
	}
	r.answers("unknown id", r.token, r.method, collection+stranger, body, status, unknown)
	r.answers("malformed id", r.token, r.method, collection+"12-34", body, 400, malformed)
	r.answers("id in braces", r.token, r.method, collection+"%7B"+stranger+"%7D", body, 400, malformed)
	r.answers("someone else's id", r.Token(r.t, sandbox.SecondOwnerLogin), r.method, path, body, status, unknown)
}

func (r routeCheck) limits() {
	path, body := r.order(r.api)
	if r.highest > 0 {
		wrong := validationBody("limit does not have a valid value")
		r.answers("highest limit", r.token, r.method, fmt.Sprintf("%s?limit=%d", path, r.highest), body, 200, "")
		r.answers("limit over the highest", r.token, r.method, fmt.Sprintf("%s?limit=%d", path, r.highest+1), body, 400, wrong)
		r.answers("limit 0", r.token, r.method, path+"?limit=0", body, 400, wrong)
	}
	if r.excess != "" {
		r.answers("more than allowed", r.token, r.method, path, r.excess, 400, validationBody(r.excessSays))
	}
}

func TestEveryRouteIsThrottled(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*sandbox.Options)
		body   string
	}{
		"second": {func(o *sandbox.Options) { o.RatePerSecond = 1 }, throttledBody},
		"day":    {func(o *sandbox.Options) { o.RatePerDay = 1 }, quotaBody},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, tc.change)
			a.do("GET", "/v3/contacts", "") // the one there may be
			for _, name := range sandbox.Routes() {
				method, path, _ := strings.Cut(name, " ")
				if strings.HasPrefix(path, "/oauth2") {
					continue
				}
				path = strings.ReplaceAll(path, "{id}", stranger)
				got := a.do(method, path, "")
				if got.status != 429 || got.body != tc.body {
					t.Errorf("%s is answered %d %s", name, got.status, got.body)
				}
				checkHeaders(t, name, got)
			}
		})
	}
}

func TestEveryActivityWaitsInTheSameQueue(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.QueueLimit = 1 })
	cases := routeCases()
	orders := make(map[string][3]string)
	for name, rc := range cases {
		method, pattern, _ := strings.Cut(name, " ")
		if method == "POST" && strings.HasPrefix(pattern, "/v3/activities/") || strings.HasPrefix(name, "DELETE /v3/contact_lists") || strings.HasPrefix(name, "DELETE /v3/contact_tags") {
			path, body := rc.order(a)
			orders[method+" "+path] = [3]string{body, rc.contentType, pattern}
		}
	}
	a.remove("contact_ids", stranger)
	for name, order := range orders {
		method, path, _ := strings.Cut(name, " ")
		kind := order[1]
		if kind == "" {
			kind = "application/json"
		}
		got := a.doAs(kind, method, path, order[0])
		if got.status != 429 || got.body != sandbox.QueueFullBody {
			t.Errorf("%s with a full queue is answered %d %s", name, got.status, got.body)
		}
	}
	if len(orders) != 13 {
		t.Errorf("%d routes start activities, want 13", len(orders))
	}
	if n := len(a.Activities(sandbox.MainAccount)); n != 1 {
		t.Errorf("there are %d activities, want 1", n)
	}
}
