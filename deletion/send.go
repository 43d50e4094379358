package deletion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"winnow/constantcontact"
)

// startWithin is how long after its claim a request may start. A process that slept for longer must not send: whoever
// watched it took it for dead. Waiting for the governor is included, which takes a quarter of a second for each account.
const startWithin = 30 * time.Second

// send makes the one request of an attempt that was claimed then and records how it went. It goes on when ctx ends: whoever
// shuts down waits for the answer rather than making the outcome unknown.
func (l *lane) send(ctx context.Context, a *Attempt, claimed time.Time) error {
	ctx, cancel := context.WithDeadline(withSending(context.WithoutCancel(ctx), a.Deletion), claimed.Add(constantcontact.MaxDeleteTime))
	defer cancel()
	ahead, measured := l.runner.Clocks.Claims()
	request := requestOf(a)
	request.StartBefore = claimed.Add(startWithin)
	activity, err := l.client.Activities.DeleteContacts(ctx, request)
	ctx = context.WithoutCancel(ctx)

	v := judge(activity, err)
	if measured && v.state == AttemptUnknown {
		l.ahead[a.ID] = ahead
	}
	v.settle(a)
	if err := l.runner.Store.Settle(ctx, Settlement{
		Attempt: *a, Outcome: v.outcome, Activity: v.activity, NextCheck: a.NextCheck,
	}); err != nil {
		return fmt.Errorf("record attempt %d: %w", a.ID, err)
	}
	l.runner.Log.InfoContext(ctx, "sent", "account", a.Account, "deletion", a.Deletion, "batch", a.Batch, "try", a.Try,
		"items", a.Items, "state", a.State, "activity", a.ActivityID, "status", a.HTTPStatus, "error_key", a.ErrorKey, "cause", v.cause)
	return l.react(ctx, a, v)
}

// requestOf is the body of an attempt: contacts or lists, never both.
func requestOf(a *Attempt) constantcontact.ContactDelete {
	ids := make([]string, len(a.IDs))
	for i, id := range a.IDs {
		ids[i] = id.String()
	}
	if a.Source == FromLists {
		return constantcontact.ContactDelete{ListIDs: ids}
	}
	return constantcontact.ContactDelete{ContactIDs: ids}
}

// verdict is what the answer to a POST means.
type verdict struct {
	state    AttemptState
	outcome  Outcome
	activity Activity
	refused  *constantcontact.Error
	cause    error
}

// judge sorts the answer to a POST. Whatever is neither accepted nor proven unsent nor refused by Constant Contact itself
// is unknown.
func judge(activity *constantcontact.Activity, err error) verdict {
	var unsent *constantcontact.UnsentError
	var refused *constantcontact.Error
	switch {
	case err == nil:
		return verdict{state: AttemptAccepted, outcome: Accepted, activity: activityOf(activity)}
	case errors.As(err, &unsent):
		return verdict{state: AttemptUnsent, outcome: Waiting, cause: err}
	case errors.As(err, &refused):
		return verdict{state: AttemptRejected, outcome: refusedOutcome(refused), refused: refused, cause: err}
	}
	return verdict{state: AttemptUnknown, outcome: Unknown, cause: err}
}

// refusedOutcome tells refusals that are about the moment or the connection, after which the same batch may be tried
// again, from those that are about the batch.
func refusedOutcome(e *constantcontact.Error) Outcome {
	if e.Unauthorized() || e.Forbidden() || e.Status == 429 {
		return Waiting
	}
	return Rejected
}

// settle writes the verdict into the attempt.
func (v verdict) settle(a *Attempt) {
	a.State = v.state
	a.ActivityID = v.activity.ID
	if v.refused != nil {
		a.HTTPStatus, a.ErrorKey, a.ErrorText = v.refused.Status, v.refused.Key, v.refused.Message
		return
	}
	a.ErrorText = v.words()
	if v.state == AttemptUnknown {
		a.Evidence = "The answer was lost. Looking for what happened before anything else is sent."
	}
}

// words says to people what broke; the log has the rest.
func (v verdict) words() string {
	var unclear *constantcontact.UnclearError
	var quota *QuotaError
	switch {
	case v.cause == nil:
		return ""
	case errors.As(v.cause, &unclear):
		if unclear.Status == 0 {
			return "The connection broke before the answer was there."
		}
		return fmt.Sprintf("The answer had status %d and did not say whether the request was taken.", unclear.Status)
	case errors.As(v.cause, &quota):
		return "Today's requests are used, so it was not sent."
	case errors.Is(v.cause, ErrSignInAgain):
		return "Constant Contact wants a new sign-in, so it was not sent."
	case errors.Is(v.cause, ErrHalted):
		return "All sending was stopped, so it was not sent."
	case errors.Is(v.cause, ErrLeased):
		return "Another process went on with the account, so it was not sent."
	case errors.Is(v.cause, ErrChanged):
		return "The deletion was paused or stopped in that moment, so it was not sent."
	}
	if _, held := retryAt(v.cause); held {
		return "Constant Contact did not answer or wanted a pause just before, so it was not sent."
	}
	return "Constant Contact could not be reached, so it was not sent."
}

// react does what follows from a verdict for the batches after this one.
func (l *lane) react(ctx context.Context, a *Attempt, v verdict) error {
	now := l.runner.Now()
	if v.state != AttemptUnsent {
		l.unsent, l.lost = 0, l.lost+1
	}
	switch v.state {
	case AttemptAccepted:
		if l.open == 0 && !l.earnest {
			l.nextFollow = now.Add(l.runner.Follow)
		}
		l.open++
		l.sent++
		l.watch.sent++
		l.turnedDown, l.lost, l.roomLooks = 0, 0, 0
		return nil
	case AttemptUnsent:
		return l.reactToUnsent(ctx, v.cause)
	case AttemptRejected:
		l.lost = 0
		return l.reactToRefusal(ctx, a, v.refused)
	}
	return nil
}

// reactToUnsent waits: for the next day, for a sign-in, or a little for the network. What a person held back is not waited
// for here: the next claim finds it halted, paused or stopped.
func (l *lane) reactToUnsent(ctx context.Context, cause error) error {
	var quota *QuotaError
	switch {
	case errors.As(cause, &quota):
		_, err := l.pauseForQuota(ctx, quota.ResumeAt)
		return err
	case errors.Is(cause, ErrSignInAgain):
		_, err := l.pauseAll(ctx, SignInAgain, "")
		return err
	case heldBack(cause):
		return nil
	}
	if at, held := retryAt(cause); held {
		l.holdUntil = l.askAgain(at)
		return nil
	}
	l.unsent++
	l.holdUntil = l.runner.Now().Add(time.Second/2 + backoff(l.unsent+1)) // twice a look's: each try is written down
	return nil
}

// The waits after the vendor's three kinds of "too many requests". It sends no Retry-After; these are its documented
// limits of 4 requests a second and 1,000 queued activities, with room.
const (
	throttledWait = time.Second
	firstRoomWait = 5 * time.Second
	queueFullWait = time.Minute
)

// reactToRefusal waits or pauses as the refusal asks for.
func (l *lane) reactToRefusal(ctx context.Context, a *Attempt, e *constantcontact.Error) error {
	var err error
	switch {
	case e.Unauthorized():
		err = l.reactToTurnedDown(ctx)
	case e.Forbidden():
		_, err = l.pauseAll(ctx, NotAllowed, e.Message)
	case e.QuotaExceeded():
		l.holdReads(nextUTCDay(l.runner.Now()))
		_, err = l.pauseForQuota(ctx, nextUTCDay(l.runner.Now()))
	case e.Throttled():
		l.holdUntil = l.runner.Now().Add(throttledWait + rand.N(throttledWait))
	case e.QueueFull():
		l.nextRoom = l.runner.Now().Add(roomWait(l.roomLooks))
	default:
		err = l.countFailure(ctx, a.Deletion)
	}
	return err
}

// countFailure pauses a deletion after too many failed batches in a row: something is wrong that waiting does not mend.
func (l *lane) countFailure(ctx context.Context, deletion int64) error {
	l.failures[deletion]++
	if l.failures[deletion] < maxFailures {
		return nil
	}
	delete(l.failures, deletion)
	return l.pause(ctx, deletion, FailuresInARow, "")
}

// activityOf takes over what the vendor says about an activity.
func activityOf(a *constantcontact.Activity) Activity {
	return Activity{
		ID: a.ActivityID, State: string(a.State), PercentDone: a.PercentDone,
		CreatedAt: a.CreatedAt, StartedAt: a.StartedAt, CompletedAt: a.CompletedAt, UpdatedAt: a.UpdatedAt,
		Errors: a.Errors, SourceFileName: a.SourceFileName, ResultsLink: a.Links.Results.Href,
		ItemsTotal: a.Status.ItemsTotalCount, ItemsCompleted: a.Status.ItemsCompletedCount, Lists: a.Status.ListCount,
		Persons: a.Status.PersonCount, ErrorCount: a.Status.ErrorCount, Correctable: a.Status.CorrectableCount,
		CannotAddToList: a.Status.CannotAddToListCount,
	}
}
