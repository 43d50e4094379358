package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"

	"winnow/config"
)

// jobsPath is where the job queue's pages are, on the listener for operations.
const jobsPath = "/river"

// jobsPolicy is what River's pages need: everything from us, and styles that its scripts write.
const jobsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// forOperators asks for the operators' name and password. They are nobody's at Constant Contact, and open nothing else.
func forOperators(c config.Serve, next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", jobsPolicy)
		name, password, given := r.BasicAuth()
		if given && same(name, c.OpsUser)&same(password, c.OpsPassword) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		if given {
			log.WarnContext(r.Context(), "operator refused", "peer", r.RemoteAddr)
		}
		h.Set("WWW-Authenticate", `Basic realm="Winnow operations", charset="UTF-8"`)
		http.Error(w, "The operators' name and password are needed.", http.StatusUnauthorized)
	})
}

// same compares in a time that tells nothing, not even the length. It returns 1 or 0, so that two answers are combined without
// a branch.
func same(given, want string) int {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:])
}
