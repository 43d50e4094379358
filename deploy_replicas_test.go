package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"winnow/auth"
	"winnow/store/pgtest"
)

// siteHost is the name under which browsers reach the composed console.
const siteHost = "winnow.example.org"

// composedReplica is one replica as compose.yaml and the Containerfile describe it, run without a container.
type composedReplica struct {
	address, operations string
	environment         map[string]string
	ended               chan error
}

// asComposed takes what the files say; only places outside of the container are others here: addresses, folders and secrets.
func asComposed(t *testing.T, name, secrets string) *composedReplica {
	t.Helper()
	r := &composedReplica{address: freeAddress(t), operations: freeAddress(t), environment: map[string]string{}, ended: make(chan error, 1)}
	places := strings.NewReplacer("0.0.0.0:8080", r.address, "0.0.0.0:9464", r.operations, "/run/secrets/", secrets+"/", "=/data", "="+t.TempDir())
	asked := regexp.MustCompile(`\$\{(\w+):\?[^}]*\}`)
	given := map[string]string{"SITE_HOST": siteHost, "CLIENT_ID": "the-api-key"}
	image := regexp.MustCompile(`(?m)^ENV (.*)$`).FindStringSubmatch(content(t, "Containerfile"))
	for setting := range strings.FieldsSeq(image[1]) {
		name, value, _ := strings.Cut(places.Replace(setting), "=")
		r.environment[name] = value
	}
	for name, value := range compose(t).Services[name].Environment {
		r.environment[name] = places.Replace(asked.ReplaceAllStringFunc(value, func(found string) string {
			return given[asked.FindStringSubmatch(found)[1]]
		}))
	}
	return r
}

func (r *composedReplica) getenv(name string) string { return r.environment[name] }

// signInPlace is where the sign-in form leads when it comes through the proxy.
func (r *composedReplica) signInPlace(t *testing.T) *url.URL {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.address+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = siteHost
	request.Header.Set("Origin", "https://"+siteHost)
	request.Header.Set("X-Forwarded-Proto", "https")
	res, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	place, err := res.Location()
	if err != nil {
		t.Fatalf("%s: %v", res.Status, err)
	}
	return place
}

func TestComposedReplicasStartOnOneEmptyDatabaseAndEnd(t *testing.T) {
	secrets := t.TempDir()
	for name, text := range map[string]string{
		"client_secret": "secret", "keys": "1:" + auth.GenerateKey(), "database_url": pgtest.Empty(t), "ops_password": "a password of an operator",
	} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	replicas := []*composedReplica{asComposed(t, "winnow-1", secrets), asComposed(t, "winnow-2", secrets)}
	for _, r := range replicas {
		go func() { r.ended <- run(ctx, nil, r.getenv, io.Discard) }()
	}
	for _, r := range replicas {
		waitForConsole(t, "http://"+r.operations, r.ended)
		if err := run(t.Context(), []string{"healthcheck"}, r.getenv, io.Discard); err != nil {
			t.Errorf("the image's health check: %v", err)
		}
		place := r.signInPlace(t)
		if back := place.Query().Get("redirect_uri"); back != "https://"+siteHost+"/oauth/callback" || place.Query().Get("client_id") != "the-api-key" {
			t.Errorf("the sign-in form leads to %s", place.Redacted())
		}
	}
	stop()
	for _, r := range replicas {
		if err := <-r.ended; err != nil {
			t.Errorf("the replica that was asked to end: %v", err)
		}
	}
}
