package auth_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/auth"
)

var ada = auth.User{Account: "a07eksd00eu0dl", AccountName: "Ada & Co", ID: "u-ada", Name: "ada@canary.example"}

// app is a Winnow reduced to its sign-in, served over TLS, with a provider and a store of its own.
type app struct {
	*auth.Auth
	provider *provider
	store    *fakeStore
	clock    *clock
	log      *logBuffer
	srv      *httptest.Server
	options  auth.Options
	during   func() // what happens while POST /slow is answered
}

// logBuffer collects log lines of concurrent requests.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// newApp starts an app; change may alter the options it is made with.
func newApp(t *testing.T, change ...func(*auth.Options)) *app {
	t.Helper()
	a := &app{provider: newProvider(t), clock: newClock(), log: &logBuffer{}}
	a.store = newFakeStore(a.clock)
	e := echo.New()
	a.srv = httptest.NewTLSServer(e)
	t.Cleanup(a.srv.Close)
	a.options = auth.Options{
		ClientID: clientID, ClientSecret: clientSecret,
		AuthorizeURL: a.provider.srv.URL + "/authorize", TokenURL: a.provider.srv.URL + "/token",
		RedirectURL: a.srv.URL + "/oauth/callback",
		Store:       a.store, Keys: keys(t, "1:"+auth.GenerateKey()),
		Identify: identifyAs(auth.Profile{
			AccountID: ada.Account, AccountName: ada.AccountName, Privileges: []string{"contacts:read", "contacts:write"},
		}),
		Now: a.clock.Now,
		Log: slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&a.options)
	}
	a.Auth = newAuth(t, a.options)
	a.routes(e)
	return a
}

func newAuth(t *testing.T, o auth.Options) *auth.Auth {
	t.Helper()
	a, err := auth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func keys(t *testing.T, text string) *auth.Keys {
	t.Helper()
	k, err := auth.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func identifyAs(p auth.Profile) func(context.Context, string) (auth.Profile, error) {
	return func(context.Context, string) (auth.Profile, error) { return p, nil }
}

// routes serves the current person's name under /, and to signed-in people some pages.
func (a *app) routes(e *echo.Echo) {
	e.HTTPErrorHandler = a.answerError
	site := e.Group("", a.CrossSite, a.Authenticate)
	site.GET("/", whoAmI)
	site.POST("/login", a.Login)
	site.GET("/oauth/callback", a.Callback)
	site.POST("/logout", a.Logout)
	inside := site.Group("", auth.Require)
	inside.GET("/page", whoAmI)
	inside.POST("/page", whoAmI)
	inside.GET("/polled", whoAmI, auth.Passive)
	inside.POST("/slow", func(c echo.Context) error {
		a.during()
		return whoAmI(c)
	})
}

func whoAmI(c echo.Context) error {
	u, ok := auth.Current(c)
	if !ok {
		return c.String(http.StatusOK, "nobody")
	}
	return c.String(http.StatusOK, u.Account+" "+u.AccountName+" "+u.ID+" "+u.Name)
}

// answerError does what a site's error page does: a refusal in full, for the rest nothing but the status, and one log line.
func (a *app) answerError(err error, c echo.Context) {
	a.options.Log.Error("request", "error", err)
	if r, ok := errors.AsType[*auth.Refusal](err); ok {
		c.String(http.StatusForbidden, strings.Join([]string{string(r.Code), r.What, r.Why, r.Do}, "|"))
		return
	}
	status := http.StatusInternalServerError
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		status = he.Code
	}
	c.String(status, "error")
}

// signedInAs is what / shows to a person.
func signedInAs(u auth.User) string {
	return u.Account + " " + u.AccountName + " " + u.ID + " " + u.Name
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t      *testing.T
	app    *app
	client *http.Client
}

// answer is what came back.
type answer struct {
	status   int
	body     string
	location string
	header   http.Header
	cookies  []*http.Cookie
}

func (a *app) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *a.srv.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: t, app: a, client: &client}
}

// do sends a request; headers come as name, value pairs.
func (b *browser) do(method, target string, form url.Values, headers ...string) answer {
	b.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.app.srv.URL + target
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, string(body), resp.Header.Get("Location"), resp.Header, resp.Cookies()}
}

func (b *browser) get(target string, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, target, nil, headers...)
}

func (b *browser) post(target string, form url.Values, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodPost, target, form, headers...)
}

// begin clicks sign in and gives the callback URL the provider sends the browser to.
func (b *browser) begin() *url.URL {
	b.t.Helper()
	login := b.post("/login", nil)
	if login.status != http.StatusSeeOther {
		b.t.Fatalf("login answered %d %q", login.status, login.body)
	}
	back, err := url.Parse(b.get(login.location).location)
	if err != nil || back.Query().Get("code") == "" {
		b.t.Fatalf("provider sent the browser to %q, %v", back, err)
	}
	return back
}

// signIn goes the whole way.
func (b *browser) signIn() {
	b.t.Helper()
	if end := b.get(b.begin().String()); end.status != http.StatusSeeOther || end.location != "/" {
		b.t.Fatalf("callback answered %d %q %q", end.status, end.location, end.body)
	}
}

// cookie gives the session cookie's value.
func (b *browser) cookie() string {
	b.t.Helper()
	u, err := url.Parse(b.app.srv.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == auth.CookieName {
			return c.Value
		}
	}
	return ""
}

// as asks / with a cookie of ours in place of the browser's.
func (a *app) as(t *testing.T, cookie string) answer {
	t.Helper()
	return a.browser(t).get("/", "Cookie", auth.CookieName+"="+cookie)
}

// minutes is a shorter word for the tables.
func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
