package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"
)

const (
	// FieldAnother is the form field of POST /login that, when not empty, makes Constant Contact ask for a login even if the
	// browser has one there: the person wants another account.
	FieldAnother = "another"

	// flowLife is how long a person may take at Constant Contact.
	flowLife = 10 * time.Minute
	// identifyTimeout bounds the two questions to the API, for which a person is waiting.
	identifyTimeout = time.Minute
	// maxLoginForm is the most we read of a stranger's form, in bytes. It has one short field.
	maxLoginForm = 4 << 10
)

// Login begins a sign-in: it sends the browser to Constant Contact. It answers POST /login and belongs behind Auth.CrossSite.
// Beginning again replaces the sign-in that was waiting in this browser.
func (a *Auth) Login(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxLoginForm)
	if err := r.ParseForm(); err != nil { // never ParseMultipartForm, which writes files
		return echo.NewHTTPError(http.StatusBadRequest, "The form could not be read.").SetInternal(err)
	}
	var extra []oauth2.AuthCodeOption
	if r.PostForm.Get(FieldAnother) != "" {
		extra = append(extra, oauth2.SetAuthURLParam("prompt", "login"))
	}
	target, err := a.begin(c, extra)
	if err != nil {
		return err
	}
	return goTo(c, target)
}

// begin stores a fresh flow in the session and gives the URL to send the browser to.
func (a *Auth) begin(c echo.Context, extra []oauth2.AuthCodeOption) (string, error) {
	sess, err := a.session(c)
	if err != nil {
		return "", err
	}
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	sess.Values[valueState] = state
	sess.Values[valueVerifier] = verifier
	sess.Values[valueStarted] = a.options.Now().UTC().Format(time.RFC3339)
	if err := sess.Save(c.Request(), c.Response()); err != nil {
		return "", fmt.Errorf("store sign-in: %w", err)
	}
	return a.endpoint.config.AuthCodeURL(state, append(extra, oauth2.S256ChallengeOption(verifier))...), nil
}

// Callback ends a sign-in that this browser began: it answers GET /oauth/callback and sends the person to the start page under
// a new session id. A *Refusal says why somebody is not signed in. Once a code was presented the browser's old session is over,
// whatever came of it, so opening the same URL again does nothing.
func (a *Auth) Callback(c echo.Context) error {
	sess, err := a.session(c)
	if err != nil {
		return err
	}
	query := c.QueryParams()
	verifier, err := a.checkFlow(sess, query)
	if err != nil {
		return err
	}
	if query.Get("error") != "" || query.Get("code") == "" {
		return errors.Join(providerRefusal(query.Get("error")), a.dropFlow(c, sess))
	}
	ended, err := a.Sessions.end(c.Request().Context(), sess)
	if err != nil {
		return err
	}
	if !ended {
		return flowUsed()
	}
	u, err := a.signIn(c.Request().Context(), query.Get("code"), verifier)
	if err != nil {
		return err
	}
	sess.Values[valueAccount], sess.Values[valueUser] = u.Account, u.ID
	if err := sess.Save(c.Request(), c.Response()); err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

// checkFlow compares the callback with the sign-in waiting in the session and gives its verifier. A state that does not match
// leaves the waiting sign-in alone: any site could send a browser here to spoil it.
func (a *Auth) checkFlow(sess *sessions.Session, query url.Values) (string, error) {
	want := text(sess, valueState)
	if want == "" {
		return "", flowMissing()
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(query.Get("state"))) != 1 {
		return "", flowMismatch()
	}
	started, err := time.Parse(time.RFC3339, text(sess, valueStarted))
	if err != nil || a.options.Now().Sub(started) > flowLife {
		return "", flowExpired()
	}
	return text(sess, valueVerifier), nil
}

// dropFlow uses the flow up and leaves the session as it is otherwise: who came back without a code stays who they were.
func (a *Auth) dropFlow(c echo.Context, sess *sessions.Session) error {
	for _, name := range []string{valueState, valueVerifier, valueStarted} {
		delete(sess.Values, name)
	}
	return sess.Save(c.Request(), c.Response())
}

// signIn exchanges the code, finds out who it is for, and stores person and tokens if that person may work here.
func (a *Auth) signIn(ctx context.Context, code, verifier string) (User, error) {
	ctx = context.WithoutCancel(ctx) // once the new tokens exist the old ones may be void, so the caller's leaving stops nothing
	tok, failed := a.endpoint.exchange(ctx, code, verifier)
	if failed != nil {
		return User{}, exchangeRefusal(failed)
	}
	if err := checkScopes(tok); err != nil {
		return User{}, err
	}
	u, err := a.identify(ctx, tok.AccessToken)
	if err != nil {
		return User{}, err
	}
	if err := a.options.Store.PutUser(ctx, u); err != nil {
		return User{}, fmt.Errorf("store user: %w", err)
	}
	if err := a.Tokens.Put(ctx, u.Key(), tok); err != nil {
		return User{}, err
	}
	a.options.Log.InfoContext(ctx, "signed in", "account", u.Account)
	if a.options.SignedIn != nil {
		a.options.SignedIn(ctx, u)
	}
	return u, nil
}

// identify finds out person, account and privileges and refuses who may not work here.
func (a *Auth) identify(ctx context.Context, accessToken string) (User, error) {
	u, err := person(accessToken)
	if err != nil {
		return User{}, noIdentity(err)
	}
	ctx, cancel := context.WithTimeout(ctx, identifyTimeout)
	defer cancel()
	profile, err := a.options.Identify(ctx, accessToken)
	if _, refused := errors.AsType[*Refusal](err); refused {
		return User{}, err
	}
	if err != nil {
		return User{}, identifyFailed(err)
	}
	if !isID(profile.AccountID) {
		return User{}, identifyFailed(errors.New("the account has no id"))
	}
	u.Account, u.AccountName = profile.AccountID, profile.AccountName
	return u, a.mayWork(u, profile.Privileges)
}

// mayWork asks the allowed lists first: somebody who does not belong here is told nothing about roles.
func (a *Auth) mayWork(u User, granted []string) error {
	if !a.allowedAccount(u.Key()) {
		return accountNotAllowed(u)
	}
	if !a.allowedUser(u.Key()) {
		return userNotAllowed(u)
	}
	if missing := missingFrom(granted, privileges); len(missing) > 0 {
		return missingPrivileges(u, missing)
	}
	return nil
}

// Logout ends the session on the server and has the browser forget what it kept; it answers POST /logout and belongs behind
// Auth.CrossSite. Tokens stay, since deletions go on without anybody being signed in. Repeating it changes nothing.
func (a *Auth) Logout(c echo.Context) error {
	sess, err := a.session(c)
	if err != nil {
		return err
	}
	sess.Options.MaxAge = -1
	if err := sess.Save(c.Request(), c.Response()); err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	return goTo(c, "/")
}

// goTo sends the browser on after a form. A fetch by htmx cannot follow to another site by itself, so htmx is told to.
func goTo(c echo.Context, target string) error {
	if isHTMX(c) {
		c.Response().Header().Set(htmxRedirect, target)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, target)
}
