package store_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"winnow/auth"
	"winnow/store"
)

// renewing is a token endpoint that counts its requests.
type renewing struct{ requests atomic.Int64 }

func (r *renewing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n := strconv.FormatInt(r.requests.Add(1), 10)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{
		"access_token": "canary-access-" + n, "refresh_token": "canary-refresh-" + n, "expires_in": 86400,
	})
}

// newAuths makes several Auths on one database whose clock is an hour short of the first tokens' end.
func newAuths(t *testing.T, db *store.DB, endpoint http.Handler, n int) []*auth.Auth {
	t.Helper()
	srv := httptest.NewServer(endpoint)
	t.Cleanup(srv.Close)
	keys, err := auth.ParseKeys("1:" + auth.GenerateKey())
	must(t, err)
	options := auth.Options{
		ClientID: "id", ClientSecret: "canary-secret", AuthorizeURL: srv.URL, TokenURL: srv.URL, RedirectURL: srv.URL,
		Store: db, Keys: keys,
		Identify: func(context.Context, string) (auth.Profile, error) { return auth.Profile{}, nil },
	}
	var auths []*auth.Auth
	for range n {
		a, err := auth.New(options)
		must(t, err)
		auths = append(auths, a)
	}
	tok := &oauth2.Token{AccessToken: "canary-access", RefreshToken: "canary-refresh", ExpiresIn: 86400}
	must(t, auths[0].Tokens.Put(t.Context(), ada.Key(), tok))
	later := options
	later.Now = func() time.Time { return time.Now().Add(23 * time.Hour) }
	for i := range auths {
		auths[i], err = auth.New(later)
		must(t, err)
	}
	return auths
}

func TestManyAuthsOnOneDatabaseRenewOnce(t *testing.T) {
	db, path := openAuth(t)
	endpoint := &renewing{}
	var group sync.WaitGroup
	for _, a := range newAuths(t, db, endpoint, 6) {
		for range 8 {
			group.Go(func() {
				if token, err := a.Tokens.Access(t.Context(), ada.Account); token != "canary-access-1" || err != nil {
					t.Errorf("Access = %q, %v", token, err)
				}
			})
		}
	}
	group.Wait()
	if n := endpoint.requests.Load(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	wantNoCanary(t, path)
}

// wantNoCanary reads everything next to the database, or all tokens in it.
func wantNoCanary(t *testing.T, path string) {
	t.Helper()
	if strings.HasPrefix(path, "postgres://") {
		r := openRaw(t, path)
		if n := one[int](r, `SELECT count(*) FROM tokens WHERE position('canary' IN encode(sealed, 'escape')) > 0`); n != 0 {
			t.Errorf("a secret stands readable in %d rows of tokens", n)
		}
		return
	}
	files, err := filepath.Glob(path + "*")
	must(t, err)
	if len(files) < 2 {
		t.Errorf("only %v: no write-ahead log to look into", files)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		if strings.Contains(string(content), "canary") {
			t.Errorf("a secret stands readable in %s", filepath.Base(file))
		}
	}
}
