package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"winnow/auth"
)

// refuse says that the API did not accept a token and wants to be told whether another one may be better.
func (a *app) refuse(t *testing.T, token string, want bool) {
	t.Helper()
	if again := a.Tokens.Refused(t.Context(), ada.Account, token); again != want {
		t.Errorf("Refused = %v, want %v", again, want)
	}
}

func TestARefusedTokenIsRenewedBeforeItsTime(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(time.Hour)
	for range 3 { // calls that were under way with it
		a.refuse(t, first, true)
	}
	second := a.access(t)
	if second == first || a.access(t) != second {
		t.Error("not renewed, or not kept")
	}
	a.wantRequests(t, 2)
	a.refuse(t, first, true) // a late one: the stored one is another by now
	if a.access(t) != second {
		t.Error("renewed for a token that was replaced already")
	}
	a.wantRequests(t, 2)
}

func TestManyProcessesRenewARefusedTokenOnce(t *testing.T) {
	a := connected(t)
	first := a.access(t)
	a.clock.Advance(time.Hour)
	var replicas []*auth.Auth
	for range 4 {
		replica := newAuth(t, a.options)
		if !replica.Tokens.Refused(t.Context(), ada.Account, first) {
			t.Error("no other token")
		}
		replicas = append(replicas, replica)
	}
	if got := raceForToken(t, replicas); len(got) != 1 || got[first] > 0 {
		t.Errorf("%d different tokens, the refused one %d times", len(got), got[first])
	}
	a.wantRequests(t, 2)
	if n := a.provider.reused(); n != 0 {
		t.Errorf("%d refresh tokens were presented again", n)
	}
}

func TestATokenThatIsRefusedRightAfterARenewal(t *testing.T) {
	a := connected(t)
	a.refuse(t, a.access(t), true)
	second := a.access(t)
	for range 3 { // however often a page is loaded
		a.refuse(t, second, false)
		if a.access(t) != second {
			t.Error("renewed again at once")
		}
	}
	a.wantRequests(t, 2)
	a.clock.Advance(time.Minute)
	a.refuse(t, second, true)
	if a.access(t) == second {
		t.Error("not renewed after a minute")
	}
	a.wantRequests(t, 3)
}

func TestARefusedTokenIsNotGivenOutAgain(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(a *app)
		want  error
	}{
		"the token endpoint does not answer": {func(a *app) { a.provider.set(func(p *provider) { p.fault = dropping }) }, auth.ErrUnavailable},
		"the connection was withdrawn":       {func(a *app) { a.provider.set(func(p *provider) { clear(p.living) }) }, auth.ErrSignInAgain},
		"the store cannot be written":        {func(a *app) { a.store.set(func(f *fakeStore) { f.readOnly = true }) }, errDisk},
	} {
		t.Run(name, func(t *testing.T) {
			a := connected(t)
			first := a.access(t)
			a.clock.Advance(time.Hour)
			a.refuse(t, first, true)
			c.spoil(a)
			for range 2 {
				if token, err := a.Tokens.Access(t.Context(), ada.Account); !errors.Is(err, c.want) || token != "" {
					t.Errorf("Access = %q, %v, want %v", token, err, c.want)
				}
			}
		})
	}
}

func TestARefusedTokenOfAnUnknownAccount(t *testing.T) {
	if newApp(t).Tokens.Refused(t.Context(), "nobody", "token") {
		t.Error("another token is promised")
	}
}

// paced counts how often a request to the token endpoint was waited for, and can refuse it.
type paced struct {
	asked  int
	refuse error
}

func (p *paced) wait(context.Context) error {
	p.asked++
	return p.refuse
}

func TestEveryTokenRequestWaitsForItsTurn(t *testing.T) {
	p := &paced{}
	a := connected(t, func(o *auth.Options) { o.TokenPace = p.wait })
	a.clock.Advance(23 * time.Hour)
	a.access(t)
	a.access(t)
	if a.wantRequests(t, 2); p.asked != 2 {
		t.Errorf("waited %d times, want for the sign-in and the renewal", p.asked)
	}
}

func TestATurnThatDoesNotComeCostsNoTry(t *testing.T) {
	p := &paced{}
	a := connected(t, func(o *auth.Options) { o.TokenPace = p.wait })
	first := a.access(t)
	a.clock.Advance(22 * time.Hour)
	p.refuse = errors.New("no turn")
	for range 5 {
		if a.access(t) != first {
			t.Error("not the present token, which still works")
		}
		a.clock.Advance(time.Minute)
	}
	a.wantRequests(t, 1)
	p.refuse = nil
	if a.access(t) == first {
		t.Error("not renewed when its turn came")
	}
	a.wantRequests(t, 2)
}
