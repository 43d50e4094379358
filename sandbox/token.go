package sandbox

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
)

// tokenBody is a token response.
type tokenBody struct {
	Type         string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	AccessToken  string `json:"access_token"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// oauthError is a refusal by the rules of RFC 6749 section 5.2.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func oauthRefusal(status int, code, description string) reply {
	return noStore(jsonReply(status, oauthError{code, description}))
}

func unknownClient() reply {
	return oauthRefusal(http.StatusUnauthorized, "invalid_client", "The client is unknown or its secret is wrong.").
		with("WWW-Authenticate", `Basic realm="sandbox"`)
}

func noStore(r reply) reply { return r.with("Cache-Control", "no-store").with("Pragma", "no-cache") }

// serveToken answers the token endpoint. The client's credentials may come as HTTP Basic, in the body, or in the
// query.
func (x *exchange) serveToken() reply {
	form, refusal := x.form()
	if refusal != nil {
		return *refusal
	}
	w := x.server.world()
	client, ok := w.authority.authenticated(x.request, form)
	if !ok {
		return unknownClient()
	}
	if _, ok := w.tokenLimiter.admit(client); !ok {
		return usualOAuthReply(http.StatusTooManyRequests)
	}
	t, err := w.authority.grantTokens(client, form)
	if err != nil {
		return tokenRefusal(err)
	}
	x.applied(client, t.user)
	x.issued(t)
	return noStore(jsonReply(http.StatusOK, tokenBody{
		Type: "Bearer", ExpiresIn: int(accessLife.Seconds()),
		AccessToken: t.access, Scope: t.scope, RefreshToken: t.refresh,
	}))
}

// presented journals what came with a request to the token endpoint, as far as it can be read.
func (x *exchange) presented() {
	form, refusal := x.form()
	if refusal != nil {
		return
	}
	call := TokenCall{Grant: form.Get("grant_type")}
	for _, name := range []string{"code", "refresh_token", "device_code"} {
		call.Presented = cmp.Or(call.Presented, Fingerprint(form.Get(name)))
	}
	x.server.journal.update(x.entry, func(j *Request) { j.Token = call })
}

// issued journals what such a request got.
func (x *exchange) issued(t tokens) {
	x.server.journal.update(x.entry, func(j *Request) {
		j.Token.Access, j.Token.Refresh = Fingerprint(t.access), Fingerprint(t.refresh)
	})
}

// requestRefusal is a token request that is wrong in itself: an error code of RFC 6749 section 5.2.
type requestRefusal struct{ code, text string }

func (r requestRefusal) Error() string { return r.text }

func (a *authority) grantTokens(client string, form url.Values) (tokens, error) {
	switch form.Get("grant_type") {
	case "authorization_code":
		return a.redeem(client, form)
	case "refresh_token":
		return a.renew(client, form.Get("refresh_token"))
	case deviceGrant:
		return a.redeemDevice(client, form.Get("device_code"))
	case "":
		return tokens{}, requestRefusal{"invalid_request", "The grant_type is missing."}
	}
	return tokens{}, requestRefusal{"unsupported_grant_type", "The grant_type is not supported."}
}

func tokenRefusal(err error) reply {
	code, text := "invalid_grant", err.Error()
	var request requestRefusal
	var device deviceRefusal
	switch {
	case errors.As(err, &request):
		code = request.code
	case errors.As(err, &device):
		code, text = string(device), deviceTexts[device]
	}
	return oauthRefusal(http.StatusBadRequest, code, text)
}

// authenticated finds the client that sent its credentials. HTTP Basic comes first. Its halves should be form-encoded
// (RFC 6749 section 2.3.1), but not every client does that. In a device flow no secret is asked for.
func (a *authority) authenticated(r *http.Request, form url.Values) (client string, ok bool) {
	client, secret := form.Get("client_id"), form.Get("client_secret")
	if user, password, basic := r.BasicAuth(); basic {
		id, errID := url.QueryUnescape(user)
		plain, errPlain := url.QueryUnescape(password)
		if errID == nil && errPlain == nil && a.authenticate(id, plain) {
			return id, true
		}
		return user, a.authenticate(user, password)
	}
	if secret == "" && form.Get("grant_type") == deviceGrant {
		_, known, _ := a.client(client, "")
		return client, known
	}
	return client, a.authenticate(client, secret)
}
