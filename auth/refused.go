package auth

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// refusalPause is how soon after one refused token another one may be renewed for the same reason. Who is refused again within
// it has a connection that does not work, and renewing on would not end.
const refusalPause = time.Minute

// refusals remembers for each account the latest token that the API did not accept, by its hash. It is this process's own
// knowledge: another one learns it from its own call, and a restart from the next.
type refusals struct {
	mu     sync.Mutex
	latest map[string]refusal
}

type refusal struct {
	hash [sha256.Size]byte
	at   time.Time
}

// add notes a refused token and tells whether it is to be renewed.
func (r *refusals) add(account string, token Secret, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	hash := sha256.Sum256([]byte(token))
	last, known := r.latest[account]
	switch {
	case known && last.hash == hash:
		return true
	case known && now.Sub(last.at) < refusalPause:
		return false
	case r.latest == nil:
		r.latest = map[string]refusal{}
	}
	r.latest[account] = refusal{hash, now}
	return true
}

func (r *refusals) has(account string, token Secret) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, known := r.latest[account]
	return known && last.hash == sha256.Sum256([]byte(token))
}

// Refused is told that the API did not accept an access token of the account, and answers whether Access may have a better one.
// Access then renews it, once however many ask, or gives out the one that is stored by now. It answers no when the account's
// token before was refused less than a minute ago: a person has to sign in. Repeating it changes nothing.
func (t *Tokens) Refused(ctx context.Context, account, token string) bool {
	_, p, err := t.newest(ctx, account)
	if err != nil {
		return false
	}
	if p.Access != Secret(token) {
		return true // somebody renewed it or signed in meanwhile
	}
	renew := t.unaccepted.add(account, p.Access, t.now())
	t.log.WarnContext(ctx, "token was refused before its time", "account", account, "renewed", renew)
	return renew
}
