package handlers

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
)

// RequestIDHeader is the header of every answer that names its request. One in a request is not believed: whoever sends it
// could write it into our log, or make two requests look like one.
const RequestIDHeader = "X-Request-Id"

// requestIDLength gives 50 bits: short enough to be read out on the telephone.
const requestIDLength = 10

type requestIDKey struct{}

// RequestID names the request that a context belongs to, or is empty outside one. A person reads it on an error page and
// finds it in the log.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withRequestID gives the request a new id.
func withRequestID(c echo.Context) {
	id := rand.Text()[:requestIDLength]
	r := c.Request()
	c.SetRequest(r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	c.Response().Header().Set(RequestIDHeader, id)
}

// reference is the request's id.
func reference(c echo.Context) string { return RequestID(c.Request().Context()) }

// NameRequests returns a log handler that adds the attribute request_id to every line that a request causes, whichever
// package writes it.
func NameRequests(h slog.Handler) slog.Handler { return requestLog{h} }

type requestLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (h requestLog) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLog{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h requestLog) WithGroup(name string) slog.Handler { return requestLog{h.Handler.WithGroup(name)} }

// OtherRoute is the route of requests for what is not there.
const OtherRoute = "other"

// routeOf is the pattern of the request's route, such as /deletions/:id: one of a fixed set, so that neither log nor metrics
// grow with what people type into the address bar.
func (s *site) routeOf(c echo.Context) string {
	if route := c.Path(); s.routes[route] {
		return route
	}
	return OtherRoute
}

// observe tells how long a request took.
func (s *site) observe(c echo.Context, took time.Duration) {
	if s.Observe != nil {
		s.Observe(s.routeOf(c), c.Response().Status, took)
	}
}
