package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// maxForm bounds the body of every form but the upload: the largest names a thousand lists.
const maxForm = 256 << 10

// formLimit bounds a form before it is parsed.
func formLimit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
		if err := r.ParseForm(); err != nil { // not ParseMultipartForm, which writes files
			return echo.NewHTTPError(http.StatusBadRequest, "The form could not be read.").SetInternal(err)
		}
		return next(c)
	}
}

// headers puts what every answer carries, errors and files included. Styles, scripts and pictures come from us alone, and
// nothing inline runs.
func (s *site) headers(next echo.HandlerFunc) echo.HandlerFunc {
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
		"connect-src 'self'", strings.TrimSpace("form-action 'self' " + s.Authorize), "base-uri 'none'", "frame-ancestors 'none'",
	}, "; ")
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if s.HTTPS {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// referenceKey is where a request's reference id is kept; a person reads it on an error page and finds it in the log.
const referenceKey = "reference"

func reference(c echo.Context) string {
	if id, ok := c.Get(referenceKey).(string); ok {
		return id
	}
	id := rand.Text()[:10]
	c.Set(referenceKey, id)
	return id
}

// logged writes one line for each request that was not a polled part or a file: path, never query, for it may hold a code.
func (s *site) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // so that the status below is the one that was sent
		}
		level := slog.LevelInfo
		if c.Response().Status < http.StatusBadRequest && quiet(c.Path()) {
			level = slog.LevelDebug
		}
		s.Log.LogAttrs(c.Request().Context(), level, "request",
			slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
			slog.Duration("took", time.Since(start)), slog.String("ip", c.RealIP()), slog.String("reference", reference(c)))
		return nil
	}
}

func quiet(route string) bool {
	return strings.HasPrefix(route, "/static/") || strings.HasSuffix(route, "z") ||
		strings.HasSuffix(route, "/progress") || strings.HasSuffix(route, "/table") || route == "/running"
}

// recovered turns a panic into an internal error; the stack goes to the log only.
func (s *site) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if broken, ok := r.(error); ok && errors.Is(broken, http.ErrAbortHandler) {
				panic(r)
			}
			s.Log.ErrorContext(c.Request().Context(), "panic", "reference", reference(c), "value", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in %s", c.Path())
		}()
		return next(c)
	}
}

// knownHost refuses requests for a host that is not ours, so that no foreign name can be made to point at the console.
func (s *site) knownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host := c.Request().Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if len(s.Hosts) > 0 && !slices.Contains(s.Hosts, strings.ToLower(host)) {
			return echo.NewHTTPError(http.StatusMisdirectedRequest, "This console is not known under that address.")
		}
		return next(c)
	}
}
