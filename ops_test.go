package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"winnow/auth"
	"winnow/sandbox"
)

// statusOf asks once and gives the status and the text.
func statusOf(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(text))
}

func TestFiguresAreOnTheListenerForOperationsOnly(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t)
	for url, want := range map[string]int{
		operations + "/metrics":      http.StatusOK,
		operations + "/healthz":      http.StatusOK,
		operations + "/readyz":       http.StatusOK,
		operations + "/":             http.StatusNotFound,
		operations + "/deletions":    http.StatusNotFound,
		operations + "/river/":       http.StatusNotFound,
		operations + "/debug/pprof/": http.StatusNotFound,
		w.console + "/metrics":       http.StatusNotFound,
		w.console + "/river/":        http.StatusNotFound,
		w.console + "/healthz":       http.StatusOK,
		w.console + "/readyz":        http.StatusOK,
	} {
		if got, _ := statusOf(t, url); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
	if got := ask(t, http.DefaultClient, http.MethodPost, operations+"/metrics"); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", got.Status)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := ask(t, http.DefaultClient, http.MethodGet, operations+"/readyz").Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestATakenAddressForOperationsIsAnError(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = run(t.Context(), []string{"--listen", freeAddress(t), "--ops-listen", taken.Addr().String()}, noEnvironment, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--ops-listen") {
		t.Errorf("got %v", err)
	}
}

// health is the command `winnow healthcheck`.
func health(t *testing.T, operations string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), []string{"healthcheck", "--ops-listen", strings.TrimPrefix(operations, "http://")}, noEnvironment, &out)
	return out.String(), err
}

func TestTheHealthcheckSaysWhatReadyzSays(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t)
	if out, err := health(t, operations); out != "ready\n" || err != nil {
		t.Errorf("running: %q, %v", out, err)
	}
	w.stop()
	if out, err := health(t, operations); out != "" || err == nil {
		t.Errorf("stopped: %q, %v", out, err)
	}
	broken := httptest.NewServer(operationsHandler(http.NotFoundHandler(), func(context.Context) error { return errors.New("disk") }, slog.New(slog.DiscardHandler)))
	defer broken.Close()
	if _, err := health(t, broken.URL); err == nil || err.Error() != "not ready: down" {
		t.Errorf("not ready: %v", err)
	}
}

func TestTheHealthcheckAsksThisMachine(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:1": "127.0.0.1:1", "0.0.0.0:1": "localhost:1", "[::]:1": "localhost:1", ":1": "localhost:1", "ops.internal:1": "ops.internal:1",
	} {
		if got, err := nearest(listen); got != want || err != nil {
			t.Errorf("%s: %q, %v", listen, got, err)
		}
	}
	if _, err := nearest("off"); err == nil {
		t.Error("off: no error")
	}
}

// rekeying is the command `winnow rekey` with keys from a variable.
func rekeying(t *testing.T, dir, keys string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), []string{"rekey", "--data-dir", dir}, func(name string) string {
		if name == "WINNOW_KEYS" {
			return keys
		}
		return ""
	}, &out)
	return out.String(), err
}

// TestAnOldKeyCanBeRemovedAfterRekey walks the way of docs/operations.md: add a key, rekey, remove the old one; the person
// stays signed in, and Winnow connected.
func TestAnOldKeyCanBeRemovedAfterRekey(t *testing.T) {
	t.Parallel()
	dir, first, second := t.TempDir(), "1:"+auth.GenerateKey(), "2:"+auth.GenerateKey()
	w := newWorld(t, quick(), append(hasty, "--data-dir", dir, "--keys", first)...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	if _, err := rekeying(t, dir, second+","+first); err == nil || !strings.Contains(err.Error(), "another Winnow process") {
		t.Errorf("while the console runs: %v", err)
	}
	w.stop()

	if out, err := rekeying(t, dir, second); err == nil || !strings.Contains(err.Error(), "open with none of the keys") || !strings.Contains(out, "0 sealed anew") {
		t.Errorf("without the old key: %q, %v", out, err)
	}
	for _, step := range []struct{ what, tokens, sessions string }{
		{"first", "tokens    1 sealed anew, 0 with", "sessions  1 sealed anew, 0 with"},
		{"repeated", "tokens    0 sealed anew, 1 with", "sessions  0 sealed anew, 1 with"},
	} {
		out, err := rekeying(t, dir, second+","+first)
		if err != nil || !strings.Contains(out, step.tokens) || !strings.Contains(out, step.sessions) {
			t.Errorf("%s: %q, %v", step.what, out, err)
		}
	}
	stop := startConsole(t, w.console, w.api.URL, append(hasty, "--plain-http", "--data-dir", dir, "--keys", second)...)
	defer stop()
	p.open(w.console + "/lists")
	p.submit("/lists/refresh", nil)
	p.sees("Read from Constant Contact at", "Select all 12 lists")
}

func TestRekeyMakesNeitherADatabaseNorAKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "no-such-folder")
	for name, c := range map[string]struct{ keys, says string }{
		"no database":   {"1:" + auth.GenerateKey(), "find the database"},
		"no key":        {"", "master keys"},
		"a useless key": {"1:hush", "master keys"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rekeying(t, dir, c.keys)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v", err)
			}
			if found, _ := filepath.Glob(dir + "*"); len(found) > 0 {
				t.Errorf("it made %v", found)
			}
		})
	}
}

func TestARekeyUsesTheKeyOfTheDataFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, quick(), append(hasty, "--data-dir", dir)...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	w.stop()
	if out, err := rekeying(t, dir, ""); err != nil || !strings.Contains(out, "tokens    0 sealed anew, 1 with the newest") {
		t.Errorf("got %q, %v", out, err)
	}
}
