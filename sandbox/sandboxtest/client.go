package sandboxtest

import (
	"net/http"
	"net/url"
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
// no redirects and gives up after ten seconds.
func (i *Instance) Client(t testing.TB, login string, scopes ...string) *http.Client {
	t.Helper()
	root, err := url.Parse(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{
		Timeout:       clientTimeout,
		Transport:     &signedIn{host: root.Host, token: i.Token(t, login, scopes...)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// OwnerClient is Client for the owner of the main account.
func (i *Instance) OwnerClient(t testing.TB) *http.Client {
	t.Helper()
	return i.Client(t, sandbox.OwnerLogin)
}

// signedIn adds a token to requests for one host.
type signedIn struct{ host, token string }

func (s *signedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == s.host {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	return http.DefaultTransport.RoundTrip(r)
}
