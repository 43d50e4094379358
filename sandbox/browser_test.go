package sandbox_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"winnow/sandbox"
)

// browser keeps cookies and follows no redirect.
type browser struct {
	*api
	client *http.Client
}

func (a *api) browser() *browser {
	a.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &browser{a, &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// choices are the logins that the consent page offers, and the link for somebody else.
func (b *browser) choices(query url.Values) (logins []string, other string) {
	b.t.Helper()
	res, err := b.client.Get(b.AuthURL + "?" + query.Encode())
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc.Find("input[type=radio]").Each(func(_ int, s *goquery.Selection) { logins = append(logins, s.AttrOr("value", "")) })
	return logins, doc.Find("main a").AttrOr("href", "")
}

// decide sends the consent form; an empty login leaves it to the session.
func (b *browser) decide(query url.Values, login, decision string) *http.Response {
	b.t.Helper()
	form := url.Values{"decision": {decision}}
	if login != "" {
		form.Set("user", login)
	}
	res, err := b.client.PostForm(b.AuthURL+"?"+query.Encode(), form)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestBrowserIsRemembered(t *testing.T) {
	b := startOAuth(t).browser()
	everybody := len(b.Users())
	if logins, other := b.choices(authorize()); len(logins) != everybody || other != "" {
		t.Errorf("at first it offers %v and %q", logins, other)
	}
	b.decide(authorize(), sandbox.ManagerLogin, "refuse")
	if logins, _ := b.choices(authorize()); len(logins) != everybody {
		t.Errorf("after a refusal it offers %v", logins)
	}
	res := b.decide(authorize(), sandbox.ManagerLogin, "allow")
	cookie := res.Header.Get("Set-Cookie")
	for _, part := range []string{"sandbox_session=", "Path=/oauth2", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	logins, other := b.choices(authorize())
	if len(logins) != 1 || logins[0] != sandbox.ManagerLogin {
		t.Errorf("then it offers %v", logins)
	}
	u, err := url.Parse(other)
	if err != nil || u.Query().Get("prompt") != "login" || u.Query().Get("state") != "xyz" {
		t.Errorf("somebody else is sent to %q", other)
	}
	if logins, _ := b.choices(u.Query()); len(logins) != everybody {
		t.Errorf("with prompt=login it offers %v", logins)
	}
	b.forward(12 * time.Hour)
	if logins, _ := b.choices(authorize()); len(logins) != everybody {
		t.Errorf("after half a day it offers %v", logins)
	}
}

func TestFormOfARememberedBrowserNamesNobody(t *testing.T) {
	b := startOAuth(t).browser()
	b.decide(authorize(), sandbox.ManagerLogin, "allow")
	back, err := b.decide(authorize(), "", "allow").Location()
	if err != nil {
		t.Fatal(err)
	}
	b.issued(b.exchange(codeForm(back.Query().Get("code"))))
	all := b.Journal()
	if last := all[len(all)-1]; last.User != sandbox.ManagerLogin {
		t.Errorf("signed in as %q", last.User)
	}
	if res := b.decide(authorize("prompt", "login"), "", "allow"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("with prompt=login it is answered %d", res.StatusCode)
	}
	if res := startOAuth(t).browser().decide(authorize(), "", "allow"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a browser that is not remembered is answered %d", res.StatusCode)
	}
}

func TestPlainClientPassesTheConsent(t *testing.T) {
	a := startOAuth(t)
	// One POST without the page, as curl does it.
	got := a.open(authorize(), url.Values{"user": {sandbox.OwnerLogin}, "decision": {"allow"}})
	back, err := url.Parse(got.header.Get("Location"))
	if err != nil || got.status != 303 || back.Query().Get("code") == "" {
		t.Errorf("answered %d to %v", got.status, back)
	}
	// The whole request in the form.
	everything := merge(authorize(), url.Values{"user": {sandbox.OwnerLogin}, "decision": {"allow"}})
	if got := a.open(nil, everything); got.status != 303 || !strings.Contains(got.header.Get("Location"), "code=") {
		t.Errorf("answered %d %v", got.status, got.header)
	}
}
