package storetest

import (
	"slices"
	"time"

	"winnow/deletion"
)

var control = map[string]func(*bench){
	"confirming says who and when, and starts": func(b *bench) {
		id, m := b.ready(5, 2)
		b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}))
		d := b.deletion(id)
		b.same([]any{d.State, d.CreatedBy, d.ConfirmedBy}, []any{deletion.Running, ann, bob}, "deletion")
		b.recent(d.ConfirmedAt, "ConfirmedAt")
	},
	"only exactly what a person saw is confirmed, and once": func(b *bench) {
		id, m := b.ready(5, 2)
		confirm := func(account string, count int64, hash [32]byte) error {
			return b.s.Confirm(b.Context(), account, id, deletion.Confirmation{By: bob, Count: count, Hash: hash})
		}
		b.wants(confirm(b.account, m.Items+1, m.Hash), deletion.ErrChanged)
		b.wants(confirm(b.account, 0, m.Hash), deletion.ErrChanged)
		b.wants(confirm(b.account, m.Items, [32]byte{}), deletion.ErrChanged)
		b.wants(confirm("somebody else", m.Items, m.Hash), deletion.ErrNotFound)
		b.stateIs(id, deletion.Ready)
		b.ok(confirm(b.account, m.Items, m.Hash))
		b.wants(confirm(b.account, m.Items, m.Hash), deletion.ErrChanged)
	},
	"what is still preparing cannot be confirmed": func(b *bench) {
		id, m := b.preparing(5, 2)
		b.wants(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}), deletion.ErrChanged)
		b.wants(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: bob}), deletion.ErrChanged)
	},
	"a pause says why and until when, and a resume forgets it": func(b *bench) {
		id := b.running(5, 2)
		until := time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.QuotaUsed, "used up", until))
		d := b.deletion(id)
		b.same([]any{d.State, d.Reason, d.ReasonNote, d.ResumeAt}, []any{deletion.Paused, deletion.QuotaUsed, "used up", until}, "paused")
		b.wants(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "ann", time.Time{}), deletion.ErrChanged)
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		b.ok(b.s.Resume(b.Context(), b.account, id, time.Now()))
		d = b.deletion(id)
		b.same([]any{d.State, d.Reason, d.ReasonNote, d.ResumeAt}, []any{deletion.Running, deletion.NoReason, "", time.Time{}}, "resumed")
		b.wants(b.s.Resume(b.Context(), b.account, id, time.Now()), deletion.ErrChanged)
	},
	"an account is paused and resumed as a whole, by reason": func(b *bench) {
		byPerson, one, two := b.running(2, 2), b.running(2, 2), b.running(2, 2)
		b.ok(b.s.Pause(b.Context(), b.account, byPerson, deletion.PausedByPerson, "ann", time.Time{}))
		b.ok(b.s.PauseAccount(b.Context(), b.account, deletion.SignInAgain, "", time.Time{}))
		b.ok(b.s.PauseAccount(b.Context(), b.account, deletion.NotAllowed, "", time.Time{}))
		for _, id := range []int64{one, two} {
			if d := b.deletion(id); d.Reason != deletion.SignInAgain {
				b.Fatalf("reason is %q, want the first one", d.Reason)
			}
		}
		b.ok(b.s.ResumeAccount(b.Context(), b.account, deletion.SignInAgain))
		b.stateIs(one, deletion.Running)
		b.stateIs(two, deletion.Running)
		b.stateIs(byPerson, deletion.Paused)
		b.ok(b.s.ResumeAccount(b.Context(), b.account, deletion.SignInAgain))
	},
	"a pause that ends by itself is not ended early": func(b *bench) {
		early, due := b.running(2, 2), b.running(2, 2)
		b.ok(b.s.Pause(b.Context(), b.account, early, deletion.QuotaUsed, "", time.Now().Add(time.Hour)))
		b.ok(b.s.Pause(b.Context(), b.account, due, deletion.QuotaUsed, "", time.Now().Add(-time.Second)))
		b.ok(b.s.ResumeAccount(b.Context(), b.account, deletion.QuotaUsed))
		b.stateIs(early, deletion.Paused)
		b.stateIs(due, deletion.Running)
		b.ok(b.s.Resume(b.Context(), b.account, early, time.Now())) // a person may
		b.stateIs(early, deletion.Running)
	},
	"stopping leaves out what waits and follows what was sent": func(b *bench) {
		id := b.running(6, 2)
		a := b.accepted()
		b.ok(b.s.Stop(b.Context(), b.account, id))
		b.stateIs(id, deletion.Stopped)
		b.countsAre(id, deletion.Counts{NotSent: 4, InProgress: 2})
		if d := b.deletion(id); d.Ended() || !d.EndedAt.IsZero() {
			b.Fatal("a stopped deletion with an open batch counts as ended")
		}
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		b.wants(b.s.Stop(b.Context(), b.account, id), deletion.ErrChanged)
		b.wants(b.s.Resume(b.Context(), b.account, id, time.Now()), deletion.ErrChanged)
		b.conclude(a, deletion.Completed, 2, 0, nil)
		b.finish(0)
		d := b.deletion(id)
		b.recent(d.EndedAt, "EndedAt")
		b.countsAre(id, deletion.Counts{NotSent: 4, Deleted: 2})
	},
	"a paused deletion stops at once when nothing is open": func(b *bench) {
		id := b.running(4, 2)
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "ann", time.Time{}))
		b.ok(b.s.Stop(b.Context(), b.account, id))
		d := b.deletion(id)
		b.recent(d.EndedAt, "EndedAt")
		b.same([]any{d.State, d.Reason, d.ReasonNote}, []any{deletion.Stopped, deletion.NoReason, ""}, "stopped")
	},
	"only what runs or pauses can be stopped or paused": func(b *bench) {
		id, _ := b.ready(4, 2)
		b.wants(b.s.Stop(b.Context(), b.account, id), deletion.ErrChanged)
		b.wants(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "", time.Time{}), deletion.ErrChanged)
		b.wants(b.s.Resume(b.Context(), b.account, id, time.Now()), deletion.ErrChanged)
		_, err := b.s.RetryFailed(b.Context(), b.account, id, time.Now())
		b.wants(err, deletion.ErrChanged)
	},
	"the accounts with work are those with something to send, follow or end": func(b *bench) {
		b.works(false, "an account without deletions")
		id, m := b.ready(4, 2)
		b.works(false, "a ready deletion")
		b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}))
		b.works(true, "a running deletion")
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.QuotaUsed, "", time.Now().Add(time.Hour)))
		b.works(false, "a pause with nothing open")
		b.ok(b.s.Resume(b.Context(), b.account, id, time.Now()))
		a := b.accepted()
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "ann", time.Time{}))
		b.works(true, "a pause with an open batch")
		b.ok(b.s.Stop(b.Context(), b.account, id))
		b.works(true, "a stopped deletion with an open batch")
		b.conclude(a, deletion.Completed, 2, 0, nil)
		b.works(true, "a stopped deletion whose end is not noted")
		b.finish(0)
		b.works(false, "a stopped deletion")
	},
	"a pause that is over is work": func(b *bench) {
		id := b.running(4, 2)
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.QuotaUsed, "", time.Now().Add(-time.Second)))
		b.works(true, "a pause that is over")
	},
}

func (b *bench) works(want bool, what string) {
	b.Helper()
	accounts, err := b.s.AccountsWithWork(b.Context())
	b.ok(err)
	if slices.Contains(accounts, b.account) != want {
		b.Fatalf("%s: has work is %t, want %t", what, !want, want)
	}
}

// finish finishes what can be and ends the test unless that many deletions are still running.
func (b *bench) finish(running int) {
	b.Helper()
	n, err := b.s.FinishDeletions(b.Context(), b.account)
	b.ok(err)
	b.same(n, running, "running deletions")
}
