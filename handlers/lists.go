package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// lists shows the account's lists to choose from.
func (s *site) lists(c echo.Context) error {
	view, err := s.listsView(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ListsPage(view))
}

func (s *site) listsView(c echo.Context) (views.Lists, error) {
	found, err := s.Console.Catalog.Lists(c.Request().Context(), me(c).Account)
	if err != nil {
		return views.Lists{}, err
	}
	view := views.Lists{Page: s.page(c, views.NavLists), Query: strings.TrimSpace(c.QueryParam("q")),
		Sort: c.QueryParam("sort"), Total: len(found.Lists), AsOf: found.AsOf, Mode: views.ModeMembers}
	query := strings.ToLower(view.Query)
	for _, l := range found.Lists {
		if strings.Contains(strings.ToLower(l.Name), query) {
			view.Lists = append(view.Lists, views.ListRow{
				ID: l.ID.String(), Name: l.Name, Members: int64(l.Members), Updated: l.UpdatedAt,
			})
		}
	}
	view.Sort = sortLists(view.Lists, view.Sort)
	return view, nil
}

// sortLists sorts by the order that was asked for and returns its name; by name when it is not known.
func sortLists(rows []views.ListRow, order string) string {
	byName := func(a, b views.ListRow) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	}
	switch order {
	case views.SortMembers:
		slices.SortFunc(rows, func(a, b views.ListRow) int { return cmp.Or(cmp.Compare(b.Members, a.Members), byName(a, b)) })
	case views.SortUpdated:
		slices.SortFunc(rows, func(a, b views.ListRow) int { return cmp.Or(b.Updated.Compare(a.Updated), byName(a, b)) })
	default:
		slices.SortFunc(rows, byName)
		return views.SortName
	}
	return order
}

// refreshLists has the lists read from Constant Contact again.
func (s *site) refreshLists(c echo.Context) error {
	s.Console.Catalog.ForgetLists(me(c).Account)
	return goTo(c, views.ListsURL)
}

// deleteLists makes a deletion of the chosen lists and leads to its page.
func (s *site) deleteLists(c echo.Context) error {
	form := c.Request().PostForm
	source, ok := map[string]deletion.Source{
		views.ModeMembers: deletion.FromMembers, views.ModeLists: deletion.FromLists,
	}[form.Get("mode")]
	if !ok {
		return echo.NewHTTPError(http.StatusBadRequest, "The form names no way to delete the lists.")
	}
	ids, err := listIDs(form["list_id"])
	if err != nil {
		return err
	}
	u := me(c)
	id, err := s.Console.DeleteLists(c.Request().Context(), u.Account, deletion.User{ID: u.ID, Name: u.Name}, source, ids)
	var input *deletion.InputError
	if errors.As(err, &input) {
		return s.listsAgain(c, input)
	}
	if err != nil {
		return err
	}
	return goTo(c, views.DeletionURL(id))
}

func listIDs(values []string) ([]deletion.ID, error) {
	ids := make([]deletion.ID, len(values))
	for i, v := range values {
		id, ok := deletion.ParseID([]byte(v))
		if !ok {
			return nil, echo.NewHTTPError(http.StatusBadRequest, "The form names something that is not a list.")
		}
		ids[i] = id
	}
	return ids, nil
}

// listsAgain shows the page with what is wrong and what was chosen.
func (s *site) listsAgain(c echo.Context, input *deletion.InputError) error {
	view, err := s.listsView(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	view.Mode = form.Get("mode")
	for i := range view.Lists {
		view.Lists[i].Checked = slices.Contains(form["list_id"], view.Lists[i].ID)
	}
	view.Problems = []views.Problem{{Field: views.FieldList, Text: input.Message}}
	return render(c, http.StatusUnprocessableEntity, views.ListsPage(view))
}
