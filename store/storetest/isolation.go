package storetest

import (
	"time"

	"winnow/deletion"
)

// isolation has two accounts look at one's rows: for the other one they do not exist.
var isolation = map[string]func(*bench){
	"see nothing": func(b *bench) {
		id := b.running(4, 2)
		a := b.accepted()
		upload := b.deletion(id).Upload
		other := newBench(b.tb, b.s)
		_, err := b.s.Upload(b.Context(), other.account, upload)
		b.wants(err, deletion.ErrNotFound)
		_, err = b.s.Deletion(b.Context(), other.account, id)
		b.wants(err, deletion.ErrNotFound)
		b.same(other.listed(deletion.DeletionFilter{}), []int64{}, "deletions")
		counts, err := b.s.CountDeletions(b.Context(), other.account)
		b.ok(err)
		b.same(len(counts), 0, "states")
		b.same(other.open(), [][2]int64{}, "open batches")
		found, err := b.s.BatchesOfActivities(b.Context(), other.account, []string{activityOf(a).ID})
		b.ok(err)
		b.same(len(found), 0, "batches of activities")
	},
	"change nothing": func(b *bench) {
		id := b.running(4, 2)
		b.settle(b.claim(), deletion.AttemptUnknown, deletion.Unknown)
		draft, m := b.ready(2, 2)
		other := newBench(b.tb, b.s).account
		for what, err := range map[string]error{
			"confirm": b.s.Confirm(b.Context(), other, draft, deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}),
			"discard": b.s.Discard(b.Context(), other, draft),
			"pause":   b.s.Pause(b.Context(), other, id, deletion.PausedByPerson, "", time.Time{}),
			"resume":  b.s.Resume(b.Context(), other, id, time.Now()),
			"stop":    b.s.Stop(b.Context(), other, id),
		} {
			b.Logf("other account: %s", what)
			b.wants(err, deletion.ErrNotFound)
		}
		_, err := b.s.RetryFailed(b.Context(), other, id, time.Now())
		b.wants(err, deletion.ErrNotFound)
		_, err = b.s.CreateDeletion(b.Context(), deletion.NewDeletion{Account: other, Source: deletion.FromCSV, Upload: b.upload()})
		b.wants(err, deletion.ErrNotFound)
		b.ok(b.s.PauseAccount(b.Context(), other, deletion.SignInAgain, "", time.Time{}))
		_, err = b.s.FinishDeletions(b.Context(), other)
		b.ok(err)
		lost, err := b.s.AdoptLost(b.Context(), other)
		b.ok(err)
		b.same(lost, 0, "adopted")
		b.stateIs(id, deletion.Running)
		b.stateIs(draft, deletion.Ready)
	},
	"send at their own pace": func(b *bench) {
		b.running(4, 2)
		b.claim()
		other := newBench(b.tb, b.s)
		_, err := b.s.Claim(b.Context(), other.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		_, err = b.s.NextUnknown(b.Context(), other.account)
		b.wants(err, deletion.ErrNotFound)
		id := other.running(4, 2)
		if a := other.claim(); a.Deletion != id {
			b.Fatalf("claimed from deletion %d, want %d", a.Deletion, id)
		}
	},
}
