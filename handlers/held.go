package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// shownHeld is how many held deletions the page shows; the history has the rest.
const shownHeld = 100

// held shows why nothing of the account is sent and takes the decision.
func (s *site) held(c echo.Context) error {
	ctx, account := c.Request().Context(), me(c).Account
	view := views.Held{Page: s.page(c, "")}
	hold, err := s.Store.OpenHold(ctx, account)
	if errors.Is(err, deletion.ErrNotFound) {
		return render(c, http.StatusOK, views.HeldPage(view))
	}
	if err != nil {
		return err
	}
	view.Held = false // the page says it all
	view.Hold, view.Evidence, view.Since = hold.ID, hold.Evidence, hold.HeldAt
	found, err := s.Store.Deletions(ctx, account, deletion.DeletionFilter{State: deletion.Paused, Limit: shownHeld})
	if err != nil {
		return err
	}
	var held []*deletion.Deletion
	for _, d := range found {
		if d.Reason == deletion.Restored {
			held = append(held, d)
		}
	}
	if view.Deletions, err = s.deletionRows(ctx, account, held); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.HeldPage(view))
}

// release ends the hold when that is the decision.
func (s *site) release(c echo.Context) error {
	form := c.Request().PostForm
	switch form.Get("decision") {
	case views.DecisionKeep:
		return goTo(c, views.HeldURL)
	case views.DecisionRelease:
	default:
		return echo.NewHTTPError(http.StatusBadRequest, "The form names no decision.")
	}
	hold, err := strconv.ParseInt(form.Get("hold"), 10, 64)
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, "The form names nothing to release.")
	}
	u := me(c)
	err = s.Console.ReleaseHold(c.Request().Context(), u.Account, hold, deletion.User{ID: u.ID, Name: u.Name})
	if err != nil {
		return err
	}
	s.Log.WarnContext(c.Request().Context(), "released", "account", u.Account, "hold", hold, "user", u.ID)
	return goTo(c, views.HomeURL)
}
