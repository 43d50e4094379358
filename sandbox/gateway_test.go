package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"winnow/sandbox"
)

func TestUnauthorizedHeaders(t *testing.T) {
	a := start(t, nil)
	a.token = ""
	got := a.do("GET", "/v3/contacts", "")
	if len(got.body) != 59 {
		t.Errorf("the body has %d bytes, the captured one 59", len(got.body))
	}
	for name, want := range map[string]string{
		"WWW-Authenticate": "Bearer realm=api.cc.email",
		"x-amzn-ErrorType": "UnauthorizedException",
	} {
		if value := got.header.Get(name); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
}

func TestPreflight(t *testing.T) {
	a := start(t, nil)
	a.token = ""
	got := a.do("OPTIONS", "/v3/contacts", "")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "GET,POST,PUT,DELETE,PATCH,OPTIONS",
		"Access-Control-Allow-Headers": "Content-Type,X-Amz-Date,Authorization,X-Api-Key",
	} {
		if value := got.header.Get(name); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
}

func TestPathsNobodyServes(t *testing.T) {
	a := start(t, nil)
	for _, tc := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/v3", 404, notFoundBody},
		{"GET", "/v3/nothing", 404, notFoundBody},
		{"POST", "/v3/nothing/at/all", 404, notFoundBody},
		{"GET", "/v3/activities/contact_delete", 404, notFoundBody},
		{"GET", "/v3/contacts/sign_up_form", 404, notFoundBody},
		{"DELETE", "/v3/contacts/counts", 404, notFoundBody},
		{"GET", "/v3/contacts_exports/" + stranger, 404, notFoundBody}, // as misspelt in the reference
		{"OPTIONS", "/v3/nothing", 404, notFoundBody},
		{"GET", "/", 403, `{"message":"Forbidden"}`},
		{"GET", "/v2/contacts", 403, `{"message":"Forbidden"}`},
		{"GET", "/journal", 403, `{"message":"Forbidden"}`},
		{"GET", "/counts", 403, `{"message":"Forbidden"}`},
		{"GET", "/oauth2/nothing", 404, ``},
	} {
		if got := a.do(tc.method, tc.path, ""); got.status != tc.status || got.body != tc.body {
			t.Errorf("%s %s answered %d %q, want %d %q", tc.method, tc.path, got.status, got.body, tc.status, tc.body)
		}
	}
}

func TestBodyOverTheLimitIsRefusedUnread(t *testing.T) {
	a := start(t, nil)
	for path, limit := range map[string]int{
		"/v3/activities/contact_delete":       1 << 20,
		"/v3/activities/contacts_json_import": 10 << 20,
	} {
		got := a.do("POST", path, strings.Repeat(" ", limit+1))
		if got.status != http.StatusRequestEntityTooLarge || got.body != `{"message":"Request Too Long"}` {
			t.Errorf("%s answered %d %s", path, got.status, got.body)
		}
	}
	if n := len(a.Activities(sandbox.MainAccount)); n != 0 {
		t.Errorf("%d activities were made", n)
	}
}
