package handlers

import (
	"github.com/labstack/echo/v4"

	"winnow/deletion"
	"winnow/views"
)

// noticesKey is the place of notices in the echo.Context.
const noticesKey = "handlers.notices"

// notices are what was read of the reasons why nothing is sent.
type notices struct {
	deletion.Notices
	err error
}

// notices are read once for each request, however many parts of its answer say them.
func (s *site) notices(c echo.Context) notices {
	if read, ok := c.Get(noticesKey).(notices); ok {
		return read
	}
	var n notices
	if n.Notices, n.err = s.Store.Notices(c.Request().Context(), me(c).Account); n.err != nil {
		s.Log.WarnContext(c.Request().Context(), "whether anything is stopped or held could not be read", "error", n.err, "reference", reference(c))
	}
	c.Set(noticesKey, n)
	return n
}

// halted is what the banner of every page says. That it could not be read is no reason to keep the page back: what sends asks for
// itself.
func (n notices) halted() views.Halted {
	return views.Halted{By: n.Halt.By.Name, At: n.Halt.At}
}
