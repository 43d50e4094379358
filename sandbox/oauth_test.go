package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestSignInWithPKCE(t *testing.T) {
	a := startOAuth(t)
	verifier := oauth2.GenerateVerifier()
	back := a.Allow(t, a.config().AuthCodeURL("st&te", oauth2.S256ChallengeOption(verifier)), sandbox.ManagerLogin)
	if query := back.Query(); query.Get("state") != "st&te" || query.Get("tenant") != "1" || !strings.HasPrefix(back.String(), "http://localhost:8080/oauth/callback?") {
		t.Errorf("it leads back to %s", back)
	}
	token, err := a.config().Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if token.TokenType != "Bearer" || token.ExpiresIn != 86_400 || token.RefreshToken == "" || token.Extra("scope") != consoleScopes {
		t.Errorf("the token is %+v with scope %v", token, token.Extra("scope"))
	}
	if !a.works(token.AccessToken) {
		t.Error("the API does not take it")
	}
}

func TestTokenResponseInFull(t *testing.T) {
	a := startOAuth(t)
	got := a.exchange(codeForm(a.code(sandbox.OwnerLogin)))
	p := a.issued(got)
	want := `{"token_type":"Bearer","expires_in":86400,"access_token":"` + p.Access + `","scope":"` + consoleScopes + `","refresh_token":"` + p.Refresh + `"}`
	if got.body != want {
		t.Errorf("the body is %s, want %s", got.body, want)
	}
	if cache := got.header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("Cache-Control is %q", cache)
	}
}

func TestAccessTokenIsASignedJWT(t *testing.T) {
	a := startOAuth(t)
	access := a.issued(a.exchange(codeForm(a.code(sandbox.ManagerLogin)))).Access
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		t.Fatalf("it has %d parts", len(parts))
	}
	var header, claims map[string]any
	decode(t, parts[0], &header)
	decode(t, parts[1], &claims)
	jti := claims["jti"]
	if delete(claims, "jti"); jti == "" || jti == nil {
		t.Error("it has no jti")
	}
	issued := float64(a.clock.Now().Unix())
	want := map[string]any{
		"ver": 1.0, "iss": "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8", "aud": "https://api.cc.email/v3",
		"iat": issued, "exp": issued + 86_400, "cid": confidential, "sub": sandbox.ManagerLogin,
		"platform_user_id": a.Users()[1].PlatformUserID, "scp": []any{"account_read", "contact_data", "offline_access"},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("wrong claims (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"kid": "sandbox", "alg": "RS256"}, header); diff != "" {
		t.Errorf("wrong header (-want +got):\n%s", diff)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(a.publishedKey(), crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("the published key does not verify it: %v", err)
	}
}

func decode(t *testing.T, segment string, into any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// publishedKey reads the key set.
func (a *api) publishedKey() *rsa.PublicKey {
	a.t.Helper()
	var set struct {
		Keys []struct{ N, E string }
	}
	a.get(sandbox.KeysPath, &set)
	number := func(text string) *big.Int {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			a.t.Fatal(err)
		}
		return new(big.Int).SetBytes(raw)
	}
	return &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
}

func TestRefusedConsentLeadsBack(t *testing.T) {
	a := startOAuth(t)
	query := a.Refuse(t, a.config().AuthCodeURL("state"), sandbox.OwnerLogin).Query()
	if query.Get("error") != "access_denied" || query.Get("state") != "state" || query.Has("code") {
		t.Errorf("it leads back with %v", query)
	}
}

func TestCodeWorksOnce(t *testing.T) {
	a := startOAuth(t)
	code := a.code(sandbox.OwnerLogin)
	p := a.issued(a.exchange(codeForm(code)))
	a.wantGrantError("the second use", a.exchange(codeForm(code)), badCode)
	if a.works(p.Access) {
		t.Error("the access token of the first use still works")
	}
	a.wantGrantError("the refresh token of the first use", a.exchange(refreshForm(p.Refresh)), badRefresh)
	if n := a.Counts().OAuth.ReusesDetected; n != 1 {
		t.Errorf("%d reuses are counted, want 1", n)
	}
}

func TestCodeLivesFiveMinutes(t *testing.T) {
	a := startOAuth(t)
	early, late := a.code(sandbox.OwnerLogin), a.code(sandbox.OwnerLogin)
	a.clock.Advance(5*time.Minute - time.Second)
	a.issued(a.exchange(codeForm(early)))
	a.clock.Advance(time.Second)
	a.wantGrantError("a code of five minutes", a.exchange(codeForm(late)), badCode)
}

func TestCodesThatAreRefused(t *testing.T) {
	const verifier = "a-verifier-of-at-least-forty-three-characters"
	a := startOAuth(t)
	bound := func() url.Values { return codeForm(a.code(sandbox.OwnerLogin, oauth2.S256ChallengeOption(verifier))) }
	set := func(form url.Values, name, value string) url.Values { form.Set(name, value); return form }

	a.wantGrantError("a made-up code", a.exchange(codeForm("made-up")), badCode)
	a.wantGrantError("no code", a.exchange(codeForm("")), badCode)
	a.wantGrantError("another redirect URI", a.exchange(set(codeForm(a.code(sandbox.OwnerLogin)), "redirect_uri", "http://localhost:8080/")), badCode)
	a.wantGrantError("no verifier", a.exchange(bound()), "PKCE verification failed.")
	a.wantGrantError("a wrong verifier", a.exchange(set(bound(), "code_verifier", verifier+"x")), "PKCE verification failed.")
	a.wantGrantError("a verifier for nothing", a.exchange(set(codeForm(a.code(sandbox.OwnerLogin)), "code_verifier", verifier)), "PKCE verification failed.")

	stolen := set(bound(), "client_id", public)
	stolen.Set("code_verifier", verifier)
	a.wantGrantError("another client", a.postToken(stolen, "", ""), badCode)
}

func TestPublicClientNeedsPKCE(t *testing.T) {
	a := startOAuth(t)
	config := a.config()
	config.ClientID, config.ClientSecret = public, ""
	verifier := oauth2.GenerateVerifier()
	sign := func(options ...oauth2.AuthCodeOption) url.Values {
		code := a.Allow(t, config.AuthCodeURL("state", options...), sandbox.OwnerLogin).Query().Get("code")
		form := codeForm(code)
		form.Set("client_id", public)
		return form
	}
	with := sign(oauth2.S256ChallengeOption(verifier))
	with.Set("code_verifier", verifier)
	p := a.issued(a.postToken(with, "", ""))
	refresh := refreshForm(p.Refresh)
	refresh.Set("client_id", public)
	a.issued(a.postToken(refresh, "", ""))
	got := a.open(authorize("client_id", public), nil)
	if back := got.header.Get("Location"); got.status != 303 || !strings.Contains(back, "error=invalid_request") {
		t.Errorf("without a challenge it is answered %d to %q", got.status, back)
	}
}
