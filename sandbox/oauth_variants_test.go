package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"winnow/sandbox"
)

// tokenRequest is a request to the token endpoint in some client's manner.
type tokenRequest struct {
	query url.Values
	body  string
	kind  string // Content-Type
	basic string // the halves of HTTP Basic, with a colon
}

func (a *api) postTo(endpoint string, r tokenRequest) answer {
	a.t.Helper()
	if len(r.query) > 0 {
		endpoint += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, endpoint, strings.NewReader(r.body))
	if err != nil {
		a.t.Fatal(err)
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	if r.basic != "" {
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(r.basic)))
	}
	return a.roundTrip(req)
}

const formKind = "application/x-www-form-urlencoded"

func TestWaysOfSendingCredentialsAndParameters(t *testing.T) {
	a := startOAuth(t)
	own := url.Values{"client_id": {confidential}, "client_secret": {"s3cret:%"}}
	asJSON := func(form url.Values) string {
		object := map[string]any{}
		for name := range form {
			object[name] = form.Get(name)
		}
		text, _ := json.Marshal(object) // strings only
		return string(text)
	}
	encoded := url.QueryEscape(confidential) + ":" + url.QueryEscape("s3cret:%")
	for name, ask := range map[string]func(form url.Values) tokenRequest{
		"Basic and body": func(f url.Values) tokenRequest { return tokenRequest{basic: encoded, kind: formKind, body: f.Encode()} },
		"Basic, not form-encoded": func(f url.Values) tokenRequest {
			return tokenRequest{basic: confidential + ":s3cret:%", kind: formKind, body: f.Encode()}
		},
		"Basic and query": func(f url.Values) tokenRequest { return tokenRequest{basic: encoded, query: f} },
		"Basic and query, as a form": func(f url.Values) tokenRequest {
			return tokenRequest{basic: encoded, query: f, kind: formKind}
		},
		"Basic and JSON": func(f url.Values) tokenRequest {
			return tokenRequest{basic: encoded, kind: "application/json; charset=utf-8", body: asJSON(f)}
		},
		"all in the body":  func(f url.Values) tokenRequest { return tokenRequest{kind: formKind, body: merge(own, f).Encode()} },
		"all in the query": func(f url.Values) tokenRequest { return tokenRequest{query: merge(own, f)} },
		"all in JSON": func(f url.Values) tokenRequest {
			return tokenRequest{kind: "application/json", body: asJSON(merge(own, f))}
		},
		"client in the query, the rest in the body": func(f url.Values) tokenRequest {
			return tokenRequest{query: own, kind: "application/x-www-form-urlencoded; charset=utf-8", body: f.Encode()}
		},
		"Basic and the same in the body": func(f url.Values) tokenRequest {
			return tokenRequest{basic: encoded, kind: formKind, body: merge(own, f).Encode()}
		},
		"client in the query, JSON object for the rest": func(f url.Values) tokenRequest {
			return tokenRequest{query: own, kind: "application/json", body: asJSON(f)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			mine := *a
			mine.t = t
			p := mine.issued(mine.postTo(a.TokenURL, ask(codeForm(mine.code(sandbox.OwnerLogin)))))
			next := mine.issued(mine.postTo(a.TokenURL, ask(refreshForm(p.Refresh))))
			if !mine.works(next.Access) {
				t.Error("the access token does not work")
			}
		})
	}
}

func TestCredentialsThatAreRefused(t *testing.T) {
	a := startOAuth(t)
	code := codeForm("never looked at")
	for name, r := range map[string]tokenRequest{
		"wrong secret in Basic":    {basic: "public:wrong", kind: formKind, body: code.Encode()},
		"wrong secret in the body": {kind: formKind, body: merge(code, url.Values{"client_id": {confidential}, "client_secret": {"no"}}).Encode()},
		"no secret":                {kind: formKind, body: merge(code, url.Values{"client_id": {confidential}}).Encode()},
		"unknown client in JSON":   {kind: "application/json", body: `{"client_id":"nobody","grant_type":"authorization_code"}`},
		"a number for a client":    {kind: "application/json", body: `{"client_id":7}`},
		"secret of a public one":   {query: merge(code, url.Values{"client_id": {public}, "client_secret": {"x"}})},
		"empty JSON":               {kind: "application/json"},
	} {
		got := a.postTo(a.TokenURL, r)
		want := `{"error":"invalid_client","error_description":"The client is unknown or its secret is wrong."}`
		if got.status != 401 || got.body != want || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: answered %d %s", name, got.status, got.body)
		}
	}
	for name, r := range map[string]tokenRequest{
		"broken JSON":  {kind: "application/json", body: `{"client_id":`},
		"JSON array":   {kind: "application/json", body: `[]`},
		"broken form":  {kind: formKind, body: "a=%zz"},
		"broken query": {query: url.Values{}, kind: formKind, body: "%"},
	} {
		if got := a.postTo(a.TokenURL, r); got.status != 400 || !strings.Contains(got.body, `"error":"invalid_request"`) {
			t.Errorf("%s: answered %d %s", name, got.status, got.body)
		}
	}
}

// Somebody else's client, in both of its ways.
func TestOAuth2LibrarySignsInAndRefreshes(t *testing.T) {
	for name, style := range map[string]oauth2.AuthStyle{"in the header": oauth2.AuthStyleInHeader, "in the parameters": oauth2.AuthStyleInParams} {
		for _, pkce := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, PKCE %v", name, pkce), func(t *testing.T) {
				a := startOAuth(t)
				config := a.config()
				config.Endpoint.AuthStyle = style
				var ask, redeem []oauth2.AuthCodeOption
				if pkce {
					verifier := oauth2.GenerateVerifier()
					ask, redeem = append(ask, oauth2.S256ChallengeOption(verifier)), append(redeem, oauth2.VerifierOption(verifier))
				}
				back := a.Allow(t, config.AuthCodeURL("state", ask...), sandbox.OwnerLogin)
				token, err := config.Exchange(t.Context(), back.Query().Get("code"), redeem...)
				if err != nil {
					t.Fatal(err)
				}
				first := token.RefreshToken
				token.Expiry = time.Now().Add(-time.Hour)
				fresh, err := config.TokenSource(t.Context(), token).Token()
				if err != nil {
					t.Fatal(err)
				}
				if fresh.RefreshToken == first || !a.works(fresh.AccessToken) {
					t.Error("it was not renewed")
				}
				stale := &oauth2.Token{RefreshToken: first, Expiry: time.Now().Add(-time.Hour)}
				_, err = config.TokenSource(t.Context(), stale).Token()
				if failed := (*oauth2.RetrieveError)(nil); !errors.As(err, &failed) || failed.ErrorCode != "invalid_grant" {
					t.Errorf("the used refresh token gives %v", err)
				}
			})
		}
	}
}
