package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// manyDeletions are 500 in `make soak`, ten for each of 50 accounts, and fewer in a plain `go test`. The accounts are always
// 50: what they do to each other begins where they are more than can stand in line.
func manyDeletions() crowdOptions {
	o := crowdOptions{accounts: 50, deletions: 1, contacts: 120} // three batches: of 10, 100 and 10
	if os.Getenv("WINNOW_SOAK") != "" {
		o.deletions = 10
	}
	return o
}

// round is the time in which every account has one turn.
func (o crowdOptions) round(interval time.Duration) time.Duration {
	return time.Duration(o.accounts) * interval
}

// interval is what the governor puts between two calls by default.
const interval = 254 * time.Millisecond

// share is what became of one account's place in line while all had something to send.
type share struct {
	account      string
	calls, posts int
	gap          time.Duration // the longest time between two of its calls
}

// shares looks at the journal up to the moment at which the first of the accounts has sent its last batch.
func (c *crowd) shares(accounts []string) []share {
	all := c.box.Journal()
	last := map[string]time.Duration{}
	for _, r := range all {
		if r.Route == deleteRoute {
			last[r.Account] = r.Since
		}
	}
	of := map[string]*share{}
	before := map[string]time.Duration{}
	var list []*share
	for _, account := range accounts {
		of[account] = &share{account: account}
		list = append(list, of[account])
	}
	end := last[slices.MinFunc(accounts, func(a, b string) int { return cmp.Compare(last[a], last[b]) })]
	for _, r := range all {
		s := of[r.Account]
		if s == nil || r.Since > end {
			continue
		}
		if s.calls++; r.Route == deleteRoute {
			s.posts++
		}
		s.gap = max(s.gap, r.Since-before[r.Account])
		before[r.Account] = r.Since
	}
	shares := make([]share, 0, len(list))
	for _, s := range list {
		shares = append(shares, *s)
	}
	return shares
}

// areEven fails the test unless the accounts got the same. They stand in one line, first come, first served, each with one
// call: between two calls of one account every other one has one. What an account has to wait for by itself, a look that is
// not due yet, can cost it a place now and then; so three calls and three batches may be between the first and the last,
// and so long between two calls.
func (c *crowd) areEven(shares []share, longest time.Duration) {
	c.Helper()
	const off = 3
	most := func(by func(share) int) (low, high int) {
		low = by(slices.MinFunc(shares, func(a, b share) int { return by(a) - by(b) }))
		return low, by(slices.MaxFunc(shares, func(a, b share) int { return by(a) - by(b) }))
	}
	low, high := most(func(s share) int { return s.calls })
	fewest, greatest := most(func(s share) int { return s.posts })
	gap := slices.MaxFunc(shares, func(a, b share) int { return cmp.Compare(a.gap, b.gap) })
	c.Logf("calls of an account: %d to %d, batches: %d to %d, longest time between two calls: %v", low, high, fewest, greatest, gap.gap)
	if high-low > off || greatest-fewest > off {
		c.Errorf("the accounts made %d to %d calls and sent %d to %d batches", low, high, fewest, greatest)
	}
	if gap.gap > longest {
		c.Errorf("%s had to wait %v for a call, want %v at most", gap.account, gap.gap, longest)
	}
}

// TestAccountsOnOneKeyShareItsRateEvenly has 50 accounts delete at once, by the pace of the governor.
func TestAccountsOnOneKeyShareItsRateEvenly(t *testing.T) {
	o := manyDeletions()
	inBubble(t, o, func(c *crowd) {
		begin := time.Now()
		c.work()
		c.finish(time.Hour, c.accounts...)
		took := time.Since(begin)
		c.areEven(c.shares(c.accounts), 2*o.round(interval))
		calls := len(c.box.Journal())
		c.Logf("%d deletions ended after %v and %d calls", o.accounts*o.deletions, took.Round(time.Second), calls)
		if most := time.Duration(calls)*interval*21/20 + time.Minute; took > most {
			c.Errorf("it took %v, want %v at most: the line stood still", took, most)
		}
	})
}

// troubles are what can go wrong with one account.
var troubles = []struct {
	name  string
	begin func(c *crowd, account string)
}{
	{"its requests hang", func(c *crowd, account string) {
		c.box.Inject(sandbox.Fault{Account: account, Route: deleteRoute, Effect: sandbox.HangBefore, Delay: 10 * time.Minute, Count: sandbox.EveryTime})
	}},
	{"its requests fail", func(c *crowd, account string) {
		c.box.Inject(sandbox.Fault{Account: account, Effect: sandbox.AnswerBefore, Status: 503, Count: sandbox.EveryTime})
	}},
	{"its queue is full", func(c *crowd, account string) {
		c.box.Inject(sandbox.Fault{Account: account, Route: deleteRoute, Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QueueFullBody, Count: sandbox.EveryTime})
	}},
	{"its connection is revoked", func(c *crowd, account string) { c.box.Revoke(c.owners[account]) }},
	{"a person paused it", func(c *crowd, account string) {
		c.ok(c.db.PauseAccount(c.Context(), account, deletion.PausedByPerson, "", time.Time{}))
	}},
}

// TestAnAccountInTroubleHoldsUpNobody has something go wrong with one account in ten, and the others share what they leave.
func TestAnAccountInTroubleHoldsUpNobody(t *testing.T) {
	o := manyDeletions()
	inBubble(t, o, func(c *crowd) {
		begin := time.Now()
		for i, trouble := range troubles {
			_, err := c.client(c.accounts[i]) // it has its token
			c.ok(err)
			trouble.begin(c, c.accounts[i])
		}
		well := c.accounts[len(troubles):]
		c.work()
		c.finish(time.Hour, well...)
		took := time.Since(begin)
		c.areEven(c.shares(well), 2*o.round(interval))
		calls := len(c.box.Journal())
		c.Logf("the deletions of %d accounts ended after %v and %d calls of all", len(well), took.Round(time.Second), calls)
		if most := time.Duration(calls)*interval*21/20 + time.Minute; took > most {
			c.Errorf("it took %v, want %v at most: the line stood still", took, most)
		}
		if c.unfinished(c.accounts[:len(troubles)]) == 0 {
			c.Error("nothing went wrong with anybody")
		}
	})
}

// TestAccountsTakeTurnsInTheQueue has the job queue work for many accounts on either database, in real time and at a quicker pace.
// A busy machine may keep an account from its place for some rounds.
func TestAccountsTakeTurnsInTheQueue(t *testing.T) {
	const quick, rounds = 30 * time.Millisecond, 10
	o := manyDeletions()
	if o.deletions == 1 {
		o.accounts, o.deletions = 12, 2
	}
	o.speed, o.perSecond, o.governor = 100, sandbox.Off, store.GovernorOptions{Interval: quick, Daily: 1 << 20}
	for name, url := range map[string]string{"SQLite": "", "PostgreSQL": onPostgres(t)[1]} {
		t.Run(name, func(t *testing.T) {
			o.database = store.Options{Path: filepath.Join(memoryFolder(t), "winnow.db"), URL: url}
			c := openCrowd(t, o)
			defer c.close()
			begin := time.Now()
			c.ok(c.db.StartQueue(t.Context(), store.Wakes{Advance: c.runner.Advance, Prepare: c.runner.Prepare}))
			c.stop = func() { c.ok(c.db.StopQueue(t.Context())) }
			c.finish(5*time.Minute, c.accounts...)
			c.areEven(c.shares(c.accounts), rounds*o.round(quick))
			t.Logf("%d deletions ended after %v and %d calls", o.accounts*o.deletions, time.Since(begin).Round(time.Second), len(c.box.Journal()))
		})
	}
}

// TestAPersonDoesNotWaitForTheAccountsAtWork has people at several accounts open pages that ask Constant Contact, while all 50
// accounts stand in line, which takes 12.7 s. A person goes before whoever only looks; the others keep their shares.
func TestAPersonDoesNotWaitForTheAccountsAtWork(t *testing.T) {
	const patient = 3 * time.Second
	o := manyDeletions()
	inBubble(t, o, func(c *crowd) {
		c.work()
		pauseFor(c.Context(), 2*o.round(interval)) // the line is full, and who has sent begins to look
		var longest time.Duration
		for i, account := range c.accounts[:10] {
			client, err := c.client(account)
			c.ok(err)
			asked := time.Now()
			person := deletion.WithActor(c.Context(), deletion.Actor{Account: account, User: olivia})
			if _, err = client.Activities.Recent(person, 1); err != nil {
				c.Errorf("page %d of %s: %v", i, account, err)
			}
			longest = max(longest, time.Since(asked))
		}
		c.Logf("a person waited %v at most", longest)
		if longest > patient {
			c.Errorf("a person waited %v, want %v at most", longest, patient)
		}
		c.finish(time.Hour, c.accounts...)
		c.areEven(c.shares(c.accounts[10:]), 2*o.round(interval))
		if used, err := c.gate.usage(c.Context()); err != nil || used.Used != int64(len(c.box.Journal())) {
			c.Errorf("%d calls are counted, %v; %d arrived", used.Used, err, len(c.box.Journal()))
		}
		c.fourASecond()
	})
}

// fourASecond fails the test when five calls arrived within a second.
func (c *crowd) fourASecond() {
	c.Helper()
	calls := c.box.Journal()
	for i := range calls[4:] {
		if window := calls[i+4].Since - calls[i].Since; window < time.Second {
			c.Errorf("calls %d to %d arrive within %v", i+1, i+5, window)
		}
	}
}
