package sandbox

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is the sandbox: an http.Handler that answers as Constant Contact's OAuth2 server (under /oauth2) and as
// its API (under /v3). It is safe for concurrent use and keeps everything in memory.
type Server struct {
	options   Options
	clock     *Clock
	started   time.Time
	current   atomic.Pointer[world]
	faults    *faultPlan
	journal   *journal
	closed    chan struct{}
	closeOnce sync.Once
}

// New seeds a Server. It panics on options that do not Validate. The server runs no goroutine of its own:
// activities move on with the clock whenever somebody looks.
func New(o Options) *Server {
	if err := o.Validate(); err != nil {
		panic(fmt.Sprintf("sandbox: %v", err))
	}
	o = o.withDefaults()
	clock := newClock(o.Now)
	o.Now = clock.Now
	s := &Server{
		options: o,
		clock:   clock,
		started: clock.Now(),
		faults:  newFaultPlan(o.Seed, o.Chaos),
		closed:  make(chan struct{}),
	}
	s.journal = &journal{seed: o.Seed, since: s.since, maxEntries: o.JournalEntries, maxIDs: o.JournalIDs}
	s.current.Store(newWorld(o))
	return s
}

// since is the time since New by the server's clock.
func (s *Server) since() time.Duration { return s.clock.Now().Sub(s.started) }

// ServeHTTP answers both halves of the vendor; anything outside them is refused as the vendor's gateway does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); first {
	case "v3":
		s.serveAPI(w, r)
	case "oauth2":
		s.serveOAuth(w, r)
	default:
		x := s.open(w, r, nil)
		x.receive(maxForm)
		x.send(jsonReply(http.StatusForbidden, gatewayError{"Forbidden"}), "")
	}
}

// Clock is the server's time, for moving it.
func (s *Server) Clock() *Clock { return s.clock }

// Close lets go of every request that hangs in a fault. Requests go on being answered; closing twice does nothing.
// Call it before the Close of an httptest.Server, which waits for its requests.
func (s *Server) Close() {
	s.closeOnce.Do(func() { close(s.closed) })
}

// Inject adds a fault behind those already there. See Injection for following and removing it.
func (s *Server) Inject(f Fault) *Injection {
	if f.Effect == IndexLag {
		s.world().keepPast()
	}
	return s.faults.inject(f)
}

// Faults are the faults at work, in the order in which they are tried: injected ones, then those of Options.Chaos, whose
// ID is below zero.
func (s *Server) Faults() []*Injection { return s.faults.injections() }

// ClearFaults removes every fault, those of Options.Chaos too. Requests that hang in one go on hanging.
func (s *Server) ClearFaults() { s.faults.clear() }

// Journal returns copies of the requests remembered, oldest first.
func (s *Server) Journal() []Request { return s.journal.after(0) }

// JournalAfter returns copies of the requests with a Seq above seq, oldest first.
func (s *Server) JournalAfter(seq int64) []Request { return s.journal.after(seq) }

// Drain waits, by the server's clock, until no account has an unfinished activity, or until the context ends; it
// returns the context's error then. A stalled activity keeps it waiting.
func (s *Server) Drain(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for s.queued() > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("drain the activity queues: %w", ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// Settle ends every queued activity at once, as if its time had come. Stalled ones, and those behind them, stay.
func (s *Server) Settle() {
	for _, a := range s.world().accounts {
		a.settle()
	}
}

func (s *Server) queued() int {
	n := 0
	for _, a := range s.world().accounts {
		n += a.queued()
	}
	return n
}

// account finds an account by its encoded_account_id.
func (s *Server) account(id string) (*account, bool) { return s.world().account(id) }

// Contact looks a contact up by its id, in any spelling of it; a deleted one is found too.
func (s *Server) Contact(accountID, contactID string) (Contact, bool) {
	a, ok := s.account(accountID)
	if !ok {
		return Contact{}, false
	}
	return a.contact(contactID)
}

// Contacts yields every contact of the account, deleted ones included, newest first. It is no snapshot: requests
// served meanwhile show in what comes later.
func (s *Server) Contacts(accountID string) iter.Seq[Contact] {
	return func(yield func(Contact) bool) {
		if a, ok := s.account(accountID); ok {
			a.all(yield)
		}
	}
}

// Lists returns the lists of the account, newest first; nil for an unknown account.
func (s *Server) Lists(accountID string) []List {
	if a, ok := s.account(accountID); ok {
		return a.allLists()
	}
	return nil
}

// Members returns the ids of the contacts on a list, newest first; nil for an unknown list.
func (s *Server) Members(accountID, listID string) []string {
	if a, ok := s.account(accountID); ok {
		return a.members(listID)
	}
	return nil
}

// Activities returns the activities of the account that are younger than ten days, newest first.
func (s *Server) Activities(accountID string) []Activity {
	if a, ok := s.account(accountID); ok {
		return a.allActivities()
	}
	return nil
}

// Counts sums the server up.
func (s *Server) Counts() Counts {
	c := Counts{Accounts: make(map[string]AccountCounts), OAuth: s.world().authority.counts()}
	for _, a := range s.world().accounts {
		c.Accounts[a.id] = a.countAll()
	}
	return c
}

// Users returns everybody who can sign in: those of the main account first, its owner first of all.
func (s *Server) Users() []User { return s.world().users() }

// AddRedirectURI registers one more redirect URI for a client, as its developer would in the vendor's portal.
// Adding one twice does nothing.
func (s *Server) AddRedirectURI(clientID, uri string) error {
	if err := checkRedirectURI(uri); err != nil {
		return err
	}
	return s.world().authority.addRedirectURI(clientID, uri)
}

// IssueToken gives an access token of the first client without the browser's way round. Unlike a sign-in it
// leaves the user's earlier tokens alone.
func (s *Server) IssueToken(login string, scopes ...string) (string, error) {
	user, ok := s.world().member(login)
	if !ok {
		return "", errors.New("no such user in the sandbox")
	}
	return s.world().authority.issueAlone(user, scopes)
}

// TokenPair is what a sign-in gives.
type TokenPair struct {
	Access, Refresh string
	// Issued is its place among the moments of the journal.
	Issued Moment
}

// SignIn gives a pair of tokens of the first client without the browser's way round. As a sign-in does at a client with rotating
// refresh tokens, it voids what the user's sign-in before it gave.
func (s *Server) SignIn(login string, scopes ...string) (TokenPair, error) {
	user, ok := s.world().member(login)
	if !ok {
		return TokenPair{}, errors.New("no such user in the sandbox")
	}
	t, err := s.world().authority.signIn(user, scopes)
	return TokenPair{Access: t.access, Refresh: t.refresh, Issued: s.journal.now()}, err
}

// Revoke voids every access and refresh token of the user, as revoking the connection in the vendor's settings does.
func (s *Server) Revoke(login string) { s.world().authority.revokeUser(login) }

// ExpireAccessTokens voids the access tokens of the user and leaves the refresh tokens good.
func (s *Server) ExpireAccessTokens(login string) { s.world().authority.expireUser(login) }
