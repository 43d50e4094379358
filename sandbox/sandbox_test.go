package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"winnow/sandbox"
	"winnow/sandbox/sandboxtest"
)

// clock is a time that moves only when a test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, time.March, 9, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// api calls a sandbox as one user.
type api struct {
	*sandboxtest.Instance
	t     *testing.T
	clock *clock
	token string
}

// start runs a small sandbox without rate limits, on a clock of its own, and signs the owner in.
func start(t *testing.T, change func(*sandbox.Options)) *api {
	t.Helper()
	c := newClock()
	o := sandbox.Options{
		Contacts: 600, Now: c.Now, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off, Chaos: sandbox.Kind,
	}
	if change != nil {
		change(&o)
	}
	inst := sandboxtest.Start(t, o)
	return &api{Instance: inst, t: t, clock: c, token: inst.Token(t, sandbox.OwnerLogin)}
}

// as is the same sandbox for another user.
func (a *api) as(login string, scopes ...string) *api {
	other := *a
	other.token = a.Token(a.t, login, scopes...)
	return &other
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// send makes one request; path begins with /v3.
func (a *api) send(method, path, body string) (answer, error) {
	a.t.Helper()
	if body == "" {
		return a.sendAs("", method, path, body)
	}
	return a.sendAs("application/json", method, path, body)
}

// sendAs is send with a Content-Type of its own.
func (a *api) sendAs(contentType, method, path, body string) (answer, error) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

// do is send for requests that get through.
func (a *api) do(method, path, body string) answer {
	a.t.Helper()
	got, err := a.send(method, path, body)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

// get reads a JSON body that has to come with 200.
func (a *api) get(path string, into any) {
	a.t.Helper()
	got := a.do("GET", path, "")
	if got.status != http.StatusOK {
		a.t.Fatalf("GET %s answered %d: %s", path, got.status, got.body)
	}
	if err := json.Unmarshal([]byte(got.body), into); err != nil {
		a.t.Fatalf("GET %s: %v", path, err)
	}
}

// activity is the part of an activity body that tests look at.
type activity struct {
	ID          string   `json:"activity_id"`
	State       string   `json:"state"`
	StartedAt   string   `json:"started_at"`
	CompletedAt string   `json:"completed_at"`
	PercentDone int      `json:"percent_done"`
	Errors      []string `json:"activity_errors"`
	Status      struct {
		Total     *int `json:"items_total_count"`
		Completed *int `json:"items_completed_count"`
		Lists     *int `json:"list_count"`

		Persons     *int `json:"person_count"`
		Errors      *int `json:"error_count"`
		Correctable *int `json:"correctable_count"`
		Unlistable  *int `json:"cannot_add_to_list_count"`
	} `json:"status"`
	FileName string `json:"source_file_name"`
	Links    struct {
		Self    struct{ Href string }
		Results struct{ Href string }
	} `json:"_links"`
}

// remove posts a contact_delete that has to be accepted.
func (a *api) remove(kind string, ids ...string) activity {
	a.t.Helper()
	got := a.do("POST", "/v3/activities/contact_delete", deleteBody(kind, ids...))
	if got.status != http.StatusCreated {
		a.t.Fatalf("contact_delete answered %d: %s", got.status, got.body)
	}
	var act activity
	if err := json.Unmarshal([]byte(got.body), &act); err != nil {
		a.t.Fatal(err)
	}
	return act
}

func deleteBody(kind string, ids ...string) string {
	body, _ := json.Marshal(map[string][]string{kind: ids}) // strings only
	return string(body)
}

// activity reads one activity back.
func (a *api) activity(id string) activity {
	a.t.Helper()
	var act activity
	a.get("/v3/activities/"+id, &act)
	return act
}

// living are ids of so many contacts of the account that are not deleted.
func (a *api) living(account string, n int) []string {
	a.t.Helper()
	var ids []string
	for c := range a.Contacts(account) {
		if c.Status != "deleted" && len(ids) < n {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) < n {
		a.t.Fatalf("the sandbox has only %d living contacts", len(ids))
	}
	return ids
}

// status is the status of a contact of the main account.
func (a *api) status(id string) string {
	a.t.Helper()
	c, ok := a.Contact(sandbox.MainAccount, id)
	if !ok {
		a.t.Fatalf("no contact %s", id)
	}
	return c.Status
}

// stranger is a well-formed id that no account has.
const stranger = "11111111-2222-11ee-8000-02420a320002"
