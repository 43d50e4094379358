package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/auth"
)

func TestSignIn(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()

	if got := b.get("/").body; got != signedInAs(ada) {
		t.Errorf("start page knows %q, want %q", got, signedInAs(ada))
	}
	asked := a.provider.asked()
	want := map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": a.options.RedirectURL,
		"scope": "account_read contact_data offline_access", "code_challenge_method": "S256", "prompt": "",
	}
	for name, value := range want {
		if asked.Get(name) != value {
			t.Errorf("authorize %s = %q, want %q", name, asked.Get(name), value)
		}
	}
	requests := a.provider.seen()
	if len(requests) != 1 {
		t.Fatalf("%d token requests, want 1", len(requests))
	}
	if !strings.HasPrefix(requests[0].authorization, "Basic ") || strings.Contains(requests[0].body, clientSecret) {
		t.Errorf("want the client secret in the Basic header alone, got %q and %q", requests[0].authorization, requests[0].body)
	}
	token, err := a.Tokens.Access(t.Context(), ada.Account)
	if err != nil || !strings.HasSuffix(token, ".canary-access-2") {
		t.Errorf("Access = %q, %v", token, err)
	}
}

func TestSignInToAnotherAccountAsksForALogin(t *testing.T) {
	b := newApp(t).browser(t)
	login := b.post("/login", url.Values{auth.FieldAnother: {"1"}})
	target, err := url.Parse(login.location)
	if err != nil || target.Query().Get("prompt") != "login" {
		t.Errorf("location %q, %v, want prompt=login", login.location, err)
	}
}

func TestSignInByHTMXIsARealNavigation(t *testing.T) {
	a := newApp(t)
	login := a.browser(t).post("/login", nil, "HX-Request", "true")
	if !strings.HasPrefix(login.header.Get("HX-Redirect"), a.options.AuthorizeURL+"?") || login.location != "" {
		t.Errorf("HX-Redirect %q, Location %q", login.header.Get("HX-Redirect"), login.location)
	}
}

func TestLoginReadsLittleOfAStrangersForm(t *testing.T) {
	a := newApp(t)
	login := a.browser(t).post("/login", url.Values{auth.FieldAnother: {strings.Repeat("x", 1<<20)}})
	if sessions, _, _ := a.store.counts(); login.status != http.StatusBadRequest || sessions != 0 {
		t.Errorf("status %d and %d sessions, want 400 and none", login.status, sessions)
	}
}

func TestCallbackThatEndsNoWaitingSignIn(t *testing.T) {
	with := func(name, value string) func(*app, url.Values) {
		return func(_ *app, q url.Values) { q.Set(name, value) }
	}
	tests := map[string]struct {
		change func(*app, url.Values)
		want   auth.Code
	}{
		"state missing":           {func(_ *app, q url.Values) { q.Del("state") }, auth.CodeFlowMismatch},
		"state empty":             {with("state", ""), auth.CodeFlowMismatch},
		"state of another flow":   {with("state", "AAAAAAAAAAAAAAAAAAAAAAAAAA"), auth.CodeFlowMismatch},
		"state with one more":     {func(_ *app, q url.Values) { q.Set("state", q.Get("state")+"A") }, auth.CodeFlowMismatch},
		"eleven minutes later":    {func(a *app, _ url.Values) { a.clock.Advance(minutes(11)) }, auth.CodeFlowExpired},
		"session over":            {func(a *app, _ url.Values) { a.clock.Advance(minutes(31)) }, auth.CodeFlowMissing},
		"consent refused":         {with("error", "access_denied"), auth.CodeConsentRefused},
		"known provider error":    {with("error", "invalid_scope"), auth.CodeProviderError},
		"unknown provider error":  {with("error", "<b>canary-error</b>"), auth.CodeProviderError},
		"neither code nor error":  {func(_ *app, q url.Values) { q.Del("code") }, auth.CodeProviderError},
		"refused in wrong state":  {func(_ *app, q url.Values) { q.Set("error", "access_denied"); q.Del("state") }, auth.CodeFlowMismatch},
		"a code beside the error": {with("error", "server_error"), auth.CodeProviderError},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			b := a.browser(t)
			back := b.begin()
			query := back.Query()
			test.change(a, query)
			back.RawQuery = query.Encode()
			checkRefused(t, b.get(back.String()), test.want)
			if n := len(a.provider.seen()); n != 0 {
				t.Errorf("%d token requests, want none", n)
			}
			if got := b.get("/").body; got != "nobody" {
				t.Errorf("start page knows %q", got)
			}
		})
	}
}

// checkRefused looks for the code, three whole sentences and nothing that came from outside.
func checkRefused(t *testing.T, got answer, want auth.Code) []string {
	t.Helper()
	parts := strings.Split(got.body, "|")
	if got.status != http.StatusForbidden || len(parts) != 4 || parts[0] != string(want) {
		t.Fatalf("answer %d %q, want refusal %s", got.status, got.body, want)
	}
	for _, sentence := range parts[1:] {
		if !strings.HasSuffix(sentence, ".") {
			t.Errorf("not a whole sentence: %q", sentence)
		}
	}
	if strings.Contains(got.body, "canary") {
		t.Errorf("foreign text in %q", got.body)
	}
	return parts
}

func TestCallbackWithoutALogin(t *testing.T) {
	a := newApp(t)
	checkRefused(t, a.browser(t).get("/oauth/callback?code=x&state="), auth.CodeFlowMissing)
	checkRefused(t, a.browser(t).get("/oauth/callback?code=x"), auth.CodeFlowMissing)
	back := a.browser(t).begin()
	checkRefused(t, a.browser(t).get(back.String()), auth.CodeFlowMissing) // the victim's browser
	if n := len(a.provider.seen()); n != 0 {
		t.Errorf("%d token requests, want none", n)
	}
}

func TestWrongStateLeavesTheWaitingSignInAlone(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	back := b.begin()
	checkRefused(t, b.get("/oauth/callback?code=x&state=y"), auth.CodeFlowMismatch)
	if end := b.get(back.String()); end.status != http.StatusSeeOther {
		t.Errorf("callback answered %d %q", end.status, end.body)
	}
}

func TestCallbackWorksOnce(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	back := b.begin()
	before := b.cookie()
	b.get(back.String())
	checkRefused(t, b.get(back.String()), auth.CodeFlowMissing)
	old := a.browser(t)
	checkRefused(t, old.get(back.String(), "Cookie", auth.CookieName+"="+before), auth.CodeFlowMissing)
	if n := len(a.provider.seen()); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	if got := b.get("/").body; got != signedInAs(ada) {
		t.Errorf("start page knows %q after the second callback", got)
	}
}

func TestCallbackOpenedManyTimesAtOncePresentsTheCodeOnce(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	back := b.begin().String()
	cookie := auth.CookieName + "=" + b.cookie()
	const times = 16
	var all, group sync.WaitGroup
	all.Add(times)
	a.store.set(func(f *fakeStore) { // nobody goes on until all have read the session with its waiting sign-in
		f.found = func() { all.Done(); all.Wait() }
	})
	var mu sync.Mutex
	statuses := map[int]int{}
	for range times {
		other := a.browser(t)
		group.Go(func() {
			got := other.get(back, "Cookie", cookie)
			mu.Lock()
			defer mu.Unlock()
			statuses[got.status]++
		})
	}
	group.Wait()
	if diff := cmp.Diff(map[int]int{http.StatusSeeOther: 1, http.StatusForbidden: times - 1}, statuses); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if n := len(a.provider.seen()); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestRefusedConsentKeepsWhoWasSignedIn(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	back := b.begin()
	query := back.Query()
	query.Set("error", "access_denied")
	back.RawQuery = query.Encode()
	checkRefused(t, b.get(back.String()), auth.CodeConsentRefused)
	if got := b.get("/").body; got != signedInAs(ada) {
		t.Errorf("start page knows %q", got)
	}
	checkRefused(t, b.get(back.String()), auth.CodeFlowMissing)
}

func TestLogout(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	cookie := b.cookie()
	out := b.post("/logout", nil)
	if out.status != http.StatusSeeOther || out.location != "/" {
		t.Errorf("logout answered %d %q", out.status, out.location)
	}
	if got := out.header.Get("Clear-Site-Data"); got != `"cache", "cookies", "storage"` {
		t.Errorf("Clear-Site-Data %q", got)
	}
	if b.cookie() != "" || a.as(t, cookie).body != "nobody" {
		t.Error("the session is still there")
	}
	if sessions, tokens, _ := a.store.counts(); sessions != 0 || tokens != 1 {
		t.Errorf("%d sessions and %d tokens, want 0 and 1", sessions, tokens)
	}
	if again := b.post("/logout", nil); again.status != http.StatusSeeOther {
		t.Errorf("second logout answered %d", again.status)
	}
	if got := b.post("/logout", nil, "HX-Request", "true"); got.header.Get("HX-Redirect") != "/" {
		t.Errorf("logout by htmx: %v", got.header)
	}
}
