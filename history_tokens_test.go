package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"winnow/auth"
	"winnow/sandbox"
	"winnow/store"
)

// stageKeys seal the tokens of every stage.
var stageKeys = sync.OnceValues(func() (*auth.Keys, error) { return auth.ParseKeys("1:" + auth.GenerateKey()) })

// openTokens gives a process the program's own tokens, over the wires of the vendor.
func (s *stage) openTokens(calls *clients) *auth.Tokens {
	keys, err := stageKeys()
	s.ok(err)
	limits := tokenLimits()
	limits.Now, limits.Sleep = s.clock.now, s.sleep
	api := s.vendor.api.URL
	a, err := auth.New(auth.Options{
		ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret, AuthorizeURL: api + sandbox.AuthorizePath,
		TokenURL: api + sandbox.TokenPath, RedirectURL: api + "/oauth/callback", Store: &mortalTokens{s.db, s}, Keys: keys,
		Identify: calls.identify, TokenPace: tokenPace(store.NewGovernor(s.db, limits), sandbox.DefaultClientID),
		Dial: s.vendor.dial, Sleep: s.awaitRenewal, Now: s.clock.now, Log: slog.New(slog.DiscardHandler),
	})
	s.ok(err)
	return a.Tokens
}

// impatient marks the context of somebody who does not wait for a renewal under way.
type impatient struct{}

// awaitRenewal moves the clock instead of waiting, in steps that do not make ten minutes long.
func (s *stage) awaitRenewal(ctx context.Context, d time.Duration) error {
	if ctx.Value(impatient{}) != nil {
		return context.Canceled
	}
	return s.sleep(ctx, max(d, hangStep))
}

// connect is a person who signs in.
func (s *stage) connect() {
	pair, err := s.vendor.box.SignIn(sandbox.OwnerLogin, auth.Scopes...)
	s.ok(err)
	s.tokens.signedIn(pair)
	person := auth.User{Account: s.account, AccountName: "Main", ID: olivia.ID, Name: olivia.Name}
	s.ok(s.db.PutUser(context.Background(), person))
	s.ok(s.calls.tokens.Put(context.Background(), person.Key(), &oauth2.Token{
		AccessToken: pair.Access, RefreshToken: pair.Refresh, ExpiresIn: int64((24 * time.Hour).Seconds()),
	}))
	s.ok(s.tokens.look(s.witness.db))
}

// mortalTokens are the stored tokens of a process that can die in a renewal.
type mortalTokens struct {
	*store.DB
	stage *stage
}

func (m *mortalTokens) LeaseToken(ctx context.Context, ref auth.TokenRef, life time.Duration) (bool, error) {
	leased, err := m.DB.LeaseToken(ctx, ref, life)
	if leased && m.stage.vendor.reach(renewalLeased) {
		return false, errKilled
	}
	return leased, err
}

// ReplaceToken tells a process that has died that nothing was stored, which ends its work.
func (m *mortalTokens) ReplaceToken(ctx context.Context, ref auth.TokenRef, sealed []byte) (bool, error) {
	m.stage.vendor.reach(renewalAnswered)
	if m.stage.dead.Load() {
		return false, nil
	}
	replaced, err := m.DB.ReplaceToken(ctx, ref, sealed)
	m.stage.tokens.note(m.stage.tokens.look(m.stage.witness.db))
	m.stage.vendor.reach(renewalStored)
	return replaced, err
}

// tokenWitness looks what tokens the files hold whenever one is given out, used or presented.
type tokenWitness struct {
	mu      sync.Mutex
	account string
	held    []heldPair      // one after the other, as they were seen in the files
	stored  map[string]bool // access tokens that were
	signIns map[string]sandbox.Moment
	broken  []error // promises that were seen broken when a request came
	since   int     // the first of held that is of the present files
	after   int64   // the last request before the present files
}

// heldPair is a pair of tokens in the files, by fingerprints.
type heldPair struct {
	version         int64
	access, refresh string
}

func newTokenWitness(account string) *tokenWitness {
	return &tokenWitness{account: account, stored: map[string]bool{}, signIns: map[string]sandbox.Moment{}}
}

func (w *tokenWitness) signedIn(p sandbox.TokenPair) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signIns[sandbox.Fingerprint(p.Access)] = p.Issued
}

// look reads the tokens of the account.
func (w *tokenWitness) look(db *sql.DB) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err := readPair(db, w.account)
	if err != nil {
		return fmt.Errorf("look at the tokens: %w", err)
	}
	if n := len(w.held); n == w.since || w.held[n-1] != p {
		w.held = append(w.held, p)
		w.stored[p.access] = true
	}
	return nil
}

func readPair(db *sql.DB, account string) (p heldPair, err error) {
	keys, err := stageKeys()
	if err != nil {
		return p, err
	}
	sealer, err := keys.Sealer("tokens.sealed")
	if err != nil {
		return p, err
	}
	var user string
	var sealed []byte
	err = db.QueryRow(`SELECT user_id, version, sealed FROM tokens WHERE account = ?`, account).Scan(&user, &p.version, &sealed)
	if err != nil {
		return p, err
	}
	plain, err := sealer.Open(sealed, account, user)
	if err != nil {
		return p, err
	}
	var tokens struct{ Access, Refresh string }
	err = json.Unmarshal(plain, &tokens)
	p.access, p.refresh = sandbox.Fingerprint(tokens.Access), sandbox.Fingerprint(tokens.Refresh)
	return p, err
}

// used tells whether a request of the API comes with a token that was never stored.
func (w *tokenWitness) used(db *sql.DB, r *http.Request) error {
	err := w.look(db)
	w.mu.Lock()
	defer w.mu.Unlock()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if err == nil && !w.stored[sandbox.Fingerprint(token)] {
		err = fmt.Errorf("%s %s came with a token that is not stored", r.Method, r.URL.Path)
	}
	return err
}

// overlapped is a renewal that comes while another is in flight.
func overlapped(at time.Time) error {
	return fmt.Errorf("two renewals were in flight at %s", at.Format(time.TimeOnly))
}

// note keeps what was seen broken, if anything was.
func (w *tokenWitness) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.broken = append(w.broken, err)
	}
}

// reopen goes on with other files, which know nothing of what was presented.
func (w *tokenWitness) reopen(last int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since, w.after = len(w.held), last
}
