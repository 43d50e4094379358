package deletion

import (
	"context"
	"errors"
	"time"
)

// ErrHalted means that a person stopped all sending. Nothing was sent; whoever lifts the halt wakes every account.
var ErrHalted = errors.New("all sending is stopped")

// ErrStaleSignIn means that a halt is lifted only by somebody who signed in after it was pressed, and a short while ago.
var ErrStaleSignIn = errors.New("lifting the halt needs a fresh sign-in")

// LiftWithin is how long after signing in a person may lift a halt. It is our own choice: long enough to read the page,
// too short for a browser that somebody left open.
const LiftWithin = 10 * time.Minute

// Halt is a stop of all sending, of all accounts, from one press of the button until it is lifted.
type Halt struct {
	At time.Time
	By User
}

// Notices are what pages say of why nothing of an account is sent, beside what their own process knows.
type Notices struct {
	Halt      Halt  // the zero value while nobody stopped all sending
	Held      bool  // the account is held until a person releases it
	Undecided int64 // the deletion whose lost request with lists a person has to decide about before anything else is sent; 0 without one
	Stalled   bool  // some of its batches wait for what does not move, see Stalled
}

// MayLift tells whether somebody whose session began with a sign-in at that time may lift the halt now.
func (h Halt) MayLift(signedIn, now time.Time) bool {
	return signedIn.After(h.At) && now.Sub(signedIn) <= LiftWithin
}

type sendingKey struct{}

// withSending notes in the context which deletion a request is for, so that who grants permission for it at the last
// moment can ask whether it may still be sent.
func withSending(ctx context.Context, deletion int64) context.Context {
	return context.WithValue(ctx, sendingKey{}, deletion)
}

// SendingOf is the deletion that a delete request under the context is for, 0 when it is for none.
func SendingOf(ctx context.Context) int64 {
	id, _ := ctx.Value(sendingKey{}).(int64)
	return id
}

// heldBack tells that a request was not sent because of a person's decision, or because another process works for the account
// now: nothing is wrong, and nothing is counted.
func heldBack(err error) bool {
	return errors.Is(err, ErrHalted) || errors.Is(err, ErrChanged) || errors.Is(err, ErrLeased)
}

// halted does what needs no sending: it follows what was sent and finds out what is unknown. Otherwise it idles.
func (l *lane) halted(ctx context.Context) (time.Duration, error) {
	wait, err := l.nothingToSend(ctx)
	if err == nil && wait > 0 && l.open == 0 && l.nextCheck.IsZero() && l.nextProof.IsZero() {
		return idle, nil
	}
	return wait, err
}
