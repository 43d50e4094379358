package storetest

import (
	"context"
	"time"

	"winnow/deletion"
)

// carol acts in the tests of the audit log, from an address of her own.
var carol = deletion.Actor{User: deletion.User{ID: "u-carol", Name: "carol@example.com"}, From: "192.0.2.7"}

// told is what a row says, without its place in the log, its time and its attempt.
type told struct {
	Action   deletion.Action
	By       string
	Deletion int64
	Batch    int
	Count    int64
	Outcome  string
	Reason   string
	Activity string
}

// log are the account's rows, oldest first.
func (b *bench) log() []deletion.AuditRow {
	b.Helper()
	rows, err := b.s.Audit(b.Context(), b.account, deletion.AuditFilter{})
	b.ok(err)
	for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows
}

// tells ends the test unless the account's rows after the first skip ones are these.
func (b *bench) tells(skip int, want ...told) {
	b.Helper()
	var got []told
	for _, r := range b.log()[skip:] {
		b.recent(r.At, "At")
		got = append(got, told{r.Action, r.Name, r.Deletion, r.Batch, r.Count, r.Outcome, r.Reason, r.Activity})
	}
	b.same(got, want, "audit log")
}

// rows is how many rows the account has.
func (b *bench) rows() int {
	b.Helper()
	return len(b.log())
}

var audited = map[string]func(*bench){
	"the life of a deletion is told with who and from where": func(b *bench) {
		id, m := b.ready(5, 2)
		ctx := deletion.WithActor(b.Context(), carol)
		b.ok(b.s.Confirm(ctx, b.account, id, deletion.Confirmation{By: bob, Count: m.Items, Hash: m.Hash}))
		b.ok(b.s.Pause(ctx, b.account, id, deletion.PausedByPerson, carol.Name, time.Time{}))
		b.ok(b.s.Resume(ctx, b.account, id, time.Now()))
		b.ok(b.s.PauseAccount(b.Context(), b.account, deletion.NotAllowed, "no role", time.Time{}))
		b.ok(b.s.Resume(ctx, b.account, id, time.Now()))
		b.ok(b.s.Stop(ctx, b.account, id))
		b.tells(0,
			told{deletion.ActionReady, "", id, 0, 5, "", "", ""},
			told{deletion.ActionConfirmed, bob.Name, id, 0, 5, "", "", ""},
			told{deletion.ActionPaused, carol.Name, id, 0, 0, "", "", ""},
			told{deletion.ActionResumed, carol.Name, id, 0, 0, "", "", ""},
			told{deletion.ActionPaused, "", id, 0, 0, "", "Constant Contact refuses: no role", ""},
			told{deletion.ActionResumed, carol.Name, id, 0, 0, "", "", ""},
			told{deletion.ActionStopped, carol.Name, id, 0, 5, "", "", ""},
			told{deletion.ActionEnded, carol.Name, id, 0, 5, "stopped", "0 deleted, 0 failed, 0 left out, 5 not sent", ""},
		)
		log := b.log()
		b.same([]any{log[0].Hash, log[1].Hash, log[1].From, log[4].From}, []any{m.Hash, m.Hash, carol.From, ""}, "hashes and addresses")
	},
	"every request is told before it starts and when it ended": func(b *bench) {
		id := b.running(6, 2)
		skip := b.rows()
		first := b.accepted()
		b.settle(b.claim(), deletion.AttemptUnsent, deletion.Waiting)
		lost := b.claim()
		b.settle(lost, deletion.AttemptUnknown, deletion.Unknown)
		b.settle(lost, deletion.AttemptUnknown, deletion.Unknown) // looked at again: nothing new
		b.settle(lost, deletion.AttemptNotExecuted, deletion.Waiting)
		b.tells(skip,
			told{deletion.ActionSending, "", id, 1, 2, "", "", ""},
			told{deletion.ActionAttempt, "", id, 1, 2, "accepted", "", activityOf(first).ID},
			told{deletion.ActionSending, "", id, 2, 2, "", "", ""},
			told{deletion.ActionAttempt, "", id, 2, 2, "unsent", "", ""},
			told{deletion.ActionSending, "", id, 2, 2, "", "", ""},
			told{deletion.ActionAttempt, "", id, 2, 2, "unknown", "", ""},
			told{deletion.ActionAttempt, "", id, 2, 2, "not_executed", "", ""},
		)
		for i, r := range b.log()[skip:] {
			want := []*deletion.Attempt{first, first, b.tryOf(id, 2, 1), b.tryOf(id, 2, 1), lost, lost, lost}[i]
			b.same([]any{r.Attempt, r.Hash}, []any{want.ID, want.Hash}, "attempt and hash")
		}
	},
	"a person's word on a request is a decision": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		b.settle(a, deletion.AttemptUnknown, deletion.Unknown)
		skip := b.rows()
		b.ok(b.s.Settle(deletion.WithActor(b.Context(), carol), settlement(a, deletion.AttemptExecuted, deletion.Completed)))
		b.tells(skip, told{deletion.ActionDecided, carol.Name, id, 1, 2, "executed", "", ""})
	},
	"a request that was cut off, and what was found out about it, are told": func(b *bench) {
		id := b.running(2, 2)
		a := b.claim()
		skip := b.rows()
		_, err := b.s.AdoptLost(b.Context(), b.account)
		b.ok(err)
		b.conclude(a, deletion.Completed, 2, 0, nil)
		b.finish(0)
		rows := b.log()[skip:]
		b.same([]any{rows[0].Outcome, rows[1].Outcome, rows[2].Outcome}, []any{"unknown", "executed", "finished"}, "outcomes")
		b.same([]any{rows[0].Attempt, rows[1].Attempt, rows[2].Deletion, rows[2].Reason},
			[]any{a.ID, a.ID, id, "2 deleted, 0 failed, 0 left out, 0 not sent"}, "what they are about")
	},
	"retrying, the end and discarding are told": func(b *bench) {
		id := b.running(2, 2)
		s := settlement(b.claim(), deletion.AttemptRejected, deletion.Rejected)
		s.Attempt.ErrorText = "No."
		b.ok(b.s.Settle(b.Context(), s))
		b.finish(0)
		_, err := b.s.RetryFailed(deletion.WithActor(b.Context(), carol), b.account, id, time.Now())
		b.ok(err)
		other, m := b.ready(3, 2)
		b.ok(b.s.Discard(deletion.WithActor(b.Context(), carol), b.account, other))
		b.tells(3,
			told{deletion.ActionAttempt, "", id, 1, 2, "rejected", "No.", ""},
			told{deletion.ActionEnded, "", id, 0, 2, "finished", "0 deleted, 2 failed, 0 left out, 0 not sent", ""},
			told{deletion.ActionRetried, carol.Name, id, 0, 2, "", "", ""},
			told{deletion.ActionReady, "", other, 0, 3, "", "", ""},
			told{deletion.ActionDiscarded, carol.Name, other, 0, 3, "", "", ""},
		)
		log := b.log()
		b.same(log[len(log)-1].Hash, m.Hash, "hash of what was discarded")
	},
	"what is refused leaves no row": func(b *bench) {
		id := b.running(2, 2)
		skip := b.rows()
		b.wants(b.s.Resume(b.Context(), b.account, id, time.Now()), deletion.ErrChanged)
		b.wants(b.s.Discard(b.Context(), b.account, id), deletion.ErrChanged)
		b.ok(b.s.ResumeAccount(b.Context(), b.account, deletion.QuotaUsed))
		b.claim()
		_, err := b.s.Claim(b.Context(), b.account, nil)
		b.wants(err, deletion.ErrNothingToSend)
		b.tells(skip, told{deletion.ActionSending, "", id, 1, 2, "", "", ""})
	},
	"the log is read in parts, of a deletion or of all": func(b *bench) {
		id := b.running(2, 2)
		other := b.running(2, 2)
		read := func(f deletion.AuditFilter) []int64 {
			rows, err := b.s.Audit(b.Context(), b.account, f)
			b.ok(err)
			var of []int64
			for _, r := range rows {
				of = append(of, r.Deletion)
			}
			return of
		}
		b.same(read(deletion.AuditFilter{}), []int64{other, other, id, id}, "all")
		b.same(read(deletion.AuditFilter{Deletion: id}), []int64{id, id}, "of one")
		b.same(read(deletion.AuditFilter{Limit: 3}), []int64{other, other, id}, "newest")
		b.same(read(deletion.AuditFilter{Before: b.log()[1].ID}), []int64{id}, "older")
		b.same(read(deletion.AuditFilter{Deletion: 1 << 40}), []int64(nil), "of none")
		rows, err := b.s.Audit(b.Context(), "somebody else", deletion.AuditFilter{Deletion: id})
		b.ok(err)
		b.same(len(rows), 0, "rows of another account")
	},
}

func (b *bench) tryOf(id int64, n, try int) *deletion.Attempt {
	b.Helper()
	list, err := b.s.Attempts(b.Context(), id, n)
	b.ok(err)
	return list[try-1]
}

// halting holds the whole store, so each test lets go of it again.
var halting = map[string]func(*bench){
	"a halt holds what runs, of every account, until it is lifted": func(b *bench) {
		id := b.running(4, 2)
		other := newBench(b.tb, b.s)
		otherID := other.running(4, 2)
		b.settle(b.claim(), deletion.AttemptUnsent, deletion.Waiting)
		b.halt(b.Context())
		h, err := b.s.Halted(b.Context())
		b.ok(err)
		b.same(h.By, ann, "who")
		b.recent(h.At, "At")
		for account, deletionID := range map[string]int64{b.account: id, other.account: otherID, "nobody": 0} {
			_, err := b.s.Claim(b.Context(), account, nil)
			b.wants(err, deletion.ErrHalted)
			b.wants(b.s.MaySend(b.Context(), account, deletionID), deletion.ErrHalted)
		}
		b.stateIs(id, deletion.Running)
		b.lift()
		_, err = b.s.Halted(b.Context())
		b.wants(err, deletion.ErrNotFound)
		b.same([]int{b.claim().Batch, other.claim().Batch}, []int{1, 1}, "batches")
	},
	"pages are told of a halt and a hold in one reading": func(b *bench) {
		other := newBench(b.tb, b.s)
		b.noticed(deletion.Notices{})
		h := b.held()
		b.noticed(deletion.Notices{Held: true})
		b.halt(b.Context())
		halt, err := b.s.Halted(b.Context())
		b.ok(err)
		b.noticed(deletion.Notices{Held: true, Halt: halt})
		other.noticed(deletion.Notices{Halt: halt})
		b.ok(b.s.Release(b.Context(), b.account, h.ID, bob, time.Now()))
		b.noticed(deletion.Notices{Halt: halt})
		b.lift()
		b.noticed(deletion.Notices{})
	},
	"who pressed it first is who stopped it": func(b *bench) {
		b.halt(b.Context())
		first, err := b.s.Halted(b.Context())
		b.ok(err)
		b.ok(b.s.Halt(b.Context(), bob))
		second, err := b.s.Halted(b.Context())
		b.ok(err)
		b.same(second, first, "halt")
		b.lift()
		b.lift()
	},
	"a sign-in from before it does not lift it": func(b *bench) {
		b.halt(b.Context())
		h, err := b.s.Halted(b.Context())
		b.ok(err)
		for _, signedIn := range []time.Time{{}, h.At.Add(-time.Second), h.At, h.At.Add(-time.Hour)} {
			b.wants(b.s.LiftHalt(b.Context(), bob, signedIn), deletion.ErrStaleSignIn)
		}
		_, err = b.s.Halted(b.Context())
		b.ok(err)
		b.lift()
	},
	"pressing and lifting are told, once each": func(b *bench) {
		ctx := deletion.WithActor(b.Context(), deletion.Actor{Account: b.account, From: carol.From})
		b.halt(ctx)
		b.ok(b.s.Halt(ctx, bob))
		b.wants(b.s.LiftHalt(ctx, bob, time.Time{}), deletion.ErrStaleSignIn)
		b.ok(b.s.LiftHalt(ctx, bob, time.Now().Add(time.Second)))
		b.ok(b.s.LiftHalt(ctx, bob, time.Now().Add(time.Second)))
		b.tells(0, told{Action: deletion.ActionHalted, By: ann.Name}, told{Action: deletion.ActionReleased, By: bob.Name})
		b.same(b.log()[0].From, carol.From, "from")
	},
	"only what runs may be sent": func(b *bench) {
		id := b.running(4, 2)
		b.claim()
		b.wants(b.s.MaySend(b.Context(), "somebody else", id), deletion.ErrChanged)
		b.wants(b.s.MaySend(b.Context(), b.account, 1<<40), deletion.ErrChanged)
		b.ok(b.s.Pause(b.Context(), b.account, id, deletion.PausedByPerson, "ann", time.Time{}))
		b.wants(b.s.MaySend(b.Context(), b.account, id), deletion.ErrChanged)
		b.ok(b.s.Resume(b.Context(), b.account, id, time.Now()))
		b.ok(b.s.MaySend(b.Context(), b.account, id))
		b.ok(b.s.Stop(b.Context(), b.account, id))
		b.wants(b.s.MaySend(b.Context(), b.account, id), deletion.ErrChanged)
	},
}

// halt stops all sending, as ann.
func (b *bench) halt(ctx context.Context) {
	b.Helper()
	b.ok(b.s.Halt(ctx, ann))
}

// lift lets sending go on, as somebody who has just signed in.
func (b *bench) lift() {
	b.Helper()
	b.ok(b.s.LiftHalt(b.Context(), bob, time.Now().Add(time.Second)))
}
