package deletion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"winnow/constantcontact"
)

// resolve finds out what became of an attempt whose answer was lost. The contacts decide; the activities are evidence.
// The attempt stays unknown until one of these is proven or a person decides.
func (l *lane) resolve(ctx context.Context, a *Attempt) error {
	candidates, err := l.candidates(ctx, a)
	if err != nil {
		return err
	}
	if a.Source == FromLists {
		return l.resolveLists(ctx, a, candidates)
	}
	return l.resolveContacts(ctx, a, candidates)
}

// candidates are the activities that may be the attempt's: created when it was sent or later, not known to be another
// batch's, and not of a shape that a deletion of this size cannot have.
func (l *lane) candidates(ctx context.Context, a *Attempt) ([]Activity, error) {
	recent, err := l.client.Activities.Recent(ctx, activityPage)
	if err != nil {
		return nil, fmt.Errorf("read activities: %w", err)
	}
	ids := make([]string, len(recent))
	for i := range recent {
		ids[i] = recent[i].ActivityID
	}
	ours, err := l.runner.Store.BatchesOfActivities(ctx, l.account, ids)
	if err != nil {
		return nil, fmt.Errorf("activities of ours: %w", err)
	}
	var found []Activity
	for i := range recent {
		if ours[recent[i].ActivityID] == nil && mayBe(&recent[i], a) {
			found = append(found, activityOf(&recent[i]))
		}
	}
	return found, nil
}

// mayBe tells whether an activity can be the effect of an attempt.
func mayBe(v *constantcontact.Activity, a *Attempt) bool {
	if v.CreatedAt.Before(a.ClaimedAt.Add(-clockMargin)) || v.SourceFileName != "" || v.Links.Results.Href != "" {
		return false
	}
	lists := v.Status.ListCount != nil && *v.Status.ListCount > 0
	if a.Source == FromLists {
		begun := v.Status.ItemsTotalCount != nil
		return !lists && !begun || lists && *v.Status.ListCount == a.Items
	}
	return !lists && (v.Status.ItemsTotalCount == nil || *v.Status.ItemsTotalCount <= a.Items)
}

// resolveContacts decides by what the contacts show.
func (l *lane) resolveContacts(ctx context.Context, a *Attempt, candidates []Activity) error {
	now := l.runner.Now()
	look := lookback{ids: a.IDs, since: a.ClaimedAt, until: now, read: l.readBack.of(a.Deletion, a.Batch)}
	if err := look.listDeleted(ctx, l.client); err != nil {
		return err
	}
	overdue := !now.Before(a.ClaimedAt.Add(l.runner.Grace))
	deleted := len(look.deleted)
	switch {
	case deleted == len(a.IDs):
		return l.settleExecuted(ctx, a, &look, candidates)
	case len(candidates) == 1:
		return l.bind(ctx, a, candidates[0])
	case !overdue || slices.ContainsFunc(candidates, unfinished):
		return l.lookAgain(ctx, a, describe(len(candidates), deleted, a))
	case len(candidates) == 0:
		return l.sendRemainder(ctx, a, &look)
	}
	return l.settleExecuted(ctx, a, &look, candidates)
}

// unfinished tells that an activity may still delete something.
func unfinished(a Activity) bool { return !a.ended() }

// bind follows the one activity that fits. The batch stays unknown until its end is compared with the contacts, because
// the activity may be somebody else's.
func (l *lane) bind(ctx context.Context, a *Attempt, found Activity) error {
	a.State, a.ActivityID = AttemptAccepted, found.ID
	a.Evidence = "One activity at Constant Contact fits in time and size. The contacts are read when it ends."
	l.nextFollow = l.runner.Now()
	return l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Unknown, Activity: found})
}

// settleExecuted reads the contacts that are not known to be deleted one by one and writes what became of each. The batch
// may hold more contacts than this attempt sent; the others were deleted before.
func (l *lane) settleExecuted(ctx context.Context, a *Attempt, look *lookback, candidates []Activity) error {
	if err := look.readMissing(ctx, l.client); err != nil {
		return err
	}
	ids, err := l.runner.Store.BatchIDs(ctx, a.Deletion, a.Batch)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	a.State = AttemptExecuted
	a.Evidence = describe(len(candidates), len(look.deleted), a)
	r := look.resultOf(ids, Failed)
	if len(candidates) == 1 {
		a.ActivityID, r.Activity = candidates[0].ID, candidates[0]
	}
	r.Deletion, r.Batch = a.Deletion, a.Batch
	if err := l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: r.Outcome, Result: &r}); err != nil {
		return err
	}
	return l.tally(ctx, a.Deletion, r.Outcome)
}

// sendRemainder lets the contacts of an attempt that are not deleted wait for their one more try: no activity that may be its
// effect was seen within the grace time. What was repeated once already has failed; a person may try again.
func (l *lane) sendRemainder(ctx context.Context, a *Attempt, look *lookback) error {
	nothing, err := l.nothingDeleted(ctx, a, look)
	if err != nil {
		return err
	}
	repeated, err := l.repeated(ctx, a)
	switch {
	case err != nil:
		return err
	case nothing && repeated:
		return l.settleFailed(ctx, a)
	case nothing:
		return l.settleNotExecuted(ctx, a)
	case repeated:
		return l.settleExecuted(ctx, a, look, nil)
	}
	return l.settleInPart(ctx, a, look)
}

// nothingDeleted tells whether an attempt had no effect: the list of deleted contacts shows none of it, and neither does a
// sample that is read by id, because the list may lag behind.
func (l *lane) nothingDeleted(ctx context.Context, a *Attempt, look *lookback) (bool, error) {
	if len(look.deleted) > 0 {
		return false, nil
	}
	contradiction, err := l.sample(ctx, a)
	return !contradiction, err
}

// nothingRan is what is known of an attempt without effect.
const nothingRan = "Nothing of it ran within the grace time: no activity fits, and its contacts are still active."

// settleNotExecuted lets the whole batch wait for its one more try.
func (l *lane) settleNotExecuted(ctx context.Context, a *Attempt) error {
	a.State, a.NextCheck, a.Evidence = AttemptNotExecuted, time.Time{}, nothingRan
	return l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Waiting})
}

// settleFailed ends a batch whose one more try had no effect either.
func (l *lane) settleFailed(ctx context.Context, a *Attempt) error {
	a.State, a.NextCheck, a.Evidence = AttemptNotExecuted, time.Time{}, nothingRan+" It was sent again once already."
	if err := l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Failed}); err != nil {
		return err
	}
	return l.tally(ctx, a.Deletion, Failed)
}

// settleInPart keeps what is deleted and lets the rest wait for its one more try.
func (l *lane) settleInPart(ctx context.Context, a *Attempt, look *lookback) error {
	if err := look.readMissing(ctx, l.client); err != nil {
		return err
	}
	ids, err := l.runner.Store.BatchIDs(ctx, a.Deletion, a.Batch)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	missed, left := look.missed(ids)
	if left == 0 {
		return l.settleExecuted(ctx, a, look, nil)
	}
	a.State, a.NextCheck = AttemptExecuted, time.Time{}
	a.Evidence = describe(0, len(look.deleted), a) + " The others are sent once more."
	return l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Waiting, Result: &Result{
		Deletion: a.Deletion, Batch: a.Batch, Outcome: Waiting, Deleted: len(ids.kept()) - left, Missed: missed,
	}})
}

// sampleSize is how many contacts are read by id before an attempt is called not executed.
const sampleSize = 5

// sample tells whether some contact of an attempt was deleted although the list of deleted contacts does not show it.
func (l *lane) sample(ctx context.Context, a *Attempt) (contradiction bool, err error) {
	for _, i := range rand.Perm(len(a.IDs))[:min(sampleSize, len(a.IDs))] {
		contact, err := readContact(ctx, l.client, a.IDs[i])
		if err != nil {
			return false, err
		}
		if contact != nil && contact.Deleted() && !longGone(contact, a) {
			return true, nil
		}
	}
	return false, nil
}

// longGone tells that a contact was deleted before the attempt. The vendor gives the day only, in a time zone it does not
// name.
func longGone(c *constantcontact.Contact, a *Attempt) bool {
	return c.DeletedAt.Add(48 * time.Hour).Before(a.ClaimedAt)
}

// repeated tells whether an earlier attempt of the batch was lost, too, so that this one was the one more try.
func (l *lane) repeated(ctx context.Context, a *Attempt) (bool, error) {
	attempts, err := l.runner.Store.Attempts(ctx, a.Deletion, a.Batch)
	if err != nil {
		return false, fmt.Errorf("attempts of batch: %w", err)
	}
	return slices.ContainsFunc(attempts, func(b *Attempt) bool {
		return b.ID != a.ID && (b.State == AttemptNotExecuted || b.State == AttemptExecuted)
	}), nil
}

// lookAgain keeps the attempt unknown and plans the next look: soon at first, then every few minutes, and every hour when
// it takes long.
func (l *lane) lookAgain(ctx context.Context, a *Attempt, evidence string) error {
	a.Checks++
	a.Evidence = evidence
	a.NextCheck = l.runner.Now().Add(checkWait(a.Checks, l.runner.Grace))
	a.State = AttemptUnknown
	if err := l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Unknown, NextCheck: a.NextCheck}); err != nil {
		return err
	}
	return l.park(ctx, a)
}

// park lets other batches go on when an attempt stays unknown: whoever ran would have shown by now, as a rule. Lists are
// never parked, and three attempts of an account are enough.
func (l *lane) park(ctx context.Context, a *Attempt) error {
	if a.Source == FromLists || l.runner.Now().Before(a.ClaimedAt.Add(l.runner.Grace/parkAfter)) {
		return nil
	}
	err := l.runner.Store.Park(ctx, a.ID)
	if err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("park attempt %d: %w", a.ID, err)
	}
	return nil
}

// parkAfter is the part of the grace time after which an unknown attempt is parked: a minute of 15.
const parkAfter = 15

// patientChecks is how many looks are made before they become rare: with 15 minutes of grace half an hour's.
const patientChecks = 10

// checkWait doubles from a sixtieth of the grace time to a third of it, with 15 minutes 15 s, 30 s, 1, 2, 4 and then 5 minutes;
// after that it is four times the grace time, because a person may take days to decide.
func checkWait(checks int, grace time.Duration) time.Duration {
	if checks > patientChecks {
		return 4 * grace
	}
	first := grace / 60
	return max(min(first<<(checks-1), grace/3), 10*time.Millisecond)
}

func (l *lane) settleUnknown(ctx context.Context, s Settlement) error {
	if err := l.runner.Store.Settle(context.WithoutCancel(ctx), s); err != nil {
		return fmt.Errorf("record attempt %d: %w", s.Attempt.ID, err)
	}
	if s.Outcome != Unknown {
		l.readBack.forget(s.Attempt.Deletion, s.Attempt.Batch)
	}
	l.runner.Log.InfoContext(ctx, "looked into an unknown outcome", "account", l.account, "deletion", s.Attempt.Deletion,
		"batch", s.Attempt.Batch, "state", s.Attempt.State, "outcome", s.Outcome, "checks", s.Attempt.Checks)
	return nil
}

// describe puts what is known into words for people.
func describe(candidates, deleted int, a *Attempt) string {
	activities := "No activity at Constant Contact fits it"
	switch {
	case candidates == 1:
		activities = "One activity at Constant Contact fits it"
	case candidates > 1:
		activities = fmt.Sprintf("%d activities at Constant Contact fit it", candidates)
	}
	if a.Source == FromLists {
		return activities + ". Constant Contact does not record which lists a deletion was for."
	}
	return fmt.Sprintf("%s; %d of its %d contacts are deleted.", activities, deleted, a.Items)
}
