package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"winnow/auth"
)

// connected is an app whose account is connected with a token obtained just now, lasting a day.
func connected(t *testing.T, change ...func(*auth.Options)) *app {
	t.Helper()
	a := newApp(t, change...)
	a.browser(t).signIn()
	return a
}

// access asks for a token and wants one.
func (a *app) access(t *testing.T) string {
	t.Helper()
	token, err := a.Tokens.Access(t.Context(), ada.Account)
	if err != nil {
		t.Fatalf("Access: %v", err)
	}
	return token
}

// wantRequests compares the number of token requests, the one at sign-in included.
func (a *app) wantRequests(t *testing.T, want int) {
	t.Helper()
	if n := len(a.provider.seen()); n != want {
		t.Errorf("%d token requests, want %d", n, want)
	}
}

// wantSignInAgain asks for a token that must not be there.
func (a *app) wantSignInAgain(t *testing.T) {
	t.Helper()
	if token, err := a.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, auth.ErrSignInAgain) || token != "" {
		t.Errorf("Access = %q, %v, want ErrSignInAgain", token, err)
	}
}

func TestTokenIsRenewedTwoHoursBeforeItsEnd(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(22*time.Hour - time.Second)
	if got := a.access(t); got != first {
		t.Error("renewed too early")
	}
	a.wantRequests(t, 1)
	a.clock.Advance(time.Second)
	second := a.access(t)
	if second == first {
		t.Error("not renewed")
	}
	if again := a.access(t); again != second {
		t.Error("the renewed token was not kept")
	}
	a.wantRequests(t, 2)
	request := a.provider.seen()[1]
	if !strings.HasPrefix(request.authorization, "Basic ") || strings.Contains(request.body, clientSecret) ||
		request.form.Get("grant_type") != "refresh_token" {
		t.Errorf("renewed with %q and form %v", request.authorization, request.form)
	}
}

func TestTokenLife(t *testing.T) {
	start := newClock().Now()
	tests := map[string]struct {
		expiresIn       any
		fresh, dueAfter time.Duration // not renewed at the first, renewed at the second
	}{
		"a day":                    {86400, 22*time.Hour - time.Second, 22 * time.Hour},
		"a day as text":            {"86400", 22*time.Hour - time.Second, 22 * time.Hour},
		"not told":                 {nil, 22*time.Hour - time.Second, 22 * time.Hour},
		"eight hours":              {28800, 6*time.Hour - time.Second, 6 * time.Hour},
		"one hour":                 {3600, 30*time.Minute - time.Second, 30 * time.Minute},
		"ten seconds":              {10, 4 * time.Second, 5 * time.Second},
		"an epoch time in one day": {start.Add(24 * time.Hour).Unix(), 22*time.Hour - time.Second, 22 * time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			a.provider.set(func(p *provider) { p.expiresIn = test.expiresIn })
			a.browser(t).signIn()
			a.clock.Advance(test.fresh)
			a.access(t)
			a.wantRequests(t, 1)
			a.clock.Advance(test.dueAfter - test.fresh)
			a.access(t)
			a.wantRequests(t, 2)
		})
	}
}

func TestManyProcessesSpendARefreshTokenOnce(t *testing.T) {
	a := connected(t)
	var replicas []*auth.Auth
	for range 6 {
		replicas = append(replicas, newAuth(t, a.options))
	}
	const rounds = 10
	for round := range rounds {
		a.clock.Advance(23 * time.Hour)
		got := raceForToken(t, replicas)
		if len(got) != 1 {
			t.Fatalf("round %d: %d different tokens, want 1", round, len(got))
		}
		a.wantRequests(t, 2+round)
	}
	if n := a.provider.reused(); n != 0 {
		t.Errorf("%d refresh tokens were presented again", n)
	}
}

// raceForToken asks in 8 goroutines for each replica and gives the different tokens that came.
func raceForToken(t *testing.T, replicas []*auth.Auth) map[string]int {
	t.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for _, replica := range replicas {
		for range 8 {
			group.Go(func() {
				token, err := replica.Tokens.Access(t.Context(), ada.Account)
				if err != nil {
					t.Errorf("Access: %v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				got[token]++
			})
		}
	}
	group.Wait()
	return got
}

func TestLongLivedRefreshTokenIsKept(t *testing.T) {
	tests := map[string]func(*provider){
		"returned again": func(p *provider) { p.longLived = true },
		"not returned":   func(p *provider) { p.longLived, p.noRefresh = true, true },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			a := connected(t)
			a.provider.set(change)
			for range 3 {
				a.clock.Advance(23 * time.Hour)
				a.access(t)
			}
			requests := a.provider.seen()
			if len(requests) != 4 || requests[1].form.Get("refresh_token") != requests[3].form.Get("refresh_token") {
				t.Errorf("%d requests, want 4 with one refresh token", len(requests))
			}
		})
	}
}

func TestRefusedRefreshTokenNeedsANewSignIn(t *testing.T) {
	a := connected(t)
	a.provider.set(func(p *provider) { clear(p.living) })
	a.clock.Advance(22 * time.Hour)
	a.wantSignInAgain(t)
	a.wantSignInAgain(t)
	a.wantRequests(t, 2)
	a.browser(t).signIn()
	a.access(t)
	a.wantRequests(t, 3)
}

func TestTokensOfTheOthersServeWhenOneIsDead(t *testing.T) {
	a := connected(t)
	a.provider.set(func(p *provider) { p.claims = map[string]any{"sub": "bob"} })
	a.browser(t).signIn()
	bobs := a.access(t)
	latest := "canary-refresh-4"
	a.provider.set(func(p *provider) { delete(p.living, latest) })
	a.clock.Advance(22 * time.Hour)
	if got := a.access(t); got == bobs {
		t.Error("still the dead one's")
	}
	requests := a.provider.seen()
	if len(requests) != 4 || requests[2].form.Get("refresh_token") != latest {
		t.Fatalf("%d requests, want 4 of which the third is refused", len(requests))
	}
	a.provider.set(func(p *provider) { clear(p.living) })
	a.clock.Advance(22 * time.Hour)
	a.wantSignInAgain(t)
}

func TestTokensOfWhoIsNotAllowedAreNotUsed(t *testing.T) {
	a := connected(t)
	a.options.AllowedUsers = []string{"u-bob"}
	*a.Auth = *newAuth(t, a.options)
	a.wantSignInAgain(t)
}

func TestUnknownAccountNeedsASignIn(t *testing.T) {
	newApp(t).wantSignInAgain(t)
}

func TestTokensSwappedInTheDatabase(t *testing.T) {
	a := connected(t)
	a.provider.set(func(p *provider) { p.claims = map[string]any{"sub": "bob"} })
	a.browser(t).signIn()
	a.store.set(func(f *fakeStore) {
		one, two := f.tokens[ada.Key()], f.tokens[auth.UserKey{Account: ada.Account, ID: "bob"}]
		one.row.Sealed, two.row.Sealed = two.row.Sealed, one.row.Sealed
	})
	if token, err := a.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, auth.ErrUnsealed) || token != "" {
		t.Errorf("Access: %v, want ErrUnsealed", err)
	}
}
