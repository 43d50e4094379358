package sandbox

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// authorization is a request to the authorize endpoint whose client and redirect URI are known to belong together.
type authorization struct {
	clientID    string
	redirectURI string
	state       string
	scopes      []string
	challenge   string
}

// back is the redirect to the client, with these values and the state.
func (a authorization) back(values url.Values) reply {
	u, _ := url.Parse(a.redirectURI) // was parsed when it was registered
	query := u.Query()
	for name := range values {
		query.Set(name, values.Get(name))
	}
	if a.state != "" {
		query.Set("state", a.state)
	}
	u.RawQuery = query.Encode()
	return noStore(reply{status: http.StatusSeeOther}).with("Location", u.String())
}

func (a authorization) refuse(code, description string) *reply {
	r := a.back(url.Values{"error": {code}, "error_description": {description}})
	return &r
}

// origin is where the consent form may lead by its redirect, for the page's policy.
func (a authorization) origin() string {
	u, _ := url.Parse(a.redirectURI)
	return u.Scheme + "://" + u.Host
}

// authorization checks the request. What is wrong with the client or its redirect URI is told on a page, since the
// redirect cannot be trusted; everything else goes back to the client.
func (x *exchange) authorization() (authorization, url.Values, *reply) {
	form, unreadable := x.form()
	if unreadable != nil {
		return authorization{}, nil, refusedPage("The request could not be read.")
	}
	req := authorization{
		clientID:    form.Get("client_id"),
		redirectURI: form.Get("redirect_uri"),
		state:       form.Get("state"),
		scopes:      strings.Fields(form.Get("scope")),
		challenge:   form.Get("code_challenge"),
	}
	switch client, known, redirectable := x.server.world().authority.client(req.clientID, req.redirectURI); {
	case !known:
		return req, form, refusedPage("The application asking for access is not registered here (client_id).")
	case !redirectable:
		return req, form, refusedPage("The address to return to is not registered for this application (redirect_uri).")
	case form.Get("response_type") != "code":
		return req, form, req.refuse("unsupported_response_type", "The response_type has to be code.")
	case req.state == "":
		return req, form, req.refuse("invalid_request", "The state is missing.")
	case !scopesKnown(req.scopes):
		return req, form, req.refuse("invalid_scope", "The scope is missing or holds an unknown name.")
	case req.challenge == "" && client.Secret == "":
		return req, form, req.refuse("invalid_request", "An application without a secret has to send a code_challenge.")
	case req.challenge != "" && client.Secret != "" && x.server.Quirks().RefuseChallengeWithSecret:
		return req, form, req.refuse("invalid_request", "An application with a secret must not send a code_challenge.")
	case req.challenge != "" && form.Get("code_challenge_method") != "S256":
		return req, form, req.refuse("invalid_request", "The code_challenge_method has to be S256.")
	}
	return req, form, nil
}

func scopesKnown(scopes []string) bool {
	return len(scopes) > 0 && !slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(knownScopes, scope) })
}

// showConsent answers GET authorize with the page where a person picks who to be. A browser that signed in before is
// remembered: it is offered that one user only, and a way to be somebody else, unless prompt=login is asked for. It is
// always asked for its consent, so that nobody mistakes the sandbox for the real thing.
func (x *exchange) showConsent() reply {
	req, form, refusal := x.authorization()
	if refusal != nil {
		return *refusal
	}
	data := consentPage{
		Client: req.clientID, Scopes: req.scopes, Users: x.server.Users(), Action: AuthorizePath,
		Fields: carried(form, "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"),
	}
	if user := x.remembered(form); user != nil {
		data.Users = []User{user.User}
		form.Set("prompt", "login")
		data.Other = AuthorizePath + "?" + form.Encode()
	}
	return page(http.StatusOK, "consent.html", req.origin(), data)
}

// remembered is the user of the browser's session, unless a new sign-in is asked for.
func (x *exchange) remembered(form url.Values) *member {
	if form.Get("prompt") == "login" {
		return nil
	}
	return x.server.world().authority.remembered(x.request)
}

// decideConsent answers the form: a code for Allow, access_denied for Refuse. The form may also come from a program that
// never saw the page.
func (x *exchange) decideConsent() reply {
	req, form, refusal := x.authorization()
	if refusal != nil {
		return *refusal
	}
	user, allowed, refusal := x.decision(form)
	switch {
	case refusal != nil:
		return *refusal
	case !allowed:
		return *req.refuse("access_denied", "The resource owner denied the request.")
	}
	a := x.server.world().authority
	code := a.issueCode(user, req)
	x.applied(req.clientID, user)
	return req.back(url.Values{"code": {code}}).with("Set-Cookie", a.remember(user).String())
}

// decision reads what a person chose on a consent page.
func (x *exchange) decision(form url.Values) (user *member, allowed bool, refusal *reply) {
	switch form.Get("decision") {
	case "refuse":
		return nil, false, nil
	case "allow":
	default:
		return nil, false, refusedPage("The form came without a decision.")
	}
	user = x.remembered(form)
	if form.Has("user") || user == nil {
		named, ok := x.server.world().member(form.Get("user"))
		if !ok {
			return nil, false, refusedPage("The form names nobody who can sign in here.")
		}
		user = named
	}
	return user, true, nil
}

// consentPage is what page/consent.html shows.
type consentPage struct {
	Client string
	Scopes []string
	Users  []User
	Action string
	Other  string // where somebody else can sign in; empty when everybody can here
	Fields []field
}

type field struct{ Name, Value string }

// carried are the parameters that a form has to bring back.
func carried(form url.Values, names ...string) []field {
	var fields []field
	for _, name := range names {
		if form.Has(name) {
			fields = append(fields, field{name, form.Get(name)})
		}
	}
	return fields
}

// message is what page/message.html says.
type message struct{ Title, Text, Next string }

func refusedPage(reason string) *reply {
	r := page(http.StatusBadRequest, "message.html", "", message{
		"This sign-in cannot go on", reason, "Go back to the application and check how it is registered with the sandbox.",
	})
	return &r
}

var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(pageFiles, "page/*.html"))
})

// page renders a page that loads nothing but its style sheet. The origin is where its form may end up: browsers
// hold form-action against the redirect that answers a form too.
func page(status int, name, origin string, data any) reply {
	var out bytes.Buffer
	if err := pages().ExecuteTemplate(&out, name, data); err != nil {
		panic(fmt.Sprintf("sandbox: render %s: %v", name, err)) // our own templates and data
	}
	policy := "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " +
		strings.TrimSpace("'self' "+origin)
	return noStore(reply{status: status, body: out.Bytes()}).
		with("Content-Type", "text/html; charset=utf-8").
		with("Content-Security-Policy", policy).
		with("X-Content-Type-Options", "nosniff").
		with("Referrer-Policy", "no-referrer")
}
