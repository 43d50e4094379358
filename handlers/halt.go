package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/deletion"
	"winnow/views"
)

// halt shows what stopping all sending means, or who did it and how it goes on.
func (s *site) halt(c echo.Context) error {
	return s.showHalt(c, http.StatusOK)
}

func (s *site) showHalt(c echo.Context, status int, problems ...views.Problem) error {
	h, err := s.Store.Halted(c.Request().Context())
	if err != nil && !errors.Is(err, deletion.ErrNotFound) {
		return err
	}
	return render(c, status, views.HaltPage(views.Halt{
		Page: s.page(c, ""), Within: deletion.LiftWithin, Problems: problems,
		MayLift: h.MayLift(auth.SignedInAt(c), time.Now()),
	}))
}

// haltAll stops all sending, of every account.
func (s *site) haltAll(c echo.Context) error {
	if err := s.Store.Halt(c.Request().Context(), user(c)); err != nil {
		return err
	}
	s.Log.WarnContext(c.Request().Context(), "all sending stopped", "user", me(c).ID, "account", me(c).Account)
	return goTo(c, views.HaltURL)
}

// liftHalt lets sending go on when the person has just signed in.
func (s *site) liftHalt(c echo.Context) error {
	err := s.Store.LiftHalt(c.Request().Context(), user(c), auth.SignedInAt(c))
	if errors.Is(err, deletion.ErrStaleSignIn) {
		return s.showHalt(c, http.StatusForbidden, views.Problem{Text: "Sending is still stopped: sign in again first."})
	}
	if err != nil {
		return err
	}
	s.Log.WarnContext(c.Request().Context(), "sending goes on", "user", me(c).ID, "account", me(c).Account)
	return goTo(c, views.HomeURL)
}

// user is the signed-in person as decisions name them.
func user(c echo.Context) deletion.User {
	u := me(c)
	return deletion.User{ID: u.ID, Name: u.Name}
}
