package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"winnow/sandbox"
)

// operatorFlags open the job queue's pages.
var operatorFlags = []string{"--ops-user", "ops", "--ops-password", "an operator's password"}

// operator asks with the operators' name and a password.
func operator(t *testing.T, method, url, password, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if password != "" {
		req.SetBasicAuth("ops", password)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

func TestTheJobsAreForOperatorsOnly(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t, operatorFlags...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin) // an owner's session opens nothing here
	for _, path := range []string{"/river/", "/river/api/jobs", "/river/api/queues", "/river/jobs/1"} {
		for password, want := range map[string]int{operatorFlags[3]: http.StatusOK, "a wrong password": http.StatusUnauthorized, "": http.StatusUnauthorized} {
			if path == "/river/api/jobs" && want == http.StatusOK {
				path += "?state=available"
			}
			if got, _ := operator(t, http.MethodGet, operations+path, password, ""); got != want {
				t.Errorf("%s with %q: %d, want %d", path, password, got, want)
			}
		}
		if got := ask(t, p.http, http.MethodGet, operations+path); got.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%s with a session: %s", path, got.Status)
		}
	}
	if got, _ := statusOf(t, operations+"/readyz"); got != http.StatusOK {
		t.Errorf("health without a password: %d", got)
	}
}

// TestNothingOnTheJobsPagesChangesAnything tries everything that River's pages can do to jobs and queues.
func TestNothingOnTheJobsPagesChangesAnything(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t, operatorFlags...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.upload(w, "one.csv", contactsFile(t, w, 1))
	p.submit("/confirm", map[string]string{"count": "1"})
	p.waitUntilEnded(browserPatience)
	for _, tried := range []struct{ method, path string }{
		{"POST", "jobs/retry"}, {"POST", "jobs/cancel"}, {"POST", "jobs/delete"}, {"PUT", "queues/advance/pause"},
		{"PUT", "queues/advance/resume"}, {"PATCH", "queues/advance"}, {"DELETE", "jobs/1"}, {"OPTIONS", "jobs"},
	} {
		status, text := operator(t, tried.method, operations+"/river/api/"+tried.path, operatorFlags[3], `{"ids":["1"]}`)
		if status != http.StatusMethodNotAllowed || !strings.Contains(text, "only show") {
			t.Errorf("%s %s: %d %s", tried.method, tried.path, status, text)
		}
	}
	_, text := operator(t, http.MethodGet, operations+"/river/api/queues", operatorFlags[3], "")
	var queues struct {
		Data []struct {
			Name     string  `json:"name"`
			PausedAt *string `json:"paused_at"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(text), &queues); err != nil || len(queues.Data) != 2 {
		t.Fatalf("queues: %v in %s", err, text)
	}
	for _, q := range queues.Data {
		if q.PausedAt != nil {
			t.Errorf("queue %s was paused", q.Name)
		}
	}
	if _, text := operator(t, http.MethodGet, operations+"/river/api/jobs?state=completed", operatorFlags[3], ""); strings.Contains(text, firstContact(w)) {
		t.Errorf("a job names a contact: %s", text)
	}
}

func TestTheJobsPagesWorkInABrowser(t *testing.T) {
	t.Parallel()
	w, operations := startWatched(t, operatorFlags...)
	b := newTab(t, &world{console: operations, api: w.api})
	b.do("take the password along", command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: map[string]any{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("ops:"+operatorFlags[3]))},
	}))
	b.open("/river/queues")
	b.until("the queues are shown", `document.body.innerText.includes("advance")`)
	b.sees("prepare")
	b.watch.forgive(`"script-src" "refused" "eval"`) // a library of theirs tries whether it may, and does without
}

// forgive forgets troubles that hold these words.
func (w *watch) forgive(words string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = slices.DeleteFunc(w.troubles, func(trouble string) bool { return strings.Contains(trouble, words) })
}
