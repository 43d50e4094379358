package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestManagementShowsEveryContact(t *testing.T) {
	a := start(t, nil)
	var all, deleted struct{ Contacts []sandbox.Contact }
	a.managedTo(&all, "GET", "/contacts/"+sandbox.MainAccount, "")
	a.managedTo(&deleted, "GET", "/contacts/"+sandbox.MainAccount+"?status=deleted", "")
	var want, wantDeleted []sandbox.Contact
	for c := range a.Contacts(sandbox.MainAccount) {
		if want = append(want, c); c.Status == "deleted" {
			wantDeleted = append(wantDeleted, c)
		}
	}
	if diff := cmp.Diff(want, all.Contacts); diff != "" || len(all.Contacts) != 600 {
		t.Errorf("wrong contacts (-go +http):\n%s", diff)
	}
	if diff := cmp.Diff(wantDeleted, deleted.Contacts); diff != "" || len(deleted.Contacts) == 0 {
		t.Errorf("wrong deleted contacts (-go +http):\n%s", diff)
	}
	var lists struct{ Lists []sandbox.List }
	a.managedTo(&lists, "GET", "/lists/"+sandbox.MainAccount, "")
	if diff := cmp.Diff(a.Lists(sandbox.MainAccount), lists.Lists); diff != "" {
		t.Errorf("wrong lists (-go +http):\n%s", diff)
	}
	var users struct{ Users []sandbox.User }
	a.managedTo(&users, "GET", "/users", "")
	if diff := cmp.Diff(a.Users(), users.Users); diff != "" {
		t.Errorf("wrong users (-go +http):\n%s", diff)
	}
}

func TestManagementExportsTheState(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Seed = 5 })
	a.remove("contact_ids", a.living(sandbox.MainAccount, 1)[0])
	a.Settle()
	var state struct {
		Seed     uint64
		Counts   sandbox.Counts
		Accounts []struct {
			ID         string
			Lists      []sandbox.List
			Activities []sandbox.Activity
			Contacts   []sandbox.Contact
		}
		Requests []sandbox.Request
	}
	a.managedTo(&state, "GET", "/state", "")
	if state.Seed != 5 || len(state.Accounts) != 2 || state.Accounts[0].ID != sandbox.MainAccount || len(state.Accounts[0].Contacts) != 600 {
		t.Errorf("seed %d, %d accounts", state.Seed, len(state.Accounts))
	}
	if diff := cmp.Diff(a.Activities(sandbox.MainAccount), state.Accounts[0].Activities); diff != "" {
		t.Errorf("wrong activities (-go +http):\n%s", diff)
	}
	if diff := cmp.Diff(a.Journal(), state.Requests); diff != "" {
		t.Errorf("wrong journal (-go +http):\n%s", diff)
	}
	if len(state.Accounts[1].Activities) != 0 || len(state.Accounts[1].Contacts) != 120 {
		t.Errorf("the second account has %d contacts", len(state.Accounts[1].Contacts))
	}
	if got := a.manage("GET", "/state", ""); strings.Contains(got.body, a.token) {
		t.Error("it holds a token")
	}
}

func TestResetGoesBackToTheSeed(t *testing.T) {
	a := startOAuth(t)
	if err := a.AddRedirectURI(confidential, "http://localhost:1/later"); err != nil {
		t.Fatal(err)
	}
	p := a.issued(a.exchange(codeForm(a.code(sandbox.OwnerLogin))))
	before := a.ids()
	a.remove("contact_ids", before[0])
	a.Settle()
	a.Inject(sandbox.Fault{Effect: sandbox.AnswerBefore})
	a.managedTo(nil, "POST", "/reset", "")
	if a.works(p.Access) {
		t.Error("a token of before works")
	}
	if diff := cmp.Diff(before, a.ids()); diff != "" || len(a.Activities(sandbox.MainAccount)) != 0 {
		t.Errorf("the contacts are others (-before +after):\n%s", diff)
	}
	if all := a.Journal(); len(all) != 1 || all[0].Seq != 1 || all[0].HeadersIn.Step != 1 {
		t.Errorf("the journal begins with %+v", all)
	}
	if got := a.open(authorize("redirect_uri", "http://localhost:1/later"), nil).status; got != 200 {
		t.Errorf("the added redirect URI is answered %d", got)
	}
}

// ids are those of the main account's living contacts.
func (a *api) ids() []string {
	var all []string
	for c := range a.Contacts(sandbox.MainAccount) {
		if c.DeletedAt.IsZero() {
			all = append(all, c.ID)
		}
	}
	return all
}

func TestReseedMakesOtherContacts(t *testing.T) {
	a := start(t, nil)
	before := a.ids()
	var counts sandbox.Counts
	a.managedTo(&counts, "POST", "/seed", `{"seed":3,"contacts":50,"lists":2}`)
	if n := sumOf(counts.Accounts[sandbox.MainAccount].Contacts); n != 50 || len(a.Lists(sandbox.MainAccount)) != 2 {
		t.Errorf("it has %d contacts and %d lists", n, len(a.Lists(sandbox.MainAccount)))
	}
	if cmp.Equal(before[:20], a.ids()[:20]) {
		t.Error("the contacts are those of before")
	}
	a.Reset()
	if diff := cmp.Diff(before, a.ids()); diff != "" {
		t.Errorf("a reset does not bring the first seed back (-before +after):\n%s", diff)
	}
	if err := a.Reseed(1, 10, 2000); err == nil {
		t.Error("2,000 lists are taken")
	}
}

func sumOf(counts map[string]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}

func TestManagementRefusesWhatIsWrong(t *testing.T) {
	a := start(t, nil)
	account := sandbox.MainAccount
	for name, tc := range map[string]struct {
		method, path, body string
		want               int
	}{
		"no number":               {"GET", "/journal?after=x", "", 400},
		"unknown account":         {"GET", "/contacts/nobody", "", 404},
		"lists of nobody":         {"GET", "/lists/nobody", "", 404},
		"activities of nobody":    {"GET", "/activities/nobody", "", 404},
		"backwards":               {"POST", "/clock", `{"advance":"-1s"}`, 400},
		"no duration":             {"POST", "/clock", `{"advance":"soon"}`, 400},
		"unknown field":           {"POST", "/clock", `{"forwards":"1s"}`, 400},
		"no JSON":                 {"POST", "/faults", `effect=answer`, 400},
		"no effect":               {"POST", "/faults", `{}`, 400},
		"unknown effect":          {"POST", "/faults", `{"effect":"explode"}`, 400},
		"unknown route":           {"POST", "/faults", `{"effect":"answer before","route":"GET /"}`, 400},
		"no such fault":           {"DELETE", "/faults/7", "", 404},
		"a fault without number":  {"DELETE", "/faults/first", "", 404},
		"nothing held":            {"POST", "/faults/1/release", "", 404},
		"release without number":  {"POST", "/faults/x/release", "", 404},
		"unknown user":            {"POST", "/tokens", `{"login":"nobody"}`, 404},
		"unknown scope":           {"POST", "/tokens", `{"login":"` + sandbox.OwnerLogin + `","scopes":["all"]}`, 400},
		"revoke nobody":           {"POST", "/revoke", `{}`, 404},
		"expire nobody":           {"POST", "/expire", `{}`, 404},
		"too many lists":          {"POST", "/seed", `{"lists":1001}`, 400},
		"foreign in no account":   {"POST", "/activities/nobody", "", 404},
		"foreign with too many":   {"POST", "/activities/" + account, `{"contacts":501}`, 400},
		"return nobody":           {"POST", "/contacts/" + account + "/" + stranger + "/return", "", 404},
		"return without an id":    {"POST", "/contacts/" + account + "/x/return", "", 404},
		"a body that is too long": {"POST", "/faults", `{"body":"` + strings.Repeat("x", 2<<20) + `"}`, 400},
		"wrong method":            {"DELETE", "/journal", "", 405},
	} {
		if got := a.manage(tc.method, tc.path, tc.body); got.status != tc.want || got.body == "" {
			t.Errorf("%s: answered %d %q, want %d", name, got.status, got.body, tc.want)
		}
	}
}

func TestJournalByRoute(t *testing.T) {
	a := start(t, nil)
	a.do("GET", "/v3/activities", "")
	a.do("GET", "/v3/contacts?limit=1", "")
	a.do("GET", "/v3/activities", "")
	var got struct{ Requests []sandbox.Request }
	a.managedTo(&got, "GET", "/journal?route=GET+/v3/activities&after=1", "")
	if len(got.Requests) != 1 || got.Requests[0].Seq != 3 || got.Requests[0].Nth != 2 {
		t.Errorf("it shows %+v", got.Requests)
	}
}

func TestJournalOfTheOAuthServerHoldsNoSecrets(t *testing.T) {
	a := startOAuth(t)
	code := a.code(sandbox.OwnerLogin)
	form := merge(map[string][]string{"client_id": {confidential}, "client_secret": {"s3cret:%"}}, codeForm(code))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.TokenURL+"?"+form.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := a.issued(a.roundTrip(req))
	all := a.Journal()
	last := all[len(all)-1]
	if last.Route != "POST "+sandbox.TokenPath || last.User != sandbox.OwnerLogin || last.ClientID != confidential || !last.Applied || last.Status != 200 {
		t.Errorf("the journal says %+v", last)
	}
	text, err := io.ReadAll(strings.NewReader(a.manage("GET", "/journal", "").body))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{code, "s3cret", p.Access, p.Refresh} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the journal holds the secret %q", secret)
		}
	}
	if !strings.Contains(last.Query, "client_secret=-") {
		t.Errorf("the query is %q", last.Query)
	}
}
