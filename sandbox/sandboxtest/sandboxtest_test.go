package sandboxtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
	"winnow/sandbox/sandboxtest"
)

// witness is a test that remembers what was said about it instead of failing.
type witness struct {
	testing.TB
	errors, logs []string
}

func (w *witness) Errorf(format string, args ...any) {
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
}

func (w *witness) Logf(format string, args ...any) {
	w.logs = append(w.logs, fmt.Sprintf(format, args...))
}

func (w *witness) Helper() {}

// quiet is a kind sandbox with a clock that stands still.
func quiet(t *testing.T) *sandboxtest.Instance {
	t.Helper()
	box := sandboxtest.Start(t, sandbox.Options{
		Contacts: 100, Lists: 3, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off, Chaos: sandbox.Kind,
	})
	box.Clock().Stop()
	return box
}

// post sends a contact_delete and returns its status.
func post(t *testing.T, box *sandboxtest.Instance, ids ...string) int {
	t.Helper()
	body := `{"contact_ids":["` + strings.Join(ids, `","`) + `"]}`
	res, err := box.OwnerClient(t).Post(box.APIBase+"/activities/contact_delete", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func living(box *sandboxtest.Instance, n int) []string {
	var ids []string
	for c := range box.Contacts(sandbox.MainAccount) {
		if c.Status == "active" && len(ids) < n {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// wantComplaints runs an assertion and checks how often it complains, and about what.
func wantComplaints(t *testing.T, what string, n int, about string, check func(testing.TB)) {
	t.Helper()
	w := &witness{TB: t}
	check(w)
	if len(w.errors) != n || !strings.Contains(strings.Join(w.errors, "\n"), about) {
		t.Errorf("%s: it complains %d times, want %d times about %q: %q", what, len(w.errors), n, about, w.errors)
	}
}

func TestStartIsUnkindUnlessToldOtherwise(t *testing.T) {
	t.Setenv(sandboxtest.SeedVariable, "4711")
	w := &witness{TB: t}
	box := sandboxtest.Start(w, sandbox.Options{Contacts: 10})
	if len(box.Faults()) < 20 {
		t.Errorf("it has %d faults", len(box.Faults()))
	}
	if len(w.logs) != 1 || !strings.Contains(w.logs[0], "WINNOW_CHAOS_SEED=4711") {
		t.Errorf("it logs %q", w.logs)
	}
	w = &witness{TB: t}
	if box := sandboxtest.Start(w, sandbox.Options{Contacts: 10, Chaos: sandbox.Kind}); len(box.Faults()) != 0 || len(w.logs) != 0 {
		t.Errorf("a kind one has %d faults and logs %q", len(box.Faults()), w.logs)
	}
	t.Setenv(sandboxtest.SeedVariable, "")
	first, second := &witness{TB: t}, &witness{TB: t}
	sandboxtest.Start(first, sandbox.Options{Contacts: 10})
	sandboxtest.Start(second, sandbox.Options{Contacts: 10})
	if first.logs[0] == second.logs[0] {
		t.Errorf("both have the seed of %q", first.logs[0])
	}
}

func TestManagementTellsTheSeed(t *testing.T) {
	t.Setenv(sandboxtest.SeedVariable, "12")
	box := sandboxtest.Start(t, sandbox.Options{Contacts: 10})
	res, err := http.Get(box.ManagementURL + "/faults")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var plan struct {
		Seed   uint64 `json:"chaos_seed"`
		Faults []struct{ Probability float64 }
	}
	if err := json.NewDecoder(res.Body).Decode(&plan); err != nil || plan.Seed != 12 || len(plan.Faults) != len(sandbox.DefaultChaos(12).Rules) {
		t.Errorf("it says %+v, %v", plan, err)
	}
}

func TestClientKeepsItsTokenAtHome(t *testing.T) {
	box := quiet(t)
	client := box.Client(t, sandbox.ManagerLogin)
	box.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 307})
	res, err := client.Get(box.APIBase + "/contacts?limit=1")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("answered %d", res.StatusCode)
	}
	box.NobodyWentElsewhere(t)
	away, err := client.Get(res.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	away.Body.Close()
	if v := box.Visits(); len(v) != 1 || v[0].Token || v[0].Method != http.MethodGet || v[0].URI != "/v3/contacts?limit=1" {
		t.Errorf("the visits are %+v", v)
	}
	wantComplaints(t, "somebody went", 1, "without a token", box.NobodyWentElsewhere)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, res.Header.Get("Location"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer x")
	if away, err = http.DefaultClient.Do(req); err != nil {
		t.Fatal(err)
	}
	away.Body.Close()
	wantComplaints(t, "somebody went twice", 2, "with the access token", box.NobodyWentElsewhere)
}

// TestClientSignsInAgain tells the two ways to lose a token apart: by a fault, and because the test took it away.
func TestClientSignsInAgain(t *testing.T) {
	box := quiet(t)
	client := box.OwnerClient(t)
	var got []int
	get := func() {
		t.Helper()
		res, err := client.Get(box.APIBase + "/contacts?limit=1")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		got = append(got, res.StatusCode)
	}
	box.Inject(sandbox.Fault{Effect: sandbox.ExpireToken})
	get()
	get()
	box.Revoke(sandbox.OwnerLogin)
	get()
	get()
	if want := "[401 200 401 401]"; fmt.Sprint(got) != want {
		t.Errorf("it is answered %v, want %s", got, want)
	}
}

func TestNeverMoreThan(t *testing.T) {
	box := quiet(t)
	client := box.OwnerClient(t)
	for _, wait := range []time.Duration{0, 0, 0, 0, time.Second, 400 * time.Millisecond, 400 * time.Millisecond} {
		if err := box.Clock().Advance(wait); err != nil {
			t.Fatal(err)
		}
		res, err := client.Get(box.APIBase + "/activities")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	wantComplaints(t, "4 in a second", 0, "", func(tb testing.TB) { box.NeverMoreThan(tb, 4, time.Second) })
	wantComplaints(t, "3 in a second", 1, "more than 3 in 1s", func(tb testing.TB) { box.NeverMoreThan(tb, 3, time.Second) })
	wantComplaints(t, "4 in a bit over a second", 1, "requests 1 to 5", func(tb testing.TB) { box.NeverMoreThan(tb, 4, time.Second+1) })
	wantComplaints(t, "7 in an hour", 0, "", func(tb testing.TB) { box.NeverMoreThan(tb, 7, time.Hour) })
}

func TestPostedOnce(t *testing.T) {
	box := quiet(t)
	ids := living(box, 4)
	post(t, box, ids[0], ids[0], ids[1])
	box.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore})
	if status := post(t, box, ids[1]); status != 500 {
		t.Errorf("answered %d", status)
	}
	wantComplaints(t, "once, and once without effect", 0, "", func(tb testing.TB) { box.PostedOnce(tb, strings.ToUpper(ids[0]), ids[1]) })
	wantComplaints(t, "never", 1, ids[2]+" was posted by no request", func(tb testing.TB) { box.PostedOnce(tb, ids[2]) })
	post(t, box, ids[1], ids[2])
	wantComplaints(t, "twice", 1, ids[1]+" was posted by 2 requests", func(tb testing.TB) { box.PostedOnce(tb) })
}

func TestOnlyDeleted(t *testing.T) {
	box := quiet(t)
	ids := living(box, 3)
	post(t, box, ids[:2]...)
	wantComplaints(t, "still queued", 2, "is not deleted", func(tb testing.TB) { box.OnlyDeleted(tb, sandbox.MainAccount, ids[:2]...) })
	box.Settle()
	wantComplaints(t, "as wanted", 0, "", func(tb testing.TB) { box.OnlyDeleted(tb, sandbox.MainAccount, ids[1], strings.ToUpper(ids[0])) })
	wantComplaints(t, "one too many", 1, ids[1]+" is deleted and should not be", func(tb testing.TB) { box.OnlyDeleted(tb, sandbox.MainAccount, ids[0]) })
	wantComplaints(t, "one too few", 1, ids[2]+" is not deleted", func(tb testing.TB) { box.OnlyDeleted(tb, sandbox.MainAccount, ids...) })
	wantComplaints(t, "the other account", 0, "", func(tb testing.TB) { box.OnlyDeleted(tb, sandbox.SecondAccount) })
}

func TestRequestsOfARoute(t *testing.T) {
	box := quiet(t)
	post(t, box, living(box, 1)...)
	if got := len(box.Requests("POST /v3/activities/contact_delete")); got != 1 {
		t.Errorf("%d posts", got)
	}
	box.Allow(t, box.AuthURL+"?response_type=code&client_id=sandbox-client&scope=contact_data&state=x&redirect_uri="+register(t, box), sandbox.OwnerLogin)
	if got := len(box.Requests("")); got != 1 {
		t.Errorf("%d requests of the API", got)
	}
	if got := len(box.Requests("POST " + sandbox.AuthorizePath)); got != 1 {
		t.Errorf("%d consents", got)
	}
}

func register(t *testing.T, box *sandboxtest.Instance) string {
	t.Helper()
	const uri = "http://localhost:1/cb"
	if err := box.AddRedirectURI(sandbox.DefaultClientID, uri); err != nil {
		t.Fatal(err)
	}
	return uri
}
