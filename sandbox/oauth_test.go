package sandbox_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"winnow/sandbox"
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
