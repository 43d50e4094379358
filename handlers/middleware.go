package handlers

import (
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
		withRequestID(c)
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

// logged writes one line for each request that was not a polled part or a file: the route's pattern, never the address itself,
// for its query may hold a code.
func (s *site) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // so that the status below is the one that was sent
		}
		took := time.Since(start)
		s.observe(c, took)
		level := slog.LevelInfo
		if c.Response().Status < http.StatusBadRequest && quiet(c.Path()) {
			level = slog.LevelDebug
		}
		s.Log.LogAttrs(c.Request().Context(), level, "request",
			slog.String("method", c.Request().Method), slog.String("route", s.routeOf(c)), slog.Int("status", c.Response().Status),
			slog.Duration("took", took), slog.String("ip", c.RealIP()))
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
			s.Log.ErrorContext(c.Request().Context(), "panic", "value", fmt.Sprint(r), "stack", string(debug.Stack()))
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
