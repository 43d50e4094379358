package constantcontact_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	cc "winnow/constantcontact"
)

const (
	// basePath is not empty, so that a path that starts from the root fails loudly.
	basePath = "/some/base"

	testToken = "test-token-0123456789"

	contactID  = "c36c8dda-bc12-11f1-aa3a-02420a320002"
	listID     = "c3639a04-bc12-11f1-aa3a-02420a320002"
	activityID = "9390ec42-bc34-11f1-94f6-02420a320002"
)

// fakeAPI is a server that answers what a test tells it to and remembers what it was asked.
type fakeAPI struct {
	*http.ServeMux
	URL string

	mu       sync.Mutex
	requests []*http.Request
}

// ServeHTTP remembers the request before it answers.
func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r)
	f.mu.Unlock()
	f.ServeMux.ServeHTTP(w, r)
}

func (f *fakeAPI) seen() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// answer makes the server answer a pattern below the base path with a body.
func (f *fakeAPI) answer(pattern string, status int, body string) {
	f.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// setup starts a fake API and a client of it. Each change may alter the client's options.
func setup(t *testing.T, changes ...func(*cc.Options)) (*cc.Client, *fakeAPI) {
	t.Helper()
	fake := &fakeAPI{ServeMux: http.NewServeMux()}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	fake.URL = server.URL + basePath + "/v3"
	return newClient(t, fake.URL, changes...), fake
}

func newClient(t *testing.T, baseURL string, changes ...func(*cc.Options)) *cc.Client {
	t.Helper()
	options := cc.Options{BaseURL: baseURL, Development: true, Token: staticToken}
	for _, change := range changes {
		change(&options)
	}
	client, err := cc.New(options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func staticToken(context.Context) (string, error) { return testToken, nil }

// sample returns a captured body.
func sample(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// route is the pattern of a path under the base path.
func route(method, path string) string { return method + " " + basePath + "/v3" + path }

// collect gathers an iterator up to its error.
func collect[T any](seq func(yield func(T, error) bool)) (items []T, err error) {
	for item, failed := range seq {
		if failed != nil {
			err = failed
			continue // a second item after an error would be caught by the caller's comparison
		}
		items = append(items, item)
	}
	return items, err
}

func pointer[T any](value T) *T { return &value }
