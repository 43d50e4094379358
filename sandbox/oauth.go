package sandbox

import (
	"embed"
	"net/http"
	"net/url"
)

// Paths of the OAuth2 server. AuthorizePath, TokenPath and DevicePath are the vendor's:
// https://developer.constantcontact.com/api_guide/server_flow.html
const (
	AuthorizePath = "/oauth2/default/v1/authorize"
	TokenPath     = "/oauth2/default/v1/token"
	DevicePath    = "/oauth2/default/v1/device/authorize"
	KeysPath      = "/oauth2/default/v1/keys"
	ActivatePath  = "/oauth2/activate" // where a person types in the code of a device
	stylePath     = "/oauth2/sandbox.css"
)

//go:embed page/consent.html page/activate.html page/message.html page/sandbox.css
var pageFiles embed.FS

// maxForm is the most that is read of a form.
const maxForm = 64 << 10

// The routes of the OAuth2 server exist as such only to be named by faults and in the journal.
var (
	showRoute      = &route{method: "GET", pattern: AuthorizePath}
	authorizeRoute = &route{method: "POST", pattern: AuthorizePath}
	tokenRoute     = &route{method: "POST", pattern: TokenPath}
	deviceRoute    = &route{method: "POST", pattern: DevicePath}

	oauthRoutes = []*route{showRoute, authorizeRoute, tokenRoute, deviceRoute}
)

// oauthWork is who answers under /oauth2, by method and path. Pages beside the protocol have no route.
var oauthWork = map[string]struct {
	route *route
	work  func(*exchange) reply
}{
	showRoute.name():       {showRoute, (*exchange).showConsent},
	authorizeRoute.name():  {authorizeRoute, (*exchange).decideConsent},
	tokenRoute.name():      {tokenRoute, (*exchange).serveToken},
	deviceRoute.name():     {deviceRoute, (*exchange).beginDevice},
	"GET " + ActivatePath:  {nil, (*exchange).showActivation},
	"POST " + ActivatePath: {nil, (*exchange).decideActivation},
	"GET " + KeysPath:      {nil, func(*exchange) reply { return serveKeys() }},
	"GET " + stylePath:     {nil, func(*exchange) reply { return serveStyle() }},
}

// serveOAuth answers a request under /oauth2.
func (s *Server) serveOAuth(w http.ResponseWriter, r *http.Request) {
	found, known := oauthWork[r.Method+" "+r.URL.Path]
	if !known {
		found.work = (*exchange).unknownOAuth
	}
	x := s.open(w, r, found.route)
	if found.route != nil {
		x.strike("")
	}
	if x.cutUnread() {
		return
	}
	x.receive(maxForm)
	if found.route == tokenRoute {
		x.presented()
	}
	x.send(x.perform(func() reply { return found.work(x) }))
}

// applied journals that a request of the OAuth2 server changed something, and for whom.
func (x *exchange) applied(client string, user *member) {
	journal := x.server.journal
	journal.update(x.entry, func(j *Request) {
		j.Applied, j.EffectApplied, j.ClientID = true, journal.moment(), client
		if user != nil {
			j.Account, j.User = user.Account, user.Login
		}
	})
}

// secretParameters are left out of the journal: what they hold opens something, or did.
var secretParameters = []string{"client_secret", "code", "code_verifier", "refresh_token", "device_code", "user_code"}

func withoutSecrets(query url.Values) string {
	for _, name := range secretParameters {
		if query.Has(name) {
			query.Set(name, "-")
		}
	}
	return query.Encode()
}

// oktaError is how the server behind the vendor's token endpoint refuses what is not OAuth2 at all.
type oktaError struct {
	Code    string   `json:"errorCode"`
	Summary string   `json:"errorSummary"`
	Link    string   `json:"errorLink"`
	ID      string   `json:"errorId"`
	Causes  []string `json:"errorCauses"`
}

func oktaRefusal(status int, code, summary string) reply {
	return jsonReply(status, oktaError{code, summary, code, "sandbox", []string{}})
}

// unknownOAuth refuses what nobody serves: a wrong method at a known path, and any other path with 404 and no body.
func (x *exchange) unknownOAuth() reply {
	switch x.request.URL.Path {
	case AuthorizePath, TokenPath, DevicePath:
		return oktaRefusal(http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method")
	}
	return reply{status: http.StatusNotFound}
}

func serveStyle() reply {
	css, err := pageFiles.ReadFile("page/sandbox.css")
	if err != nil {
		panic("sandbox: " + err.Error()) // embedded: cannot be missing
	}
	return reply{status: http.StatusOK, body: css, header: map[string]string{
		"Content-Type":           "text/css; charset=utf-8",
		"Cache-Control":          "no-cache",
		"X-Content-Type-Options": "nosniff",
	}}
}
