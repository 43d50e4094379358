package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Life times of https://developer.constantcontact.com/api_guide/auth_overview.html; the code's is the vendor's
// staff's word.
const (
	codeLife    = 5 * time.Minute
	accessLife  = 24 * time.Hour
	refreshLife = 180 * 24 * time.Hour // without use
)

// knownScopes are those an application may ask for:
// https://developer.constantcontact.com/api_guide/scopes.html
var knownScopes = []string{"account_read", "account_update", "contact_data", "campaign_data", offlineAccess}

// offlineAccess is the scope that earns a refresh token.
const offlineAccess = "offline_access"

// digest stands for a secret in the authority's maps.
type digest = [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// grant is one consent: a user let a client do something. All tokens that grow out of it are its family.
type grant struct {
	user   *member
	client string
	scopes []string
	access digest // the only access token that is good
}

// allows tells whether the token's scopes and the user's privileges and role are enough for the route.
func (g *grant) allows(rt *route) bool {
	return (rt.scope == "" || slices.Contains(g.scopes, rt.scope)) && (rt.privilege == "" || g.user.may(rt.privilege)) &&
		(rt.role == "" || g.user.Role == rt.role)
}

type accessToken struct {
	grant   *grant
	expires time.Time
}

type refreshToken struct {
	grant   *grant
	expires time.Time
	used    bool
}

// authCode is a consent on its way through the browser.
type authCode struct {
	grant       *grant
	redirectURI string
	challenge   string // PKCE S256; empty when none was given
	expires     time.Time
	used        bool
}

// authority is the memory of the OAuth2 server. Secrets are kept as digests, and what is void is forgotten, except
// for used codes and refresh tokens: until they would have expired, their second use is noticed.
type authority struct {
	now func() time.Time

	mu      sync.Mutex
	clients []*Client
	codes   map[digest]*authCode
	access  map[digest]*accessToken
	refresh map[digest]*refreshToken
	signed  map[signedIn]*grant
	devices []*device
	browser map[digest]*browserSession
	tally   OAuthCounts
}

// signedIn names the one grant a user has given a client through the browser.
type signedIn struct{ login, client string }

func newAuthority(o Options) *authority {
	a := &authority{
		now:     o.Now,
		codes:   make(map[digest]*authCode),
		access:  make(map[digest]*accessToken),
		refresh: make(map[digest]*refreshToken),
		signed:  make(map[signedIn]*grant),
		browser: make(map[digest]*browserSession),
	}
	for _, c := range o.Clients {
		c.RedirectURIs = slices.Clone(c.RedirectURIs)
		a.clients = append(a.clients, &c)
	}
	return a
}

// issueCode records a consent and returns its code.
func (a *authority) issueCode(user *member, req authorization) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetExpired()
	a.tally.CodesIssued++
	value := rand.Text()
	a.codes[digestOf(value)] = &authCode{
		grant:       &grant{user: user, client: req.clientID, scopes: req.scopes},
		redirectURI: req.redirectURI,
		challenge:   req.challenge,
		expires:     a.now().Add(codeLife),
	}
	return value
}

// grantRefusal is a refusal of the token endpoint as invalid_grant; its text goes out as error_description.
type grantRefusal string

func (g grantRefusal) Error() string { return string(g) }

const (
	errCode         grantRefusal = "The authorization code is invalid or has expired."
	errVerifier     grantRefusal = "PKCE verification failed."
	errRefreshToken grantRefusal = "The refresh token is invalid or expired."
	errDeviceCode   grantRefusal = "The device code is invalid or has been used."
)

// redeem turns a code into tokens. A second use voids what the first one gave.
func (a *authority) redeem(client string, form url.Values) (tokens, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	code := a.codes[digestOf(form.Get("code"))]
	switch {
	case code == nil || code.grant.client != client || code.redirectURI != form.Get("redirect_uri"):
		return tokens{}, errCode
	case code.used:
		a.tally.ReusesDetected++
		a.void(code.grant)
		return tokens{}, errCode
	case !a.now().Before(code.expires):
		return tokens{}, errCode
	case !a.verified(code, form.Get("code_verifier")):
		return tokens{}, errVerifier
	}
	code.used = true
	a.tally.CodesRedeemed++
	if !a.find(client).LongLived {
		a.replaceEarlier(code.grant)
	}
	return a.issue(code.grant), nil
}

// verified checks PKCE: a challenge needs its verifier, no challenge needs none, and a client without a secret
// needs a challenge.
func (a *authority) verified(code *authCode, verifier string) bool {
	if code.challenge == "" {
		return verifier == "" && a.find(code.grant.client).Secret != ""
	}
	return subtle.ConstantTimeCompare([]byte(s256(verifier)), []byte(code.challenge)) == 1
}

// renew turns a refresh token into a new access token. A rotating one is used up and replaced, and its second use voids
// the whole family; a long-lived one stays and lives on.
func (a *authority) renew(client, value string) (tokens, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.refresh[digestOf(value)]
	switch {
	case old == nil || old.grant.client != client || !a.now().Before(old.expires):
		return tokens{}, errRefreshToken
	case old.used:
		a.tally.ReusesDetected++
		a.void(old.grant)
		return tokens{}, errRefreshToken
	}
	a.tally.Refreshes++
	if !a.find(client).LongLived {
		old.used = true
		return a.issue(old.grant), nil
	}
	old.expires = a.now().Add(refreshLife)
	t := a.issueAccess(old.grant)
	t.refresh = value
	return t, nil
}

// tokens is what a token response carries, and whose they are.
type tokens struct {
	access, refresh string
	scope           string
	user            *member
}

// issue gives the grant a new access token, and a refresh token if it was granted one.
func (a *authority) issue(g *grant) tokens {
	t := a.issueAccess(g)
	if slices.Contains(g.scopes, offlineAccess) {
		t.refresh = rand.Text() + rand.Text()
		a.refresh[digestOf(t.refresh)] = &refreshToken{grant: g, expires: a.now().Add(refreshLife)}
	}
	return t
}

// issueAccess gives the grant a new access token, which voids the one before.
func (a *authority) issueAccess(g *grant) tokens {
	a.forgetExpired()
	now := a.now()
	t := tokens{access: signToken(g, now), scope: strings.Join(g.scopes, " "), user: g.user}
	delete(a.access, g.access)
	g.access = digestOf(t.access)
	a.access[g.access] = &accessToken{grant: g, expires: now.Add(accessLife)}
	return t
}

// issueAlone is the short way for tests: an access token of the first client, beside all others.
func (a *authority) issueAlone(user *member, scopes []string) (string, error) {
	if err := checkScopes(scopes); err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.issue(&grant{user: user, client: a.clients[0].ID, scopes: slices.Clone(scopes)}).access, nil
}

// signIn is the same with all that a sign-in gives and takes.
func (a *authority) signIn(user *member, scopes []string) (tokens, error) {
	if err := checkScopes(scopes); err != nil {
		return tokens{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := &grant{user: user, client: a.clients[0].ID, scopes: slices.Clone(scopes)}
	if !a.clients[0].LongLived {
		a.replaceEarlier(g)
	}
	return a.issue(g), nil
}

func checkScopes(scopes []string) error {
	for _, scope := range scopes {
		if !slices.Contains(knownScopes, scope) {
			return fmt.Errorf("no scope %q in the sandbox", scope)
		}
	}
	return nil
}

// grantOf finds the grant behind an Authorization header.
func (a *authority) grantOf(header string) (*grant, bool) {
	value, ok := bearer(header)
	if !ok {
		return nil, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	token := a.access[digestOf(value)]
	if token == nil || !a.now().Before(token.expires) {
		return nil, false
	}
	return token.grant, true
}

func bearer(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(header, " ")
	return token, strings.EqualFold(scheme, "Bearer")
}

func (a *authority) counts() OAuthCounts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tally
}
