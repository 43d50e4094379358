package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// batches shows the batches of a deletion.
func (s *site) batches(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	view := views.Batches{Page: s.page(c, views.NavDeletions), State: string(d.State)}
	if view.Source, err = s.sourceLine(c.Request().Context(), d.Account, d); err != nil {
		return err
	}
	if view.Table, err = s.batchRows(c, d); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.BatchesPage(view))
}

// batchesTable is the polled part of the page of batches.
func (s *site) batchesTable(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	rows, err := s.batchRows(c, d)
	if err != nil {
		return err
	}
	return s.renderPart(c, views.BatchesTable(rows))
}

func (s *site) batchRows(c echo.Context, d *deletion.Deletion) (views.BatchRows, error) {
	ctx := c.Request().Context()
	outcome := deletion.Outcome(c.QueryParam("outcome"))
	if outcome != "" && !slices.Contains(deletion.Outcomes, outcome) {
		return views.BatchRows{}, deletion.ErrNotFound
	}
	after, _ := strconv.Atoi(c.QueryParam("after"))
	view := views.BatchRows{Deletion: d.ID, Unit: d.Source.Unit(), Outcome: string(outcome), After: after,
		Poll: pollProgress(d), AsOf: time.Now()}
	found, err := s.Store.Batches(ctx, d.ID, deletion.BatchFilter{Outcome: outcome, After: after, Limit: pageSize + 1})
	if err != nil {
		return view, err
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Next = found[pageSize-1].N
	}
	for _, b := range found {
		stalled := stalledFor(b, view.AsOf)
		view.Rows = append(view.Rows, views.BatchRow{
			Note: views.StallNote(stalled, stalled >= deletion.AskAfter),
			N:    b.N, Outcome: string(b.Outcome), ActivityID: b.Activity.ID, ActivityState: b.Activity.State,
			Items: b.Items, Deleted: b.Deleted, Failed: b.Failed, Changed: b.Changed, Tries: b.Tries, CheckedAt: b.CheckedAt,
		})
	}
	counts, err := s.Store.CountBatches(ctx, d.ID)
	view.Tabs = outcomeTabs(counts)
	return view, err
}

func outcomeTabs(counts map[deletion.Outcome]int) []views.Tab {
	tabs := []views.Tab{{}}
	for _, o := range deletion.Outcomes {
		tabs[0].Count += int64(counts[o])
		if counts[o] > 0 {
			tabs = append(tabs, views.Tab{Key: string(o), Count: int64(counts[o])})
		}
	}
	return tabs
}

// idsShown is how many ids the page of a batch shows; the file has all of them.
const idsShown = 50

// findBatch reads the deletion and the batch that the URL names.
func (s *site) findBatch(c echo.Context) (*deletion.Deletion, *deletion.Batch, error) {
	d, err := s.find(c)
	if err != nil {
		return nil, nil, err
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil {
		return nil, nil, deletion.ErrNotFound
	}
	b, err := s.Store.Batch(c.Request().Context(), d.ID, n)
	return d, b, err
}

// batch shows one batch and everything that is known of it.
func (s *site) batch(c echo.Context) error {
	d, b, err := s.findBatch(c)
	if err != nil {
		return err
	}
	ids, err := s.Store.BatchIDs(c.Request().Context(), d.ID, b.N)
	if err != nil {
		return err
	}
	attempts, err := s.Store.Attempts(c.Request().Context(), d.ID, b.N)
	if err != nil {
		return err
	}
	view := views.Batch{
		Page: s.page(c, views.NavDeletions), Deletion: d.ID, N: b.N, Of: d.Batches, Unit: d.Source.Unit(),
		Outcome: string(b.Outcome), Items: b.Items, Deleted: b.Deleted, Failed: b.Failed, Changed: b.Changed,
		CheckedAt: b.CheckedAt, NextCheck: b.NextCheck, Activity: activityView(b.Activity), Endpoint: s.Endpoint,
	}
	for _, a := range attempts {
		view.Attempts = append(view.Attempts, attemptView(a))
	}
	if view.Wait, err = s.waitView(c, d, b, attempts); err != nil {
		return err
	}
	if n := len(attempts); n > 0 && !b.WaivedAt.IsZero() && attempts[n-1].State == deletion.AttemptNotExecuted && d.Source != deletion.FromLists {
		view.Attempts[n-1].State = "waived" // that nothing of it ran is not proven
	}
	for _, id := range ids.IDs[:min(len(ids.IDs), idsShown)] {
		view.IDs = append(view.IDs, id.String())
	}
	return render(c, http.StatusOK, views.BatchPage(view))
}

func attemptView(a *deletion.Attempt) views.Attempt {
	return views.Attempt{
		Try: a.Try, State: string(a.State), Items: a.Items, SentAt: a.ClaimedAt, AnsweredAt: a.EndedAt, HTTPStatus: a.HTTPStatus,
		ActivityID: a.ActivityID, Error: a.ErrorText, Evidence: a.Evidence, NextCheck: a.NextCheck,
	}
}

func activityView(a deletion.Activity) views.Activity {
	return views.Activity{
		ID: a.ID, State: a.State, PercentDone: a.PercentDone, CreatedAt: a.CreatedAt, StartedAt: a.StartedAt,
		CompletedAt: a.CompletedAt, UpdatedAt: a.UpdatedAt, Errors: a.Errors, SourceFileName: a.SourceFileName,
		ResultsLink: a.ResultsLink, ItemsTotal: a.ItemsTotal, ItemsCompleted: a.ItemsCompleted, Lists: a.Lists,
		Persons: a.Persons, ErrorCount: a.ErrorCount, Correctable: a.Correctable, CannotAddToList: a.CannotAddToList,
	}
}

// batchRequest is the body of the batch's request as a file, for the curl command.
func (s *site) batchRequest(c echo.Context) error {
	d, b, err := s.findBatch(c)
	if err != nil {
		return err
	}
	ids, err := s.Store.BatchIDs(c.Request().Context(), d.ID, b.N)
	if err != nil {
		return err
	}
	attachment(c, "deletion-"+strconv.FormatInt(d.ID, 10)+"-batch-"+strconv.Itoa(b.N)+".json")
	return c.JSON(http.StatusOK, map[string][]deletion.ID{d.Source.Unit() + "_ids": ids.IDs})
}

// decide closes an unknown batch of lists by a person's word, or stops waiting for what a batch waits for.
func (s *site) decide(c echo.Context) error {
	d, b, err := s.findBatch(c)
	if err != nil {
		return err
	}
	switch c.Request().PostForm.Get("decision") {
	case views.StopWaiting:
		return s.stopWaiting(c, d, b)
	case views.StopWaitingAll:
		return s.stopWaitingAll(c, d)
	}
	ran := map[string]deletion.Outcome{"ran": deletion.Completed, "did-not-run": deletion.Failed}
	outcome, ok := ran[c.Request().PostForm.Get("decision")]
	if !ok {
		return echo.NewHTTPError(http.StatusBadRequest, "The form names no decision.")
	}
	u := me(c)
	if err := s.Console.Decide(c.Request().Context(), d, b, outcome, deletion.User{ID: u.ID, Name: u.Name}); err != nil {
		return err
	}
	s.Log.InfoContext(c.Request().Context(), "decided", "deletion", d.ID, "batch", b.N, "outcome", outcome, "user", u.ID)
	return goTo(c, views.BatchURL(d.ID, b.N))
}
