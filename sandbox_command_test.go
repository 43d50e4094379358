package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

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
