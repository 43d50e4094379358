package main

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"winnow/auth"
	"winnow/sandbox"
	"winnow/sandbox/sandboxtest"
	"winnow/store"
)

const (
	// renewals are forced one after another.
	renewals = 200
	// racers ask each replica for a token at the same moment.
	racers = 4
)

// TestRenewalsRaceOnThreeReplicas forces 200 renewals of a token that may be presented once, while three replicas want it at
// the same moment. They are three stacks of store and auth in this process rather than three processes, which could not be
// forced that fast: an access token lives for a day, a second one that the API refuses within a minute is not renewed by
// design, and the token endpoint gets one request a second. So the clock of sandbox and replicas is moved; the database's
// clock, by which they lease the token, is its own, as is each one's pool of connections.
func TestRenewalsRaceOnThreeReplicas(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:8080/oauth/callback"
	box := sandboxtest.Start(t, sandbox.Options{Chaos: sandbox.Kind, Contacts: 10, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off,
		Clients: []sandbox.Client{{ID: "id", Secret: "secret", RedirectURIs: []string{back}}}})
	db, replicas := newStacks(t, box, back)
	signInOnce(t, box, db, replicas[0], back)
	before := ""
	for n := range renewals {
		rest := 23 * time.Hour // the present one works for another hour
		if n%2 == 1 {
			rest = 25 * time.Hour // nobody has one that works
		}
		if err := box.Clock().Advance(rest); err != nil {
			t.Fatal(err)
		}
		token := race(t, replicas)
		if token == before {
			t.Fatalf("renewal %d gave the same token again", n+1)
		}
		before = token
		wantAccepted(t, box, token)
	}
	ends := map[int]int{}
	for _, r := range box.Journal() {
		if r.Path == sandbox.TokenPath {
			ends[r.Status]++
		}
	}
	if len(ends) != 1 || ends[http.StatusOK] != renewals+1 {
		t.Errorf("requests to the token endpoint by status: %v, want %d of 200 and the sign-in's", ends, renewals)
	}
}

// newStacks are three replicas, as far as tokens go, and the store of one of them.
func newStacks(t *testing.T, box *sandboxtest.Instance, back string) (*store.DB, []*auth.Auth) {
	t.Helper()
	shared := onPostgres(t)
	keys, err := auth.ParseKeys(shared[3])
	if err != nil {
		t.Fatal(err)
	}
	var db *store.DB
	var all []*auth.Auth
	for range 3 {
		db, err = store.Open(t.Context(), store.Options{URL: shared[1], Path: filepath.Join(t.TempDir(), "winnow.db")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(closer(t, db))
		a, err := auth.New(auth.Options{
			ClientID: "id", ClientSecret: "secret", AuthorizeURL: box.AuthURL, TokenURL: box.TokenURL, RedirectURL: back,
			Store: db, Keys: keys, Identify: (&clients{}).identify, Now: box.Clock().Now,
			Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return db, all
}

func closer(t *testing.T, db *store.DB) func() {
	return func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// signInOnce has the owner allow the application, and stores the tokens.
func signInOnce(t *testing.T, box *sandboxtest.Instance, db *store.DB, a *auth.Auth, back string) {
	t.Helper()
	application := &oauth2.Config{
		ClientID: "id", ClientSecret: "secret", RedirectURL: back, Scopes: auth.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: box.AuthURL, TokenURL: box.TokenURL, AuthStyle: oauth2.AuthStyleInHeader},
	}
	code := box.Allow(t, application.AuthCodeURL("state"), sandbox.OwnerLogin).Query().Get("code")
	token, err := application.Exchange(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	olivia := auth.User{Account: sandbox.MainAccount, AccountName: "Main", ID: "olivia", Name: sandbox.OwnerLogin}
	if err := db.PutUser(t.Context(), olivia); err != nil {
		t.Fatal(err)
	}
	if err := a.Tokens.Put(t.Context(), olivia.Key(), token); err != nil {
		t.Fatal(err)
	}
}

// race has all replicas want the token, several times each, and returns the one that all of them got.
func race(t *testing.T, replicas []*auth.Auth) string {
	t.Helper()
	got := make(chan string, racers*len(replicas))
	var group sync.WaitGroup
	for _, a := range replicas {
		for range racers {
			group.Go(func() {
				token, err := a.Tokens.Access(t.Context(), sandbox.MainAccount)
				if err != nil {
					t.Errorf("a token: %v", err)
				}
				got <- token
			})
		}
	}
	group.Wait()
	first := <-got
	for range cap(got) - 1 {
		if other := <-got; other != first {
			t.Fatal("replicas got different tokens")
		}
	}
	return first
}

// wantAccepted uses a token.
func wantAccepted(t *testing.T, box *sandboxtest.Instance, token string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, box.APIBase+"/account/summary", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the API answers the token %s", res.Status)
	}
}
