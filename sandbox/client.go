package sandbox

import (
	"crypto/subtle"
	"fmt"
	"slices"
)

// client finds a client and tells whether the redirect URI is one of its own.
func (a *authority) client(id, redirectURI string) (c Client, known, redirectable bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.find(id)
	if found == nil {
		return Client{}, false, false
	}
	return *found, true, slices.ContainsFunc(found.RedirectURIs, func(registered string) bool {
		return redirectMatches(registered, redirectURI)
	})
}

func (a *authority) find(id string) *Client {
	for _, c := range a.clients {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// registered are the clients with all their redirect URIs.
func (a *authority) registered() []Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Client
	for _, c := range a.clients {
		copied := *c
		copied.RedirectURIs = slices.Clone(c.RedirectURIs)
		all = append(all, copied)
	}
	return all
}

func (a *authority) addRedirectURI(clientID, uri string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.find(clientID)
	if c == nil {
		return fmt.Errorf("no client %q in the sandbox", clientID)
	}
	if !slices.Contains(c.RedirectURIs, uri) {
		c.RedirectURIs = append(c.RedirectURIs, uri)
	}
	return nil
}

// authenticate tells whether the secret is the client's; a public client has none to give.
func (a *authority) authenticate(id, secret string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.find(id)
	return c != nil && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1
}
