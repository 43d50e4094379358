package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"winnow/sandbox"
)

const callback = "http://localhost:8080/oauth/callback?tenant=1"

// Client ids of startOAuth.
const (
	confidential = "console & co" // has to be escaped in HTTP Basic
	public       = "public"
)

const consoleScopes = "account_read contact_data offline_access"

// startOAuth runs a sandbox with a confidential and a public client.
func startOAuth(t *testing.T) *api {
	t.Helper()
	return start(t, func(o *sandbox.Options) {
		o.Clients = []sandbox.Client{
			{ID: confidential, Secret: "s3cret:%", RedirectURIs: []string{callback}},
			{ID: public, RedirectURIs: []string{callback}},
		}
	})
}

// config is the client as golang.org/x/oauth2 has it: somebody else's reading of the protocol.
func (a *api) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: confidential, ClientSecret: "s3cret:%", RedirectURL: callback,
		Scopes:   strings.Fields(consoleScopes),
		Endpoint: oauth2.Endpoint{AuthURL: a.AuthURL, TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInHeader},
	}
}

// code signs a user in and returns the code that came back.
func (a *api) code(login string, options ...oauth2.AuthCodeOption) string {
	a.t.Helper()
	return a.Allow(a.t, a.config().AuthCodeURL("state", options...), login).Query().Get("code")
}

// token posts a form to the token endpoint as the confidential client.
func (a *api) exchange(form url.Values) answer {
	a.t.Helper()
	return a.postToken(form, url.QueryEscape(confidential), url.QueryEscape("s3cret:%"))
}

func (a *api) postToken(form url.Values, user, password string) answer {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	return a.roundTrip(req)
}

func (a *api) roundTrip(req *http.Request) answer {
	a.t.Helper()
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

func codeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// pair is a token response.
type pair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// issued reads a token response that has to be good.
func (a *api) issued(got answer) pair {
	a.t.Helper()
	var p pair
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusOK || p.Access == "" {
		a.t.Fatalf("the token endpoint answered %d %s", got.status, got.body)
	}
	return p
}

// works tells whether the API takes an access token.
func (a *api) works(access string) bool {
	a.t.Helper()
	other := *a
	other.token = access
	return other.do("GET", "/v3/account/user/privileges", "").status == http.StatusOK
}

// wantGrantError checks for a refusal as invalid_grant.
func (a *api) wantGrantError(what string, got answer, description string) {
	a.t.Helper()
	want := `{"error":"invalid_grant","error_description":"` + description + `"}`
	if got.status != http.StatusBadRequest || got.body != want {
		a.t.Errorf("%s is answered %d %s, want 400 %s", what, got.status, got.body, want)
	}
}

const (
	badCode    = "The authorization code is invalid or has expired."
	badRefresh = "The refresh token is invalid or expired."
)
