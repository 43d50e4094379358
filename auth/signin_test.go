package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"winnow/auth"
)

// refusedSignIn is a sign-in that comes as far as the exchange of its code.
type refusedSignIn struct {
	options  func(*auth.Options)
	provider func(*provider)
	want     auth.Code
	mention  []string
}

var refusedSignIns = map[string]refusedSignIn{
	"scope contact_data not granted": {
		provider: func(p *provider) { p.scope = "account_read offline_access" },
		want:     auth.CodeMissingScope, mention: []string{"contact_data"},
	},
	"scope account_read not granted": {
		provider: func(p *provider) { p.scope = "contact_data offline_access" },
		want:     auth.CodeMissingScope, mention: []string{"account_read"},
	},
	"no refresh token": {
		provider: func(p *provider) { p.noRefresh = true },
		want:     auth.CodeMissingScope, mention: []string{"offline_access"},
	},
	"may not write contacts":     {options: lacking("contacts:read"), want: auth.CodeMissingPrivilege, mention: []string{"contacts:write", ada.Account}},
	"may not read contacts":      {options: lacking("contacts:write"), want: auth.CodeMissingPrivilege, mention: []string{"contacts:read"}},
	"may do nothing":             {options: lacking(), want: auth.CodeMissingPrivilege, mention: []string{"contacts:read", "contacts:write"}},
	"account not on the list":    {options: func(o *auth.Options) { o.AllowedAccounts = []string{"a07other"} }, want: auth.CodeAccountNotAllowed, mention: []string{ada.Account, ada.ID}},
	"user not on the list":       {options: func(o *auth.Options) { o.AllowedUsers = []string{"u-bob"} }, want: auth.CodeUserNotAllowed, mention: []string{ada.Account, ada.ID}},
	"login name is no user id":   {options: func(o *auth.Options) { o.AllowedUsers = []string{ada.Name} }, want: auth.CodeUserNotAllowed},
	"access token is no JWT":     {provider: func(p *provider) { p.claims = nil }, want: auth.CodeNoIdentity},
	"access token names nobody":  {provider: func(p *provider) { p.claims = map[string]any{} }, want: auth.CodeNoIdentity},
	"user id with a line break":  {provider: func(p *provider) { p.claims = map[string]any{"sub": "a\nb"} }, want: auth.CodeNoIdentity},
	"account without id":         {options: func(o *auth.Options) { o.Identify = identifyAs(auth.Profile{}) }, want: auth.CodeIdentifyFailed},
	"API does not answer":        {options: identifyFails(errors.New("503")), want: auth.CodeIdentifyFailed},
	"API side refuses":           {options: identifyFails(&auth.Refusal{Code: "switched_off", What: "A.", Why: "B.", Do: "C."}), want: "switched_off"},
	"code not accepted":          {provider: func(p *provider) { p.fault = faultOf(http.StatusBadRequest, "invalid_grant") }, want: auth.CodeExchangeFailed, mention: []string{"five minutes"}},
	"secret not accepted":        {provider: func(p *provider) { p.fault = faultOf(http.StatusUnauthorized, "invalid_client") }, want: auth.CodeExchangeFailed, mention: []string{"client id and secret"}},
	"too many sign-ins, no body": {provider: func(p *provider) { p.fault = answering(http.StatusTooManyRequests, "") }, want: auth.CodeExchangeFailed, mention: []string{"too many"}},
	"a page in place of tokens":  {provider: func(p *provider) { p.fault = answering(http.StatusOK, "<html>canary</html>") }, want: auth.CodeExchangeFailed},
	"error of the vendor's shape": {provider: func(p *provider) {
		p.fault = answering(http.StatusBadRequest, `{"errorCode":"E0000021","errorSummary":"canary"}`)
	}, want: auth.CodeExchangeFailed},
	"redirect in place of tokens": {provider: func(p *provider) { p.fault = redirecting }, want: auth.CodeExchangeFailed},
	"answer lost":                 {provider: func(p *provider) { p.after = dropping }, want: auth.CodeExchangeFailed},
}

// lacking makes the API report these privileges and no others.
func lacking(privileges ...string) func(*auth.Options) {
	return func(o *auth.Options) {
		o.Identify = identifyAs(auth.Profile{AccountID: ada.Account, AccountName: ada.AccountName, Privileges: privileges})
	}
}

func TestWhoIsRefusedAfterTheExchange(t *testing.T) {
	for name, test := range refusedSignIns {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, func(o *auth.Options) {
				if test.options != nil {
					test.options(o)
				}
			})
			if test.provider != nil {
				a.provider.set(test.provider)
			}
			b := a.browser(t)
			parts := checkRefused(t, b.get(b.begin().String()), test.want)
			for _, word := range test.mention {
				if !strings.Contains(strings.Join(parts[1:], " "), word) {
					t.Errorf("%q is not mentioned in %q", word, parts)
				}
			}
			if got := b.get("/").body; got != "nobody" {
				t.Errorf("start page knows %q", got)
			}
			if _, err := a.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, auth.ErrSignInAgain) {
				t.Errorf("Access: %v, want ErrSignInAgain since nothing was stored", err)
			}
			if requests := a.provider.seen(); len(requests) != 1 || strings.Contains(requests[0].body, clientSecret) {
				t.Errorf("%d token requests, want 1 without the secret in its body", len(requests))
			}
		})
	}
}

func identifyFails(err error) func(*auth.Options) {
	return func(o *auth.Options) {
		o.Identify = func(context.Context, string) (auth.Profile, error) { return auth.Profile{}, err }
	}
}

func faultOf(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { oauthError(w, status, code) }
}

func redirecting(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/token", http.StatusTemporaryRedirect)
}

func TestIdentityFromTheAccessToken(t *testing.T) {
	tests := map[string]struct {
		claims       map[string]any
		scope        string
		wantID, want string
	}{
		"platform user id":                   {map[string]any{"sub": "ada", "platform_user_id": "u-1"}, "account_read contact_data", "u-1", "ada"},
		"a number as platform user id":       {map[string]any{"sub": "ada", "platform_user_id": 8812345678901234}, "account_read contact_data", "8812345678901234", "ada"},
		"subject alone":                      {map[string]any{"sub": "ada"}, "account_read contact_data", "ada", "ada"},
		"empty platform user id":             {map[string]any{"sub": "ada", "platform_user_id": ""}, "account_read contact_data", "ada", "ada"},
		"null as platform user id":           {map[string]any{"sub": "ada", "platform_user_id": nil}, "account_read contact_data", "ada", "ada"},
		"platform user id alone":             {map[string]any{"platform_user_id": "u-1"}, "account_read contact_data", "u-1", "u-1"},
		"scopes not told, so as asked":       {map[string]any{"sub": "ada"}, "", "ada", "ada"},
		"more scopes than asked, any order":  {map[string]any{"sub": "ada"}, "contact_data x offline_access account_read", "ada", "ada"},
		"an object is no platform user id":   {map[string]any{"sub": "ada", "platform_user_id": map[string]any{"a": 1}}, "", "ada", "ada"},
		"the name with a space gives the id": {map[string]any{"sub": "Ada L", "platform_user_id": "u-1"}, "", "u-1", "u-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			a.provider.set(func(p *provider) { p.claims, p.scope = test.claims, test.scope })
			b := a.browser(t)
			b.signIn()
			want := signedInAs(auth.User{Account: ada.Account, AccountName: ada.AccountName, ID: test.wantID, Name: test.want})
			if got := b.get("/").body; got != want {
				t.Errorf("start page knows %q, want %q", got, want)
			}
		})
	}
}

func TestSignInWhenTheStoreFails(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	back := b.begin()
	a.store.set(func(f *fakeStore) { f.readOnly = true })
	if end := b.get(back.String()); end.status != http.StatusInternalServerError {
		t.Errorf("callback answered %d, want 500", end.status)
	}
	if n := len(a.provider.seen()); n != 0 {
		t.Errorf("%d token requests although nothing can be stored", n)
	}
	if login := b.post("/login", nil); login.status != http.StatusInternalServerError {
		t.Errorf("login answered %d, want 500", login.status)
	}
}

func TestSignedInIsToldOnceTheTokensAreStored(t *testing.T) {
	var told []auth.User
	a := newApp(t)
	a.options.SignedIn = func(ctx context.Context, u auth.User) {
		if _, err := a.Tokens.Access(ctx, u.Account); err != nil {
			t.Errorf("Access: %v", err)
		}
		told = append(told, u)
	}
	*a.Auth = *newAuth(t, a.options)
	a.browser(t).signIn()
	a.provider.set(func(p *provider) { p.noRefresh = true })
	b := a.browser(t)
	checkRefused(t, b.get(b.begin().String()), auth.CodeMissingScope)
	if diff := cmp.Diff([]auth.User{ada}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestPersonWhoLeavesDuringTheExchangeDoesNotLoseTheTokens(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	a := newApp(t)
	back := a.options
	back.Identify = func(context.Context, string) (auth.Profile, error) {
		leave()
		return a.options.Identify(t.Context(), "")
	}
	*a.Auth = *newAuth(t, back)
	b := a.browser(t)
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, b.begin().String(), nil)
	req.AddCookie(&http.Cookie{Name: auth.CookieName, Value: b.cookie()})
	if err := callback(a, req); !errors.Is(err, context.Canceled) {
		t.Errorf("Callback: %v, want the context's end when the session is stored", err)
	}
	a.access(t)
}

// callback calls the handler without a server, so that the test decides when the caller leaves.
func callback(a *app, req *http.Request) error {
	return a.Callback(echo.New().NewContext(req, httptest.NewRecorder()))
}
