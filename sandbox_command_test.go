package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"winnow/sandbox"
)

// runningSandbox is the command `winnow sandbox` at work.
type runningSandbox struct {
	t     *testing.T
	said  map[string]string // what it printed, by the first word of a line
	stop  context.CancelFunc
	ended chan error
}

func startSandboxCommand(t *testing.T, flags ...string) *runningSandbox {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &runningSandbox{t: t, said: map[string]string{}, stop: stop, ended: make(chan error, 1)}
	in, out := io.Pipe()
	args := append([]string{"sandbox", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--contacts", "50"}, flags...)
	go func() {
		err := run(ctx, args, noEnvironment, out)
		out.Close()
		r.ended <- err
	}()
	t.Cleanup(stop)
	for lines := bufio.NewScanner(in); lines.Scan() && lines.Text() != "Ready."; {
		name, value, _ := strings.Cut(lines.Text(), " ")
		r.said[name] = strings.TrimSpace(value)
	}
	go io.Copy(io.Discard, in) // what it says later
	return r
}

func (r *runningSandbox) get(address string, status int) []byte {
	r.t.Helper()
	res, err := http.Get(address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		r.t.Errorf("%s answered %d %s (%v), want %d", address, res.StatusCode, body, err, status)
	}
	return body
}

func (r *runningSandbox) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Errorf("it ended with %v", err)
	}
}

func TestSandboxCommandSaysWhereEverythingIs(t *testing.T) {
	r := startSandboxCommand(t)
	r.get(r.said["API"]+"/contacts", http.StatusUnauthorized)
	r.get(r.said["token"], http.StatusMethodNotAllowed)
	r.get(r.said["device"], http.StatusMethodNotAllowed)
	r.get(r.said["authorize"]+"?"+url.Values{
		"response_type": {"code"}, "client_id": {r.said["client"]}, "state": {"x"}, "scope": {"contact_data"},
		"redirect_uri": {"http://localhost:8080/oauth/callback"},
	}.Encode(), http.StatusOK)
	var counts sandbox.Counts
	if err := json.Unmarshal(r.get(r.said["management"]+"/counts", http.StatusOK), &counts); err != nil || counts.Accounts[sandbox.MainAccount].Queued != 0 {
		t.Errorf("the counts are %+v, %v", counts, err)
	}
	root := strings.TrimSuffix(r.said["API"], "/v3")
	r.get(root+"/counts", http.StatusForbidden) // not on the public listener
	r.end()
}

func TestSandboxCommandIsUnkindOnDemand(t *testing.T) {
	r := startSandboxCommand(t, "--chaos", "77")
	if !strings.Contains(r.said["chaos"], "--chaos 77") {
		t.Errorf("it says %q", r.said["chaos"])
	}
	var plan struct {
		Seed   uint64 `json:"chaos_seed"`
		Faults []struct{}
	}
	if err := json.Unmarshal(r.get(r.said["management"]+"/faults", http.StatusOK), &plan); err != nil || plan.Seed != 77 || len(plan.Faults) == 0 {
		t.Errorf("the plan is %+v, %v", plan, err)
	}
	r.end()
}

func TestSandboxCommandEndsWithRequestsThatHang(t *testing.T) {
	r := startSandboxCommand(t)
	fault := `{"route":"POST ` + sandbox.TokenPath + `","effect":"hang before"}`
	res, err := http.Post(r.said["management"]+"/faults", "application/json", strings.NewReader(fault))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	over := make(chan struct{})
	go func() {
		defer close(over)
		if res, err := http.PostForm(r.said["token"], nil); err == nil {
			res.Body.Close()
		}
	}()
	for hanging := false; !hanging; {
		hanging = strings.Contains(string(r.get(r.said["management"]+"/journal", http.StatusOK)), `"fault":"hang before"`)
	}
	r.end()
	<-over
}

// manage asks the management listener and reads its answer.
func (r *runningSandbox) manage(path, body string, into any) {
	r.t.Helper()
	res, err := http.Post(r.said["management"]+path, "application/json", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("%s answered %d, %v", path, res.StatusCode, err)
	}
}

// call asks the API and returns the status.
func (r *runningSandbox) call(method, path, token, body string) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.said["API"]+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestSandboxCommandSeedsAndPacesAsItsFlagsSay(t *testing.T) {
	r := startSandboxCommand(t, "--seed", "9", "--contacts", "77", "--lists", "3", "--speed", "1000", "--per-second=2", "--per-day=3")
	like := sandbox.New(sandbox.Options{Seed: 9, Contacts: 77, Lists: 3})
	var lists struct{ Lists []sandbox.List }
	if err := json.Unmarshal(r.get(r.said["management"]+"/lists/"+sandbox.MainAccount, http.StatusOK), &lists); err != nil || len(lists.Lists) != 3 {
		t.Errorf("it has the lists %+v, %v", lists.Lists, err)
	}
	var contact sandbox.Contact
	for contact = range like.Contacts(sandbox.MainAccount) {
		break
	}
	r.get(r.said["management"]+"/contacts/"+sandbox.MainAccount+"/"+contact.ID, http.StatusOK)

	var token struct {
		Access string `json:"access_token"`
	}
	var clock struct{ Stopped bool }
	r.manage("/tokens", `{"login":"`+sandbox.OwnerLogin+`"}`, &token)
	r.manage("/clock", `{"stopped":true}`, &clock)
	statuses := []int{r.call("POST", "/activities/contact_delete", token.Access, `{"contact_ids":["`+contact.ID+`"]}`)}
	r.manage("/clock", `{"advance":"2ms"}`, &clock) // two seconds of the real service
	if err := json.Unmarshal(r.get(r.said["management"]+"/contacts/"+sandbox.MainAccount+"/"+contact.ID, http.StatusOK), &contact); err != nil || contact.Status != "deleted" {
		t.Errorf("the contact is %+v, %v", contact, err)
	}
	for _, wait := range []string{"0s", "0s", "1s", "1s"} {
		r.manage("/clock", `{"advance":"`+wait+`"}`, &clock)
		statuses = append(statuses, r.call("GET", "/contacts?limit=1", token.Access, ""))
	}
	if want := []int{201, 200, 429, 200, 429}; !slices.Equal(statuses, want) {
		t.Errorf("the requests are answered %v, want %v", statuses, want)
	}
	r.end()
}

func TestSandboxCommandRegistersTheClientOfItsFlags(t *testing.T) {
	r := startSandboxCommand(t, "--client-id", "other", "--client-secret", "hidden", "--long-lived",
		"--redirect-uris", "http://localhost:1/a,https://*.example.com/b")
	config := &oauth2.Config{
		ClientID: "other", ClientSecret: "hidden", RedirectURL: "https://north.example.com/b", Scopes: []string{"contact_data", "offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: r.said["authorize"], TokenURL: r.said["token"], AuthStyle: oauth2.AuthStyleInHeader},
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(config.AuthCodeURL("state"), url.Values{"user": {sandbox.OwnerLogin}, "decision": {"allow"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatalf("the sign-in answered %d: %v", res.StatusCode, err)
	}
	token, err := config.Exchange(t.Context(), back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil || again.RefreshToken != token.RefreshToken || r.call("GET", "/contacts", again.AccessToken, "") != http.StatusOK {
		t.Errorf("the refresh gives %+v, %v", again, err)
	}
	r.end()
}

func TestSandboxCommandRefusesWhatItCannotDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, flags := range map[string][]string{
		"chaos":            {"--chaos", "maybe"},
		"lists":            {"--lists", "1001"},
		"redirect URI":     {"--redirect-uris", "https://*.com/"},
		"speed":            {"--speed=-1"},
		"taken port":       {"--listen", taken.Addr().String()},
		"taken management": {"--listen", "127.0.0.1:0", "--management", taken.Addr().String()},
	} {
		if err := run(t.Context(), append([]string{"sandbox"}, flags...), noEnvironment, io.Discard); err == nil {
			t.Errorf("%s: it ran", name)
		}
	}
}
