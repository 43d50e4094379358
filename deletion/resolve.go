package deletion

import (
	"context"
	"fmt"
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

// candidates are the activities that may be the attempt's: created when it was sent or later, within the grace time, not known
// to be another batch's, and not of a shape that a deletion of this size cannot have.
func (l *lane) candidates(ctx context.Context, a *Attempt) ([]Activity, error) {
	recent, err := l.activitiesSince(ctx, l.windowOf(a).from, l.sharedFor(a))
	if err != nil {
		return nil, err
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
	w := l.windowOf(a)
	for i := range recent {
		late := recent[i].CreatedAt.After(w.until)
		if ours[recent[i].ActivityID] == nil && !late && mayBe(&recent[i], a, w) {
			found = append(found, activityOf(&recent[i]))
		}
	}
	return found, nil
}

// sharedFor is how old a reading of the activities may be to look into an attempt. The first look is worth a reading of its own,
// and after the grace time only a reading that was made after it counts.
func (l *lane) sharedFor(a *Attempt) time.Duration {
	if a.Checks == 0 || a.Source == FromLists {
		return 0
	}
	shared := l.runner.Grace / 60
	if late := -l.graceLeft(a); late >= 0 {
		shared = min(shared, late)
	}
	return shared
}

// mayBe tells whether an activity can be the effect of an attempt, late or not.
func mayBe(v *constantcontact.Activity, a *Attempt, w window) bool {
	if v.CreatedAt.Before(w.from) || v.SourceFileName != "" || v.Links.Results.Href != "" {
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
	k := l.lookbacks.of(batchRef{a.Deletion, a.Batch}, a.Try, a.IDs, l.listedFrom(a, candidates))
	found, err := l.sift(ctx, k, candidates)
	if err != nil {
		return err
	}
	switch {
	case k.allDeleted(), len(found.ours) == 1 && k.agrees(found.ours[0]):
		return l.settleExecuted(ctx, a, k, found.ours)
	case l.graceLeft(a) > 0:
		return l.lookAgain(ctx, a, found.evidence(a, k), found.open)
	}
	if waits, err := l.keepWaiting(ctx, a, k, found); err != nil || waits {
		return err
	}
	if through, err := l.listUntil(ctx, k, l.graceEnd(a)); err != nil || !through {
		return err
	}
	if len(found.ours) == 0 && !k.allDeleted() {
		return l.sendRemainder(ctx, a, k)
	}
	return l.settleExecuted(ctx, a, k, found.ours)
}

// found are the activities that may be those of a request whose answer was lost. What others deleted is in neither.
type found struct {
	open []Activity // may still delete something, or the list does not show yet what they deleted
	ours []Activity // have ended and deleted some of the request's contacts
}

// evidence puts what is known of an attempt into words for people.
func (f found) evidence(a *Attempt, k *lookback) string {
	return describe(len(f.open)+len(f.ours), len(k.deleted), a)
}

// sift looks at what each candidate deleted, as soon as the list can show it.
func (l *lane) sift(ctx context.Context, k *lookback, candidates []Activity) (found, error) {
	var f found
	for _, c := range candidates {
		if unfinished(c) {
			f.open = append(f.open, c)
			continue
		}
		settled, err := l.listActivity(ctx, k, c)
		switch {
		case err != nil:
			return f, err
		case !settled:
			f.open = append(f.open, c)
		case k.showed(c):
			f.ours = append(f.ours, c)
		}
	}
	return f, nil
}

// unfinished tells that an activity may still delete something.
func unfinished(a Activity) bool { return !a.ended() }

// settleExecuted writes what became of each contact, once that is proven for those that are not deleted, too. The batch
// may hold more contacts than this attempt sent; the others were deleted before.
func (l *lane) settleExecuted(ctx context.Context, a *Attempt, k *lookback, ours []Activity) error {
	ended, agreed := Failed, false
	if len(ours) == 1 {
		ended, agreed = ours[0].endedAs(), k.agrees(ours[0])
	}
	if proven, err := l.proveRest(ctx, k, agreed); err != nil || !proven {
		return err
	}
	ids, err := l.runner.Store.BatchIDs(ctx, a.Deletion, a.Batch)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	a.State = AttemptExecuted
	a.Evidence = describe(len(ours), len(k.deleted), a)
	r := k.resultOf(ids, ended)
	if len(ours) == 1 {
		a.ActivityID, r.Activity = ours[0].ID, ours[0]
	}
	r.Deletion, r.Batch = a.Deletion, a.Batch
	if err := l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: r.Outcome, Result: &r}); err != nil {
		return err
	}
	return l.tally(ctx, a.Deletion, r.Outcome)
}

// proveRest makes sure that the contacts that nothing shows as deleted are not deleted, and tells whether it is through. Where
// many are missing and the activity's own count agrees with what the list shows, a few of them speak for all; otherwise each
// is read.
func (l *lane) proveRest(ctx context.Context, k *lookback, agreed bool) (bool, error) {
	if agreed && len(k.missing()) > fewMissing {
		contradiction, err := l.sample(ctx, k, time.Time{})
		if err != nil || !contradiction {
			return err == nil, err
		}
	}
	return l.readMissing(ctx, k)
}

// sendRemainder lets the contacts of an attempt that are not deleted wait for their one more try: no activity that deleted any of
// them was seen within the grace time. What was repeated once already has failed; a person may try again.
func (l *lane) sendRemainder(ctx context.Context, a *Attempt, k *lookback) error {
	nothing, err := l.nothingDeleted(ctx, a, k)
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
		return l.settleExecuted(ctx, a, k, nil)
	}
	return l.settleInPart(ctx, a, k)
}

// deletedBefore is how long before a request a contact must have been deleted so that its deletion says nothing about the
// request: the vendor gives the day only, in a time zone it does not name.
const deletedBefore = 48 * time.Hour

// nothingDeleted tells whether an attempt had no effect: the list of deleted contacts shows none of it, and neither does a
// sample that is read by id, because the list may lag behind.
func (l *lane) nothingDeleted(ctx context.Context, a *Attempt, k *lookback) (bool, error) {
	if len(k.deleted) > 0 {
		return false, nil
	}
	contradiction, err := l.sample(ctx, k, a.ClaimedAt.Add(-deletedBefore))
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
func (l *lane) settleInPart(ctx context.Context, a *Attempt, k *lookback) error {
	if through, err := l.readMissing(ctx, k); err != nil || !through {
		return err
	}
	ids, err := l.runner.Store.BatchIDs(ctx, a.Deletion, a.Batch)
	if err != nil {
		return fmt.Errorf("ids of batch: %w", err)
	}
	missed, left := k.missed(ids)
	if left == 0 {
		return l.settleExecuted(ctx, a, k, nil)
	}
	a.State, a.NextCheck = AttemptExecuted, time.Time{}
	a.Evidence = describe(0, len(k.deleted), a) + " The others are sent once more."
	return l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Waiting, Result: &Result{
		Deletion: a.Deletion, Batch: a.Batch, Outcome: Waiting, Deleted: len(ids.kept()) - left, Missed: missed,
	}})
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

func (l *lane) settleUnknown(ctx context.Context, s Settlement) error {
	if err := l.runner.Store.Settle(context.WithoutCancel(ctx), s); err != nil {
		return fmt.Errorf("record attempt %d: %w", s.Attempt.ID, err)
	}
	if s.Outcome != Unknown {
		l.forget(s.Attempt.Deletion, s.Attempt.Batch)
		delete(l.ahead, s.Attempt.ID)
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
	return fmt.Sprintf("%s; %d of its %d contacts were seen as deleted.", activities, deleted, a.Items)
}
