package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"winnow/deletion"
	"winnow/sandbox"
)

// fleet is several replicas of the program on one database, and somebody in each of several accounts with a deletion that
// runs on them.
type fleet struct {
	t        *testing.T
	o        *outside
	link     *link
	database string // its URL, past the link
	flags    []string
	replicas []*replica
	teams    []*team
	looked   time.Time // last
	looks    int       // that came
	turn     int
	cuts     []string // what the link did, in words
}

// replica is one process, and those that follow it at its place.
type replica struct {
	console string
	dir     string
	proc    *process
	away    bool // it was stopped, killed, or is being replaced
}

// team is an account, somebody of it, and its deletion.
type team struct {
	account, login string
	p              *person
	page           string // path
	ids            []string
	ended          bool
}

// fleetOwners are the owners of the sandbox's accounts.
var fleetOwners = []*team{
	{account: sandbox.MainAccount, login: sandbox.OwnerLogin},
	{account: sandbox.SecondAccount, login: sandbox.SecondOwnerLogin},
	{account: "a07sandbox0003", login: "owner0003@example.net"},
}

// newFleet starts a sandbox with three accounts, and three replicas.
func newFleet(t *testing.T, batches int) *fleet {
	t.Helper()
	f := &fleet{t: t}
	shared := onPostgres(t)
	f.database = shared[1]
	f.link, shared[1] = newLink(t, f.database)
	contacts := batches * deletion.FromCSV.BatchSize()
	options := sandbox.Options{Contacts: contacts + contacts/4, OtherContacts: contacts + contacts/4, Accounts: len(fleetOwners), Lists: 3}
	for _, who := range fleetOwners {
		f.teams = append(f.teams, &team{account: who.account, login: who.login, ids: livingIDs(options, who.account, contacts)})
	}
	var redirects []string
	for range 3 {
		r := &replica{console: "http://" + freeAddress(t), dir: t.TempDir()}
		f.replicas = append(f.replicas, r)
		redirects = append(redirects, r.console+"/oauth/callback")
	}
	f.o = startOutside(t, f.replicas[0].console, "--contacts", fmt.Sprint(options.Contacts), "--other-contacts", fmt.Sprint(options.OtherContacts),
		"--accounts", fmt.Sprint(options.Accounts), "--lists", "3", "--speed", "100", "--redirect-uris", strings.Join(redirects, ","))
	f.flags = slices.Concat(shared, []string{"--plain-http", "--interval", fleetInterval.String(), "--follow", "1s", "--lag", "1s", "--grace", "5s"})
	for _, r := range f.replicas {
		f.start(r)
	}
	return f
}

// lookEvery leaves the machine to the replicas.
const lookEvery = 200 * time.Millisecond

// fleetInterval keeps to 4 requests a second with 200 ms of room for the way from the permission to the sandbox, since this
// machine does everything at once: three replicas, PostgreSQL, the sandbox and other tests.
const fleetInterval = 300 * time.Millisecond

func livingIDs(o sandbox.Options, account string, n int) []string {
	emulator := sandbox.New(o)
	defer emulator.Close()
	var ids []string
	for c := range emulator.Contacts(account) {
		if c.DeletedAt.IsZero() && len(ids) < n {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// start starts a replica, or another one at its place.
func (f *fleet) start(r *replica) {
	f.t.Helper()
	r.proc = startProcess(f.t, slices.Concat(consoleFlags(r.console, f.o.api), f.flags, []string{"--data-dir", r.dir})...)
	waitForConsole(f.t, r.console, nil)
	r.away = false
}

// begin has every team confirm its deletion, each on another replica.
func (f *fleet) begin() {
	f.t.Helper()
	for i, tm := range f.teams {
		w := &world{console: f.replicas[i].console}
		tm.p = newPerson(f.t)
		tm.p.signIn(w, tm.login)
		tm.p.upload(w, "contacts.csv", []byte("contact_id\n"+strings.Join(tm.ids, "\n")+"\n"))
		tm.page = tm.p.url.Path
	}
	for _, tm := range f.teams {
		tm.p.submit("/confirm", map[string]string{"count": fmt.Sprint(len(tm.ids))})
	}
}

// look has every team look at its page on a replica that answers. Whatever a page says adds up.
func (f *fleet) look() {
	f.t.Helper()
	if time.Since(f.looked) < lookEvery {
		return
	}
	f.looked = time.Now()
	for _, tm := range f.teams {
		r := f.answering()
		if r == nil || !tm.p.glances(r.console+tm.page) {
			continue
		}
		f.looks++
		sumsAddUp(f.t, tm.p, len(tm.ids))
		tm.ended = strings.Contains(tm.p.text(), "Every contact is accounted for")
		if tm.p.page.Find("form[action$='/resume']").Length() > 0 {
			f.t.Fatalf("the deletion of %s waits for a person: %s", tm.account, tm.p.text())
		}
	}
}

// allEnded tells whether all deletions have ended, as the pages said last.
func (f *fleet) allEnded() bool {
	return !slices.ContainsFunc(f.teams, func(tm *team) bool { return !tm.ended })
}

// ended tells whether the account's deletion has, as its page said last.
func (f *fleet) ended(account string) bool {
	return slices.ContainsFunc(f.teams, func(tm *team) bool { return tm.account == account && tm.ended })
}

// answering is one of the replicas that are there, another one each time.
func (f *fleet) answering() *replica {
	var there []*replica
	for _, r := range f.replicas {
		if !r.away {
			there = append(there, r)
		}
	}
	if len(there) == 0 {
		return nil
	}
	f.turn++
	return there[f.turn%len(there)]
}

// glances opens a page and tells whether it came: while the link to the database is broken it may not.
func (p *person) glances(target string) bool {
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := p.http.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK && p.reads(res) == nil && p.page != nil && len(p.figures()) > 0
}

// holder is the replica that works for most accounts of those that are there, and the accounts.
func (f *fleet) holder() (*replica, []string) {
	f.t.Helper()
	held := map[*replica][]string{}
	for account, owner := range f.leases() {
		for _, r := range f.replicas {
			if !r.away && strings.Contains(owner, fmt.Sprintf(":%d/", r.proc.cmd.Process.Pid)) {
				held[r] = append(held[r], account)
			}
		}
	}
	var most *replica
	for r, accounts := range held {
		if most == nil || len(accounts) > len(held[most]) {
			most = r
		}
	}
	return most, held[most]
}

// leases are the accounts that somebody works for, and who.
func (f *fleet) leases() map[string]string {
	f.t.Helper()
	found := map[string]string{}
	f.each(`SELECT name, owner FROM leases WHERE until > extract(epoch FROM clock_timestamp()) * 1000 AND name NOT LIKE 'preparing %'`,
		func(name, owner string) { found[name] = owner })
	return found
}

// each reads two texts of each row.
func (f *fleet) each(query string, row func(a, b string)) {
	f.t.Helper()
	conn, err := pgx.Connect(f.t.Context(), f.database)
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(f.t.Context(), query)
	if err != nil {
		f.t.Fatal(err)
	}
	var a, b string
	if _, err := pgx.ForEachRow(rows, []any{&a, &b}, func() error { row(a, b); return nil }); err != nil {
		f.t.Fatal(err)
	}
}

// freeze stops a replica's process where it stands; thaw lets it go on.
func (f *fleet) freeze(r *replica) {
	f.t.Helper()
	r.away = true
	if err := r.proc.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) thaw(r *replica) {
	f.t.Helper()
	if err := r.proc.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		f.t.Fatal(err)
	}
	r.away = false
}

// tell logs how things stand.
func (f *fleet) tell() {
	for _, tm := range f.teams {
		f.t.Logf("%s: %s", tm.account, tm.p.text())
	}
	f.each(`SELECT name || ' ' || owner, 'until ' || until || ' claimed ' || claim_epoch || ' of ' || epoch || ' until ' || claim_until || ' now '
		|| CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) FROM leases`, func(a, b string) { f.t.Log(a, b) })
	f.each(`SELECT account_id || ' batch ' || batch_n || ' try ' || try, state || ' ' || evidence || ' ' || error_text FROM attempts
		WHERE state NOT IN ('accepted', 'executed')`, func(a, b string) { f.t.Log(a, b) })
}
