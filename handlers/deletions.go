package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// pageSize is how many rows a table shows at once.
const pageSize = 50

// deletions is the history of the account.
func (s *site) deletions(c echo.Context) error {
	ctx, account := c.Request().Context(), me(c).Account
	state := deletion.State(c.QueryParam("state"))
	if state != "" && !slices.Contains(deletion.States, state) {
		return deletion.ErrNotFound
	}
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	found, err := s.Store.Deletions(ctx, account, deletion.DeletionFilter{State: state, Before: before, Limit: pageSize + 1})
	if err != nil {
		return err
	}
	view := views.Deletions{Page: s.page(c, views.NavDeletions), State: string(state), Before: before}
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Older = found[pageSize-1].ID
	}
	if view.Rows, err = s.deletionRows(ctx, account, found); err != nil {
		return err
	}
	if view.Tabs, err = s.stateTabs(ctx, account); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.DeletionsPage(view))
}

func (s *site) stateTabs(ctx context.Context, account string) ([]views.Tab, error) {
	counts, err := s.Store.CountDeletions(ctx, account)
	if err != nil {
		return nil, err
	}
	tabs := []views.Tab{{}}
	for _, state := range deletion.States {
		tabs[0].Count += int64(counts[state])
		tabs = append(tabs, views.Tab{Key: string(state), Count: int64(counts[state])})
	}
	return tabs, nil
}

// deletionRows maps deletions to the lines of a table.
func (s *site) deletionRows(ctx context.Context, account string, found []*deletion.Deletion) ([]views.DeletionRow, error) {
	rows := make([]views.DeletionRow, len(found))
	for i, d := range found {
		source, err := s.sourceLine(ctx, account, d)
		if err != nil {
			return nil, err
		}
		rows[i] = views.DeletionRow{
			ID: d.ID, State: string(d.State), Source: source, Unit: d.Source.Unit(), StartedBy: d.CreatedBy.Name,
			CreatedAt: d.CreatedAt, ToDelete: d.Items, Skipped: d.Reading.Skipped(),
			Deleted: d.Counts.Deleted, Failed: d.Counts.Failed, Changed: d.Counts.Changed, NotSent: d.Counts.NotSent,
			InProgress: d.Counts.InProgress, Unknown: d.Counts.Unknown,
		}
		if d.Ended() {
			rows[i].EndedAt = d.EndedAt
		}
	}
	return rows, nil
}

// sourceLine names what a deletion was made from in one line.
func (s *site) sourceLine(ctx context.Context, account string, d *deletion.Deletion) (string, error) {
	if d.Source == deletion.FromCSV {
		u, err := s.Store.Upload(ctx, account, d.Upload)
		return u.Name, err
	}
	lists, err := s.Store.Lists(ctx, d.ID)
	if err != nil {
		return "", err
	}
	const shown = 3
	names := make([]string, 0, shown+1)
	for _, l := range lists[:min(len(lists), shown)] {
		names = append(names, l.Name)
	}
	if more := len(lists) - shown; more > 0 {
		names = append(names, strconv.Itoa(more)+" more")
	}
	return strings.Join(names, ", "), nil
}
