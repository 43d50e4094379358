package storetest

import (
	"crypto/sha256"
	"sync"
	"time"

	"winnow/deletion"
)

var sending = map[string]func(*bench){
	"a claim names what will be sent": func(b *bench) {
		id := b.running(5, 2)
		a := b.claim()
		b.recent(a.ClaimedAt, "ClaimedAt")
		ids := idsFrom(0, 2)
		packed := append(append([]byte{}, ids[0][:]...), ids[1][:]...)
		want := &deletion.Attempt{
			ID: a.ID, Account: b.account, Deletion: id, Batch: 1, Try: 1, Source: deletion.FromCSV,
			State: deletion.AttemptSending, Items: 2, Hash: sha256.Sum256(packed), IDs: ids, ClaimedAt: a.ClaimedAt,
		}
		b.same(a, want, "attempt")
		b.outcomeIs(id, 1, deletion.Sending, 0, 0)
		b.countsAre(id, deletion.Counts{InProgress: 2, NotSent: 3})
		stored, err := b.s.Attempts(b.Context(), id, 1)
		b.ok(err)
		want.IDs = nil
		b.same(stored, []*deletion.Attempt{want}, "stored attempts")
	},
	"nothing is claimed while an attempt is open": func(b *bench) {
		b.running(5, 2)
		a := b.claim()
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		_, err = b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		a.State = deletion.AttemptUnknown
		b.settle(a, deletion.AttemptAccepted, deletion.Accepted)
		b.same(b.claim().Batch, 2, "next batch")
	},
	"of sixteen claims at once one wins": func(b *bench) {
		b.running(40, 2)
		for range 3 {
			attempts, errs := claimTogether(b, 16)
			if len(attempts) != 1 {
				b.Fatalf("%d of 16 claims won", len(attempts))
			}
			for _, err := range errs {
				b.wants(err, deletion.ErrNothingToSend)
			}
			b.settle(attempts[0], deletion.AttemptAccepted, deletion.Accepted)
		}
	},
	"the answer of the vendor is kept": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		s := settlement(a, deletion.AttemptAccepted, deletion.Accepted)
		s.Activity = fullActivity(b.account + "-full")
		s.Attempt.ActivityID = s.Activity.ID
		b.ok(b.s.Settle(b.Context(), s))
		b.same(b.batch(id, 1).Activity, s.Activity, "activity")
		stored := b.attempt(id, 1)
		b.recent(stored.EndedAt, "EndedAt")
		b.same([]any{stored.State, stored.ActivityID, stored.HTTPStatus}, []any{deletion.AttemptAccepted, s.Activity.ID, 201}, "attempt")
		b.wants(b.s.Settle(b.Context(), s), deletion.ErrChanged)
	},
	"a request that was not sent waits again": func(b *bench) {
		id := b.running(2, 2)
		b.settle(b.claim(), deletion.AttemptUnsent, deletion.Waiting)
		b.outcomeIs(id, 1, deletion.Waiting, 0, 0)
		again := b.claim()
		b.same([]any{again.Batch, again.Try}, []any{1, 2}, "second try")
	},
	"a refused batch has failed as a whole": func(b *bench) {
		id := b.running(4, 2)
		a := b.claim()
		s := settlement(a, deletion.AttemptRejected, deletion.Rejected)
		s.Attempt.HTTPStatus, s.Attempt.ErrorKey, s.Attempt.ErrorText = 400, "contacts.api.validation.error", "No."
		b.ok(b.s.Settle(b.Context(), s))
		b.outcomeIs(id, 1, deletion.Rejected, 0, 2)
		b.countsAre(id, deletion.Counts{Failed: 2, NotSent: 2})
		got := b.attempt(id, 1)
		b.same([]any{got.HTTPStatus, got.ErrorKey, got.ErrorText}, []any{400, "contacts.api.validation.error", "No."}, "refusal")
	},
	"an unknown attempt keeps what is known of it and gets more": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		s := settlement(a, deletion.AttemptUnknown, deletion.Unknown)
		s.Attempt.ErrorText = "connection reset"
		b.ok(b.s.Settle(b.Context(), s))
		next := time.Now().Add(time.Minute).Truncate(time.Millisecond).UTC()
		s = deletion.Settlement{Outcome: deletion.Unknown, NextCheck: next, Attempt: deletion.Attempt{
			ID: a.ID, State: deletion.AttemptUnknown, Evidence: "No activity fits.", Checks: 3, NextCheck: next,
		}}
		b.ok(b.s.Settle(b.Context(), s))
		got, err := b.s.NextUnknown(b.Context(), b.account)
		b.ok(err)
		b.same([]any{got.ErrorText, got.Evidence, got.Checks, got.NextCheck, got.EndedAt, got.IDs},
			[]any{"connection reset", "No activity fits.", 3, next, time.Time{}, idsFrom(0, 2)}, "open attempt")
		b.same(b.batch(id, 1).NextCheck, next, "next check of the batch")
		b.countsAre(id, deletion.Counts{Unknown: 2})
	},
	"only a proven miss lets an unknown batch wait again": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		for _, state := range []deletion.AttemptState{deletion.AttemptAccepted, deletion.AttemptUnknown, deletion.AttemptExecuted, deletion.AttemptSending} {
			b.refused(b.s.Settle(b.Context(), settlement(a, state, deletion.Waiting)), "waiting again after "+string(state))
		}
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		b.settle(a, deletion.AttemptNotExecuted, deletion.Waiting)
		b.outcomeIs(id, 1, deletion.Waiting, 0, 0)
		b.same(b.claim().Try, 2, "try")
	},
	"moves that a batch does not know are refused": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		for _, outcome := range []deletion.Outcome{deletion.Completed, deletion.Failed, deletion.TimedOut, deletion.Cancelled, deletion.NotSent, deletion.Sending} {
			b.refused(b.s.Settle(b.Context(), settlement(a, deletion.AttemptAccepted, outcome)), "sending -> "+string(outcome))
		}
		b.refused(b.s.Settle(b.Context(), settlement(a, deletion.AttemptExecuted, deletion.Unknown)), "an attempt executed without having been unknown")
		b.refused(b.s.Settle(b.Context(), settlement(a, deletion.AttemptUnknown, deletion.Accepted)), "accepted by an unknown attempt")
		s := settlement(a, deletion.AttemptAccepted, deletion.Accepted)
		s.Activity = deletion.Activity{}
		b.refused(b.s.Settle(b.Context(), s), "accepted without an activity")
		b.outcomeIs(id, 1, deletion.Sending, 0, 0)
		b.same(b.attempt(id, 1).State, deletion.AttemptSending, "attempt")
	},
	"one activity belongs to one attempt": func(b *bench) {
		b.running(4, 2)
		first := b.accepted()
		second := b.claim()
		s := settlement(second, deletion.AttemptAccepted, deletion.Accepted)
		s.Attempt.ActivityID, s.Activity.ID = activityOf(first).ID, activityOf(first).ID
		b.refused(b.s.Settle(b.Context(), s), "an activity of another batch")
	},
	"what a dead process was sending is unknown": func(b *bench) {
		id := b.running(4, 2)
		b.claim()
		n, err := b.s.AdoptLost(b.Context(), b.account)
		b.ok(err)
		b.same(n, 1, "adopted")
		b.countsAre(id, deletion.Counts{Unknown: 2, NotSent: 2})
		a, err := b.s.NextUnknown(b.Context(), b.account)
		b.ok(err)
		if a.State != deletion.AttemptUnknown || a.Evidence == "" || !a.NextCheck.IsZero() {
			b.Fatalf("adopted attempt is %s, evidence %q, next check %v", a.State, a.Evidence, a.NextCheck)
		}
		n, err = b.s.AdoptLost(b.Context(), b.account)
		b.ok(err)
		b.same(n, 0, "adopted again")
	},
	"an unknown attempt that is found is followed": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		s := settlement(a, deletion.AttemptAccepted, deletion.Unknown)
		b.ok(b.s.Settle(b.Context(), s))
		b.same(b.open(), [][2]int64{{id, 1}}, "open batches")
		_, err := b.s.NextUnknown(b.Context(), b.account)
		b.wants(err, deletion.ErrNotFound)
	},
	"a person's decision ends an unknown batch either way": func(b *bench) {
		id := b.running(6, 3)
		b.settle(b.claim(), deletion.AttemptUnknown, deletion.Unknown)
		b.settle(b.attempt(id, 1), deletion.AttemptExecuted, deletion.Completed)
		b.outcomeIs(id, 1, deletion.Completed, 3, 0)
		b.settle(b.claim(), deletion.AttemptUnknown, deletion.Unknown)
		b.settle(b.attempt(id, 2), deletion.AttemptNotExecuted, deletion.Failed)
		b.outcomeIs(id, 2, deletion.Failed, 0, 3)
		b.finish(0)
	},
	"what was not sent when its deletion stopped is left out": func(b *bench) {
		id := b.running(4, 2)
		a := b.claim()
		b.ok(b.s.Stop(b.Context(), b.account, id))
		b.settle(a, deletion.AttemptUnsent, deletion.Waiting)
		b.outcomeIs(id, 1, deletion.NotSent, 0, 0)
		b.finish(0)
		b.recent(b.deletion(id).EndedAt, "EndedAt")
	},
	"there is nothing to settle or send where there is nothing": func(b *bench) {
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		_, err = b.s.NextUnknown(b.Context(), b.account)
		b.wants(err, deletion.ErrNotFound)
		err = b.s.Settle(b.Context(), deletion.Settlement{Attempt: deletion.Attempt{ID: 1 << 40}})
		b.wants(err, deletion.ErrNotFound)
	},
}

// attempt returns the last attempt of a batch.
func (b *bench) attempt(id int64, n int) *deletion.Attempt {
	b.Helper()
	list, err := b.s.Attempts(b.Context(), id, n)
	b.ok(err)
	if len(list) == 0 {
		b.Fatal("the batch has no attempt")
	}
	return list[len(list)-1]
}

// claimTogether claims from n goroutines that start together.
func claimTogether(b *bench, n int) (won []*deletion.Attempt, errs []error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for range n {
		wg.Go(func() {
			<-start
			a, err := b.s.Claim(b.Context(), b.account, nil)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			won = append(won, a)
		})
	}
	close(start)
	wg.Wait()
	if len(won)+len(errs) != n {
		b.Fatal("a claim returned nothing")
	}
	return won, errs
}
