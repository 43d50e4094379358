package deletion

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrAuditBroken means that the audit log is not what was written: a row was changed, removed or put in, or something was
// done that has no row.
var ErrAuditBroken = errors.New("the audit log is broken")

// Action is what a row of the audit log tells of.
type Action string

// The actions. Each row is committed together with what it tells of, or neither is.
const (
	ActionSignedIn  Action = "signed in"
	ActionSignedOut Action = "signed out" // also when a new sign-in in the same browser ended the session
	ActionReady     Action = "made ready" // the manifest is frozen; Hash and Count are its own
	ActionConfirmed Action = "confirmed"
	ActionPaused    Action = "paused"
	ActionResumed   Action = "resumed"
	ActionStopped   Action = "stopped" // Count is what is left out
	ActionRetried   Action = "retried" // Count is what waits again
	ActionDiscarded Action = "discarded"
	ActionDecided   Action = "decided"         // how an attempt ended by a person's word; Outcome is its AttemptState
	ActionWaived    Action = "stopped waiting" // for what a batch waited for; Reason is how that stood
	ActionCounted   Action = "counted"         // the batch was counted by what the account shows; Count is what is not deleted
	ActionSending   Action = "sending"         // an attempt was claimed; Hash and Count are those of its request
	ActionAttempt   Action = "attempted"       // how an attempt ended; Outcome is its AttemptState
	ActionEnded     Action = "ended"           // a deletion came to its end; Outcome is its State
	ActionHalted    Action = "halted"          // all sending of all accounts was stopped
	ActionReleased  Action = "released"        // and let go on
	ActionHeld      Action = "held"            // the database may be older than what happened; Reason is the evidence
	ActionUnheld    Action = "unheld"          // and a person let the account go on
)

// Actor is who does something, and from where. The zero Actor is Winnow itself.
type Actor struct {
	User
	Account string // encoded_account_id
	From    string // IP address as text
}

type actorKey struct{}

// WithActor has everything that is done under the returned context audited as done by a.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf is who does something under the context; the zero Actor, Winnow itself, unless WithActor said otherwise.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// AuditRow is one line of the audit log: a decision, or an effect. Zero values mean that the row is not about such a thing.
type AuditRow struct {
	ID int64     // from 1, without gaps
	At time.Time // the database's clock, milliseconds, UTC
	Actor
	Action   Action
	Deletion int64
	Batch    int
	Attempt  int64
	Activity string   // the vendor's activity id
	Count    int64    // contacts or lists it is about
	Hash     [32]byte // SHA-256 of what is deleted: of the manifest, or of one request's ids
	Outcome  string
	Reason   string   // why, or what broke, in words for people
	Chain    [32]byte // SHA-256 over the Chain of the row before and all fields of this one
}

// AuditFilter selects rows of the audit log, newest first.
type AuditFilter struct {
	Deletion int64 // 0: all
	Before   int64 // only ids below it; 0: from the newest
	Limit    int
}

// auditForm begins every hashed row, so that a later form cannot be taken for this one.
const auditForm = "winnow audit row 1\n"

// Words says a reason to people who read it in the audit log; empty for a person's own pause, for the row names the person.
func (r Reason) Words() string {
	switch r {
	case PausedByPerson:
		return ""
	case QuotaUsed:
		return "today's requests are used"
	case SignInAgain:
		return "a new sign-in is needed"
	case NotAllowed:
		return "Constant Contact refuses"
	case FailuresInARow:
		return "several requests failed one after another"
	case NeedsDecision:
		return "a person has to decide about a request with lists"
	case Restored:
		return "the database may be older than what happened"
	case Surprise:
		return "the account does not show what was expected"
	case CountsDiffer:
		return "the figures do not add up"
	case ManyChanges:
		return "very many contacts changed after the preview"
	}
	return string(r)
}

// encode writes all fields but Chain in one unambiguous way: numbers as 8 bytes, texts with their length in front.
func (r *AuditRow) encode() []byte {
	b := []byte(auditForm)
	for _, n := range []int64{r.ID, r.At.UnixMilli(), r.Deletion, int64(r.Batch), r.Attempt, r.Count} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	for _, s := range []string{
		r.Account, r.User.ID, r.Name, r.From, string(r.Action), r.Activity, r.Outcome, r.Reason, string(r.Hash[:]),
	} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// chained is what Chain must be, given that of the row before; the first row follows 32 zero bytes.
func (r *AuditRow) chained(previous [32]byte) [32]byte {
	return sha256.Sum256(append(previous[:], r.encode()...))
}

// Seal fills in Chain, given that of the row before. All other fields must be final.
func (r *AuditRow) Seal(previous [32]byte) { r.Chain = r.chained(previous) }

// AuditChain walks an audit log from its first row and says what it has seen. The zero value is at the beginning.
type AuditChain struct {
	Rows        int64
	First, Last time.Time // of the first and the last row
	Head        [32]byte  // Chain of the last row
}

// Next takes the row that follows, or returns an ErrAuditBroken that names it.
func (c *AuditChain) Next(r AuditRow) error {
	if r.ID != c.Rows+1 {
		return fmt.Errorf("%w at row %d: the row is missing, and row %d follows", ErrAuditBroken, c.Rows+1, r.ID)
	}
	if r.Chain != r.chained(c.Head) {
		return fmt.Errorf("%w at row %d: it is not what was written then, or the row before it is not", ErrAuditBroken, r.ID)
	}
	if c.Rows == 0 {
		c.First = r.At
	}
	c.Rows, c.Last, c.Head = r.ID, r.At, r.Chain
	return nil
}
