package constantcontact

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// maxRepeats is how often one read is repeated at most: a person may be waiting for it.
	maxRepeats = 3
	// The wait before a repetition is drawn between nothing and a bound that doubles from the first to the last, so
	// that clients that failed together do not come back together.
	firstRepeat = 500 * time.Millisecond
	lastRepeat  = 2 * time.Second

	// A read earns a tenth of a repetition. What is saved up bounds the burst at the beginning of trouble.
	earned    = 0.1
	maxSaved  = 5.0
	oneRepeat = 1.0
)

// Retries is the budget of repeated reads of one API key: one repetition for ten reads, and at most five saved up. A
// service in trouble is thus never asked for more than a tenth above what is needed. It is safe for concurrent use. A nil
// one permits no repetition.
type Retries struct {
	// Sleep waits between two tries, or returns the context's error. Nil waits in real time.
	Sleep func(ctx context.Context, d time.Duration) error

	mu    sync.Mutex
	spent float64 // of what can be saved up; the zero value is a full budget
}

// earn counts a read that was asked for.
func (r *Retries) earn() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spent = max(r.spent-earned, 0)
}

// spend takes one repetition out of the budget and waits, or says that there is none to be had. failed counts the tries of
// this read so far.
func (r *Retries) spend(ctx context.Context, failed int) bool {
	if r == nil || failed > maxRepeats || !r.take() {
		return false
	}
	bound := min(firstRepeat<<(failed-1), lastRepeat)
	sleep := r.Sleep
	if sleep == nil {
		sleep = wait
	}
	return sleep(ctx, rand.N(bound)) == nil
}

func (r *Retries) take() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spent > maxSaved-oneRepeat {
		return false
	}
	r.spent += oneRepeat
	return true
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mayPass tells whether the same read may succeed after a pause: there was no answer, it broke off, or it was an error that
// passes.
func mayPass(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		again, _ := refused.Retryable()
		return again
	}
	return !errors.Is(err, ErrAnswerTooLarge)
}
