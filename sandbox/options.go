package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Off switches a numeric option off where zero means its default.
const Off = -1

// Defaults of Options. The vendor's numbers come from
// https://developer.constantcontact.com/api_guide/rate_limits.html.
const (
	DefaultContacts       = 25_000
	DefaultAccounts       = 2
	DefaultOtherContacts  = 120
	DefaultLists          = 40
	DefaultSpeed          = 1.0
	DefaultRatePerSecond  = 4
	DefaultRatePerDay     = 10_000
	DefaultQueueLimit     = 1_000 // queued activities an account may have
	DefaultJournalEntries = 20_000
	DefaultJournalIDs     = 2_000_000 // contact ids and list ids kept in all entries together
	DefaultClientID       = "sandbox-client"
	DefaultClientSecret   = "sandbox-secret"
	DefaultElsewhere      = "http://elsewhere.invalid" // a name that can never exist, RFC 6761
)

// Client is an application registered with the OAuth2 server, as in the vendor's developer portal.
type Client struct {
	ID string
	// Secret is asked for at the token endpoint. Without one the client is public and has to use PKCE.
	Secret string
	// RedirectURIs are compared byte by byte, except that one "*" in the first label of the host stands for letters,
	// digits and hyphens, as in https://*.example.com/callback.
	RedirectURIs []string
	// LongLived keeps a refresh token good until it has not been used for 180 days. The default are rotating ones:
	// each is good once, and using one twice voids everything that came of it.
	LongLived bool
}

// Options says what a Server is seeded with and how strict it is. The zero value is usable: every zero field
// means its documented default.
type Options struct {
	// Seed picks the contacts, lists and memberships: the same Seed, Contacts and Lists give the same ids,
	// on every machine and at any time.
	Seed uint64
	// Contacts of the main account; default 25,000, Off for none.
	Contacts int
	// Accounts there are; default 2, at most 1,000. Each beyond the second has an owner of its own, whom Server.Users names.
	Accounts int
	// OtherContacts of each account but the main one; default 120, Off for none.
	OtherContacts int
	// Lists of the main account; default 40, Off for none. More than 1,000, the vendor's limit, are refused.
	Lists int

	// Clients that may ask for tokens. Default: one, DefaultClientID with DefaultClientSecret and no redirect
	// URI; add those with Server.AddRedirectURI once they are known.
	Clients []Client

	// Speed divides every duration of the activities: 1 is about 1 s + 10 ms a contact, 100 is a hundred times
	// faster. Default 1.
	Speed float64
	// QueueLimit is the number of unfinished activities an account may have before POST answers 429.
	// Default 1,000, Off for no limit.
	QueueLimit int

	// RatePerSecond and RatePerDay are admitted API requests of one client id in any sliding second and in a
	// UTC day. Defaults 4 and 10,000, Off for no limit.
	RatePerSecond int
	RatePerDay    int

	// TokensPerSecond are requests to the token endpoint that one client may make in any sliding second; more get
	// an empty 429 with a Retry-After. Default: no limit.
	TokensPerSecond int

	// Chaos makes the server misbehave by chance. Nil and Kind are no chaos; DefaultChaos is much of it.
	Chaos *Chaos
	// Elsewhere is the root URL, without a slash at the end, where redirects and hostile links lead: somebody
	// else's server. Default http://elsewhere.invalid, which nobody can reach.
	Elsewhere string

	// Quirks chooses between what was seen of the live service, what is documented and what is unknown.
	Quirks Quirks

	// JournalEntries and JournalIDs bound the journal; the oldest entries go first. Defaults 20,000 and
	// 2,000,000 (32 MB when full).
	JournalEntries int
	JournalIDs     int

	// Now is what Server.Clock goes by; default time.Now. Tests that move a clock by hand need no waiting anywhere,
	// because the sandbox has no timers of its own.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.Contacts = orDefault(o.Contacts, DefaultContacts)
	o.Accounts = orDefault(o.Accounts, DefaultAccounts)
	o.OtherContacts = orDefault(o.OtherContacts, DefaultOtherContacts)
	o.Lists = orDefault(o.Lists, DefaultLists)
	o.QueueLimit = orDefault(o.QueueLimit, DefaultQueueLimit)
	o.RatePerSecond = orDefault(o.RatePerSecond, DefaultRatePerSecond)
	o.RatePerDay = orDefault(o.RatePerDay, DefaultRatePerDay)
	o.JournalEntries = orDefault(o.JournalEntries, DefaultJournalEntries)
	o.JournalIDs = orDefault(o.JournalIDs, DefaultJournalIDs)
	if o.Speed == 0 {
		o.Speed = DefaultSpeed
	}
	if len(o.Clients) == 0 {
		o.Clients = []Client{{ID: DefaultClientID, Secret: DefaultClientSecret}}
	}
	if o.Elsewhere == "" {
		o.Elsewhere = DefaultElsewhere
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func orDefault(n, def int) int {
	switch {
	case n == 0:
		return def
	case n < 0:
		return 0
	}
	return n
}

const (
	// maxLists is the vendor's cap on contact lists in an account.
	maxLists = 1_000
	// maxAccounts is as many as four digits of an id and the 14 bits of a UUID's clock sequence have room for.
	maxAccounts = 1_000
)

// Validate reports every option that New could not honour.
func (o Options) Validate() error {
	var errs []error
	if o.Speed < 0 {
		errs = append(errs, fmt.Errorf("speed %v is negative", o.Speed))
	}
	if o.Lists > maxLists {
		errs = append(errs, fmt.Errorf("%d lists are more than the %d an account may have", o.Lists, maxLists))
	}
	if n := o.Accounts; n != 0 && (n < DefaultAccounts || n > maxAccounts) {
		errs = append(errs, fmt.Errorf("%d accounts are not between %d and %d", n, DefaultAccounts, maxAccounts))
	}
	seen := make(map[string]bool)
	for _, c := range o.Clients {
		if c.ID == "" || seen[c.ID] {
			errs = append(errs, fmt.Errorf("client id %q is empty or used twice", c.ID))
		}
		seen[c.ID] = true
		for _, uri := range c.RedirectURIs {
			if err := checkRedirectURI(uri); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if o.Chaos != nil {
		for _, rule := range o.Chaos.Rules {
			if err := rule.Validate(); err != nil {
				errs = append(errs, fmt.Errorf("chaos: %w", err))
			}
		}
	}
	if u, err := url.Parse(o.Elsewhere); err != nil || o.Elsewhere != "" && (u.Host == "" || u.Path != "") {
		errs = append(errs, fmt.Errorf("elsewhere %q is not the root URL of a server", o.Elsewhere))
	}
	return errors.Join(errs...)
}
