package auth_test

import (
	"testing"
	"time"
)

// TestANewProcessLosesOneAnswerOnly renews as the first thing that a process does: x/oauth2 left to itself would find out how
// the endpoint wants the secret by presenting the refresh token twice.
func TestANewProcessLosesOneAnswerOnly(t *testing.T) {
	a := connected(t)
	a.clock.Advance(22 * time.Hour)
	a.provider.set(func(p *provider) { p.after = dropping })
	a.Auth = newAuth(t, a.options)
	a.access(t)
	a.wantRequests(t, 2)
}
