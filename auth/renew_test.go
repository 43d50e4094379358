package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"winnow/auth"
)

func TestLostAnswerIsNotAskedForAgainAtOnce(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.provider.set(func(p *provider) { p.after = dropping })
	a.clock.Advance(22 * time.Hour)
	for range 3 {
		if got := a.access(t); got != first {
			t.Error("not the present token, which works for two hours")
		}
	}
	a.wantRequests(t, 2)
	if body := a.provider.seen()[1].body; strings.Contains(body, clientSecret) {
		t.Error("the secret is in the body")
	}
	// Once more after the pause; the token turns out to be spent, so a person is needed.
	a.provider.set(func(p *provider) { p.after = nil })
	a.clock.Advance(minutes(1))
	a.wantSignInAgain(t)
	a.wantRequests(t, 3)
}

func TestSpentTokenIsPresentedAtMostTwice(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.provider.set(func(p *provider) { p.fault = dropping })
	a.clock.Advance(22 * time.Hour)
	for range 30 {
		if got := a.access(t); got != first {
			t.Error("not the present token")
		}
		a.clock.Advance(minutes(1))
	}
	a.wantRequests(t, 3)
	a.clock.Advance(minutes(90))
	a.wantSignInAgain(t)
	a.wantRequests(t, 3)
}

func TestLongLivedTokenIsPresentedUntilItWorks(t *testing.T) {
	a := connected(t)
	a.provider.set(func(p *provider) { p.longLived = true })
	a.clock.Advance(22 * time.Hour)
	a.access(t)
	a.provider.set(func(p *provider) { p.fault = dropping })
	a.clock.Advance(22 * time.Hour)
	for range 5 {
		a.access(t)
		a.clock.Advance(minutes(1))
	}
	a.wantRequests(t, 7)
	a.provider.set(func(p *provider) { p.fault = nil })
	a.access(t)
	a.wantRequests(t, 8)
}

func TestTroubleAtTheTokenEndpointPasses(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"service unavailable":               answering(http.StatusServiceUnavailable, "canary"),
		"too many requests, no body":        answering(http.StatusTooManyRequests, ""),
		"client not accepted":               faultOf(http.StatusUnauthorized, "invalid_client"),
		"error of the vendor's shape":       answering(http.StatusBadRequest, `{"errorCode":"E0000021"}`),
		"invalid_grant as a word in a page": answering(http.StatusBadGateway, "<p>invalid_grant</p>"),
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			a := connected(t)
			first := a.access(t)
			a.provider.set(func(p *provider) { p.fault = fault })
			a.clock.Advance(22 * time.Hour)
			for range 4 { // one request a minute, however many calls
				for range 3 {
					if got := a.access(t); got != first {
						t.Error("not the present token")
					}
				}
				a.clock.Advance(minutes(1))
			}
			a.wantRequests(t, 5)
			a.clock.Advance(2 * time.Hour)
			for range 2 {
				if _, err := a.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, auth.ErrUnavailable) {
					t.Errorf("with a token that has run out: %v, want ErrUnavailable", err)
				}
			}
			a.provider.set(func(p *provider) { p.fault = nil })
			a.clock.Advance(minutes(1))
			if a.access(t) == first {
				t.Error("not renewed after the trouble")
			}
		})
	}
}

func TestTokenEndpointOutOfReachCostsNoTry(t *testing.T) {
	a := connected(t)
	o := a.options
	o.TokenURL = "http://127.0.0.1:1/token"
	unreachable := newAuth(t, o)
	a.clock.Advance(25 * time.Hour)
	for range 5 {
		if _, err := unreachable.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("Access: %v, want ErrUnavailable", err)
		}
		a.clock.Advance(minutes(1))
	}
	a.access(t)
	a.wantRequests(t, 2)
}

func TestNoTokenRequestWhenTheStoreCannotBeWritten(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.store.set(func(f *fakeStore) { f.readOnly = true })
	a.clock.Advance(22 * time.Hour)
	if got := a.access(t); got != first {
		t.Error("not the present token")
	}
	a.clock.Advance(2 * time.Hour)
	if _, err := a.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, errDisk) {
		t.Errorf("Access: %v, want the store's error", err)
	}
	a.wantRequests(t, 1)
}

func TestRenewedTokenIsNotUsedBeforeItIsStored(t *testing.T) {
	a := connected(t)
	a.clock.Advance(22 * time.Hour)
	a.store.set(func(f *fakeStore) { f.replaces = 2 })
	token := a.access(t)
	a.store.set(func(f *fakeStore) {
		if f.replaces != 0 || f.tokens[ada.Key()].row.Version != 2 {
			t.Error("given out without being stored")
		}
	})
	if again := a.access(t); again != token {
		t.Error("another token is stored")
	}
	a.wantRequests(t, 2)
}

// lease takes the lease as a process does that is about to ask, and then dies.
func (a *app) lease(t *testing.T, name string) {
	t.Helper()
	ref := auth.TokenRef{Key: ada.Key(), Version: a.store.token(ada.Key()).Version, Lease: name}
	if ok, err := a.store.LeaseToken(t.Context(), ref, minutes(10)); !ok || err != nil {
		t.Fatalf("LeaseToken = %v, %v", ok, err)
	}
}

func TestCrashDuringARenewal(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(22 * time.Hour)
	a.lease(t, "dead process")
	a.clock.Advance(16 * time.Second)
	if got := a.access(t); got != first {
		t.Error("not the present token while the lease runs")
	}
	a.wantRequests(t, 1)
	a.clock.Advance(minutes(10))
	if got := a.access(t); got == first {
		t.Error("not renewed after the lease")
	}
	a.wantRequests(t, 2)
}

func TestTwoCrashesDuringRenewalsNeedASignIn(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(22 * time.Hour)
	for _, name := range []string{"first", "second"} {
		a.lease(t, name)
		a.clock.Advance(minutes(11))
	}
	if got := a.access(t); got != first {
		t.Error("not the present token, which still works")
	}
	a.clock.Advance(2 * time.Hour)
	a.wantSignInAgain(t)
	a.wantRequests(t, 1)
}

func TestAnswerAfterTheTokenWasGivenUpStillCounts(t *testing.T) {
	a := connected(t)
	a.clock.Advance(22 * time.Hour)
	a.lease(t, "first")
	a.clock.Advance(minutes(11))
	a.lease(t, "frozen")
	a.clock.Advance(3 * time.Hour)
	a.wantSignInAgain(t)
	row := a.store.token(ada.Key())
	ok, err := a.store.ReplaceToken(t.Context(), auth.TokenRef{Key: row.Key, Version: row.Version, Lease: "frozen"}, row.Sealed)
	if !ok || err != nil {
		t.Errorf("ReplaceToken = %v, %v", ok, err)
	}
}

func TestWaitingForARenewalElsewhere(t *testing.T) {
	a := connected(t)
	a.clock.Advance(22 * time.Hour)
	a.lease(t, "other process")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := a.Tokens.Access(ctx, ada.Account); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Access: %v, want the context's end", err)
	}
	a.wantRequests(t, 1)
}

func TestCallerWhoLeavesDoesNotLoseTheToken(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(22 * time.Hour)
	ctx, leave := context.WithCancel(t.Context())
	a.provider.set(func(p *provider) {
		p.fault = func(w http.ResponseWriter, _ *http.Request) {
			leave()
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"access_token":"renewed","refresh_token":"next","expires_in":86400}`))
		}
	})
	if token, err := a.Tokens.Access(ctx, ada.Account); token != "renewed" || err != nil {
		t.Errorf("Access = %q, %v", token, err)
	}
	if got := a.access(t); got == first || got != "renewed" {
		t.Errorf("stored is %q", got)
	}
	a.wantRequests(t, 2)
}

func TestSignInDuringARenewalWins(t *testing.T) {
	a := connected(t)
	a.clock.Advance(22 * time.Hour)
	a.provider.set(func(p *provider) {
		p.fault = func(w http.ResponseWriter, r *http.Request) {
			tok := &oauth2.Token{AccessToken: "signed-in", RefreshToken: "r", ExpiresIn: 86400}
			if err := a.Tokens.Put(r.Context(), ada.Key(), tok); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"access_token":"renewed","refresh_token":"next","expires_in":86400}`))
		}
	})
	for range 2 {
		if got := a.access(t); got != "signed-in" {
			t.Errorf("Access = %q, want the sign-in's", got)
		}
	}
	a.wantRequests(t, 2)
}

// TestARefusalDoesNotMakeUpForALostAnswer: the lost answer may have spent the token, whatever the server says to the next request.
func TestARefusalDoesNotMakeUpForALostAnswer(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(22 * time.Hour)
	for _, fault := range []http.HandlerFunc{dropping, answering(http.StatusServiceUnavailable, ""), dropping, nil, nil} {
		a.provider.set(func(p *provider) { p.fault = fault })
		if got := a.access(t); got != first {
			t.Error("not the present token")
		}
		a.clock.Advance(minutes(1))
	}
	a.wantRequests(t, 4)
}
