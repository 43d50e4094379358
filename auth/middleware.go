package auth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
)

// Request and answer headers of htmx. See https://htmx.org/reference/#headers
const (
	htmxRequest  = "HX-Request"
	htmxRedirect = "HX-Redirect"
)

// Authenticate loads the session and tells Current who sent the request, if that person is still allowed here. Strangers pass
// as strangers: Require keeps them out. It also notes activity, see Passive. An error means that the database did not answer.
func (a *Auth) Authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		sess, err := a.session(c)
		if err != nil {
			return err
		}
		if err := a.recognise(c, sess); err != nil {
			return err
		}
		// A page or a form is activity from its first byte on: an upload may outlast the idle time. Whether a fetched
		// fragment was a poll is known only once its route was reached.
		fragment := isGet(c) && isHTMX(c)
		if !fragment {
			a.touch(c, sess)
			return next(c)
		}
		err = next(c)
		if c.Get(passiveKey) == nil {
			a.touch(c, sess)
		}
		return err
	}
}

// recognise puts the session's person into the context. Names and existence come from the database and the allowed lists are
// asked each time, so a change works on the next request.
func (a *Auth) recognise(c echo.Context, sess *sessions.Session) error {
	key := keyOf(sess)
	if key.ID == "" || !a.allowed(key) {
		return nil
	}
	u, err := a.options.Store.FindUser(c.Request().Context(), key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find user: %w", err)
	}
	c.Set(userKey, u)
	if known, ok := sess.Values[agesKey{}].(ages); ok {
		c.Set(signedInKey, known.created)
	}
	return nil
}

// touch notes activity. That it could not be written is no reason to keep the answer back.
func (a *Auth) touch(c echo.Context, sess *sessions.Session) {
	if err := a.Sessions.touch(c.Request().Context(), sess); err != nil {
		a.options.Log.WarnContext(c.Request().Context(), "session activity not written", "error", err)
	}
}

// Passive marks a route that pages poll. A GET with htmx's header to such a route is no activity and does not keep the session
// alive; the same URL opened as a page is. It may stand anywhere behind Auth.Authenticate.
func Passive(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(passiveKey, true)
		return next(c)
	}
}

// Require lets only signed-in people pass; it stands behind Auth.Authenticate. Pages and forms are sent to the start page, htmx
// is told to go there.
func Require(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, ok := Current(c); ok {
			return next(c)
		}
		if isHTMX(c) {
			c.Response().Header().Set(htmxRedirect, "/")
			return c.NoContent(http.StatusUnauthorized)
		}
		return c.Redirect(http.StatusSeeOther, "/")
	}
}

// CrossSite refuses requests that another site made the browser send, with a Refusal of CodeCrossSite. GET, HEAD and OPTIONS
// pass, since they change nothing. It reads headers only.
func (a *Auth) CrossSite(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := a.crossOrigin.Check(c.Request()); err != nil {
			return crossSite(err)
		}
		return next(c)
	}
}

// session gives the request's session.
func (a *Auth) session(c echo.Context) (*sessions.Session, error) {
	return a.Sessions.Get(c.Request(), a.Sessions.name)
}

func isHTMX(c echo.Context) bool { return c.Request().Header.Get(htmxRequest) == "true" }

func isGet(c echo.Context) bool {
	return c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead
}
