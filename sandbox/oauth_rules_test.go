package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

func TestLongLivedRefreshToken(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Clients = []sandbox.Client{{ID: confidential, Secret: "s3cret:%", RedirectURIs: []string{callback}, LongLived: true}}
	})
	p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	first := p.Refresh
	for range 3 {
		a.forward(180*24*time.Hour - time.Second) // each use gives another 180 days
		earlier := p.Access
		p = a.issued(a.exchange(refreshForm(first)))
		if p.Refresh != first || p.Access == earlier || !a.works(p.Access) {
			t.Error("the refresh token changed, or the access token did not")
		}
	}
	other := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	if !a.works(p.Access) || other.Refresh == first {
		t.Error("a second consent voids the first, as with rotating tokens")
	}
	a.forward(180 * 24 * time.Hour)
	a.wantGrantError("a refresh token that was not used", a.exchange(refreshForm(first)), badRefresh)
}

func TestScopesAsClientsWriteThem(t *testing.T) {
	a := startOAuth(t)
	for written, want := range map[string]string{
		"contact_data+offline_access":         "contact_data offline_access",
		"contact_data%20account_read":         "contact_data account_read",
		"contact_data++account_read%20":       "contact_data account_read",
		"campaign_data":                       "campaign_data",
		"contact_data%2Boffline_access":       "", // a plus sign that was escaped is no blank
		"contact_data,offline_access":         "",
		"openid":                              "",
		"account_update+campaign_data+admin":  "",
		"CONTACT_DATA":                        "",
		"contact_data%09account_read%0Acampa": "",
	} {
		query := authorize("scope", "")
		address := a.AuthURL + "?" + query.Encode() + "&scope=" + written
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(url.Values{"user": {sandbox.OwnerLogin}, "decision": {"allow"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", formKind)
		back, err := url.Parse(a.roundTrip(req).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if back.Query().Get("error") != "invalid_scope" {
				t.Errorf("%s leads back with %v", written, back.Query())
			}
			continue
		}
		var body struct {
			Scope   string
			Refresh *string `json:"refresh_token"`
		}
		got := a.exchange(codeForm(back.Query().Get("code")))
		if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Scope != want {
			t.Errorf("%s gives %s", written, got.body)
		}
		if (body.Refresh != nil) != strings.Contains(want, "offline_access") {
			t.Errorf("%s: the refresh token is %v", written, body.Refresh)
		}
	}
}

func TestRedirectURIsWithAWildcard(t *testing.T) {
	registered := []string{"https://*.example.com/back?x=1", "http://app-*.test.example.org:8080/cb", "https://exact.example.net/"}
	a := start(t, func(o *sandbox.Options) {
		o.Clients = []sandbox.Client{{ID: confidential, Secret: "s", RedirectURIs: registered}}
	})
	for uri, want := range map[string]int{
		"https://one.example.com/back?x=1":            200,
		"https://two-3.example.com/back?x=1":          200,
		"http://app-7.test.example.org:8080/cb":       200,
		"https://exact.example.net/":                  200,
		"https://a.b.example.com/back?x=1":            400, // deeper
		"https://.example.com/back?x=1":               400,
		"https://one.example.com/back?x=2":            400,
		"https://one.example.com/back":                400,
		"http://one.example.com/back?x=1":             400,
		"https://evil.net/.example.com/back?x=1":      400,
		"https://evil.net?.example.com/back?x=1":      400,
		"https://evil.net#.example.com/back?x=1":      400,
		"https://user@evil.net:.example.com/back?x=1": 400,
		"http://app-.test.example.org:8080/cb":        400,
		"http://app-7.test.example.org/cb":            400,
		"https://*.example.com/back?x=1":              400,
		"https://exact.example.net":                   400,
		"https://EXACT.example.net/":                  400,
	} {
		if got := a.open(authorize("redirect_uri", uri), nil).status; got != want {
			t.Errorf("%s is answered %d, want %d", uri, got, want)
		}
	}
	for _, uri := range []string{
		"https://*.*.example.com/", "https://app.*.example.com/", "https://example.com/*", "https://x.example.com/?a=*",
		"https://*.com/", "https://*/", "https://*:8080.example.com/", "ftp://*.example.com/", "https://*.example.com/#f",
	} {
		o := sandbox.Options{Clients: []sandbox.Client{{ID: "x", RedirectURIs: []string{uri}}}}
		if err := o.Validate(); err == nil {
			t.Errorf("%s may be registered", uri)
		}
	}
}

func TestTokenEndpointCanBeThrottled(t *testing.T) {
	a := start(t, func(o *sandbox.Options) {
		o.Clients = []sandbox.Client{{ID: confidential, Secret: "s3cret:%", RedirectURIs: []string{callback}}}
		o.TokensPerSecond = 1
	})
	a.exchange(refreshForm("x"))
	got := a.exchange(refreshForm("x"))
	if got.status != 429 || got.body != "" || got.header.Get("Retry-After") != "1" {
		t.Errorf("the second request of a second is answered %d %q %v", got.status, got.body, got.header)
	}
	a.forward(time.Second)
	a.wantGrantError("the next second", a.exchange(refreshForm("x")), badRefresh)
}

func TestErrorShapesOfTheOAuthServer(t *testing.T) {
	a := startOAuth(t)
	fault := func(status int, body string) answer {
		a.Inject(sandbox.Fault{Route: "POST " + sandbox.TokenPath, Effect: sandbox.AnswerBefore, Status: status, Body: body})
		return a.exchange(refreshForm("x"))
	}
	okta := func(code, summary string) string {
		return `{"errorCode":"` + code + `","errorSummary":"` + summary + `","errorLink":"` + code + `","errorId":"sandbox","errorCauses":[]}`
	}
	for name, tc := range map[string]struct {
		got    answer
		status int
		body   string
	}{
		"OAuth object":       {a.exchange(refreshForm("x")), 400, `{"error":"invalid_grant","error_description":"` + badRefresh + `"}`},
		"Okta object":        {a.postTo(a.TokenURL, tokenRequest{}), 415, okta("E0000021", "Bad request.  Accept and/or Content-Type headers likely do not match supported values.")},
		"wrong method":       {a.do("DELETE", sandbox.TokenPath, ""), 405, okta("E0000022", "The endpoint does not support the provided HTTP method")},
		"wrong method, page": {a.do("PUT", sandbox.AuthorizePath, ""), 405, okta("E0000022", "The endpoint does not support the provided HTTP method")},
		"GET of a device":    {a.do("GET", sandbox.DevicePath, ""), 405, okta("E0000022", "The endpoint does not support the provided HTTP method")},
		"empty 404":          {a.do("GET", "/oauth2/default/v1/userinfo", ""), 404, ""},
		"no revocation":      {a.do("POST", "/oauth2/default/v1/revoke", ""), 404, ""},
		"no discovery":       {a.do("GET", "/oauth2/default/.well-known/oauth-authorization-server", ""), 404, ""},
		"empty 429":          {fault(429, ""), 429, ""},
		"500":                {fault(500, ""), 500, okta("E0000009", "Internal Server Error")},
		"503":                {fault(503, ""), 503, okta("E0000009", "Service Unavailable")},
		"400":                {fault(400, ""), 400, `{"error":"invalid_grant","error_description":"` + badRefresh + `"}`},
		"401":                {fault(401, ""), 401, `{"error":"invalid_client","error_description":"The client is unknown or its secret is wrong."}`},
		"404":                {fault(404, ""), 404, ""},
		"HTML":               {fault(502, sandbox.HTMLBody), 502, sandbox.HTMLBody},
	} {
		if tc.got.status != tc.status || tc.got.body != tc.body {
			t.Errorf("%s: answered %d %s, want %d %s", name, tc.got.status, tc.got.body, tc.status, tc.body)
		}
		if retry := tc.got.header.Get("Retry-After"); (retry == "1") != (tc.status == 429) {
			t.Errorf("%s: Retry-After is %q", name, retry)
		}
	}
}
