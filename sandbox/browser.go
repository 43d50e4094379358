package sandbox

import (
	"crypto/rand"
	"net/http"
	"time"
)

// sessionCookie is how a browser is known again, and sessionLife for how long. The vendor's sign-in pages remember a
// browser too, for a time that is not public.
const (
	sessionCookie = "sandbox_session"
	sessionLife   = 12 * time.Hour
)

// browserSession is a browser whose user is remembered.
type browserSession struct {
	user    *member
	expires time.Time
}

// remember makes a session for a user who signed in and returns its cookie.
func (a *authority) remember(user *member) *http.Cookie {
	a.mu.Lock()
	defer a.mu.Unlock()
	value := rand.Text()
	a.browser[digestOf(value)] = &browserSession{user: user, expires: a.now().Add(sessionLife)}
	return &http.Cookie{ //nolint:gosec // not Secure: the sandbox speaks plain HTTP
		Name: sessionCookie, Value: value, Path: "/oauth2", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// remembered finds the user whom the browser signed in as before, if any.
func (a *authority) remembered(r *http.Request) *member {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	session := a.browser[digestOf(cookie.Value)]
	if session == nil || !a.now().Before(session.expires) {
		return nil
	}
	return session.user
}
