package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

func TestRefreshTokenRotates(t *testing.T) {
	a := startOAuth(t)
	first := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	second := a.issued(a.exchange(refreshForm(first.Refresh)))
	if second.Refresh == first.Refresh || second.Access == first.Access {
		t.Error("the pair is the same as before")
	}
	if a.works(first.Access) || !a.works(second.Access) {
		t.Error("the earlier access token works, or the new one does not")
	}
	third := a.issued(a.exchange(refreshForm(second.Refresh)))

	a.wantGrantError("a used refresh token", a.exchange(refreshForm(first.Refresh)), badRefresh)
	if a.works(third.Access) {
		t.Error("the family's access token works after the reuse")
	}
	a.wantGrantError("the family's refresh token after the reuse", a.exchange(refreshForm(third.Refresh)), badRefresh)
	want := sandbox.OAuthCounts{CodesIssued: 1, CodesRedeemed: 1, Refreshes: 2, ReusesDetected: 1}
	if got := a.Counts().OAuth; got != want {
		t.Errorf("the counts are %+v, want %+v", got, want)
	}
}

func TestRefreshTokenEndsAfter180DaysWithoutUse(t *testing.T) {
	a := startOAuth(t)
	p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	a.clock.Advance(180*24*time.Hour - time.Second)
	p = a.issued(a.exchange(refreshForm(p.Refresh)))
	a.clock.Advance(180 * 24 * time.Hour)
	a.wantGrantError("a refresh token of 180 days", a.exchange(refreshForm(p.Refresh)), badRefresh)
}

func TestAccessTokenLivesADay(t *testing.T) {
	a := startOAuth(t)
	p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	a.clock.Advance(24*time.Hour - time.Second)
	early := a.works(p.Access)
	a.clock.Advance(time.Second)
	if late := a.works(p.Access); !early || late {
		t.Errorf("it works a second before: %v, after a day: %v", early, late)
	}
}

func TestNoRefreshTokenWithoutOfflineAccess(t *testing.T) {
	a := startOAuth(t)
	config := a.config()
	config.Scopes = []string{"contact_data"}
	code := a.Allow(t, config.AuthCodeURL("state"), sandbox.OwnerLogin).Query().Get("code")
	if p := a.issued(a.exchange(codeForm(code))); p.Refresh != "" {
		t.Error("there is one")
	}
}

func TestNewSignInReplacesTheEarlierOne(t *testing.T) {
	a := startOAuth(t)
	sign := func(login string) pair { return a.issued(a.exchange(codeForm(a.code(login)))) }
	owner, manager, again := sign(sandbox.OwnerLogin), sign(sandbox.ManagerLogin), sign(sandbox.OwnerLogin)
	if a.works(owner.Access) || !a.works(manager.Access) || !a.works(again.Access) {
		t.Error("want the owner's first token void and the two others good")
	}
	a.wantGrantError("the first refresh token", a.exchange(refreshForm(owner.Refresh)), badRefresh)
}

func TestRevokedAndExpiredByHand(t *testing.T) {
	a := startOAuth(t)
	sign := func(login string) pair { return a.issued(a.exchange(codeForm(a.code(login)))) }
	owner, manager := sign(sandbox.OwnerLogin), sign(sandbox.ManagerLogin)
	a.ExpireAccessTokens(sandbox.OwnerLogin)
	if a.works(owner.Access) || !a.works(manager.Access) {
		t.Error("want only the owner's access token void")
	}
	owner = a.issued(a.exchange(refreshForm(owner.Refresh)))
	pending := a.code(sandbox.OwnerLogin)
	a.Revoke(sandbox.OwnerLogin)
	if a.works(owner.Access) || !a.works(manager.Access) {
		t.Error("want only the owner's tokens revoked")
	}
	a.wantGrantError("the revoked refresh token", a.exchange(refreshForm(owner.Refresh)), badRefresh)
	a.wantGrantError("the code under way", a.exchange(codeForm(pending)), badCode)
}

func TestTokenEndpointRefusals(t *testing.T) {
	a := startOAuth(t)
	credentials := url.Values{"client_id": {confidential}, "client_secret": {"s3cret:%"}}
	okta := func(code, summary string) string {
		return `{"errorCode":"` + code + `","errorSummary":"` + summary + `","errorLink":"` + code + `","errorId":"sandbox","errorCauses":[]}`
	}
	badClient := `{"error":"invalid_client","error_description":"The client is unknown or its secret is wrong."}`
	bare, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, a.TokenURL, nil)
	get, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, a.TokenURL, nil)
	for name, tc := range map[string]struct {
		got    answer
		status int
		body   string
	}{
		"unknown client":     {a.postToken(refreshForm("x"), "nobody", "s3cret"), 401, badClient},
		"wrong secret":       {a.postToken(refreshForm("x"), url.QueryEscape(confidential), "wrong"), 401, badClient},
		"no credentials":     {a.postToken(refreshForm("x"), "", ""), 401, badClient},
		"id without secret":  {a.postToken(url.Values{"client_id": {confidential}}, "", ""), 401, badClient},
		"no grant type":      {a.exchange(url.Values{}), 400, `{"error":"invalid_request","error_description":"The grant_type is missing."}`},
		"unknown grant type": {a.exchange(url.Values{"grant_type": {"password"}}), 400, `{"error":"unsupported_grant_type","error_description":"The grant_type is not supported."}`},
		"too large a form":   {a.postToken(url.Values{"code": {strings.Repeat("x", 70_000)}}, "", ""), 400, `{"error":"invalid_request","error_description":"The form could not be read."}`},
		"no form":            {a.roundTrip(bare), 415, okta("E0000021", "Bad request.  Accept and/or Content-Type headers likely do not match supported values.")},
		"GET":                {a.roundTrip(get), 405, okta("E0000022", "The endpoint does not support the provided HTTP method")},
		"secret in the form, a bad token": {a.postToken(merge(credentials, refreshForm("x")), "", ""), 400,
			`{"error":"invalid_grant","error_description":"` + badRefresh + `"}`},
	} {
		if tc.got.status != tc.status || tc.got.body != tc.body {
			t.Errorf("%s: answered %d %s, want %d %s", name, tc.got.status, tc.got.body, tc.status, tc.body)
		}
	}
}

func TestCredentialsInTheQuery(t *testing.T) {
	a := startOAuth(t)
	form := merge(url.Values{"client_id": {confidential}, "client_secret": {"s3cret:%"}}, codeForm(a.code(sandbox.OwnerLogin)))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.TokenURL+"?"+form.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a.issued(a.roundTrip(req))
}

func merge(forms ...url.Values) url.Values {
	all := url.Values{}
	for _, form := range forms {
		for name, values := range form {
			all[name] = values
		}
	}
	return all
}
