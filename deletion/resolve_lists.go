package deletion

import (
	"context"
	"fmt"
	"slices"

	"winnow/constantcontact"
)

// resolveLists never sends again: the members may have changed since. An attempt has run when one activity fits it, has
// completed and left nobody on the lists. The activity alone proves nothing, it may be somebody else's. In every other
// case a person decides.
func (l *lane) resolveLists(ctx context.Context, a *Attempt, candidates []Activity) error {
	evidence := describe(len(candidates), 0, a)
	if len(candidates) == 1 {
		found := candidates[0]
		if unfinished(found) && l.graceLeft(a) > 0 {
			return l.lookAgain(ctx, a, evidence, candidates)
		}
		empty, err := l.listsAreEmpty(ctx, a.IDs)
		if err != nil {
			return err
		}
		if found.State == "completed" && empty {
			return l.settleLists(ctx, a, found)
		}
	}
	if err := l.pause(ctx, a.Deletion, NeedsDecision, ""); err != nil {
		return err
	}
	return l.lookAgain(ctx, a, evidence, candidates)
}

// listsAreEmpty tells that nobody who is not deleted is on any of the lists.
func (l *lane) listsAreEmpty(ctx context.Context, ids []ID) (bool, error) {
	for chunk := range slices.Chunk(ids, listsAtOnce) {
		options := constantcontact.ContactOptions{}
		for _, id := range chunk {
			options.Lists = append(options.Lists, id.String())
		}
		members, err := l.client.Contacts.Count(ctx, options)
		if err != nil {
			return false, fmt.Errorf("count members: %w", err)
		}
		if members > 0 {
			return false, nil
		}
	}
	return true, nil
}

// settleLists ends a batch of lists that ran, and lets go on what waited for a decision about it.
func (l *lane) settleLists(ctx context.Context, a *Attempt, found Activity) error {
	a.State, a.ActivityID = AttemptExecuted, found.ID
	a.Evidence = "One activity at Constant Contact fits in time and number of lists, and nobody is on the lists any more."
	r := Result{Deletion: a.Deletion, Batch: a.Batch, Outcome: Completed, Deleted: a.Items, Activity: found}
	if err := l.settleUnknown(ctx, Settlement{Attempt: *a, Outcome: Completed, Result: &r}); err != nil {
		return err
	}
	if err := l.runner.Store.ResumeAccount(ctx, l.account, NeedsDecision); err != nil {
		return fmt.Errorf("resume what waited for a decision: %w", err)
	}
	return l.tally(ctx, a.Deletion, Completed)
}
