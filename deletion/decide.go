package deletion

import (
	"context"
	"fmt"
)

// Decide closes an unknown batch of lists by a person's word: Completed when it ran, Failed when it did not. Only lists
// are decided that way; what became of contacts is read back. ErrChanged when the batch is not unknown any more. The batch
// is not sent again; one that did not run can be retried like any other failed one, unless it waits for an activity that may be
// its own and has not ended. What had to wait for the decision goes on.
func (c *Console) Decide(ctx context.Context, d *Deletion, b *Batch, outcome Outcome, by User) error {
	if d.Source != FromLists || b.Outcome != Unknown {
		return ErrChanged
	}
	attempts, err := c.Store.Attempts(ctx, d.ID, b.N)
	if err != nil {
		return fmt.Errorf("find the unknown attempt: %w", err)
	}
	if len(attempts) == 0 || attempts[len(attempts)-1].State != AttemptUnknown {
		return ErrChanged
	}
	a := attempts[len(attempts)-1]
	switch outcome {
	case Completed:
		a.State, a.Evidence = AttemptExecuted, by.Name+" decided that it ran."
	case Failed:
		a.State, a.Evidence = AttemptNotExecuted, by.Name+" decided that it did not run."
	default:
		return ErrChanged
	}
	actor := ActorOf(ctx)
	actor.User = by
	ctx = WithActor(ctx, actor)
	s := Settlement{Attempt: *a, Outcome: outcome, Waived: outcome == Failed && b.Waits != ""}
	if err := c.Store.Settle(ctx, s); err != nil {
		return fmt.Errorf("record the decision: %w", err)
	}
	if err := c.Store.ResumeAccount(ctx, d.Account, NeedsDecision); err != nil {
		return fmt.Errorf("go on after the decision: %w", err)
	}
	return nil
}
