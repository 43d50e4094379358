package sandbox

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

// faultPlan holds the faults in the order of their injection, and those of chaos behind them. The first that wants a
// request gets it, and the others do not count that request: two faults of one hit each spoil two requests.
type faultPlan struct {
	seed  uint64
	chaos []Fault

	mu     sync.Mutex
	last   int            // number of the latest injection
	nth    map[string]int // requests by route
	active []*Injection
}

func newFaultPlan(seed uint64, chaos *Chaos) *faultPlan {
	p := &faultPlan{seed: seed}
	if chaos != nil {
		p.seed, p.chaos = chaos.Seed, slices.Clone(chaos.Rules)
	}
	p.reset()
	return p
}

// hit is a fault that struck a request, with what chance has decided about it.
type hit struct {
	*Injection
	fault  Fault // the Delay is drawn
	random *rand.Rand
}

func (p *faultPlan) inject(f Fault) *Injection {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	i := newInjection(f, p, p.last)
	at := slices.IndexFunc(p.active, func(other *Injection) bool { return other.id < 0 })
	if at < 0 {
		at = len(p.active)
	}
	p.active = slices.Insert(p.active, at, i)
	return i
}

func newInjection(f Fault, p *faultPlan, id int) *Injection {
	switch {
	case f.Count == 0 && f.Probability > 0:
		f.Count = EveryTime
	case f.Count == 0:
		f.Count = 1
	}
	if f.Status == 0 {
		f.Status = 500
	}
	if f.Size == 0 {
		f.Size = defaultBomb
	}
	return &Injection{fault: f, plan: p, id: id, reached: make(chan struct{}), finished: make(chan struct{})}
}

// take counts a request of the route and returns the fault that hits it, or nil.
func (p *faultPlan) take(rt *route, account string) (struck *hit, nth int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := rt.name()
	p.nth[name]++
	nth = p.nth[name]
	for _, i := range p.active {
		if !i.matches(rt, account) {
			continue
		}
		if random := p.random(i.id, name, nth); i.wants(random) {
			i.hits++
			return &hit{Injection: i, fault: i.fault.drawn(random), random: random}, nth
		}
	}
	return nil, nth
}

// random is the chance that a fault has with a request. It does not depend on the order in which requests of
// different routes come, nor on what other faults have drawn.
func (p *faultPlan) random(id int, route string, nth int) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(strconv.Itoa(id) + " " + strconv.Itoa(nth) + " " + route)) // never fails
	return rand.New(rand.NewPCG(p.seed, sum.Sum64()))
}

// clear removes every fault, those of chaos too.
func (p *faultPlan) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = nil
}

// reset removes what was injected, and starts chaos and all counting anew.
func (p *faultPlan) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.nth, p.active = 0, make(map[string]int), nil
	for n, f := range p.chaos {
		p.active = append(p.active, newInjection(f, p, -1-n))
	}
}

// injections are the faults at work, those of chaos last.
func (p *faultPlan) injections() []*Injection {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.active)
}

func (i *Injection) matches(rt *route, account string) bool {
	f := &i.fault
	return (f.Route == rt.name() || f.Route == "" && rt.api()) && (f.Account == "" || f.Account == account) && f.Effect.fits(rt)
}

// wants counts the request and tells whether it falls in the window of the fault and chance is against it.
func (i *Injection) wants(random *rand.Rand) bool {
	f := &i.fault
	i.seen++
	switch {
	case i.seen <= f.Skip:
		return false
	case f.Probability > 0:
		return random.Float64() < f.Probability && (f.Count == EveryTime || i.hits < f.Count)
	}
	return f.Count == EveryTime || i.seen <= f.Skip+f.Count
}

// drawn is the fault with its Delay decided.
func (f Fault) drawn(random *rand.Rand) Fault {
	if f.DelayUpTo > f.Delay {
		f.Delay += time.Duration(random.Int64N(int64(f.DelayUpTo - f.Delay + 1)))
	}
	return f
}
