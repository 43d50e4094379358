package auth_test

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"winnow/auth"
)

func TestSessionCookie(t *testing.T) {
	a := newApp(t)
	login := a.browser(t).post("/login", nil)
	if len(login.cookies) != 1 {
		t.Fatalf("%d cookies, want 1", len(login.cookies))
	}
	c := login.cookies[0]
	if c.Name != "__Host-winnow" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
		c.Domain != "" || c.MaxAge != 12*60*60 {
		t.Errorf("cookie %s", strings.Replace(c.String(), c.Value, "VALUE", 1))
	}
	id, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(id) != 32 {
		t.Errorf("the value is %d bytes, %v, want 32", len(id), err)
	}
	a.store.set(func(f *fakeStore) {
		for _, row := range f.sessions {
			kept := string(row.Hash) + string(row.Sealed)
			if strings.Contains(kept, c.Value) || strings.Contains(kept, string(id)) || strings.Contains(kept, "flow_state") {
				t.Error("the store holds the id or readable values")
			}
		}
	})
}

func TestSessionCookieOverPlainHTTP(t *testing.T) {
	a := newApp(t, func(o *auth.Options) { o.PlainHTTP = true })
	c := a.browser(t).post("/login", nil).cookies[0]
	if c.Name != "winnow" || c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("cookie %s", strings.Replace(c.String(), c.Value, "VALUE", 1))
	}
}

func TestRandomCookiesAreStrangers(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	real := b.cookie()
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "ABCxyz019-_=+/.%~!é 漢{}"
	for i := range 1000 {
		var value string
		switch i % 4 {
		case 0: // well formed, never issued
			id := make([]byte, 32)
			for j := range id {
				id[j] = byte(random.Uint32())
			}
			value = base64.RawURLEncoding.EncodeToString(id)
		case 1: // ours with one changed character
			j := random.IntN(len(real))
			value = real[:j] + "!" + real[j+1:]
		case 2: // ours, cut or grown
			value = real[:1+random.IntN(len(real)-1)] + strings.Repeat(real, random.IntN(3))
		default:
			letters := []rune(alphabet)
			for range random.IntN(200) {
				value += string(letters[random.IntN(len(letters))])
			}
		}
		if got := a.as(t, value); got.status != http.StatusOK || got.body != "nobody" {
			t.Fatalf("cookie %q: %d %q", value, got.status, got.body)
		}
	}
	if got := a.as(t, real).body; got != signedInAs(ada) {
		t.Errorf("the real cookie is %q", got)
	}
}

func TestSessionIDIsNeverAdopted(t *testing.T) {
	a := newApp(t)
	planted := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	b := a.browser(t)
	login := b.post("/login", nil, "Cookie", auth.CookieName+"="+planted)
	if len(login.cookies) != 1 || login.cookies[0].Value == planted {
		t.Error("an id from outside was adopted")
	}
}

func TestSignInChangesTheSessionID(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	back := b.begin()
	before := b.cookie()
	b.get(back.String())
	after := b.cookie()
	if before == "" || after == "" || before == after {
		t.Fatal("the id did not change")
	}
	if got := a.as(t, before).body; got != "nobody" {
		t.Errorf("the id from before the sign-in knows %q", got)
	}
	if sessions, _, _ := a.store.counts(); sessions != 1 {
		t.Errorf("%d sessions, want 1", sessions)
	}
	b.signIn()
	if got := a.as(t, after).body; got != "nobody" {
		t.Errorf("the id from before the second sign-in knows %q", got)
	}
}

func TestDatabaseThatDoesNotAnswerIsAnError(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	a.store.set(func(f *fakeStore) { f.broken = true })
	if got := b.get("/"); got.status != http.StatusInternalServerError {
		t.Errorf("with a cookie: %d, want 500", got.status)
	}
	if got := a.browser(t).get("/"); got.status != http.StatusOK {
		t.Errorf("without a cookie: %d, want 200", got.status)
	}
}

func TestSessionsSurviveANewKey(t *testing.T) {
	first, second := "1:"+auth.GenerateKey(), "2:"+auth.GenerateKey()
	a := newApp(t, func(o *auth.Options) { o.Keys = keys(t, first) })
	b := a.browser(t)
	b.signIn()
	restart := func(text string) {
		a.options.Keys = keys(t, text)
		*a.Auth = *newAuth(t, a.options)
	}
	restart(second + "," + first)
	if got := b.get("/").body; got != signedInAs(ada) {
		t.Errorf("with both keys: %q", got)
	}
	restart(second)
	if got := b.get("/"); got.status != http.StatusOK || got.body != "nobody" {
		t.Errorf("with the new key alone: %d %q", got.status, got.body)
	}
}

func TestSessionSwappedInTheDatabase(t *testing.T) {
	a := newApp(t)
	mine, yours := a.browser(t), a.browser(t)
	mine.signIn()
	a.provider.set(func(p *provider) { p.claims = map[string]any{"sub": "bob"} })
	yours.signIn()
	a.store.set(func(f *fakeStore) {
		var hashes []string
		for hash := range f.sessions {
			hashes = append(hashes, hash)
		}
		first, second := f.sessions[hashes[0]], f.sessions[hashes[1]]
		first.Sealed, second.Sealed = second.Sealed, first.Sealed
		f.sessions[hashes[0]], f.sessions[hashes[1]] = first, second
	})
	for _, b := range []*browser{mine, yours} {
		if got := b.get("/").body; got != "nobody" {
			t.Errorf("swapped values open as %q", got)
		}
	}
}

func TestEndAll(t *testing.T) {
	a := newApp(t)
	first, second, other := a.browser(t), a.browser(t), a.browser(t)
	first.signIn()
	second.signIn()
	a.provider.set(func(p *provider) { p.claims = map[string]any{"sub": "bob"} })
	other.signIn()
	if n, err := a.Sessions.EndAll(t.Context(), ada.Key()); n != 2 || err != nil {
		t.Errorf("EndAll = %d, %v", n, err)
	}
	if first.get("/").body != "nobody" || second.get("/").body != "nobody" {
		t.Error("still signed in")
	}
	if got := other.get("/").body; !strings.Contains(got, "bob") {
		t.Errorf("the other person is %q", got)
	}
}

func TestSessionEndedDuringARequestDoesNotComeBack(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: auth.CookieName, Value: b.cookie()})
	sess, err := a.Sessions.Get(req, auth.CookieName)
	if err != nil || sess.IsNew {
		t.Fatalf("session not found: %v", err)
	}
	if _, err := a.Sessions.EndAll(t.Context(), ada.Key()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	sess.Values["flow_state"] = "x"
	if err := sess.Save(req, w); err != nil {
		t.Fatal(err)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Value == b.cookie() {
		t.Fatal("want a cookie with a new id")
	}
	if got := a.as(t, cookies[0].Value).body; got != "nobody" {
		t.Errorf("the ended session came back as %q", got)
	}
}
