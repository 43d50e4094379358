package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"winnow/config"
	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/store"
)

// The pauses of the whole API key after two of the vendor's "too many requests". It sends no Retry-After: the first is its
// documented window of a second, with as much again by chance; nobody knows what an undocumented one wants.
const (
	throttledHold = time.Second
	unknownHold   = time.Minute
)

// limits are those of the API key, as the operator set them.
func limits(c config.Serve) store.GovernorOptions {
	o := store.GovernorOptions{Interval: c.Interval, Daily: c.DailyLimit, Reserve: c.Reserve}
	if c.Reserve == 0 {
		o.Reserve = -1 // none; zero would mean the usual one
	}
	return o
}

// gate stands between the clients of all accounts and the API: it asks the governor before each call, and tells it how the
// call ended.
type gate struct {
	governor *store.Governor
	key      string // API key of the application
	log      *slog.Logger
	// seen is told of every call that has ended, for the figures; nil: nobody.
	seen func(context.Context, constantcontact.Call, time.Duration, error)
}

// permit waits for the governor's permission for one call.
func (g *gate) permit(ctx context.Context, call constantcontact.Call) (func(constantcontact.Ending), error) {
	slot, err := g.governor.Await(ctx, g.key, kindOf(ctx, call))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	return func(e constantcontact.Ending) {
		ctx := context.WithoutCancel(ctx)
		if g.seen != nil {
			g.seen(ctx, call, time.Since(began), errorOf(e))
		}
		g.ended(ctx, slot, call, e)
	}, nil
}

// kindOf tells whether a call deletes, and whether a person waits for it.
func kindOf(ctx context.Context, call constantcontact.Call) store.Kind {
	switch {
	case call.Kind == constantcontact.KindDelete:
		return store.Send
	case deletion.ActorOf(ctx) != deletion.Actor{}:
		return store.Ask
	}
	return store.Look
}

// errorOf is what the caller of a call is told, nil after a success.
func errorOf(e constantcontact.Ending) error {
	if e.Refusal != nil {
		return e.Refusal
	}
	return e.Err
}

// ended tells the governor what the end of a call means for all others. An error leaves the call as it is: it is over.
func (g *gate) ended(ctx context.Context, slot store.Slot, call constantcontact.Call, e constantcontact.Ending) {
	err := errors.Join(g.limited(ctx, e), g.governor.Ended(ctx, slot, endOf(e)))
	if err != nil {
		g.log.ErrorContext(ctx, "the governor does not know how a call ended", "call", call.Name, "status", e.Status, "error", err)
	}
}

// limited tells the vendor's kinds of "too many requests" apart. The full queue of an account is that account's business.
func (g *gate) limited(ctx context.Context, e constantcontact.Ending) error {
	refused := e.Refusal
	switch {
	case e.Status != http.StatusTooManyRequests, refused != nil && refused.QueueFull() && refused.Key == "":
		return nil
	case refused != nil && refused.Throttled():
		return g.governor.Hold(ctx, g.key, throttledHold+rand.N(throttledHold))
	case refused != nil && refused.QuotaExceeded():
		return g.governor.Exhaust(ctx, g.key)
	}
	return g.governor.Hold(ctx, g.key, unknownHold)
}

// endOf tells whether the vendor answered. Our own giving up says nothing about it.
func endOf(e constantcontact.Ending) store.End {
	switch {
	case e.Status >= http.StatusInternalServerError:
		return store.Failed
	case e.Status != 0:
		return store.Answered
	case errors.Is(e.Err, context.Canceled):
		return store.BrokenOff
	}
	return store.Failed
}

// mayDelete tells what would keep a deletion request from being made now, if anything.
func (g *gate) mayDelete(ctx context.Context) error { return g.governor.Check(ctx, g.key, store.Send) }

// usage is how much of the API key's day is used.
func (g *gate) usage(ctx context.Context) (deletion.Usage, error) {
	return g.governor.Usage(ctx, g.key)
}

// downUntil is when Constant Contact, which does not answer, is tried again.
func (g *gate) downUntil(ctx context.Context) (time.Time, error) {
	return g.governor.DownUntil(ctx, g.key)
}

// tokenInterval keeps to one request a second at the token endpoint, with 20 ms for the jitter on the way
// (https://developer.constantcontact.com/api_guide/auth_rate_limits.html).
const tokenInterval = 1020 * time.Millisecond

// tokenPace is when a request to the token endpoint may start: a line of its own, shared by all processes.
func tokenPace(g *store.Governor, clientID string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := g.Await(ctx, "token endpoint of "+clientID, store.Look)
		return err
	}
}

// tokenLimits are those of the token endpoint.
func tokenLimits() store.GovernorOptions {
	return store.GovernorOptions{Interval: tokenInterval, Daily: manyTokens, Reserve: -1}
}

// manyTokens is more than a second apart fit into a day.
const manyTokens = 100_000
