package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// crowd is many accounts at work at once on one API key: the program's own runner, gate, governor and retries on a real
// database, and the sandbox behind a listener. Nothing is sent one after another here: the accounts really stand in line.
type crowd struct {
	testing.TB
	box      *sandbox.Server
	wires    *pipes
	db       *store.DB
	gate     *gate
	retries  constantcontact.Retries
	runner   *deletion.Runner
	console  *deletion.Console
	owners   map[string]string // account -> login
	accounts []string
	stop     context.CancelFunc
	working  sync.WaitGroup

	mu      sync.Mutex
	clients map[string]*constantcontact.Client
}

// crowdOptions say how large it is, where it works and how fast.
type crowdOptions struct {
	accounts, deletions, contacts int // deletions of each account, contacts of each deletion
	database                      store.Options
	governor                      store.GovernorOptions
	speed                         float64 // of the sandbox
	perSecond                     int     // that the sandbox lets through
}

// inBubble runs a test on SQLite in a bubble, whose clock moves on when everybody waits: minutes of standing in line cost a
// second, and a busy machine changes nothing.
func inBubble(t *testing.T, o crowdOptions, test func(c *crowd)) {
	t.Helper()
	(*handClock)(nil).rule() // the database asks this process for the time
	file, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	o.database.Path = filepath.Join(memoryFolder(t), "winnow.db")
	if err := os.WriteFile(o.database.Path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(historyBegin)) // a bubble begins in the year 2000, before the seeded contacts were made
		c := openCrowd(t, o)
		defer c.close()
		test(c)
	})
}

// openCrowd wires a process as main.go does. The caller closes it.
func openCrowd(t testing.TB, o crowdOptions) *crowd {
	t.Helper()
	contacts := o.deletions * o.contacts * 5 / 4 // some are seeded as deleted
	c := &crowd{TB: t, owners: map[string]string{}, clients: map[string]*constantcontact.Client{}}
	c.box = sandbox.New(sandbox.Options{Accounts: o.accounts, Contacts: contacts, OtherContacts: contacts, Lists: 1, Speed: o.speed,
		RatePerSecond: o.perSecond, JournalEntries: 1 << 20, Chaos: sandbox.Kind})
	c.wires = openPipes(c.box)
	for _, u := range c.box.Users() {
		if c.owners[u.Account] == "" { // the owner comes first
			c.owners[u.Account] = u.Login
			c.accounts = append(c.accounts, u.Account)
		}
	}
	var err error
	c.db, err = store.Open(t.Context(), o.database)
	c.ok(err)
	c.gate = &gate{governor: store.NewGovernor(c.db, o.governor), key: "id", log: slog.New(slog.DiscardHandler)}
	dir := filepath.Dir(o.database.Path)
	c.runner = deletion.NewRunner(deletion.RunnerOptions{Store: c.db, Client: c.client, MayDelete: c.gate.mayDelete,
		Log: slog.New(slog.DiscardHandler), Dir: dir, FirstSizes: deletion.FirstSizes})
	c.console = &deletion.Console{Store: c.db, Dir: dir, MaxUpload: 1 << 30, FirstSizes: deletion.FirstSizes,
		Catalog: &deletion.Catalog{Client: c.client, Now: time.Now}}
	c.crowd(o)
	return c
}

func (c *crowd) ok(err error) {
	if err != nil {
		c.Helper()
		c.Fatal(err)
	}
}

// client is kept for each account, as clients.go does.
func (c *crowd) client(account string) (*constantcontact.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.clients[account]; known != nil {
		return known, nil
	}
	token, err := c.box.IssueToken(c.owners[account], "account_read", "contact_data")
	if err != nil {
		return nil, err
	}
	made, err := constantcontact.New(constantcontact.Options{
		BaseURL: "http://localhost/v3", Development: true, Transport: &http.Transport{DialContext: c.wires.dial}, Retries: &c.retries,
		Token:    func(context.Context) (string, error) { return token, nil },
		Governor: (&clients{db: c.db, gate: c.gate}).permitFor(account),
	})
	c.clients[account] = made
	return made, err
}

// crowd has every account confirm its deletions.
func (c *crowd) crowd(o crowdOptions) {
	c.Helper()
	for _, account := range c.accounts {
		var ids []string
		for contact := range c.box.Contacts(account) {
			if contact.DeletedAt.IsZero() {
				ids = append(ids, contact.ID)
			}
		}
		for part := range slices.Chunk(ids[:o.deletions*o.contacts], o.contacts) {
			c.confirm(account, part)
		}
	}
}

// confirm uploads and confirms a deletion of some contacts.
func (c *crowd) confirm(account string, ids []string) {
	c.Helper()
	id, err := c.console.Upload(c.Context(), account, olivia, "contacts.csv", strings.NewReader("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	c.ok(err)
	d, err := c.db.Deletion(c.Context(), account, id)
	c.ok(err)
	c.ok(c.db.Confirm(c.Context(), account, id, deletion.Confirmation{By: olivia, Count: d.Items, Hash: d.Hash}))
}

// work has all accounts advance until close, each as the queue has it: again when it wanted to be called again. The queue itself
// goes by the database's clock and cannot work in a bubble.
func (c *crowd) work() {
	var ctx context.Context
	ctx, c.stop = context.WithCancel(c.Context())
	for _, account := range c.accounts {
		c.working.Go(func() {
			again := time.Millisecond
			for again > 0 && ctx.Err() == nil {
				var err error
				if again, err = c.runner.Advance(ctx, account); err != nil && ctx.Err() == nil {
					c.Errorf("%s: the runner gave up: %v", account, err)
				}
				pauseFor(ctx, again)
			}
		})
	}
}

func pauseFor(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (c *crowd) close() {
	if c.stop != nil {
		c.stop()
	}
	c.box.Close()
	c.working.Wait()
	for _, client := range c.clients {
		client.CloseIdleConnections()
	}
	c.ok(c.db.Close())
	c.wires.close()
}

// finish waits until the deletions of the accounts have ended.
func (c *crowd) finish(limit time.Duration, accounts ...string) {
	c.Helper()
	for begin := time.Now(); c.unfinished(accounts) > 0; pauseFor(c.Context(), 500*time.Millisecond) {
		if time.Since(begin) > limit {
			c.Fatalf("%d deletions have not ended after %v", c.unfinished(accounts), limit)
		}
	}
}

func (c *crowd) unfinished(accounts []string) (n int) {
	c.Helper()
	for _, account := range accounts {
		counts, err := c.db.CountDeletions(c.Context(), account)
		c.ok(err)
		n += counts[deletion.Running] + counts[deletion.Paused]
	}
	return n
}
