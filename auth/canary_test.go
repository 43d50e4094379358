package auth_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"winnow/auth"
)

// TestNoSecretShows sends secrets through every path that fails and looks for them in errors, logs, pages and printed values.
// All secrets, personal data and foreign texts of the fakes hold the word canary.
func TestNoSecretShows(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"body of a server error":           answering(http.StatusInternalServerError, "canary-access-1 canary-refresh-2"),
		"description of an error":          faultOf(http.StatusBadRequest, "invalid_grant"),
		"unknown error code":               faultOf(http.StatusBadRequest, "canary_code"),
		"page in place of JSON":            answering(http.StatusOK, "canary-refresh-2"),
		"broken JSON":                      answering(http.StatusOK, `{"access_token":"canary-access-1","expires_in":"canary"}`),
		"answer without access token":      answering(http.StatusOK, `{"refresh_token":"canary-refresh-2"}`),
		"header that is none":              rawAnswer("HTTP/1.1 200 OK\r\ncanary-access-1\r\n\r\n"),
		"connection lost":                  dropping,
		"redirect with a token in its URL": answeringLocation("http://canary.example/?refresh_token=canary-refresh-2"),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			a := connected(t)
			a.provider.set(func(p *provider) { p.fault = fault })
			var shown []string
			b := a.browser(t)
			shown = append(shown, b.get(b.begin().String()).body)
			for range 3 {
				a.clock.Advance(25 * time.Hour)
				_, err := a.Tokens.Access(t.Context(), ada.Account)
				if err == nil {
					t.Fatal("Access: no error")
				}
				a.options.Log.Error("test", "error", err, slog.Any("value", errors.Unwrap(err)))
				shown = append(shown, err.Error(), fmt.Sprintf("%+v %#v", err, err))
			}
			wantNoCanary(t, append(shown, a.log.String())...)
		})
	}
}

func TestNoSecretShowsWhenPrinted(t *testing.T) {
	a := connected(t)
	a.options.Log.Info("test", "auth", a.Auth, "secret", a.options.ClientSecret, "tokens", a.Tokens)
	if !strings.Contains(a.log.String(), "[secret]") {
		t.Error("nothing was logged")
	}
	wantNoCanary(t, a.log.String(), fmt.Sprintf("%+v", a.Auth), fmt.Sprintf("%+v", *a.Auth), fmt.Sprintf("%+v", a.Tokens),
		fmt.Sprintf("%+v", a.Sessions), fmt.Sprintf("%+v", a.options))
}

func TestRefusalsLogNoPersonalData(t *testing.T) {
	a := newApp(t, func(o *auth.Options) { o.AllowedUsers = []string{"u-bob"} })
	b := a.browser(t)
	b.get(b.begin().String())
	if !strings.Contains(a.log.String(), string(auth.CodeUserNotAllowed)) {
		t.Error("the refusal is not in the log")
	}
	wantNoCanary(t, a.log.String())
}

func wantNoCanary(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(text, "canary") {
			t.Errorf("a secret shows in %q", text)
		}
	}
}

// rawAnswer writes bytes that need not be HTTP.
func rawAnswer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		conn.Write([]byte(text))
	}
}

func answeringLocation(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, location, http.StatusFound) }
}
