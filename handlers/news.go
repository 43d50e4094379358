package handlers

import (
	"context"
	"io"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"winnow/views"
)

// renderPart answers with a polled part, and with the banners of the page around it.
func (s *site) renderPart(c echo.Context, part templ.Component) error {
	news := s.news(c)
	return render(c, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := part.Render(ctx, w); err != nil {
			return err
		}
		return news.Render(ctx, w)
	}))
}

// news are the banners of a page that is open. What could not be read is not news: the page keeps what it says.
func (s *site) news(c echo.Context) templ.Component {
	news := []templ.Component{views.StorageNews(s.storage()), views.ClockNews(s.clocks())}
	if n := s.notices(c); n.err == nil {
		news = append(news, views.HaltNews(n.halted()), views.HeldNews(n.Held))
	}
	return templ.Join(news...)
}
