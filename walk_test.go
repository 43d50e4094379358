package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// deleteRoute is the sandbox's name of the request that deletes.
const deleteRoute = "POST /v3/activities/contact_delete"

// world is a console and a sandbox that know each other, both on real listeners of this machine.
type world struct {
	emulator *sandbox.Server
	api      *httptest.Server
	console  string // URL
	stop     func() // ends the console and waits for it
}

// newWorld starts both. Flags are added to those that connect them.
func newWorld(t *testing.T, o sandbox.Options, flags ...string) *world {
	t.Helper()
	return startWorld(t, "http://"+freeAddress(t), o, append([]string{"--plain-http"}, flags...)...)
}

// startWorld starts a sandbox, and a console at this URL.
func startWorld(t *testing.T, console string, o sandbox.Options, flags ...string) *world {
	t.Helper()
	w := &world{console: console}
	o.Clients = []sandbox.Client{{ID: "id", Secret: "secret", RedirectURIs: []string{w.console + "/oauth/callback"}}}
	w.emulator = sandbox.New(o)
	t.Cleanup(w.emulator.Close)
	w.api = httptest.NewServer(w.emulator)
	t.Cleanup(w.api.Close)
	w.stop = startConsole(t, w.console, w.api.URL, append([]string{"--data-dir", t.TempDir()}, flags...)...)
	t.Cleanup(func() {
		w.emulator.Close() // lets go of what hangs, for which the console waits
		w.stop()
	})
	return w
}

// startConsole runs the program in this process until the returned function is called.
func startConsole(t *testing.T, console, api string, flags ...string) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	args := append(consoleFlags(console, api), flags...)
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, args, noEnvironment, io.Discard) }()
	t.Cleanup(cancel)
	waitForConsole(t, console, ended)
	stopped := false
	return func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("console: %v", err)
		}
	}
}

func noEnvironment(string) string { return "" }

// consoleFlags connect a console with a sandbox. The log says errors only.
func consoleFlags(console, api string) []string {
	return []string{
		"--listen", strings.TrimPrefix(console, "http://"), "--public-url", console, "--log-level", "error", "--ops-listen", "off",
		"--client-id", "id", "--client-secret", "secret", "--development", "--api-url", api + "/v3",
		"--authorize-url", api + sandbox.AuthorizePath, "--token-url", api + sandbox.TokenPath,
	}
}

// waitForConsole returns when the console answers.
func waitForConsole(t testing.TB, console string, ended <-chan error) {
	t.Helper()
	eventually(t, 20*time.Second, "console answers", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("console ended: %v", err)
		default:
		}
		res, err := http.Get(console + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// eventually polls a condition of another process or goroutine that gives no signal.
func eventually(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); ; <-tick.C {
		if done() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
