package constantcontact

import (
	"context"
	"net/http"
	"path"
	"strings"
	"testing"
)

func TestNextLinksThatAreFine(t *testing.T) {
	client := localClient(t)
	for href, want := range map[string]string{
		"/v3/contacts?cursor=bGltaXQ9NSZuZXh0PTxtb3JlPg==": "http://api.test:8080/base/v3/contacts?cursor=bGltaXQ9NSZuZXh0PTxtb3JlPg==",
		"/v3/contact_lists?cursor=a%2Bb/c?d&e=[1]":         "http://api.test:8080/base/v3/contact_lists?cursor=a%2Bb/c?d&e=[1]",
		"/v3/activities": "http://api.test:8080/base/v3/activities",
		"/v3/activities/x-1/parts?cursor=@evil.example": "http://api.test:8080/base/v3/activities/x-1/parts?cursor=@evil.example",
	} {
		target, err := checkNext(href)
		if err != nil {
			t.Errorf("%s: %v", href, err)
			continue
		}
		if got := client.resolve(target).String(); got != want {
			t.Errorf("%s: got %s, want %s", href, got, want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	for _, seed := range []string{
		"/v3/contacts?cursor=a", "//evil.example/v3/", "/v3/../x", "/v3/%2e%2e/x", `/v3/\x`, "https://evil.example/v3/contacts",
		"/v3/contacts#a", "/v3/contacts?a\r\nb", "/v3", "/v3/", "/v3//x", "/v3/x?@evil.example", "", "?", "/v3/x?%zz", "/v3/x??",
	} {
		f.Add(seed)
	}
	client := localClient(f)
	f.Fuzz(func(t *testing.T, href string) {
		target, err := checkNext(href)
		if err != nil {
			return
		}
		req, err := http.NewRequest(http.MethodGet, client.resolve(target).String(), nil)
		if err != nil {
			t.Fatalf("accepted but unusable: %v", err)
		}
		u := req.URL
		if u.Scheme != "http" || u.Host != "api.test:8080" || req.Host != "api.test:8080" || u.User != nil || u.Fragment != "" {
			t.Errorf("%q leads to %s", href, u)
		}
		if p := u.EscapedPath(); !strings.HasPrefix(p, "/base/v3/") || path.Clean(p) != p || strings.ContainsAny(p, `%\.`) {
			t.Errorf("%q leads to path %s", href, p)
		}
		if strings.ContainsFunc(u.RequestURI(), func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q gives request line %q", href, u.RequestURI())
		}
	})
}

func localClient(t testing.TB) *Client {
	t.Helper()
	client, err := New(Options{
		BaseURL: "http://api.test:8080/base/v3", Development: true,
		Token: func(context.Context) (string, error) { return "", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
