package handlers

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// find reads the deletion that the URL names, if it is the account's.
func (s *site) find(c echo.Context) (*deletion.Deletion, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return nil, deletion.ErrNotFound
	}
	return s.Store.Deletion(c.Request().Context(), me(c).Account, id)
}

// deletion is the page of one deletion: the review while it is ready, the progress otherwise.
func (s *site) deletion(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	return s.showDeletion(c, http.StatusOK, d, "", nil)
}

func (s *site) showDeletion(c echo.Context, status int, d *deletion.Deletion, typed string, problems []views.Problem) error {
	view, upload, err := s.deletionView(c, d)
	if err != nil {
		return err
	}
	if d.State == deletion.Ready {
		if view.Review, err = s.review(c, d, upload); err != nil {
			return err
		}
		view.Review.Typed, view.Review.Problems = typed, problems
		view.Review.Hasty = typed != "" && c.Request().PostForm.Get(views.FieldCareful) == ""
	}
	return render(c, status, views.DeletionPage(view))
}

func (s *site) deletionView(c echo.Context, d *deletion.Deletion) (views.Deletion, deletion.Upload, error) {
	view := views.Deletion{Page: s.page(c, views.NavDeletions), ID: d.ID, StartedBy: d.CreatedBy.Name, CreatedAt: d.CreatedAt,
		ConfirmedBy: d.ConfirmedBy.Name, ConfirmedAt: d.ConfirmedAt, Source: views.Source{Kind: string(d.Source)}}
	if d.State != deletion.Preparing {
		view.Manifest = hex.EncodeToString(d.Hash[:])
	}
	var err error
	if view.Progress, err = s.progressOf(c, d); err != nil {
		return view, deletion.Upload{}, err
	}
	if d.Source != deletion.FromCSV {
		lists, err := s.Store.Lists(c.Request().Context(), d.ID)
		view.Source.Lists = listRows(lists)
		return view, deletion.Upload{}, err
	}
	u, err := s.Store.Upload(c.Request().Context(), d.Account, d.Upload)
	view.Source.File = fileView(u)
	return view, u, err
}

func listRows(lists []deletion.List) []views.ListRow {
	rows := make([]views.ListRow, len(lists))
	for i, l := range lists {
		rows[i] = views.ListRow{ID: l.ID.String(), Name: l.Name, Members: int64(l.Members)}
	}
	return rows
}

func fileView(u deletion.Upload) views.File {
	f := views.File{Name: u.Name, Size: u.Size, SHA256: hex.EncodeToString(u.Hash[:]),
		Encoding: string(u.Format.Encoding), Delimiter: u.Format.Delimiter.String(), Header: u.Format.HasHeader}
	if i := u.Format.Column; i >= 0 && i < len(u.Format.Columns) {
		f.Column = u.Format.Columns[i]
	}
	return f
}

// review is what a person reads before confirming.
func (s *site) review(c echo.Context, d *deletion.Deletion, u deletion.Upload) (views.Review, error) {
	usage, err := s.Usage(c.Request().Context())
	if err != nil {
		return views.Review{}, err
	}
	plan := deletion.PlanFor(d.Batches, usage)
	r := views.Review{
		First: s.firstSizes(d),
		Check: views.Check{Read: d.Reading.Read, Blank: d.Reading.Blank, Repeated: d.Reading.Duplicate, ToDelete: d.Items},
		Plan: views.Plan{Requests: int64(plan.Requests), SendFor: plan.SendFor, LeftAfter: plan.LeftAfter, DayLimit: usage.Limit, Days: plan.Days,
			LastDay: plan.LastDay, Today: int64(plan.Today), Ahead: plan.Ahead},
	}
	if d.Source != deletion.FromCSV {
		return r, nil
	}
	for _, p := range u.Problems {
		if p.Kind.Invalid() {
			r.Check.Invalid = append(r.Check.Invalid, views.InvalidKind{Text: p.Kind.Label(), Count: p.Count, Lines: p.Lines})
		}
	}
	for i, name := range u.Format.Columns {
		r.Columns = append(r.Columns, views.Column{Index: i, Name: name, Chosen: i == u.Format.Column})
	}
	r.Sample, err = s.sample(c, u)
	return r, err
}

// sample shows the beginning of the file with what becomes of each row.
func (s *site) sample(c echo.Context, u deletion.Upload) (views.Sample, error) {
	rows, err := s.Console.Sample(c.Request().Context(), u)
	if err != nil {
		return views.Sample{}, err
	}
	view := views.Sample{Header: u.Format.Columns}
	for _, r := range rows {
		row := views.SampleRow{Line: r.Line, Cells: r.Cells}
		if r.Kind != deletion.RowID {
			row.Problem = r.Kind.Label()
		}
		view.Rows = append(view.Rows, row)
	}
	return view, nil
}

// chooseColumn reads the file again with another column of ids.
func (s *site) chooseColumn(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	column, err := strconv.Atoi(c.Request().PostForm.Get(views.FieldColumn))
	if err != nil || column < 0 {
		return echo.NewHTTPError(http.StatusBadRequest, "The form names no column.")
	}
	err = s.Console.ChooseColumn(c.Request().Context(), d.Account, d.ID, column)
	var input *deletion.InputError
	if errors.As(err, &input) {
		return s.showDeletion(c, http.StatusUnprocessableEntity, d, "", []views.Problem{{Field: views.FieldColumn, Text: input.Message}})
	}
	if err != nil {
		return err
	}
	return goTo(c, views.DeletionURL(d.ID))
}

// confirm starts the deletion when the typed number and the manifest that was shown are the ones that are stored.
func (s *site) confirm(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	typed := strings.TrimSpace(form.Get(views.FieldCount))
	if count, ok := parseCount(typed); !ok || count != d.Items {
		return s.showDeletion(c, http.StatusUnprocessableEntity, d, typed, []views.Problem{{Field: views.FieldCount, Text: wrongCount(d, typed)}})
	}
	hash, err := hex.DecodeString(form.Get("manifest"))
	if err != nil || len(hash) != len(d.Hash) {
		return deletion.ErrChanged
	}
	u := me(c)
	err = s.Store.Confirm(c.Request().Context(), d.Account, d.ID, deletion.Confirmation{
		By: deletion.User{ID: u.ID, Name: u.Name}, Count: d.Items, Hash: [32]byte(hash), FirstBatches: s.firstBatches(c, d),
	})
	if errors.Is(err, deletion.ErrChanged) && !d.ConfirmedAt.IsZero() && [32]byte(hash) == d.Hash {
		return goTo(c, views.DeletionURL(d.ID)) // a second click on the same button
	}
	if err != nil {
		return err
	}
	s.Log.InfoContext(c.Request().Context(), "confirmed", "deletion", d.ID, "account", d.Account, "user", u.ID, "items", d.Items)
	return goTo(c, views.DeletionURL(d.ID))
}

// firstSizes are the sizes of the batches with which a deletion may begin carefully. One that is a single request may not.
func (s *site) firstSizes(d *deletion.Deletion) []int {
	if d.Source == deletion.FromLists || d.Batches < 2 {
		return nil
	}
	return s.Console.FirstSizes[:min(len(s.Console.FirstSizes), d.Batches-1)]
}

// firstBatches is how many batches go one by one, each proven before the next: all that were cut small for it, unless the
// person wants everything sent at full speed. Lists have none.
func (s *site) firstBatches(c echo.Context, d *deletion.Deletion) int {
	if c.Request().PostForm.Get(views.FieldCareful) == "" {
		return 0
	}
	return len(s.firstSizes(d))
}

// parseCount reads a number as people type it, with or without separators between the thousands.
func parseCount(typed string) (int64, bool) {
	digits := strings.NewReplacer(",", "", ".", "", " ", "", "\u00a0", "", "\u202f", "", "'", "").Replace(typed)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

func wrongCount(d *deletion.Deletion, typed string) string {
	if typed == "" {
		return fmt.Sprintf("Type the number %d to confirm.", d.Items)
	}
	return fmt.Sprintf("The number does not match. Type %d, the number of %ss that will be deleted.", d.Items, d.Source.Unit())
}

// discard throws a deletion away that was not confirmed.
func (s *site) discard(c echo.Context) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	if err := s.Store.Discard(c.Request().Context(), d.Account, d.ID); err != nil {
		return err
	}
	return goTo(c, views.HomeURL)
}

// pause stops sending until somebody resumes.
func (s *site) pause(c echo.Context) error {
	return s.change(c, "paused", func(d *deletion.Deletion) error {
		return s.Store.Pause(c.Request().Context(), d.Account, d.ID, deletion.PausedByPerson, me(c).Name, time.Time{})
	})
}

// resume goes on sending.
func (s *site) resume(c echo.Context) error {
	return s.change(c, "resumed", func(d *deletion.Deletion) error {
		return s.Store.Resume(c.Request().Context(), d.Account, d.ID, s.Console.AsOf())
	})
}

// stop leaves out what is not sent.
func (s *site) stop(c echo.Context) error {
	return s.change(c, "stopped", func(d *deletion.Deletion) error {
		return s.Store.Stop(c.Request().Context(), d.Account, d.ID)
	})
}

// retry sends the failed rows again.
func (s *site) retry(c echo.Context) error {
	return s.change(c, "retried", func(d *deletion.Deletion) error {
		_, err := s.Store.RetryFailed(c.Request().Context(), d.Account, d.ID, s.Console.AsOf())
		return err
	})
}

// sendChanged sends the rows that were left out because they had changed.
func (s *site) sendChanged(c echo.Context) error {
	return s.change(c, "sent what had changed", func(d *deletion.Deletion) error {
		_, err := s.Store.SendChanged(c.Request().Context(), d.Account, d.ID, s.Console.AsOf())
		return err
	})
}

// change does something to the deletion of the URL and leads back to its page.
func (s *site) change(c echo.Context, what string, do func(*deletion.Deletion) error) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	s.Log.InfoContext(c.Request().Context(), what, "deletion", d.ID, "account", d.Account, "user", me(c).ID)
	return goTo(c, views.DeletionURL(d.ID))
}
