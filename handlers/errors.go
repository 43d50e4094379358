package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/deletion"
	"winnow/views"
)

// answerError is the one place where errors become pages. Errors of our own making say what to do; everything else is told
// by a reference that is also in the log, and nothing of its text.
func (s *site) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		s.Log.WarnContext(c.Request().Context(), "answer broke off", "error", err)
		return
	}
	var refusal *auth.Refusal
	if errors.As(err, &refusal) {
		s.answerRefusal(c, refusal)
		return
	}
	e := s.explain(err)
	headline := e.What
	e.Page, e.What = s.page(c, ""), ""
	e.Title = headline
	if e.Status >= http.StatusInternalServerError {
		e.Reference = reference(c)
		s.Log.ErrorContext(c.Request().Context(), "internal error", "error", err, "route", s.routeOf(c))
	}
	s.send(c, e)
}

func (s *site) send(c echo.Context, e views.Error) {
	var err error
	switch {
	case c.Request().Method == http.MethodHead:
		err = c.NoContent(e.Status)
	case isHTMX(c):
		err = render(c, e.Status, views.ErrorNotice(e))
	default:
		err = render(c, e.Status, views.ErrorPage(e))
	}
	if err != nil {
		s.Log.ErrorContext(c.Request().Context(), "error page", "error", err)
	}
}

// explain is the table: what happened, why, and what to do.
func (s *site) explain(err error) views.Error {
	var input *deletion.InputError
	var quota *deletion.QuotaError
	var tooLarge *http.MaxBytesError
	var known *echo.HTTPError
	switch {
	case errors.As(err, &input):
		return views.Error{Status: http.StatusUnprocessableEntity, What: "This cannot be used.", Why: input.Message}
	case errors.Is(err, deletion.ErrNotFound):
		return notFound
	case errors.Is(err, deletion.ErrChanged):
		return views.Error{Status: http.StatusConflict, What: "Nothing was changed.",
			Why:  "The deletion has moved on since this page was loaded.",
			Todo: "Go back, load the page again and look at what it says now."}
	case errors.Is(err, deletion.ErrSignInAgain), errors.Is(err, auth.ErrSignInAgain):
		return views.Error{Status: http.StatusServiceUnavailable, SignIn: true, What: "Winnow is no longer connected to this account.",
			Why:  "Constant Contact does not accept the stored connection any more.",
			Todo: "Sign in again. Nothing is lost: deletions go on from where they stopped."}
	case errors.Is(err, deletion.ErrStorage):
		return explainStorage()
	case errors.As(err, &quota):
		return views.Error{Status: http.StatusServiceUnavailable, What: "Today's requests to Constant Contact are used.",
			Why: "An application may make a fixed number of requests a day.", Todo: "Come back after 00:00 UTC."}
	case errors.As(err, &tooLarge):
		return views.Error{Status: http.StatusRequestEntityTooLarge, What: "Too much was sent.", Todo: "Send less at once."}
	case errors.Is(err, context.Canceled):
		return views.Error{Status: http.StatusBadRequest, What: "The request was broken off."}
	case errors.As(err, &known):
		return explainHTTP(known)
	}
	if why, ok := deletion.VendorTrouble(err); ok {
		return views.Error{Status: http.StatusBadGateway, What: "Constant Contact could not be asked.", Why: why,
			Todo: "Try again in a minute."}
	}
	return views.Error{Status: http.StatusInternalServerError, What: "Something went wrong in Winnow.",
		Todo: "Try again. If it comes back, give the reference to whoever runs Winnow."}
}

var notFound = views.Error{Status: http.StatusNotFound, What: "There is no such page.",
	Why: "It may belong to another account, or have been discarded.", Todo: "Look in the list of deletions."}

func explainHTTP(known *echo.HTTPError) views.Error {
	switch known.Code {
	case http.StatusNotFound:
		return notFound
	case http.StatusMethodNotAllowed:
		return views.Error{Status: known.Code, What: "This address does not take that kind of request."}
	}
	text, _ := known.Message.(string)
	return views.Error{Status: known.Code, What: text}
}

// refusalStatus is 403 for a "no" to a person, and 400 for a sign-in that did not come to an end.
func refusalStatus(r *auth.Refusal) int {
	switch r.Code {
	case auth.CodeCrossSite, auth.CodeMissingScope, auth.CodeMissingPrivilege, auth.CodeAccountNotAllowed, auth.CodeUserNotAllowed, auth.CodeConsentRefused:
		return http.StatusForbidden
	case auth.CodeIdentifyFailed, auth.CodeExchangeFailed:
		return http.StatusBadGateway
	}
	return http.StatusBadRequest
}

func (s *site) answerRefusal(c echo.Context, r *auth.Refusal) {
	s.Log.WarnContext(c.Request().Context(), "refused", "error", r, "route", s.routeOf(c))
	if r.Code == auth.CodeCrossSite || isHTMX(c) {
		e := views.Error{Page: s.page(c, ""), Status: refusalStatus(r), Why: r.Why, Todo: r.Do}
		e.Title = r.What
		s.send(c, e)
		return
	}
	p := s.page(c, "")
	p.Title = r.What
	page := views.RefusalPage(views.Refusal{Page: p, Cause: r.Why, Cure: r.Do, Reference: reference(c)})
	if err := render(c, refusalStatus(r), page); err != nil {
		s.Log.ErrorContext(c.Request().Context(), "refusal page", "error", err)
	}
}
