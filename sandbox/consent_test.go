package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"winnow/sandbox"
)

// authorize is a good authorize request with some parameters changed; an empty value removes one.
func authorize(changes ...string) url.Values {
	query := url.Values{
		"response_type": {"code"}, "client_id": {confidential}, "redirect_uri": {callback},
		"scope": {consoleScopes}, "state": {"xyz"},
	}
	for i := 0; i < len(changes); i += 2 {
		if query.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			query.Del(changes[i])
		}
	}
	return query
}

// open sends an authorize request by GET, or by POST when a form comes along.
func (a *api) open(query, form url.Values) answer {
	a.t.Helper()
	method, body := "GET", ""
	if form != nil {
		method, body = "POST", form.Encode()
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.AuthURL+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.roundTrip(req)
}

func TestRequestsThatStayOnAPage(t *testing.T) {
	a := startOAuth(t)
	allow := url.Values{"user": {sandbox.OwnerLogin}, "decision": {"allow"}}
	for name, tc := range map[string]struct{ query, form url.Values }{
		"unknown client":             {authorize("client_id", "nobody"), nil},
		"no client":                  {authorize("client_id", ""), nil},
		"no redirect URI":            {authorize("redirect_uri", ""), nil},
		"redirect URI elsewhere":     {authorize("redirect_uri", "https://evil.example.com/"), nil},
		"redirect URI with a suffix": {authorize("redirect_uri", callback+"/x"), nil},
		"redirect URI of a prefix":   {authorize("redirect_uri", "http://localhost:8080/oauth/callback"), nil},
		"posted, unknown client":     {authorize("client_id", "nobody"), allow},
		"posted, redirect elsewhere": {authorize("redirect_uri", "https://evil.example.com/"), allow},
		"posted without a decision":  {authorize(), url.Values{"user": {sandbox.OwnerLogin}}},
		"posted with nobody":         {authorize(), url.Values{"user": {"nobody"}, "decision": {"allow"}}},
	} {
		got := a.open(tc.query, tc.form)
		if got.status != http.StatusBadRequest || got.header.Get("Location") != "" || !strings.Contains(got.body, "This sign-in cannot go on") {
			t.Errorf("%s: answered %d to %q: %s", name, got.status, got.header.Get("Location"), got.body)
		}
		if strings.Contains(got.body, "evil") {
			t.Errorf("%s: the page repeats what it was given", name)
		}
	}
	if n := a.Counts().OAuth.CodesIssued; n != 0 {
		t.Errorf("%d codes were issued", n)
	}
}

func TestRequestsThatGoBackRefused(t *testing.T) {
	a := startOAuth(t)
	for name, tc := range map[string]struct {
		query url.Values
		code  string
	}{
		"response type token":    {authorize("response_type", "token"), "unsupported_response_type"},
		"no response type":       {authorize("response_type", ""), "unsupported_response_type"},
		"unknown scope":          {authorize("scope", "contact_data openid"), "invalid_scope"},
		"no scope":               {authorize("scope", ""), "invalid_scope"},
		"no state":               {authorize("state", ""), "invalid_request"},
		"plain PKCE":             {authorize("code_challenge", "abc", "code_challenge_method", "plain"), "invalid_request"},
		"PKCE without method":    {authorize("code_challenge", "abc"), "invalid_request"},
		"wrong scope and posted": {authorize("scope", "everything"), "invalid_scope"},
	} {
		form := url.Values(nil)
		if strings.Contains(name, "posted") {
			form = url.Values{"user": {sandbox.OwnerLogin}, "decision": {"allow"}}
		}
		got := a.open(tc.query, form)
		back, err := url.Parse(got.header.Get("Location"))
		if err != nil || got.status != http.StatusSeeOther || back.Host != "localhost:8080" {
			t.Errorf("%s: answered %d to %s", name, got.status, back)
			continue
		}
		if q := back.Query(); q.Get("error") != tc.code || q.Get("state") != tc.query.Get("state") || q.Get("tenant") != "1" || q.Get("error_description") == "" {
			t.Errorf("%s: leads back with %v, want %s", name, q, tc.code)
		}
	}
}

func TestConsentPage(t *testing.T) {
	a := startOAuth(t)
	got := a.open(authorize("state", `"><script>alert(1)</script>`), nil)
	if got.status != http.StatusOK {
		t.Fatalf("answered %d %s", got.status, got.body)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if text := doc.Find("header").Text(); !strings.Contains(text, "Sandbox - nothing here touches Constant Contact") {
		t.Errorf("the banner says %q", text)
	}
	if doc.Find("script").Length() != 0 || doc.Find("[style], style").Length() != 0 {
		t.Error("it has scripts or inline styles")
	}
	if doc.Find("html").AttrOr("lang", "") != "en" || doc.Find("title").Text() == "" || doc.Find("main h1").Length() != 1 || doc.Find("fieldset legend").Length() != 1 {
		t.Error("it lacks a language, a title, one heading or the legend")
	}
	users := doc.Find("label:has(input[type=radio])")
	for i, user := range a.Users() {
		label := users.Eq(i)
		if value := label.Find("input").AttrOr("value", ""); value != user.Login || !strings.Contains(label.Text(), user.Name) || !strings.Contains(label.Text(), user.Role) {
			t.Errorf("choice %d is %q: %s", i, value, label.Text())
		}
	}
	if n := doc.Find("input[type=radio][checked]").Length(); n != 1 || users.Length() != 4 {
		t.Errorf("%d of %d choices are made", n, users.Length())
	}
	if state := doc.Find("input[name=state]").AttrOr("value", ""); state != `"><script>alert(1)</script>` {
		t.Errorf("the form brings the state back as %q", state)
	}
	for i, want := range []string{"Allow", "Refuse"} {
		if button := doc.Find("button").Eq(i).Text(); button != want {
			t.Errorf("button %d says %q", i, button)
		}
	}
}

func TestConsentPagePolicy(t *testing.T) {
	a := startOAuth(t)
	for name, tc := range map[string]struct {
		query  url.Values
		policy string
	}{
		"consent": {authorize(), "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://localhost:8080"},
		"refused": {authorize("client_id", "nobody"), "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"},
	} {
		got := a.open(tc.query, nil)
		for header, want := range map[string]string{
			"Content-Security-Policy": tc.policy,
			"Content-Type":            "text/html; charset=utf-8",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"Cache-Control":           "no-store",
		} {
			if value := got.header.Get(header); value != want {
				t.Errorf("%s: %s is %q, want %q", name, header, value, want)
			}
		}
	}
}

func TestPagesLoadTheirStyleSheet(t *testing.T) {
	a := startOAuth(t)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.open(authorize(), nil).body))
	if err != nil {
		t.Fatal(err)
	}
	href := doc.Find("link[rel=stylesheet]").AttrOr("href", "")
	got := a.do("GET", href, "")
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(got.body, "prefers-color-scheme: dark") {
		t.Errorf("%s answered %d %s", href, got.status, got.header)
	}
}

func TestRedirectURIsCanBeAdded(t *testing.T) {
	a := startOAuth(t)
	const later = "http://127.0.0.1:4711/oauth/callback"
	if err := a.AddRedirectURI(confidential, later); err != nil {
		t.Fatal(err)
	}
	if got := a.open(authorize("redirect_uri", later), nil); got.status != http.StatusOK {
		t.Errorf("answered %d", got.status)
	}
	for name, tc := range map[string]struct{ client, uri string }{
		"unknown client": {"nobody", later}, "no host": {confidential, "/callback"}, "fragment": {confidential, later + "#x"}, "scheme": {confidential, "javascript:alert(1)"},
	} {
		if err := a.AddRedirectURI(tc.client, tc.uri); err == nil {
			t.Errorf("%s: was added", name)
		}
	}
}
