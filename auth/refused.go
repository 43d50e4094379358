package auth

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// freshFor is how long a token that the API does not accept is young enough for another one to be no better. It also bounds
// renewals: one a minute and account, however many pages ask.
const freshFor = time.Minute

// refusals remembers for each account the latest token that the API did not accept, by its hash. It is this process's own
// knowledge: another one learns it from its own call, and a restart from the next.
type refusals struct {
	mu     sync.Mutex
	latest map[string][sha256.Size]byte
}

func (r *refusals) add(account string, token Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.latest == nil {
		r.latest = map[string][sha256.Size]byte{}
	}
	r.latest[account] = sha256.Sum256([]byte(token))
}

func (r *refusals) has(account string, token Secret) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	hash, known := r.latest[account]
	return known && hash == sha256.Sum256([]byte(token))
}

// Refused is told that the API did not accept an access token of the account, and answers whether Access may have a better one.
// Access then renews it, once however many ask, or gives out the one that is stored by now. It answers no for a token that was
// obtained within the last minute: a renewal would bring one that is no better, so a person has to sign in. Repeating it
// changes nothing.
func (t *Tokens) Refused(ctx context.Context, account, token string) bool {
	_, p, err := t.newest(ctx, account)
	if err != nil {
		return false
	}
	if p.Access != Secret(token) {
		return true // somebody renewed it or signed in meanwhile
	}
	if t.now().Sub(p.Obtained) < freshFor {
		return false
	}
	t.unaccepted.add(account, p.Access)
	t.log.WarnContext(ctx, "token was refused before its time, it is renewed", "account", account)
	return true
}
