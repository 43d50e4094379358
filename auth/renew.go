package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

const (
	// leaseLife outlives a renewal request by the time that storing its answer may take.
	leaseLife = 10 * time.Minute
	// commitFor is how long we try to store a new pair. After that the lease is about to end.
	commitFor = leaseLife - refreshTimeout - time.Minute
	// patience is how long others wait for a renewal under way before they use the present token while it works.
	patience = 15 * time.Second
	// pauseAfterFailure keeps all processes from asking again at once.
	pauseAfterFailure = time.Minute
	// maxTries is how often a refresh token that may be a single-use one is presented without having seen an answer: after a
	// crash or a lost answer once more, then a person has to sign in. A server that sees a used one again may end everything.
	maxTries = 2
	// pollEvery is how often the others look for the winner's result.
	pollEvery = 100 * time.Millisecond
)

// renew gives a token for a row that is due. errAgain asks the caller to read the row again.
func (t *Tokens) renew(ctx context.Context, row TokenRow, p pair) (Secret, error) {
	if row.ReadAt.Before(row.LeaseUntil) {
		return t.wait(ctx, row, p)
	}
	if p.Refresh == "" || (row.Tries >= maxTries && !p.LongLived) {
		return t.giveUp(ctx, row, p)
	}
	ref := TokenRef{Key: row.Key, Version: row.Version, Lease: rand.Text()}
	leased, err := t.store.LeaseToken(ctx, ref, leaseLife)
	if err != nil { // the store cannot be written, so a new token could not be kept either
		return t.meanwhile(p, fmt.Errorf("lease tokens: %w", err))
	}
	if !leased {
		return "", errAgain
	}
	return t.present(ctx, ref, row.Tries, p)
}

// wait lets somebody else finish, or a pause after a failure pass.
func (t *Tokens) wait(ctx context.Context, row TokenRow, p pair) (Secret, error) {
	if row.Lease == "" {
		return t.meanwhile(p, ErrUnavailable)
	}
	begun := row.LeaseUntil.Add(-leaseLife)
	if row.ReadAt.Sub(begun) > patience && p.usable(t.now()) {
		return p.Access, nil
	}
	if err := t.sleep(ctx, pollEvery); err != nil {
		return "", fmt.Errorf("wait for a token renewal: %w", err)
	}
	return "", errAgain
}

// present sends the refresh token, once, and stores what came of it. It does not stop when the caller leaves, since the answer
// must be kept.
func (t *Tokens) present(ctx context.Context, ref TokenRef, tries int, p pair) (Secret, error) {
	ctx = context.WithoutCancel(ctx)
	tok, failed := t.endpoint.refresh(ctx, string(p.Refresh))
	if failed != nil {
		return t.refused(ctx, ref, tries, p, failed)
	}
	renewed := newPair(tok, t.now())
	renewed.LongLived = renewed.Refresh == p.Refresh
	if err := t.commit(ctx, ref, renewed); err != nil {
		return "", err
	}
	t.log.InfoContext(ctx, "token renewed", "account", ref.Key.Account, "expires", renewed.Expires)
	return renewed.Access, nil
}

// commit stores the new pair before anybody uses it, trying for minutes: the old pair may be void.
func (t *Tokens) commit(ctx context.Context, ref TokenRef, p pair) error {
	ctx, cancel := context.WithTimeout(ctx, commitFor)
	defer cancel()
	for delay := pollEvery; ; delay = min(2*delay, 10*time.Second) {
		replaced, err := t.store.ReplaceToken(ctx, ref, t.seal(ref.Key, p))
		if err == nil && !replaced { // somebody signed in meanwhile: theirs is newer
			return errAgain
		}
		if err == nil {
			return nil
		}
		t.log.ErrorContext(ctx, "renewed token not stored yet", "account", ref.Key.Account, "error", err)
		if t.sleep(ctx, delay) != nil {
			return fmt.Errorf("store renewed tokens: %w", err)
		}
	}
}

// refused decides what a failed renewal means. Only invalid_grant is final, and only if nobody else changed the row.
func (t *Tokens) refused(ctx context.Context, ref TokenRef, tries int, p pair, failed *EndpointError) (Secret, error) {
	if failed.Code == "invalid_grant" {
		return "", t.kill(ctx, ref)
	}
	pause := Pause{For: pauseAfterFailure, Tries: tries}
	if failed.Sent && !failed.answered() {
		pause.Tries++
	}
	if _, err := t.store.PauseToken(ctx, ref, pause); err != nil {
		t.log.ErrorContext(ctx, "token lease not given back", "account", ref.Key.Account, "error", err)
	}
	t.log.WarnContext(ctx, "token not renewed", "account", ref.Key.Account, "error", failed)
	return t.meanwhile(p, fmt.Errorf("%w: %w", ErrUnavailable, failed))
}

// giveUp is for tokens that cannot be renewed: they are used to their end, then they are dead.
func (t *Tokens) giveUp(ctx context.Context, row TokenRow, p pair) (Secret, error) {
	if p.usable(t.now()) {
		return p.Access, nil
	}
	return "", t.kill(ctx, TokenRef{Key: row.Key, Version: row.Version, Lease: row.Lease})
}

// kill marks the row dead, unless it has changed, and has the caller look at what there is now: another person's tokens, newer
// ones, or none.
func (t *Tokens) kill(ctx context.Context, ref TokenRef) error {
	killed, err := t.store.KillToken(ctx, ref)
	if err != nil {
		return fmt.Errorf("mark tokens dead: %w", err)
	}
	if killed {
		t.log.WarnContext(ctx, "token is dead, a new sign-in is needed", "account", ref.Key.Account)
	}
	return errAgain
}

// meanwhile gives the present token while it works, or else the error.
func (t *Tokens) meanwhile(p pair, err error) (Secret, error) {
	if p.usable(t.now()) {
		return p.Access, nil
	}
	return "", err
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
