package storetest

import (
	"sync"
	"testing"

	"winnow/deletion"
)

// Shared is a database that several processes use.
type Shared struct {
	// Join is another process.
	Join func() deletion.Store
	// Over ends a lease as time would, and the time in which a request of its owner may be on its way when that is asked for.
	Over func(t testing.TB, name string, what Ending)
}

// Ending says what time has ended.
type Ending string

// What time may have ended.
const (
	LeaseOver   Ending = "until"
	RequestOver Ending = "claim_until"
)

// RunLeases tests what processes that share a database do to each other.
func RunLeases(t *testing.T, shared Shared) {
	for name, test := range leases {
		t.Run(name, func(t *testing.T) {
			first := newBench(t, shared.Join())
			test(&pair{bench: first, other: shared.Join(), over: func(what Ending) { shared.Over(t, first.account, what) }, shared: shared})
		})
	}
}

// pair is two processes: the bench's own and another one.
type pair struct {
	*bench
	other  deletion.Store
	over   func(Ending)
	shared Shared
}

// onTheWay checks what either process says of the account.
func (p *pair) onTheWay(want bool) {
	p.Helper()
	for _, s := range []deletion.Store{p.s, p.other} {
		got, err := s.OnTheWay(p.Context(), p.account)
		p.ok(err)
		p.same(got, want, "a request on its way")
	}
}

var leases = map[string]func(*pair){
	"a lease keeps another process away": func(p *pair) {
		p.running(2, 2)
		p.ok(p.s.Lease(p.Context(), p.account))
		p.ok(p.s.Lease(p.Context(), p.account))
		p.wants(p.other.Lease(p.Context(), p.account), deletion.ErrLeased)
		_, err := p.other.Claim(p.Context(), p.account, nil)
		p.wants(err, deletion.ErrLeased)
		_, err = p.other.AdoptLost(p.Context(), p.account)
		p.wants(err, deletion.ErrLeased)
		p.onTheWay(false)
		a := p.claim()
		p.onTheWay(true)
		p.settle(a, deletion.AttemptUnsent, deletion.Waiting)
		p.onTheWay(false)
	},
	"what is given back is free": func(p *pair) {
		p.ok(p.s.Lease(p.Context(), p.account))
		p.ok(p.other.EndLease(p.Context(), p.account))
		p.wants(p.other.Lease(p.Context(), p.account), deletion.ErrLeased)
		p.ok(p.s.EndLease(p.Context(), p.account))
		p.ok(p.s.EndLease(p.Context(), p.account))
		p.ok(p.other.Lease(p.Context(), p.account))
		p.ok(p.s.EndLease(p.Context(), p.account))
		p.wants(p.s.Lease(p.Context(), p.account), deletion.ErrLeased)
	},
	"a lease that is over is taken, and who lost it sends nothing": func(p *pair) {
		p.running(4, 2)
		p.ok(p.s.Lease(p.Context(), p.account))
		p.over(LeaseOver)
		p.ok(p.other.Lease(p.Context(), p.account))
		_, err := p.s.Claim(p.Context(), p.account, nil)
		p.wants(err, deletion.ErrLeased)
		p.wants(p.s.Lease(p.Context(), p.account), deletion.ErrLeased)
		_, err = p.other.Claim(p.Context(), p.account, nil)
		p.ok(err)
	},
	"who lost the lease learns it, even when it is free again": func(p *pair) {
		p.running(4, 2)
		p.ok(p.s.Lease(p.Context(), p.account))
		p.over(LeaseOver)
		p.ok(p.other.Lease(p.Context(), p.account))
		p.ok(p.other.EndLease(p.Context(), p.account))
		_, err := p.s.Claim(p.Context(), p.account, nil)
		p.wants(err, deletion.ErrLeased)
	},
	"a lease that is over and that nobody took goes on": func(p *pair) {
		p.running(2, 2)
		p.ok(p.s.Lease(p.Context(), p.account))
		p.over(LeaseOver)
		p.claim()
		p.ok(p.s.Lease(p.Context(), p.account))
	},
	"a request of another process is lost when it cannot be on its way any more": func(p *pair) {
		id := p.running(4, 2)
		p.claim()
		p.over(LeaseOver)
		p.ok(p.other.Lease(p.Context(), p.account))
		p.adopts(p.other, 0)
		_, err := p.other.Claim(p.Context(), p.account, nil)
		p.wants(err, deletion.ErrNothingToSend)
		p.outcomeIs(id, 1, deletion.Sending, 0, 0)
		p.over(RequestOver)
		p.adopts(p.other, 1)
		p.outcomeIs(id, 1, deletion.Unknown, 0, 0)
	},
	"our own request is lost at once, also after a pause": func(p *pair) {
		p.running(4, 2)
		p.claim()
		p.ok(p.s.EndLease(p.Context(), p.account))
		p.ok(p.s.Lease(p.Context(), p.account))
		p.adopts(p.s, 1)
	},
	"an answer counts as long as nobody took the request for lost": func(p *pair) {
		id := p.running(4, 2)
		a := p.claim()
		p.over(LeaseOver)
		p.ok(p.other.Lease(p.Context(), p.account))
		p.settle(a, deletion.AttemptUnsent, deletion.Waiting)
		p.outcomeIs(id, 1, deletion.Waiting, 0, 0)
	},
	"after that only the vendor's word counts": func(p *pair) {
		id := p.running(4, 2)
		a := p.claim()
		p.over(LeaseOver)
		p.over(RequestOver)
		p.adopts(p.other, 1)
		p.wants(p.s.Settle(p.Context(), settlement(a, deletion.AttemptUnsent, deletion.Waiting)), deletion.ErrChanged)
		p.wants(p.s.Settle(p.Context(), settlement(a, deletion.AttemptRejected, deletion.Rejected)), deletion.ErrChanged)
		p.outcomeIs(id, 1, deletion.Unknown, 0, 0)
		p.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		p.outcomeIs(id, 1, deletion.Accepted, 0, 0)
	},
	"of sixteen processes one gets the lease": func(p *pair) {
		var wg sync.WaitGroup
		errs := make(chan error, 16)
		for range cap(errs) {
			process := p.shared.Join()
			wg.Go(func() { errs <- process.Lease(p.Context(), p.account) })
		}
		wg.Wait()
		close(errs)
		got := 0
		for err := range errs {
			if err == nil {
				got++
				continue
			}
			p.wants(err, deletion.ErrLeased)
		}
		p.same(got, 1, "leases")
	},
	"of sixteen processes that claim one sends": func(p *pair) {
		p.running(8, 2)
		var wg sync.WaitGroup
		var mu sync.Mutex
		var won []*deletion.Attempt
		for range 16 {
			process := p.shared.Join()
			wg.Go(func() {
				a, err := process.Claim(p.Context(), p.account, nil)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, a)
				}
			})
		}
		wg.Wait()
		p.same(len(won), 1, "claims")
		p.recent(won[0].ClaimedAt, "ClaimedAt")
	},
}

// adopts has a process take over what is lost, and checks how much that is.
func (p *pair) adopts(s deletion.Store, want int) {
	p.Helper()
	n, err := s.AdoptLost(p.Context(), p.account)
	p.ok(err)
	p.same(n, want, "adopted")
}
