package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/deletion"
	"winnow/views"
)

// How often pages look again, in seconds: while something moves, and while it only might.
const (
	pollMoving  = 2
	pollResting = 10
)

// shownAtHome is how many deletions the start page shows of each kind.
const shownAtHome = 10

// home is the start page: for strangers what this is, for people who are signed in what is going on.
func (s *site) home(c echo.Context) error {
	view := views.Home{Page: s.page(c, views.NavHome)}
	if _, ok := auth.Current(c); !ok {
		return render(c, http.StatusOK, views.HomePage(view))
	}
	rows, err := s.recent(c)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if atWork(r) {
			view.Running.Rows = append(view.Running.Rows, r)
		} else {
			view.Recent = append(view.Recent, r)
		}
	}
	if view.Quota, view.Running.Retry, err = s.quota(c); err != nil {
		return err
	}
	view.Running.Poll, view.Running.AsOf = pollOf(view.Running.Rows), time.Now()
	return render(c, http.StatusOK, views.HomePage(view))
}

// running is the polled part of the start page.
func (s *site) running(c echo.Context) error {
	rows, err := s.recent(c)
	if err != nil {
		return err
	}
	view := views.Running{AsOf: time.Now()}
	for _, r := range rows {
		if atWork(r) {
			view.Rows = append(view.Rows, r)
		}
	}
	quota, retry, err := s.quota(c)
	if err != nil {
		return err
	}
	view.Poll, view.Retry = pollOf(view.Rows), retry
	return s.renderPart(c, views.RunningRefresh(view, quota))
}

// recent reads the newest deletions of the account.
func (s *site) recent(c echo.Context) ([]views.DeletionRow, error) {
	ctx, account := c.Request().Context(), me(c).Account
	found, err := s.Store.Deletions(ctx, account, deletion.DeletionFilter{Limit: 2 * shownAtHome})
	if err != nil {
		return nil, err
	}
	return s.deletionRows(ctx, account, found)
}

// atWork tells whether a deletion belongs to what is going on now.
func atWork(r views.DeletionRow) bool {
	return r.EndedAt.IsZero()
}

func pollOf(rows []views.DeletionRow) int {
	for _, r := range rows {
		if r.State == string(deletion.Running) || r.State == string(deletion.Preparing) {
			return pollMoving
		}
	}
	if len(rows) > 0 {
		return pollResting
	}
	return 0
}

// quota is the meter of the API key, which all accounts share, and when Constant Contact, which does not answer, is tried again.
func (s *site) quota(c echo.Context) (views.Quota, time.Time, error) {
	u, err := s.Usage(c.Request().Context())
	if err != nil {
		return views.Quota{}, time.Time{}, err
	}
	f := deletion.ForecastFor(u)
	return views.Quota{
		Used: u.Used, Deletes: u.Sends, Reads: u.Looks, Limit: u.Limit, Reserve: u.Reserve, AsOf: u.AsOf, ResetsAt: u.Resets,
		Forecast: views.Forecast{Calls: f.Calls, Days: f.Days, LastDay: f.LastDay},
	}, u.DownUntil, nil
}
