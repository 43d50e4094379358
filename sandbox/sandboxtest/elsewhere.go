package sandboxtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Visit is a request that came to the listener where hostile links lead.
type Visit struct {
	Method, URI string
	// Token says that it brought an Authorization header along.
	Token bool
}

// elsewhere is somebody else's server: nothing should ever come there.
type elsewhere struct {
	URL string

	mu     sync.Mutex
	visits []Visit
}

func newElsewhere(t testing.TB) *elsewhere {
	t.Helper()
	e := new(elsewhere)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

func (e *elsewhere) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.visits = append(e.visits, Visit{Method: r.Method, URI: r.URL.RequestURI(), Token: r.Header.Get("Authorization") != ""})
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{}`)) // the caller may be gone
}

// Visits are the requests that came to the other listener, in order.
func (i *Instance) Visits() []Visit {
	i.elsewhere.mu.Lock()
	defer i.elsewhere.mu.Unlock()
	return slices.Clone(i.elsewhere.visits)
}

// NobodyWentElsewhere fails the test when a redirect or a hostile link was followed to the other listener.
func (i *Instance) NobodyWentElsewhere(t testing.TB) {
	t.Helper()
	for _, v := range i.Visits() {
		with := "without a token"
		if v.Token {
			with = "with the access token"
		}
		t.Errorf("%s %s went to another host, %s", v.Method, v.URI, with)
	}
}
