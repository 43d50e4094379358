package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/oauth2"
)

// ErrSignInAgain says that no token of the account works any more: somebody has to sign in. Nothing else helps.
var ErrSignInAgain = errors.New("the connection to Constant Contact is lost; sign in again")

// ErrUnavailable says that the token has run out and Constant Contact's sign-in service does not answer at the moment. A later
// call may succeed.
var ErrUnavailable = errors.New("the token has run out and Constant Contact's sign-in service does not answer")

// errAgain says that the row changed: read it again.
var errAgain = errors.New("token row changed")

const (
	// renewBefore is how long before its end a token is renewed: work goes on while a person signs in again.
	renewBefore = 2 * time.Hour
	// accessLife is the life of an access token when the answer does not tell it, 1,440 minutes by the vendor's documentation.
	// See https://developer.constantcontact.com/api_guide/auth_overview.html
	accessLife = 24 * time.Hour
	// margin is the least rest of life with which a token is given out, enough for one call; a quarter of a very short life.
	margin = time.Minute
	// epochFloor tells times from durations: the vendor's SDK calls expires_in an epoch time, its documentation seconds to live.
	epochFloor = 1_000_000_000
)

// pair is what a token row seals.
type pair struct {
	Access   Secret
	Refresh  Secret
	Obtained time.Time
	Expires  time.Time
	// LongLived is set once a renewal returned the same refresh token or none: it can be presented any number of times.
	LongLived bool
}

// storedPair is the sealed JSON of a pair, the one place where the secrets are spelled out.
type storedPair struct {
	Access    string    `json:"access"`
	Refresh   string    `json:"refresh"`
	Obtained  time.Time `json:"obtained"`
	Expires   time.Time `json:"expires"`
	LongLived bool      `json:"long_lived"`
}

func newPair(tok *oauth2.Token, now time.Time) pair {
	p := pair{Access: Secret(tok.AccessToken), Refresh: Secret(tok.RefreshToken), Obtained: now}
	switch {
	case tok.ExpiresIn > epochFloor:
		p.Expires = time.Unix(tok.ExpiresIn, 0)
	case tok.ExpiresIn > 0:
		p.Expires = now.Add(time.Duration(tok.ExpiresIn) * time.Second)
	default:
		p.Expires = now.Add(accessLife)
	}
	return p
}

// life is how long the access token was made for.
func (p pair) life() time.Duration { return p.Expires.Sub(p.Obtained) }

// usable reports whether the access token lives long enough for a call.
func (p pair) usable(now time.Time) bool {
	return now.Before(p.Expires.Add(-min(margin, p.life()/4)))
}

// due reports whether it is time to renew: two hours before the end, but not in the first half of a shorter life.
func (p pair) due(now time.Time) bool {
	return !now.Before(p.Expires.Add(-min(renewBefore, p.life()/2)))
}

// Tokens gives out access tokens and renews them. It is safe for concurrent use, also by several processes on one database.
type Tokens struct {
	store      TokenStore
	sealer     *Sealer
	endpoint   *endpoint
	allowed    func(UserKey) bool
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
	log        *slog.Logger
	unaccepted refusals
}

func newTokens(o Options, e *endpoint, allowed func(UserKey) bool) (*Tokens, error) {
	sealer, err := o.Keys.Sealer(tokenPurpose)
	if err != nil {
		return nil, err
	}
	return &Tokens{store: o.Store, sealer: sealer, endpoint: e, allowed: allowed, now: o.Now, sleep: o.Sleep, log: o.Log}, nil
}

// Put stores the tokens of a fresh sign-in in place of that person's earlier ones. The user must be stored already.
func (t *Tokens) Put(ctx context.Context, key UserKey, tok *oauth2.Token) error {
	if err := t.store.PutToken(ctx, key, t.seal(key, newPair(tok, t.now()))); err != nil {
		return fmt.Errorf("store tokens: %w", err)
	}
	return nil
}

// Access gives an access token of the account that lives for another minute at least (the vendor's live for a day): that of the person who signed in last,
// renewed if it is due. It may wait for a renewal under way elsewhere, as long as ctx lives. ErrSignInAgain means that no
// token is left, ErrUnavailable that a later call may succeed.
func (t *Tokens) Access(ctx context.Context, account string) (string, error) {
	for {
		row, p, err := t.newest(ctx, account)
		if err != nil {
			return "", err
		}
		if !p.due(t.now()) {
			return string(p.Access), nil
		}
		access, err := t.renew(ctx, row, p)
		if !errors.Is(err, errAgain) {
			return string(access), err
		}
	}
}

// newest reads the tokens of the allowed person who signed in last.
func (t *Tokens) newest(ctx context.Context, account string) (TokenRow, pair, error) {
	rows, err := t.store.LivingTokens(ctx, account)
	if err != nil {
		return TokenRow{}, pair{}, fmt.Errorf("read tokens: %w", err)
	}
	for _, row := range rows {
		if t.allowed(row.Key) {
			p, err := t.open(row)
			if t.unaccepted.has(account, p.Access) {
				p.Expires = t.now() // whatever it said
			}
			return row, p, err
		}
	}
	return TokenRow{}, pair{}, ErrSignInAgain
}

func (t *Tokens) seal(key UserKey, p pair) []byte {
	plain, err := json.Marshal(storedPair{string(p.Access), string(p.Refresh), p.Obtained, p.Expires, p.LongLived})
	if err != nil {
		panic("auth: a token pair does not marshal") // cannot happen but for years beyond 9999
	}
	return t.sealer.Seal(plain, key.Account, key.ID)
}

func (t *Tokens) open(row TokenRow) (pair, error) {
	plain, err := t.sealer.Open(row.Sealed, row.Key.Account, row.Key.ID)
	if err != nil {
		return pair{}, fmt.Errorf("open tokens: %w", err)
	}
	var s storedPair
	if json.Unmarshal(plain, &s) != nil {
		return pair{}, errors.New("open tokens: unexpected content")
	}
	return pair{Secret(s.Access), Secret(s.Refresh), s.Obtained, s.Expires, s.LongLived}, nil
}
