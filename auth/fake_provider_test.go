package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"
)

const (
	clientID     = "client-1"
	clientSecret = "canary-client-secret"
)

// tokenRequest is one request to the token endpoint as it arrived.
type tokenRequest struct {
	authorization string
	body          string
	form          url.Values
}

// provider is an OAuth2 server with an authorize and a token endpoint. Refresh tokens are single use unless longLived is set;
// one that is used again ends all that came of it.
type provider struct {
	srv *httptest.Server

	mu        sync.Mutex
	claims    map[string]any // of the access tokens; nil makes tokens that are no JWT
	scope     string         // granted; "" leaves it out of the answer
	expiresIn any
	noRefresh bool // no refresh token at sign-in
	longLived bool
	fault     http.HandlerFunc // answers token requests instead
	after     http.HandlerFunc // answers token requests after they took effect
	codes     map[string]url.Values
	living    map[string]bool // refresh tokens
	used      map[string]bool
	serial    int
	reuses    int
	requests  []tokenRequest
	authorize url.Values // the latest request to the authorize endpoint
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{
		claims: map[string]any{"sub": "ada@canary.example", "platform_user_id": "u-ada"},
		scope:  "account_read contact_data offline_access", expiresIn: 86400,
		codes: map[string]url.Values{}, living: map[string]bool{}, used: map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", p.serveAuthorize)
	mux.HandleFunc("POST /token", p.serveToken)
	p.srv = httptest.NewServer(mux)
	t.Cleanup(p.srv.Close)
	return p
}

// set changes what the provider does.
func (p *provider) set(change func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// seen gives the token requests so far.
func (p *provider) seen() []tokenRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// asked gives the latest request to the authorize endpoint.
func (p *provider) asked() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.authorize
}

func (p *provider) reused() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reuses
}

// serveAuthorize grants everything at once.
func (p *provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	query := r.URL.Query()
	p.serial++
	code := "canary-code-" + strconv.Itoa(p.serial)
	p.codes[code], p.authorize = query, query
	back := query.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {query.Get("state")}}.Encode()
	http.Redirect(w, r, back, http.StatusFound)
}

func (p *provider) serveToken(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, tokenRequest{r.Header.Get("Authorization"), string(body), form})
	if p.fault != nil {
		p.fault(w, r)
		return
	}
	id, secret, _ := r.BasicAuth()
	if id != clientID || secret != clientSecret {
		oauthError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	if !p.grant(form) {
		oauthError(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	answer := p.answer(form)
	if p.after != nil {
		p.after(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

// grant checks and uses up a code or refresh token.
func (p *provider) grant(form url.Values) bool {
	if form.Get("grant_type") == "authorization_code" {
		flow, ok := p.codes[form.Get("code")]
		delete(p.codes, form.Get("code"))
		return ok && flow.Get("code_challenge_method") == "S256" && flow.Get("redirect_uri") == form.Get("redirect_uri") &&
			flow.Get("code_challenge") == oauth2.S256ChallengeFromVerifier(form.Get("code_verifier"))
	}
	token := form.Get("refresh_token")
	if p.used[token] {
		p.reuses++
		clear(p.living)
	}
	if !p.living[token] {
		return false
	}
	if !p.longLived {
		delete(p.living, token)
		p.used[token] = true
	}
	return true
}

// answer makes the next pair.
func (p *provider) answer(form url.Values) map[string]any {
	p.serial++
	answer := map[string]any{"token_type": "Bearer", "access_token": p.accessToken(), "expires_in": p.expiresIn}
	if p.scope != "" {
		answer["scope"] = p.scope
	}
	if p.noRefresh {
		return answer
	}
	refresh := "canary-refresh-" + strconv.Itoa(p.serial)
	if p.longLived && form.Get("refresh_token") != "" {
		refresh = form.Get("refresh_token")
	}
	p.living[refresh] = true
	answer["refresh_token"] = refresh
	return answer
}

func (p *provider) accessToken() string {
	if p.claims == nil {
		return "canary-access-" + strconv.Itoa(p.serial)
	}
	return jwt(p.claims, p.serial)
}

// jwt makes an access token whose signature is the canary.
func jwt(claims map[string]any, serial int) string {
	payload, _ := json.Marshal(claims)
	return strings.Join([]string{
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)),
		base64.RawURLEncoding.EncodeToString(payload), "canary-access-" + strconv.Itoa(serial),
	}, ".")
}

func oauthError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": "canary-description"})
}

// answering makes a handler that answers the same always.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// dropping closes the connection without an answer.
func dropping(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.Close()
}
