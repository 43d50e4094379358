package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// KeepDays is how long an uploaded file is kept for its result files.
const KeepDays = 30

// patience is how long an upload may stand still before it is given up.
const patience = time.Minute

var errNoFile = &deletion.InputError{Code: "no_file", Message: "No file was chosen. Choose a CSV file with contact ids."}

// uploadForm is the page with the upload form.
func (s *site) uploadForm(c echo.Context) error {
	return render(c, http.StatusOK, views.UploadPage(s.uploadView(c, nil)))
}

func (s *site) uploadView(c echo.Context, problems []views.Problem) views.Upload {
	return views.Upload{Page: s.page(c, views.NavUpload), MaxBytes: s.MaxUpload, KeepDays: KeepDays, Problems: problems}
}

// upload reads the file while it arrives and leads to the page of its deletion. The form is never parsed as a whole: the file
// goes from the connection into the reader, and nothing of it touches the disk but what the store keeps.
func (s *site) upload(c echo.Context) error {
	id, err := s.readUpload(c)
	var input *deletion.InputError
	if errors.As(err, &input) {
		return s.uploadAgain(c, input)
	}
	if err != nil {
		return err
	}
	return goTo(c, views.DeletionURL(id))
}

func (s *site) readUpload(c echo.Context) (int64, error) {
	file, err := filePart(c)
	if err != nil {
		return 0, err
	}
	u := me(c)
	by := deletion.User{ID: u.ID, Name: u.Name}
	id, err := s.Console.Upload(c.Request().Context(), u.Account, by, file.FileName(), file)
	if err != nil && c.Request().Context().Err() != nil {
		return 0, c.Request().Context().Err()
	}
	return id, err
}

// filePart finds the file in the form without reading it.
func filePart(c echo.Context) (*multipart.Part, error) {
	c.Request().Body = &rolling{body: c.Request().Body, deadline: http.NewResponseController(c.Response())}
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "The form does not hold a file.").SetInternal(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, errNoFile
		}
		if err != nil {
			return nil, echo.NewHTTPError(http.StatusBadRequest, "The file did not arrive whole. Send it again.").SetInternal(err)
		}
		if part.FormName() != views.FieldFile {
			continue
		}
		if part.FileName() == "" {
			return nil, errNoFile
		}
		return part, nil
	}
}

// uploadAgain shows the form with what is wrong with the file.
func (s *site) uploadAgain(c echo.Context, input *deletion.InputError) error {
	if isHTMX(c) {
		e := views.Error{Page: s.page(c, ""), Status: http.StatusUnprocessableEntity, Why: input.Message}
		e.Title = "The file was not taken"
		return render(c, e.Status, views.ErrorNotice(e))
	}
	problems := []views.Problem{{Field: views.FieldFile, Text: input.Message}}
	return render(c, http.StatusUnprocessableEntity, views.UploadPage(s.uploadView(c, problems)))
}

// rolling gives the sender a new deadline with every read, so that a large file may take its time and a connection that
// stands still is given up.
type rolling struct {
	body     io.ReadCloser
	deadline *http.ResponseController
	set      time.Time
}

// Read moves the deadline at most once a second; setting it costs a system call.
func (r *rolling) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(r.set) > time.Second {
		if err := r.deadline.SetReadDeadline(now.Add(patience)); err != nil {
			return 0, fmt.Errorf("set deadline: %w", err)
		}
		r.set = now
	}
	return r.body.Read(p)
}

// Close closes the body.
func (r *rolling) Close() error { return r.body.Close() }
