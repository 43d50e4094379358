package sandbox

import (
	"maps"
	"slices"
)

// void ends a grant: none of its tokens works any more.
func (a *authority) void(g *grant) {
	delete(a.access, g.access)
	maps.DeleteFunc(a.refresh, func(_ digest, t *refreshToken) bool { return t.grant == g })
}

// replaceEarlier makes this the signed-in grant of its user and client: with rotating tokens a new consent voids
// what an earlier one gave.
func (a *authority) replaceEarlier(g *grant) {
	key := signedIn{g.user.Login, g.client}
	if earlier := a.signed[key]; earlier != nil {
		a.void(earlier)
	}
	a.signed[key] = g
}

// revokeUser ends every grant of the user, and the codes that could start one.
func (a *authority) revokeUser(login string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.codes, func(_ digest, c *authCode) bool { return c.grant.user.Login == login })
	maps.DeleteFunc(a.access, func(_ digest, t *accessToken) bool { return t.grant.user.Login == login })
	maps.DeleteFunc(a.refresh, func(_ digest, t *refreshToken) bool { return t.grant.user.Login == login })
}

// expire voids the access token in an Authorization header.
func (a *authority) expire(header string) {
	value, _ := bearer(header)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.access, digestOf(value))
}

// expireUser voids the access tokens of the user.
func (a *authority) expireUser(login string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.access, func(_ digest, t *accessToken) bool { return t.grant.user.Login == login })
}

// forgetExpired drops what can no longer be used or reused.
func (a *authority) forgetExpired() {
	now := a.now()
	a.devices = slices.DeleteFunc(a.devices, func(d *device) bool { return now.Sub(d.expires) > deviceLife })
	maps.DeleteFunc(a.browser, func(_ digest, b *browserSession) bool { return !now.Before(b.expires) })
	maps.DeleteFunc(a.codes, func(_ digest, c *authCode) bool { return !now.Before(c.expires) })
	maps.DeleteFunc(a.access, func(_ digest, t *accessToken) bool { return !now.Before(t.expires) })
	maps.DeleteFunc(a.refresh, func(_ digest, t *refreshToken) bool { return !now.Before(t.expires) })
}
