package deletion

import (
	"context"
	"fmt"
	"time"

	"winnow/constantcontact"
)

const (
	// maxHeld is how long a lane believes that Constant Contact is to be left alone: another account may find out earlier that it
	// answers again. Asking costs no request.
	maxHeld = 5 * time.Second
	// maxTurnedDown is how many requests in a row may not be accepted for their connection: the first gets another token.
	maxTurnedDown = 2
)

// mayClaim finds out, before anything is claimed, whether a request could be made now. Otherwise it says how long to wait.
func (l *lane) mayClaim(ctx context.Context) (time.Duration, error) {
	at, held := l.heldUntil(ctx)
	full := !l.nextRoom.IsZero()
	if !held && !full {
		return 0, nil
	}
	if waits, err := l.somethingWaits(ctx); err != nil || !waits {
		return 0, err
	}
	if full {
		if wait, err := l.room(ctx); wait != 0 || err != nil {
			return wait, err
		}
	}
	switch {
	case !held:
		return 0, nil
	case at.After(l.runner.Now()):
		l.holdUntil = l.askAgain(at)
		return l.untilLook(l.holdUntil), nil
	}
	if _, err := l.client.Activities.Recent(ctx, 1); err != nil { // a deletion is not the request to try it with
		return l.afterReadError(ctx, err, &l.unread)
	}
	return 0, nil
}

// heldUntil asks whether requests are held back, and until when. Whatever else may be wrong, the request itself will say.
func (l *lane) heldUntil(ctx context.Context) (time.Time, bool) {
	if l.runner.MayDelete == nil {
		return time.Time{}, false
	}
	return retryAt(l.runner.MayDelete(ctx))
}

// somethingWaits tells whether the account has a batch that could be sent.
func (l *lane) somethingWaits(ctx context.Context) (bool, error) {
	running, err := l.runner.Store.Deletions(ctx, l.account, DeletionFilter{State: Running})
	if err != nil {
		return false, fmt.Errorf("look for something to send: %w", err)
	}
	for _, d := range running {
		if d.Unsent > 0 {
			return true, nil
		}
	}
	return false, nil
}

// askAgain is when to ask the governor again that wants to be left alone until then.
func (l *lane) askAgain(at time.Time) time.Time {
	if soon := l.runner.Now().Add(maxHeld); at.After(soon) {
		return soon
	}
	return at
}

// room waits until the account's queue, which was full, has drained. It looks after 5 s, and then less and less often up to
// once a minute; other accounts send meanwhile.
func (l *lane) room(ctx context.Context) (time.Duration, error) {
	now := l.runner.Now()
	if now.Before(l.nextRoom) {
		return l.untilLook(l.nextRoom), nil
	}
	l.roomLooks++
	l.nextRoom = now.Add(roomWait(l.roomLooks))
	recent, err := l.client.Activities.Recent(ctx, activityPage)
	if err != nil {
		return l.afterReadError(ctx, err, &l.unread)
	}
	if queued(recent) >= maxOpen {
		return l.untilLook(l.nextRoom), nil
	}
	l.nextRoom = time.Time{}
	return 0, nil
}

// roomWait doubles from 5 s to a minute.
func roomWait(looks int) time.Duration { return min(firstRoomWait<<min(looks, 4), queueFullWait) }

// queued counts the activities that the vendor has still to work through.
func queued(activities []constantcontact.Activity) int {
	n := 0
	for i := range activities {
		if unfinished(activityOf(&activities[i])) {
			n++
		}
	}
	return n
}

// reactToTurnedDown goes on after the first request whose connection was not accepted, for which the client has asked for
// another token. The second in a row needs a person.
func (l *lane) reactToTurnedDown(ctx context.Context) error {
	if l.turnedDown++; l.turnedDown < maxTurnedDown {
		return nil
	}
	l.turnedDown = 0
	_, err := l.pauseAll(ctx, SignInAgain, "")
	return err
}
