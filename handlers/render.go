package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/views"
)

// buffers are reused, because thousands of fragments a second are rendered into them.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxKept is the largest buffer that is kept for reuse.
const maxKept = 1 << 20

// render writes a component. It is rendered in full before the first byte is sent, so that an error can still become an
// error page.
func render(c echo.Context, status int, part templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= maxKept {
			buffers.Put(b)
		}
	}()
	if err := part.Render(c.Request().Context(), b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	return c.HTMLBlob(status, b.Bytes())
}

// page fills in what the layout of every page shows.
func (s *site) page(c echo.Context, nav views.Nav) views.Page {
	p := views.Page{Sandbox: s.Sandbox, API: s.API, Version: s.Version, Nav: nav, Storage: s.storage(), Clocks: s.clocks()}
	if u, ok := auth.Current(c); ok {
		p.Account, p.User = u.AccountName, u.Name
		n := s.notices(c)
		p.Halted, p.Held = n.halted(), n.Held
	}
	return p
}

// me is the signed-in person. Routes that use it stand behind auth.Require.
func me(c echo.Context) auth.User {
	u, _ := auth.Current(c)
	return u
}

func isHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// goTo leads the browser to another page after a form was taken.
func goTo(c echo.Context, url string) error {
	if isHTMX(c) {
		c.Response().Header().Set("HX-Redirect", url)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, url)
}
