package sandbox

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How long a device code lives and how often it may be asked for, RFC 8628. The vendor's own numbers are not public.
const (
	deviceLife     = 10 * time.Minute
	deviceInterval = 5 * time.Second
	deviceGrant    = "urn:ietf:params:oauth:grant-type:device_code"
)

// device is a sign-in that was begun on one device and is decided in a browser on another.
type device struct {
	code     digest
	userCode string
	client   string
	scopes   []string
	expires  time.Time
	asked    time.Time // the latest time the token endpoint was asked
	grant    *grant    // once allowed
	refused  bool
	used     bool
}

// deviceBody is the answer that begins a device flow.
type deviceBody struct {
	DeviceCode   string `json:"device_code"`
	UserCode     string `json:"user_code"`
	URI          string `json:"verification_uri"`
	URIComplete  string `json:"verification_uri_complete"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	PollInterval int    `json:"interval"`   // seconds
}

// beginDevice answers the start of a device flow:
// https://developer.constantcontact.com/api_guide/device_flow.html
func (x *exchange) beginDevice() reply {
	form, refusal := x.form()
	if refusal != nil {
		return *refusal
	}
	a := x.server.world().authority
	id, scopes := form.Get("client_id"), strings.Fields(form.Get("scope"))
	switch _, known, _ := a.client(id, ""); {
	case !known:
		return unknownClient()
	case !scopesKnown(scopes):
		return oauthRefusal(http.StatusBadRequest, "invalid_scope", "The scope is missing or holds an unknown name.")
	}
	code, userCode := a.beginDevice(id, scopes)
	x.applied(id, nil)
	page := originOf(x.request) + ActivatePath
	return noStore(jsonReply(http.StatusOK, deviceBody{
		DeviceCode: code, UserCode: userCode,
		URI: page, URIComplete: page + "?" + url.Values{"user_code": {userCode}}.Encode(),
		ExpiresIn: int(deviceLife.Seconds()), PollInterval: int(deviceInterval.Seconds()),
	}))
}

// originOf is the root URL that the caller used.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (a *authority) beginDevice(client string, scopes []string) (code, userCode string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetExpired()
	text := rand.Text()
	code, userCode = rand.Text(), text[:4]+"-"+text[4:8]
	a.devices = append(a.devices, &device{
		code: digestOf(code), userCode: userCode, client: client, expires: a.now().Add(deviceLife),
		// The vendor gives no refresh token here, whatever is asked for.
		scopes: slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return scope == offlineAccess }),
	})
	return code, userCode
}

// pending finds a device sign-in that waits for its decision, by the code that a person types in.
func (a *authority) pending(userCode string) (client string, scopes []string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.undecided(userCode); d != nil {
		return d.client, d.scopes, true
	}
	return "", nil, false
}

func (a *authority) undecided(userCode string) *device {
	typed := strings.ToUpper(strings.TrimSpace(userCode))
	for _, d := range a.devices {
		if d.userCode == typed && d.grant == nil && !d.refused && a.now().Before(d.expires) {
			return d
		}
	}
	return nil
}

// decideDevice records the decision; a nil user refuses. It is false when there is nothing to decide any more.
func (a *authority) decideDevice(userCode string, user *member) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.undecided(userCode)
	switch {
	case d == nil:
		return false
	case user == nil:
		d.refused = true
	default:
		d.grant = &grant{user: user, client: d.client, scopes: d.scopes}
	}
	return true
}

// deviceRefusal is a refusal of the token endpoint in a device flow: the error codes of RFC 8628 section 3.5.
type deviceRefusal string

func (d deviceRefusal) Error() string { return string(d) }

const (
	errPending  deviceRefusal = "authorization_pending"
	errSlowDown deviceRefusal = "slow_down"
	errDenied   deviceRefusal = "access_denied"
	errExpired  deviceRefusal = "expired_token"
)

var deviceTexts = map[deviceRefusal]string{
	errPending:  "The sign-in has not been decided yet.",
	errSlowDown: "The device asks more often than the interval allows.",
	errDenied:   "The resource owner denied the request.",
	errExpired:  "The device code has expired.",
}

// redeemDevice turns an allowed device code into an access token.
func (a *authority) redeemDevice(client, code string) (tokens, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sum, now := digestOf(code), a.now()
	at := slices.IndexFunc(a.devices, func(d *device) bool { return d.code == sum && d.client == client })
	if at < 0 || a.devices[at].used {
		return tokens{}, errDeviceCode
	}
	d := a.devices[at]
	early := now.Sub(d.asked) < deviceInterval
	d.asked = now
	switch {
	case !now.Before(d.expires):
		return tokens{}, errExpired
	case d.refused:
		return tokens{}, errDenied
	case early:
		return tokens{}, errSlowDown
	case d.grant == nil:
		return tokens{}, errPending
	}
	d.used = true
	a.tally.CodesRedeemed++
	return a.issue(d.grant), nil
}
