package store

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"winnow/deletion"
)

// Kind says what a call is for.
type Kind string

const (
	// Send is a request that deletes. It must leave the reserve alone, and never tries whether the vendor answers again.
	Send Kind = "send"
	// Look is every other request; it may use the reserve, because finding out what happened comes first.
	Look Kind = "look"
	// Ask is a Look for which a person waits at a page. It goes before all other calls of this process.
	Ask Kind = "ask"
)

// The vendor's limits for one API key (https://developer.constantcontact.com/api_guide/auth_rate_limits.html): 4 calls
// a second and 10,000 calls a UTC day.
const (
	defaultInterval = 254 * time.Millisecond // 4 a second with 16 ms for the jitter on the way
	defaultDaily    = 10_000
	defaultReserve  = 300
)

// patience is how long Await lets a call stand in line: 98 accounts at the usual distance. Who is sent away loses its turn, and
// others who come at the right moment take it again and again; so the line has to hold every account that works. What was
// claimed must start within 30 s (deletion/send.go). A longer wait is the caller's: a lane does something else meanwhile, and a
// person is told.
const patience = 25 * time.Second

// GovernorOptions are the limits of the vendor's API key; zero values mean the vendor's usual ones.
type GovernorOptions struct {
	Interval time.Duration // between the starts of two calls, whole milliseconds; 254 ms by default
	Daily    int64         // calls a UTC day, 10,000 by default
	Reserve  int64         // of these, kept back for Look; 300 by default, negative for none
	// Now replaces the database's clock, which all processes share. For tests with a clock moved by hand.
	Now func() time.Time
	// Sleep waits for a call's moment, or returns the context's error. Nil waits in real time. One that moves the clock of Now
	// has the starts of this process go by that clock, too.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Governor hands out permission to call the vendor: one line for each API key, in the database, so that every process that
// shares the database shares the line. It is the generic cell rate algorithm with a burst of one, plus a count of the day and
// a circuit breaker. It also looks at the real starts, so that neither a timer that fires late, nor a process that stood still,
// nor a database clock that jumps puts too many of them into one second.
type Governor struct {
	db      *DB
	o       GovernorOptions
	pace    pace
	turns   *turns
	failing atomic.Bool // an answer has something to clear
}

// NewGovernor returns a governor with the defaults filled in.
func NewGovernor(db *DB, o GovernorOptions) *Governor {
	o.Interval = cmp.Or(o.Interval, defaultInterval)
	o.Daily = cmp.Or(o.Daily, defaultDaily)
	o.Reserve = max(cmp.Or(o.Reserve, defaultReserve), 0)
	return &Governor{db: db, o: o, pace: newPace(o.Interval), turns: newTurns()}
}

// Slot is a moment reserved for one call.
type Slot struct {
	Wait time.Duration // until the moment

	at       int64 // the moment, by the database's clock
	key      string
	kind     Kind
	epoch    int64 // of the line when it was reserved
	failures int64 // of the line when it was reserved
	probe    bool  // the call tries whether the vendor answers again
	order    int64 // among the calls of this process
}

// Await waits until one call may start, at most 25 s, and returns at that moment. What it returned counts, whether the call is
// made or not: the vendor counts failures too. The caller reports the call's end with Ended. A *deletion.QuotaError means that
// the day is used, a *deletion.VendorDownError that the vendor does not answer and it is not time to try again, a
// *deletion.VendorBusyError that the line is longer; after each of them nothing was counted.
func (g *Governor) Await(ctx context.Context, key string, kind Kind) (Slot, error) {
	slot, err := g.reserve(ctx, request{key: key, kind: kind, patience: patience, count: 1})
	slot = g.turns.come(slot)
	for err == nil {
		var started bool
		if slot, started, err = g.stand(ctx, slot); started {
			return slot, nil
		}
	}
	if slot.probe { // somebody else may try
		err = errors.Join(err, g.Ended(context.WithoutCancel(ctx), slot, BrokenOff))
	}
	return Slot{}, wrap("wait for the governor", err)
}

// stand waits for the slot's moment and tells whether the call may start now. Otherwise it has to stand on: its moment became
// void and there is another one, or too many calls of this process have started within the last second.
func (g *Governor) stand(ctx context.Context, slot Slot) (Slot, bool, error) {
	given, early, err := g.pause(ctx, slot)
	if err != nil || early {
		return given, early, err
	}
	void, wait, err := g.begin(ctx, slot)
	if err != nil {
		return slot, false, err
	}
	if void {
		again, err := g.reserve(ctx, request{key: slot.key, kind: slot.kind, patience: patience, probing: slot.probe})
		if err != nil {
			return slot, false, err
		}
		again.order = slot.order
		return again, false, nil
	}
	if slot.Wait = wait; wait == 0 {
		slot.Wait = g.pace.start(slot.key, g.begins())
	}
	if slot.Wait > 0 {
		return slot, false, nil
	}
	slot, passed := g.turns.pass(slot)
	return slot, !passed, nil
}

// Take reserves the next free moment for one call, however far it is, and leaves the waiting to the caller; nothing is
// reserved when it fails. Await is what callers of the vendor use: it also notices when the moment becomes void.
func (g *Governor) Take(ctx context.Context, key string, kind Kind) (Slot, error) {
	slot, err := g.reserve(ctx, request{key: key, kind: kind, patience: dayLong, count: 1})
	return slot, wrap("ask the governor", err)
}

// reserve gives a request its place in the line.
func (g *Governor) reserve(ctx context.Context, r request) (Slot, error) {
	slot := Slot{key: r.key, kind: r.kind}
	err := g.change(ctx, r.key, func(l *line, now int64) error {
		at, err := l.take(now, r, g.o)
		if err == nil {
			slot.Wait = time.Duration(at-now) * time.Millisecond
			slot.at, slot.epoch, slot.failures, slot.probe = at, l.epoch, l.failures, l.open()
		}
		return err
	})
	return slot, err
}

// Check tells whether a call could be made now, with the errors of Await, and reserves nothing. A VendorDownError whose time
// has come means that a Look is wanted that tries whether the vendor answers again.
func (g *Governor) Check(ctx context.Context, key string, kind Kind) error {
	l, now, err := g.read(ctx, key)
	if err != nil {
		return wrap("ask the governor", err)
	}
	return l.allows(now, request{key: key, kind: kind, patience: patience, count: 1}, g.o)
}

// End is how a call ended, as far as it tells whether the vendor answers.
type End int

// The ends of a call.
const (
	Answered  End = iota // whatever the answer was, short of an error of the server
	Failed               // no connection, no answer in time, an error of the server
	BrokenOff            // we gave up ourselves, which says nothing
)

// Ended reports how a call ended for which Await gave the slot. After five failures in a row no call starts, until one Look
// at a time has tried after 1, 2, 4 ... 60 s and was answered. Reporting an answer costs nothing while all is well.
func (g *Governor) Ended(ctx context.Context, slot Slot, end End) error {
	if end == Answered && slot.failures == 0 && !g.failing.Load() || end == BrokenOff && !slot.probe {
		return nil
	}
	return wrap("note how a call ended", g.change(ctx, slot.key, func(l *line, now int64) error {
		l.ended(now, slot.probe, end)
		g.failing.Store(l.failures > 0)
		return nil
	}))
}

// Hold lets no call start for a while, those that wait for their moment included; the vendor answered 429 although we kept to
// the pace, so somebody else uses the key. It never shortens what is reserved or held already.
func (g *Governor) Hold(ctx context.Context, key string, d time.Duration) error {
	return wrap("hold the calls", g.change(ctx, key, func(l *line, now int64) error {
		l.hold(now, d)
		return nil
	}))
}

// Exhaust marks the key's day as used, reserve and all: the vendor says so, and counts more than we do. In the first five
// minutes of a day it only holds the calls for a minute, since the vendor may be speaking of the day before.
func (g *Governor) Exhaust(ctx context.Context, key string) error {
	return wrap("mark the day as used", g.change(ctx, key, func(l *line, now int64) error {
		l.exhaust(now)
		return nil
	}))
}

// Usage returns how much of the key's day is used, and what the running deletions of all accounts still have to send.
func (g *Governor) Usage(ctx context.Context, key string) (deletion.Usage, error) {
	l, now, err := g.read(ctx, key)
	if err != nil {
		return deletion.Usage{}, wrap("read today's usage", err)
	}
	u := l.usage(now, g.o)
	u.Waiting, err = g.waiting(ctx)
	return u, wrap("read what waits to be sent", err)
}

// DownUntil returns when Constant Contact, which does not answer, is tried again, or zero while it answers. It is what a part that
// is asked for all the time needs of Usage, for one statement.
func (g *Governor) DownUntil(ctx context.Context, key string) (time.Time, error) {
	l, now, err := g.read(ctx, key)
	if err != nil {
		return time.Time{}, wrap("read whether Constant Contact answers", err)
	}
	return l.usage(now, g.o).DownUntil, nil
}

// begins is the moment at which a call starts, as the pace of this process measures it.
func (g *Governor) begins() time.Time {
	if g.o.Sleep != nil && g.o.Now != nil {
		return g.o.Now()
	}
	return time.Now()
}

// pause waits for the slot's moment, or returns the context's error. A call whose context ends before its moment fails at once.
// Early means that it was given another moment, which has come.
func (g *Governor) pause(ctx context.Context, slot Slot) (given Slot, early bool, err error) {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < slot.Wait {
		return slot, false, context.DeadlineExceeded
	}
	switch {
	case slot.Wait <= 0:
		return slot, false, ctx.Err()
	case g.o.Sleep != nil:
		return slot, false, g.o.Sleep(ctx, slot.Wait)
	case !slot.probe:
		return g.turns.wait(ctx, slot)
	}
	t := time.NewTimer(slot.Wait)
	defer t.Stop()
	select {
	case <-t.C:
		return slot, false, nil
	case <-ctx.Done():
		return slot, false, ctx.Err()
	}
}
