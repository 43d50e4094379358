package sandboxtest

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"winnow/sandbox"
)

// clientTimeout is how long a request of Instance.Client may take, so that one that hangs does not hold the test up.
const clientTimeout = 10 * time.Second

// Token issues an access token for a user, with the scopes of a console when none are named.
func (i *Instance) Token(t testing.TB, login string, scopes ...string) string {
	t.Helper()
	if len(scopes) == 0 {
		scopes = []string{"account_read", "contact_data"}
	}
	token, err := i.IssueToken(login, scopes...)
	if err != nil {
		t.Fatalf("issue a token for %s: %v", login, err)
	}
	return token
}

// Client is an HTTP client that is signed in, with the scopes of Token. It sends its token to the sandbox only, follows
// no redirects and gives up after ten seconds. When a fault has its token expire, it signs in again for what comes next;
// the 401 is the caller's to see.
func (i *Instance) Client(t testing.TB, login string, scopes ...string) *http.Client {
	t.Helper()
	root, err := url.Parse(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{
		Timeout:       clientTimeout,
		Transport:     &signedIn{box: i, host: root.Host, token: i.Token(t, login, scopes...), renew: func() string { return i.Token(t, login, scopes...) }},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// OwnerClient is Client for the owner of the main account.
func (i *Instance) OwnerClient(t testing.TB) *http.Client {
	t.Helper()
	return i.Client(t, sandbox.OwnerLogin)
}

// signedIn adds a token to requests for one host.
type signedIn struct {
	box   *Instance
	host  string
	renew func() string

	mu    sync.Mutex
	token string
}

func (s *signedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != s.host {
		return http.DefaultTransport.RoundTrip(r)
	}
	s.mu.Lock()
	token := s.token
	s.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && res.StatusCode == http.StatusUnauthorized && s.box.expired(res.Header.Get("x-amzn-requestid")) {
		s.signInAgain(token)
	}
	return res, err
}

// signInAgain does so once for all requests that had the same token.
func (s *signedIn) signInAgain(old string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == old {
		s.token = s.renew()
	}
}

// expired tells whether a fault made the token of that request expire.
func (i *Instance) expired(requestID string) bool {
	return slices.ContainsFunc(i.Journal(), func(r sandbox.Request) bool {
		return r.RequestID == requestID && r.Fault == sandbox.ExpireToken
	})
}
