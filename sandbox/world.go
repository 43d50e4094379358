package sandbox

import (
	"fmt"
	"slices"
)

// world is all that a reset makes anew.
type world struct {
	options   Options
	accounts  []*account
	members   []*member
	authority *authority
	limiter   *limiter
	// tokenLimiter is for the token endpoint, which has one of its own.
	tokenLimiter *limiter
}

func newWorld(o Options) *world {
	w := &world{
		options: o, accounts: seedAccounts(o), members: append(slices.Clone(named), seedOwners(o)...), authority: newAuthority(o),
		limiter:      newLimiter(o.RatePerSecond, o.RatePerDay, o.Now),
		tokenLimiter: newLimiter(o.TokensPerSecond, 0, o.Now),
	}
	if o.Chaos != nil && slices.ContainsFunc(o.Chaos.Rules, func(f Fault) bool { return f.Effect == IndexLag }) {
		w.keepPast()
	}
	return w
}

// keepPast has the accounts remember what an index that lags shows.
func (w *world) keepPast() {
	for _, a := range w.accounts {
		a.keepPast()
	}
}

func (s *Server) world() *world { return s.current.Load() }

// account finds an account by its encoded_account_id.
func (w *world) account(id string) (*account, bool) {
	for _, a := range w.accounts {
		if a.id == id {
			return a, true
		}
	}
	return nil, false
}

// Quirks are the switches that the server goes by at present.
func (s *Server) Quirks() Quirks { return s.world().options.Quirks }

// SetQuirks starts over like Reset, but with other quirks and the contacts and lists of the present seed. A later Reset
// brings those of New back.
func (s *Server) SetQuirks(q Quirks) {
	o := s.world().options
	o.Quirks = q
	s.become(o)
}

// Reset brings the server back to what New made of its options: contacts and lists as seeded, no activities, no tokens, no
// requests counted, no journal, no injected faults, and chaos at its beginning. Redirect URIs that were added stay, and the
// clock goes on from where it is. Requests in hand end in the world they began in.
func (s *Server) Reset() { s.become(s.options) }

// Reseed is Reset with other contacts and lists, in the meaning of the Options of these names; the quirks stay. A later
// Reset brings those of New back.
func (s *Server) Reseed(seed uint64, contacts, lists int) error {
	o := s.world().options
	o.Seed, o.Contacts, o.Lists = seed, orDefault(contacts, DefaultContacts), orDefault(lists, DefaultLists)
	if err := o.Validate(); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	s.become(o)
	return nil
}

func (s *Server) become(o Options) {
	o.Clients = s.world().authority.registered()
	s.current.Store(newWorld(o))
	s.faults.reset()
	s.journal.clear()
}
