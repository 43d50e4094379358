package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/config"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// everyRoute says of each route who may use it. A route that is missing here fails the test.
var everyRoute = map[string]guard{
	"GET /static/*":       open,
	"GET /healthz":        open,
	"GET /readyz":         open,
	"GET /":               open,
	"POST /login":         open,
	"GET /oauth/callback": open,
	"POST /logout":        open,

	"GET /running":        signedInOnly,
	"GET /lists":          signedInOnly,
	"POST /lists/refresh": signedInOnly,
	"GET /upload":         signedInOnly,
	"POST /uploads":       signedInOnly,
	"GET /deletions":      signedInOnly,
	"GET /activities":     signedInOnly,
	"GET /audit":          signedInOnly,
	"GET /audit.csv":      signedInOnly,
	"GET /halt":           signedInOnly,
	"POST /halt":          signedInOnly,
	"POST /halt/lift":     signedInOnly,
	"GET /held":           signedInOnly,
	"POST /held/release":  signedInOnly,

	"POST /deletions/lists":                      signedInOnly,
	"GET /deletions/:id":                         ownAccount,
	"GET /deletions/:id/progress":                ownAccount,
	"POST /deletions/:id/column":                 ownAccount,
	"POST /deletions/:id/confirm":                ownAccount,
	"POST /deletions/:id/discard":                ownAccount,
	"POST /deletions/:id/pause":                  ownAccount,
	"POST /deletions/:id/resume":                 ownAccount,
	"POST /deletions/:id/stop":                   ownAccount,
	"POST /deletions/:id/retry":                  ownAccount,
	"POST /deletions/:id/changed":                ownAccount,
	"GET /deletions/:id/problems.csv":            ownAccount,
	"GET /deletions/:id/results.csv":             ownAccount,
	"GET /deletions/:id/batches":                 ownAccount,
	"GET /deletions/:id/batches/table":           ownAccount,
	"GET /deletions/:id/batches/:n":              ownAccount,
	"POST /deletions/:id/batches/:n/decide":      ownAccount,
	"GET /deletions/:id/batches/:n/request.json": ownAccount,
	"GET /activities/:activity":                  ownAccount,
}

type guard string

const (
	open         guard = "everybody"
	signedInOnly guard = "people who are signed in"
	ownAccount   guard = "people of the account it belongs to"
)

func TestEveryRouteHasItsGuard(t *testing.T) {
	registered := routesOfTheConsole(t)
	for _, route := range registered {
		if everyRoute[route] == "" {
			t.Errorf("route %s has no guard in the table", route)
		}
	}
	if len(registered) != len(everyRoute) {
		t.Errorf("%d routes are registered, the table has %d", len(registered), len(everyRoute))
	}
	w, page := worldWithADeletion(t)
	stranger, foreigner := newPerson(t), newPerson(t)
	foreigner.signIn(w, sandbox.SecondOwnerLogin)
	for route, g := range everyRoute {
		method, path, _ := strings.Cut(route, " ")
		target := w.console + strings.NewReplacer("/deletions/:id", page, ":n", "1", ":activity", "9390ec42-bc34-11f1-94f6-02420a320002", "*", "x").Replace(path)
		if g != open {
			if got := ask(t, stranger.http, method, target); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/" {
				t.Errorf("%s answers a stranger %s", route, got.Status)
			}
		}
		if g == ownAccount {
			if got := ask(t, foreigner.http, method, target); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers somebody of another account %s", route, got.Status)
			}
		}
	}
}

// routesOfTheConsole reads what is registered.
func routesOfTheConsole(t *testing.T) []string {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "winnow.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := config.Load(append(consoleFlags("http://localhost:1", "http://localhost:2"), "--data-dir", t.TempDir()), noEnvironment, version, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	app, err := build(c.Serve, db, new(deletion.Clocks), slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, r := range app.handler.(*echo.Echo).Routes() {
		if r.Method != echo.RouteNotFound {
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	return routes
}

// worldWithADeletion has a ready deletion of the main account; page is its path.
func worldWithADeletion(t *testing.T) (w *world, page string) {
	t.Helper()
	w = newWorld(t, quick(), hasty...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.upload(w, "one.csv", []byte("contact_id\n"+firstContact(w)+"\n"))
	p.sees("Will be deleted")
	return w, p.url.Path
}

func firstContact(w *world) string {
	for c := range w.emulator.Contacts(sandbox.MainAccount) {
		if c.DeletedAt.IsZero() {
			return c.ID
		}
	}
	return ""
}

// ask sends one request and follows nothing.
func ask(t *testing.T, client *http.Client, method, target string, headers ...string) *http.Response {
	t.Helper()
	still := *client
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := still.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	w, page := worldWithADeletion(t)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	for _, path := range []string{"/", page, page + "/results.csv", "/no-such-page", "/static/no-such-file", "/deletions/999", "/healthz", "/static/app.css"} {
		h := ask(t, p.http, http.MethodGet, w.console+path).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy is %q", path, csp)
		}
	}
}

func TestRequestsThatAnotherSiteCausedAreRefused(t *testing.T) {
	w, page := worldWithADeletion(t)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	for name, headers := range map[string][]string{
		"cross-site":     {"Sec-Fetch-Site", "cross-site"},
		"same-site":      {"Sec-Fetch-Site", "same-site"},
		"foreign origin": {"Origin", "https://evil.example"},
	} {
		for _, path := range []string{page + "/confirm", page + "/discard", "/uploads", "/logout"} {
			if got := ask(t, p.http, http.MethodPost, w.console+path, headers...); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s POST %s: %s", name, path, got.Status)
			}
		}
	}
}

func TestForeignHostNamesAreRefused(t *testing.T) {
	w := newWorld(t, quick(), hasty...)
	if got := ask(t, http.DefaultClient, http.MethodGet, w.console+"/", "Host", "evil.example"); got.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("foreign host: %s", got.Status)
	}
}

func TestMethodsThatARouteDoesNotTakeAreRefused(t *testing.T) {
	w, page := worldWithADeletion(t)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace} {
		if got := ask(t, p.http, method, w.console+page); got.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %s", method, got.Status)
		}
	}
	if got := ask(t, p.http, http.MethodGet, w.console+page+"/stop"); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET of a form's address: %s", got.Status)
	}
}

func TestALargeFormIsRefusedBeforeItIsParsed(t *testing.T) {
	w, page := worldWithADeletion(t)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	res, err := p.http.Post(w.console+page+"/confirm", "application/x-www-form-urlencoded", strings.NewReader("count="+strings.Repeat("1", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %s", res.Status)
	}
}

func TestTheConsoleStopsCleanly(t *testing.T) {
	w := newWorld(t, quick(), hasty...)
	start := time.Now()
	w.stop()
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := http.Get(w.console + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

func TestATakenPortIsAnError(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	err := run(t.Context(), []string{"--listen", strings.TrimPrefix(taken.URL, "http://")}, noEnvironment, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
