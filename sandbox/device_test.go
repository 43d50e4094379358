package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/oauth2"

	"winnow/sandbox"
)

// deviceStart is the answer that begins a device flow.
type deviceStart struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
}

func (a *api) beginDevice() deviceStart {
	a.t.Helper()
	form := url.Values{"client_id": {public}, "response_type": {"device_code"}, "scope": {consoleScopes}, "state": {"x"}}
	got := a.postTo(a.DeviceURL, tokenRequest{kind: formKind, body: form.Encode()})
	var d deviceStart
	if err := json.Unmarshal([]byte(got.body), &d); err != nil || got.status != 200 {
		a.t.Fatalf("the device endpoint answered %d %s", got.status, got.body)
	}
	return d
}

// poll asks the token endpoint as a device does, without a secret.
func (a *api) poll(code string) answer {
	a.t.Helper()
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code}, "client_id": {public}}
	return a.postTo(a.TokenURL, tokenRequest{kind: formKind, body: form.Encode()})
}

func (a *api) wantDeviceError(what string, got answer, code string) {
	a.t.Helper()
	if got.status != 400 || !strings.Contains(got.body, `{"error":"`+code+`",`) {
		a.t.Errorf("%s is answered %d %s, want 400 with %s", what, got.status, got.body, code)
	}
}

// decideDevice sends the consent form of a device.
func (a *api) decideDevice(userCode, login, decision string) answer {
	a.t.Helper()
	form := url.Values{"user_code": {userCode}, "user": {login}, "decision": {decision}}
	return a.postTo(a.URL+sandbox.ActivatePath, tokenRequest{kind: formKind, body: form.Encode()})
}

func TestDeviceSignsIn(t *testing.T) {
	a := startOAuth(t)
	d := a.beginDevice()
	if d.URI != a.URL+"/oauth2/activate" || d.Complete != d.URI+"?user_code="+d.UserCode || d.ExpiresIn != 600 || d.Interval != 5 || len(d.UserCode) != 9 {
		t.Errorf("it begins with %+v", d)
	}
	a.wantDeviceError("the first question", a.poll(d.DeviceCode), "authorization_pending")
	a.forward(4 * time.Second)
	a.wantDeviceError("a question too soon", a.poll(d.DeviceCode), "slow_down")
	if got := a.decideDevice(strings.ToLower(d.UserCode), sandbox.ManagerLogin, "allow"); got.status != 200 || !strings.Contains(got.body, "The device is signed in as Marcus Manager.") {
		t.Errorf("the consent is answered %d %s", got.status, got.body)
	}
	a.forward(5 * time.Second)
	got := a.poll(d.DeviceCode)
	p := a.issued(got)
	if p.Refresh != "" || !strings.Contains(got.body, `"scope":"account_read contact_data"`) {
		t.Errorf("a device gets %s", got.body)
	}
	if !a.works(p.Access) {
		t.Error("the access token does not work")
	}
	a.forward(5 * time.Second)
	a.wantDeviceError("a second use", a.poll(d.DeviceCode), "invalid_grant")
}

func TestDevicesThatGetNothing(t *testing.T) {
	a := startOAuth(t)
	refused := a.beginDevice()
	if got := a.decideDevice(refused.UserCode, sandbox.OwnerLogin, "refuse"); got.status != 200 || !strings.Contains(got.body, "Refused") {
		t.Errorf("the refusal is answered %d %s", got.status, got.body)
	}
	a.wantDeviceError("a refused device", a.poll(refused.DeviceCode), "access_denied")
	if got := a.decideDevice(refused.UserCode, sandbox.OwnerLogin, "allow"); got.status != 400 {
		t.Errorf("a second decision is answered %d", got.status)
	}
	late := a.beginDevice()
	a.forward(10 * time.Minute)
	a.wantDeviceError("an expired device", a.poll(late.DeviceCode), "expired_token")
	if got := a.decideDevice(late.UserCode, sandbox.OwnerLogin, "allow"); got.status != 400 || !strings.Contains(got.body, "No device waits with this code") {
		t.Errorf("a late decision is answered %d %s", got.status, got.body)
	}
	a.wantDeviceError("a made-up code", a.poll("made-up"), "invalid_grant")
	for name, form := range map[string]url.Values{
		"unknown client": {"client_id": {"nobody"}, "scope": {"contact_data"}},
		"no scope":       {"client_id": {public}},
		"unknown scope":  {"client_id": {public}, "scope": {"openid"}},
	} {
		if got := a.postTo(a.DeviceURL, tokenRequest{query: form}); got.status != 400 && got.status != 401 {
			t.Errorf("%s: answered %d %s", name, got.status, got.body)
		}
	}
	stolen := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {a.beginDevice().DeviceCode}}
	a.wantDeviceError("another client", a.exchange(stolen), "invalid_grant")
}

func TestPageForDevices(t *testing.T) {
	a := startOAuth(t)
	d := a.beginDevice()
	page := func(address string, status int) *goquery.Document {
		t.Helper()
		got := a.do("GET", address, "")
		if got.status != status || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Fatalf("%s answered %d %s", address, got.status, got.body)
		}
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	form := page(sandbox.ActivatePath, 200).Find("form")
	if form.AttrOr("method", "") != "get" || form.Find("label[for=user_code]").Length() != 1 || form.Find("input#user_code[name=user_code]").Length() != 1 {
		t.Error("there is no labelled field for the code")
	}
	consent := page(strings.TrimPrefix(d.Complete, a.URL), 200)
	if text := consent.Find("main").Text(); !strings.Contains(text, public) || !strings.Contains(text, "contact_data") || strings.Contains(text, "offline_access") {
		t.Errorf("the page says %s", text)
	}
	if code := consent.Find("input[name=user_code]").AttrOr("value", ""); code != d.UserCode || consent.Find("input[type=radio]").Length() != len(a.Users()) {
		t.Errorf("the form brings the code %q", code)
	}
	if alert := page(sandbox.ActivatePath+"?user_code=%3Cb%3E", 400).Find("[role=alert]").Text(); alert == "" {
		t.Error("a wrong code is not told")
	}
	for name, form := range map[string]url.Values{"no decision": {"user_code": {d.UserCode}}, "nobody": {"user_code": {d.UserCode}, "decision": {"allow"}, "user": {"x"}}} {
		if got := a.postTo(a.URL+sandbox.ActivatePath, tokenRequest{kind: formKind, body: form.Encode()}); got.status != 400 {
			t.Errorf("%s: answered %d", name, got.status)
		}
	}
}

// Somebody else's client; it waits one real second between its questions.
func TestOAuth2LibrarySignsADeviceIn(t *testing.T) {
	a := startOAuth(t)
	config := &oauth2.Config{
		ClientID: public, Scopes: []string{"contact_data"},
		Endpoint: oauth2.Endpoint{DeviceAuthURL: a.DeviceURL, TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	begun, err := config.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := a.decideDevice(begun.UserCode, sandbox.OwnerLogin, "allow"); got.status != http.StatusOK {
		t.Fatalf("the consent is answered %d %s", got.status, got.body)
	}
	begun.Interval = 1
	token, err := config.DeviceAccessToken(t.Context(), begun)
	if err != nil || !a.works(token.AccessToken) {
		t.Errorf("it gets %+v, %v", token, err)
	}
}
