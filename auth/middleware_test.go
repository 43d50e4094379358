package auth_test

import (
	"net/http"
	"testing"

	"winnow/auth"
)

func TestRequireKeepsStrangersOut(t *testing.T) {
	a := newApp(t)
	tests := map[string]struct {
		method             string
		headers            []string
		status             int
		location, redirect string
	}{
		"page":              {http.MethodGet, nil, http.StatusSeeOther, "/", ""},
		"form":              {http.MethodPost, nil, http.StatusSeeOther, "/", ""},
		"fragment":          {http.MethodGet, fragment, http.StatusUnauthorized, "", "/"},
		"form as fragment":  {http.MethodPost, fragment, http.StatusUnauthorized, "", "/"},
		"not quite by htmx": {http.MethodGet, []string{"HX-Request", "1"}, http.StatusSeeOther, "/", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := a.browser(t).do(test.method, "/page", nil, test.headers...)
			if got.status != test.status || got.location != test.location || got.header.Get("HX-Redirect") != test.redirect {
				t.Errorf("answer %d, Location %q, HX-Redirect %q", got.status, got.location, got.header.Get("HX-Redirect"))
			}
			if got.body != "" {
				t.Errorf("body %q", got.body)
			}
		})
	}
}

func TestRequireLetsSignedInPeoplePass(t *testing.T) {
	b := newApp(t).browser(t)
	b.signIn()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if got := b.do(method, "/page", nil); got.status != http.StatusOK || got.body != signedInAs(ada) {
			t.Errorf("%s: %d %q", method, got.status, got.body)
		}
	}
}

func TestWhoMayNotAnyMoreIsOutOnTheNextRequest(t *testing.T) {
	tests := map[string]func(*app){
		"account off the list": func(a *app) { a.options.AllowedAccounts = []string{"a07other"} },
		"user off the list":    func(a *app) { a.options.AllowedUsers = []string{"u-bob"} },
		"user gone from the table": func(a *app) {
			a.store.set(func(f *fakeStore) { delete(f.users, ada.Key()) })
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			b := a.browser(t)
			b.signIn()
			change(a)
			*a.Auth = *newAuth(t, a.options)
			if got := b.get("/page", fragment...); got.status != http.StatusUnauthorized {
				t.Errorf("answer %d %q", got.status, got.body)
			}
		})
	}
}

func TestListsThatNameThePersonLetThemIn(t *testing.T) {
	a := newApp(t, func(o *auth.Options) {
		o.AllowedAccounts = []string{"a07other", ada.Account}
		o.AllowedUsers = []string{"u-bob", ada.ID}
	})
	b := a.browser(t)
	b.signIn()
	if got := b.get("/page"); got.status != http.StatusOK {
		t.Errorf("answer %d", got.status)
	}
}

func TestCrossSite(t *testing.T) {
	const trusted = "https://console.example"
	a := newApp(t, func(o *auth.Options) { o.TrustedOrigins = []string{trusted} })
	tests := map[string]struct {
		method  string
		headers []string
		refused bool
	}{
		"own form":                       {http.MethodPost, []string{"Sec-Fetch-Site", "same-origin"}, false},
		"own form, older browser":        {http.MethodPost, []string{"Origin", a.srv.URL}, false},
		"no browser":                     {http.MethodPost, nil, false},
		"form of another site":           {http.MethodPost, []string{"Sec-Fetch-Site", "cross-site"}, true},
		"form of a sibling domain":       {http.MethodPost, []string{"Sec-Fetch-Site", "same-site"}, true},
		"another site, older browser":    {http.MethodPost, []string{"Origin", "https://evil.example"}, true},
		"sandboxed frame":                {http.MethodPost, []string{"Origin", "null"}, true},
		"another site claims our origin": {http.MethodPost, []string{"Sec-Fetch-Site", "cross-site", "Origin", a.srv.URL}, true},
		"trusted origin":                 {http.MethodPost, []string{"Sec-Fetch-Site", "cross-site", "Origin", trusted}, false},
		"link on another site":           {http.MethodGet, []string{"Sec-Fetch-Site", "cross-site"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			target := map[string]string{http.MethodGet: "/", http.MethodPost: "/login"}[test.method]
			got := a.browser(t).do(test.method, target, nil, test.headers...)
			if refused := got.status == http.StatusForbidden; refused != test.refused {
				t.Fatalf("answer %d %q", got.status, got.body)
			}
			if test.refused {
				checkRefused(t, got, auth.CodeCrossSite)
			}
		})
	}
}
