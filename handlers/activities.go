package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// activities shows the account's bulk activities of the last 10 days, ours marked.
func (s *site) activities(c echo.Context) error {
	ctx, account := c.Request().Context(), me(c).Account
	found, err := s.Console.Catalog.Activities(ctx, account)
	if err != nil {
		return err
	}
	view := views.Activities{Page: s.page(c, views.NavActivities), State: c.QueryParam("state"), AsOf: found.AsOf}
	var matching []deletion.Activity
	for _, a := range found.Activities {
		if view.State == "" || a.State == view.State {
			matching = append(matching, a)
		}
	}
	start, _ := strconv.Atoi(c.QueryParam("cursor"))
	start = min(max(start, 0), len(matching))
	end := min(start+pageSize, len(matching))
	view.First = start == 0
	if end < len(matching) {
		view.Older = strconv.Itoa(end)
	}
	if view.Rows, err = s.activityRows(c, matching[start:end]); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ActivitiesPage(view))
}

func (s *site) activityRows(c echo.Context, found []deletion.Activity) ([]views.ActivityRow, error) {
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	ours, err := s.Store.BatchesOfActivities(c.Request().Context(), me(c).Account, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]views.ActivityRow, len(found))
	for i, a := range found {
		rows[i] = views.ActivityRow{Activity: activityView(a)}
		if b := ours[a.ID]; b != nil {
			rows[i].Deletion, rows[i].Batch = b.Deletion, b.N
		}
	}
	return rows, nil
}

// activity shows every field of one activity.
func (s *site) activity(c echo.Context) error {
	ctx, account := c.Request().Context(), me(c).Account
	id, ok := deletion.ParseID([]byte(c.Param("activity")))
	if !ok {
		return deletion.ErrNotFound
	}
	a, err := s.Console.Catalog.Activity(ctx, account, id.String())
	if err != nil {
		return err
	}
	rows, err := s.activityRows(c, []deletion.Activity{a})
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ActivityPage(views.ActivityDetail{
		Page: s.page(c, views.NavActivities), Activity: rows[0].Activity,
		Deletion: rows[0].Deletion, Batch: rows[0].Batch, AsOf: time.Now(),
	}))
}
