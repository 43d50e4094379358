package handlers

import (
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/deletion"
	"winnow/views"
)

// acting has everything that the request does audited as done by its person, from its address. It stands behind
// auth.Authenticate.
func acting(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := deletion.Actor{From: c.RealIP()}
		if u, ok := auth.Current(c); ok {
			actor.Account, actor.User = u.Account, deletion.User{ID: u.ID, Name: u.Name}
		}
		r := c.Request()
		c.SetRequest(r.WithContext(deletion.WithActor(r.Context(), actor)))
		return next(c)
	}
}

// auditFilter reads which rows the URL asks for.
func auditFilter(c echo.Context) (f deletion.AuditFilter, err error) {
	for name, into := range map[string]*int64{"deletion": &f.Deletion, "before": &f.Before} {
		text := c.QueryParam(name)
		if text == "" {
			continue
		}
		if *into, err = strconv.ParseInt(text, 10, 64); err != nil || *into <= 0 {
			return f, deletion.ErrNotFound
		}
	}
	return f, nil
}

// audit shows the account's part of the audit log.
func (s *site) audit(c echo.Context) error {
	f, err := auditFilter(c)
	if err != nil {
		return err
	}
	f.Limit = pageSize + 1
	found, err := s.Store.Audit(c.Request().Context(), me(c).Account, f)
	if err != nil {
		return err
	}
	view := views.Audit{Page: s.page(c, views.NavAudit), Deletion: f.Deletion, Before: f.Before}
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Older = found[pageSize-1].ID
	}
	for i := range found {
		view.Rows = append(view.Rows, auditView(&found[i]))
	}
	return render(c, http.StatusOK, views.AuditPage(view))
}

func auditView(r *deletion.AuditRow) views.AuditRow {
	return views.AuditRow{
		ID: r.ID, At: r.At, Who: r.Name, From: r.From, Action: string(r.Action), Deletion: r.Deletion, Batch: r.Batch,
		Count: r.Count, Hash: r.HashText(), Activity: r.Activity, Outcome: r.Outcome, Reason: r.Reason,
	}
}

// auditFile is the same as a file, with all rows.
func (s *site) auditFile(c echo.Context) error {
	f, err := auditFilter(c)
	if err != nil {
		return err
	}
	name := "audit.csv"
	if f.Deletion > 0 {
		name = "audit-deletion-" + strconv.FormatInt(f.Deletion, 10) + ".csv"
	}
	return s.stream(c, name, func(out io.Writer) error {
		return s.Console.WriteAudit(c.Request().Context(), out, me(c).Account, f.Deletion)
	})
}
