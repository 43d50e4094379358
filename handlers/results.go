package handlers

import (
	"bufio"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"winnow/deletion"
)

// results is the file that says what became of every row, or of those with one outcome.
func (s *site) results(c echo.Context) error {
	filter := deletion.ResultFilter(c.QueryParam("outcome"))
	if filter != deletion.AllResults && !slices.Contains(deletion.ResultFilters, filter) {
		return deletion.ErrNotFound
	}
	name := "results"
	if filter != deletion.AllResults {
		name = string(filter)
	}
	return s.writeFile(c, name, filter)
}

// problems is the file with all rows that are skipped because of what they hold.
func (s *site) problems(c echo.Context) error {
	return s.writeFile(c, "problems", deletion.SkippedResults)
}

// writeFile sends a result file.
func (s *site) writeFile(c echo.Context, name string, filter deletion.ResultFilter) error {
	d, err := s.find(c)
	if err != nil {
		return err
	}
	if d.State == deletion.Preparing {
		return deletion.ErrChanged
	}
	return s.stream(c, "deletion-"+strconv.FormatInt(d.ID, 10)+"-"+name+".csv", func(out io.Writer) error {
		return s.Console.WriteResults(c.Request().Context(), out, d, filter)
	})
}

// stream sends a CSV while it is written. An error in its middle breaks the connection off, so that half a file is never
// taken for a whole one.
func (s *site) stream(c echo.Context, name string, write func(io.Writer) error) error {
	attachment(c, name)
	c.Response().Header().Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	out := bufio.NewWriterSize(c.Response(), 64<<10)
	err := write(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		return nil
	}
	if c.Response().Committed {
		s.Log.WarnContext(c.Request().Context(), "file broke off", "error", err, "file", name)
		panic(http.ErrAbortHandler)
	}
	c.Response().Header().Del(echo.HeaderContentDisposition)
	return err
}

// attachment has the browser save the answer under a name.
func attachment(c echo.Context, name string) {
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}
