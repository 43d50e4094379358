package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// EveryTime as Fault.Count hits every matching request until the fault is removed.
const EveryTime = -1

// NoBody as Fault.Body sends no body at all.
const NoBody = "\x00"

// Fault is one planned misbehaviour. It counts only requests that passed every check before the handler
// (known route, valid token, rate limit, scope and privilege).
type Fault struct {
	// Route is "METHOD /pattern" as in Routes, for example "POST /v3/activities/contact_delete". Empty matches
	// every route under /v3 for which the effect makes sense.
	Route string
	// Account is an encoded_account_id; only requests for it match. Empty matches every account.
	Account string
	// Skip is how many matching requests are left alone first.
	Skip int
	// Count is how many matching requests are hit after that. Zero means one, or EveryTime when there is a
	// Probability; EveryTime never stops.
	Count int
	// Probability, from 0 to 1, leaves it to chance whether a request in the window is hit; Count then counts hits.
	// Zero hits every one. The chance depends on the seed, the fault's place in the plan, the route and
	// Request.Nth, and so is the same whenever the same requests are sent again.
	Probability float64
	// Effect is what happens.
	Effect Effect
	// Status is the status code of AnswerBefore and AnswerAfter; default 500. With one from 301 to 308 the answer
	// leads to the same path below Options.Elsewhere.
	Status int
	// Body replaces the usual body of Status, for example QuotaExceededBody, HTMLBody or NoBody.
	Body string
	// RetryAfter is the Retry-After header of AnswerBefore and AnswerAfter, in whole seconds; zero sends none.
	RetryAfter time.Duration
	// Items is how many items an activity handles before it ends by an activity effect, and how many contacts
	// return.
	Items int
	// Size is how many bytes a GzipBomb inflates to; default 1 GiB.
	Size int64
	// Delay is how long a hang lasts and how far an index lags, by the server's clock, and how slow a Trickle is, in
	// real time. With a DelayUpTo above it, it is drawn between the two.
	Delay     time.Duration
	DelayUpTo time.Duration
	// Release ends a hang or a stall when it is closed. Server.Close ends every hang as well.
	Release <-chan struct{}
}

// Validate tells what is wrong with a fault, all of it at once. An effect that makes no sense for its route is not
// wrong: it never hits.
func (f Fault) Validate() error {
	var errs []error
	if !slices.Contains(effects, f.Effect) {
		errs = append(errs, fmt.Errorf("there is no effect %q", f.Effect))
	}
	if f.Route != "" && !slices.Contains(Routes(), f.Route) {
		errs = append(errs, fmt.Errorf("there is no route %q", f.Route))
	}
	if f.Probability < 0 || f.Probability > 1 {
		errs = append(errs, fmt.Errorf("probability %v is not between 0 and 1", f.Probability))
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		errs = append(errs, fmt.Errorf("status %d is not between 200 and 599", f.Status))
	}
	if f.Skip < 0 || f.Count < EveryTime || f.Items < 0 || f.Size < 0 || f.Size > maxBomb || f.Delay < 0 || f.DelayUpTo < 0 || f.RetryAfter < 0 {
		errs = append(errs, errors.New("skip, count, items, size, delay or retry_after is out of range"))
	}
	return errors.Join(errs...)
}

// Injection is a Fault at work.
type Injection struct {
	fault    Fault
	plan     *faultPlan
	id       int // place in the plan: from 1 for injected faults, from -1 downwards for those of chaos
	seen     int
	hits     int
	reach    sync.Once
	end      sync.Once
	reached  chan struct{}
	finished chan struct{}
}

// ID numbers the injections of a server, from 1.
func (i *Injection) ID() int { return i.id }

// Fault is what was injected, with its defaults filled in.
func (i *Injection) Fault() Fault { return i.fault }

// Reached is closed when the fault hits for the first time; with a hang, when the request hangs, so that the work
// of HangAfter is done by then.
func (i *Injection) Reached() <-chan struct{} { return i.reached }

// Finished is closed when the first request that was hit has had its effect or will have none, whether or not its
// caller still waits for the answer. What an activity does later is not waited for.
func (i *Injection) Finished() <-chan struct{} { return i.finished }

// Hits is the number of requests hit so far.
func (i *Injection) Hits() int {
	i.plan.mu.Lock()
	defer i.plan.mu.Unlock()
	return i.hits
}

// Remove takes the fault out of the plan; requests that hang in it go on hanging. Removing twice does nothing.
func (i *Injection) Remove() {
	i.plan.mu.Lock()
	defer i.plan.mu.Unlock()
	i.plan.active = slices.DeleteFunc(i.plan.active, func(other *Injection) bool { return other == i })
}

func (i *Injection) markReached() { i.reach.Do(func() { close(i.reached) }) }

func (i *Injection) markFinished() { i.end.Do(func() { close(i.finished) }) }
