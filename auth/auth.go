package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"
)

// Options are what an Auth is made of. Everything up to Identify is needed; the rest has defaults.
type Options struct {
	ClientID     string
	ClientSecret Secret
	AuthorizeURL string // VendorAuthorizeURL, or the sandbox's
	TokenURL     string // VendorTokenURL, or the sandbox's
	RedirectURL  string // ours, ending in /oauth/callback, letter for letter as in the developer portal
	Store        Store
	Keys         *Keys
	// Identify asks the API who an access token belongs to. It is called once a sign-in. A *Refusal it returns is shown.
	Identify func(ctx context.Context, accessToken string) (Profile, error)

	// SignedIn is called when the tokens of a sign-in are stored, so that work that waited for them goes on. Nil does
	// nothing.
	SignedIn func(ctx context.Context, u User)

	// TokenPace waits until the next request to the token endpoint may start; the vendor takes one a second. Nil never waits.
	TokenPace func(ctx context.Context) error
	// Dial opens connections to the token endpoint. Nil is a net.Dialer that gives up after 10 seconds.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Sleep waits for a renewal under way, or returns the context's error. Nil waits by the machine's clock.
	Sleep func(ctx context.Context, d time.Duration) error

	AllowedAccounts []string         // encoded_account_id; empty allows all
	AllowedUsers    []string         // platform_user_id; empty allows all
	TrustedOrigins  []string         // scheme://host[:port] from which forms may come besides our own
	PlainHTTP       bool             // served over http on a LAN: a cookie of another name and without Secure
	Idle            time.Duration    // IdleLife
	Absolute        time.Duration    // AbsoluteLife
	Now             func() time.Time // time.Now
	Log             *slog.Logger     // slog.Default()
}

// Auth signs people in and out and tells who they are. It is safe for concurrent use.
type Auth struct {
	Sessions *Sessions
	Tokens   *Tokens

	options     Options
	endpoint    *endpoint
	crossOrigin *http.CrossOriginProtection
}

// New checks the options and puts the parts together. It opens no connection.
func New(o Options) (*Auth, error) {
	o.Idle, o.Absolute = cmp.Or(o.Idle, IdleLife), cmp.Or(o.Absolute, AbsoluteLife)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &Auth{endpoint: newEndpoint(o), crossOrigin: http.NewCrossOriginProtection()}
	o.ClientSecret = "" // only the endpoint needs it
	a.options = o
	for _, origin := range o.TrustedOrigins {
		if err := a.crossOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trusted origins: %w", err)
		}
	}
	var err error
	if a.Sessions, err = newSessions(o); err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	if a.Tokens, err = newTokens(o, a.endpoint, a.allowed); err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return a, nil
}

func (o Options) check() error {
	switch {
	case o.ClientID == "" || o.ClientSecret == "":
		return errors.New("client id and client secret are needed")
	case o.Store == nil || o.Keys == nil || o.Identify == nil:
		return errors.New("store, keys and identify are needed")
	case o.Idle < 0 || o.Absolute < o.Idle:
		return errors.New("want 0 < idle session life <= absolute session life")
	}
	for name, text := range map[string]string{"authorize": o.AuthorizeURL, "token": o.TokenURL, "redirect": o.RedirectURL} {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("the %s URL must be an absolute http or https URL", name)
		}
	}
	return nil
}

// oauth gives the client's configuration. The style is fixed: finding it out costs a second request with the same single-use
// code or token, and with the secret in its body.
func (o Options) oauth() *oauth2.Config {
	return &oauth2.Config{
		ClientID:     o.ClientID,
		ClientSecret: string(o.ClientSecret),
		RedirectURL:  o.RedirectURL,
		Scopes:       Scopes,
		Endpoint:     oauth2.Endpoint{AuthURL: o.AuthorizeURL, TokenURL: o.TokenURL, AuthStyle: oauth2.AuthStyleInHeader},
	}
}

func (a *Auth) allowed(key UserKey) bool { return a.allowedAccount(key) && a.allowedUser(key) }

func (a *Auth) allowedAccount(key UserKey) bool {
	return len(a.options.AllowedAccounts) == 0 || slices.Contains(a.options.AllowedAccounts, key.Account)
}

func (a *Auth) allowedUser(key UserKey) bool {
	return len(a.options.AllowedUsers) == 0 || slices.Contains(a.options.AllowedUsers, key.ID)
}
