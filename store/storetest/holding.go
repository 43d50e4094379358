package storetest

import (
	"time"

	"winnow/deletion"
)

var holding = map[string]func(*bench){
	"a hold pauses what runs and lets nothing be claimed": func(b *bench) {
		id := b.running(4, 2)
		b.held()
		d := b.deletion(id)
		b.same([]any{d.State, d.Reason}, []any{deletion.Paused, deletion.Restored}, "held deletion")
		b.wants(b.s.Resume(b.Context(), b.account, id, time.Now()), deletion.ErrChanged)
		b.ok(b.s.ResumeAccount(b.Context(), b.account, deletion.Restored))
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
	},
	"what is confirmed, resumed or retried during a hold is not claimed": func(b *bench) {
		failed, paused := b.running(2, 2), b.running(2, 2)
		b.settle(b.claim(), deletion.AttemptRejected, deletion.Rejected)
		b.ok(b.s.Pause(b.Context(), b.account, paused, deletion.PausedByPerson, "ann", time.Time{}))
		b.held()
		draft, m := b.ready(2, 2)
		b.ok(b.s.Confirm(b.Context(), b.account, draft, deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}))
		b.ok(b.s.Resume(b.Context(), b.account, paused, time.Now()))
		_, err := b.s.RetryFailed(b.Context(), b.account, failed, time.Now())
		b.ok(err)
		_, err = b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
	},
	"a release says who, and lets go on what the hold paused": func(b *bench) {
		held, paused := b.running(4, 2), b.running(2, 2)
		b.ok(b.s.Pause(b.Context(), b.account, paused, deletion.PausedByPerson, "ann", time.Time{}))
		h := b.held()
		b.wants(b.s.Release(b.Context(), b.account, h.ID+1000, bob, time.Now()), deletion.ErrChanged)
		b.ok(b.s.Release(b.Context(), b.account, h.ID, bob, time.Now()))
		b.wants(b.s.Release(b.Context(), b.account, h.ID, bob, time.Now()), deletion.ErrChanged)
		_, err := b.s.OpenHold(b.Context(), b.account)
		b.wants(err, deletion.ErrNotFound)
		b.stateIs(held, deletion.Running)
		b.stateIs(paused, deletion.Paused)
		b.same(b.claim().Deletion, held, "deletion of the next claim")
	},
	"holding twice is holding once": func(b *bench) {
		h := b.held()
		b.ok(b.s.Hold(b.Context(), b.account, deletion.HeldOlder, "again"))
		again, err := b.s.OpenHold(b.Context(), b.account)
		b.ok(err)
		b.same(again, h, "hold")
		b.ok(b.s.Release(b.Context(), b.account, h.ID, bob, time.Now()))
		b.running(2, 2)
		b.claim()
	},
	"a hold is of one account": func(b *bench) {
		b.running(2, 2)
		other := newBench(b.tb, b.s)
		h := other.held()
		b.claim()
		b.wants(b.s.Release(b.Context(), b.account, h.ID, bob, time.Now()), deletion.ErrChanged)
	},
	"how an account stands": func(b *bench) {
		s, err := b.s.Standing(b.Context(), b.account)
		b.ok(err)
		b.same(s, deletion.Standing{}, "an account without deletions")
		id := b.running(6, 2)
		b.accepted()
		a := b.claim()
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		s, err = b.s.Standing(b.Context(), b.account)
		b.ok(err)
		b.same(s.OldestLive, b.deletion(id).CreatedAt, "oldest deletion")
		b.recent(s.NewestAttempt, "NewestAttempt")
		b.same([]any{s.NewestAttempt.Before(a.ClaimedAt), s.Held}, []any{false, false}, "the rest")
	},
	"lost attempts are those whose activity is not known": func(b *bench) {
		b.running(8, 2)
		b.accepted()
		b.settle(b.claim(), deletion.AttemptUnsent, deletion.Waiting)
		gone := b.claim()
		b.settle(gone, deletion.AttemptUnknown, deletion.Unknown)
		gone.State = deletion.AttemptUnknown
		b.settle(gone, deletion.AttemptNotExecuted, deletion.Waiting)
		open := b.claim()
		b.settle(open, deletion.AttemptUnknown, deletion.Unknown)
		b.same(b.lostSince(gone.ClaimedAt), []int64{gone.ID, open.ID}, "since the first")
		b.same(b.lostSince(time.Now().Add(time.Hour)), []int64{open.ID}, "open ones whenever they began")
		b.same(newBench(b.tb, b.s).lostSince(time.Time{}), []int64{}, "another account's")
	},
	"a release accounts for what there was until then": func(b *bench) {
		at := time.Now().Truncate(time.Millisecond).UTC()
		standing := func() deletion.Standing {
			s, err := b.s.Standing(b.Context(), b.account)
			b.ok(err)
			return s
		}
		for _, released := range []time.Time{at, at.Add(-time.Hour)} {
			b.ok(b.s.Release(b.Context(), b.account, b.held().ID, bob, released))
			b.same(standing(), deletion.Standing{SeenUntil: at}, "released")
		}
		b.ok(b.s.Release(b.Context(), b.account, b.held().ID, bob, at.Add(time.Hour)))
		b.same(standing(), deletion.Standing{SeenUntil: at.Add(time.Hour)}, "released later")
	},
}

// lostSince are the lost attempts of the account since a time.
func (b *bench) lostSince(since time.Time) []int64 {
	b.Helper()
	attempts, err := b.s.LostAttempts(b.Context(), b.account, since)
	b.ok(err)
	var ids []int64
	for _, a := range attempts {
		ids = append(ids, a.ID)
	}
	return ids
}

// held holds the account.
func (b *bench) held() *deletion.Hold {
	b.Helper()
	b.ok(b.s.Hold(b.Context(), b.account, deletion.HeldActivities, "something was seen"))
	h, err := b.s.OpenHold(b.Context(), b.account)
	b.ok(err)
	b.recent(h.HeldAt, "HeldAt")
	b.same([]any{h.Cause, h.Evidence}, []any{deletion.HeldActivities, "something was seen"}, "hold")
	return h
}

// noticed checks what the account's pages say.
func (b *bench) noticed(want deletion.Notices) {
	b.Helper()
	got, err := b.s.Notices(b.Context(), b.account)
	b.ok(err)
	b.same(got, want, "notices")
}
