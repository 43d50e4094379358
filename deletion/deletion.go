package deletion

import (
	"errors"
	"time"
)

// Errors that a caller decides on. Everything else that a function of this package returns is an internal error.
var (
	// ErrNotFound means that the account has no such deletion, batch or upload; another account's counts as none.
	ErrNotFound = errors.New("not found")
	// ErrChanged means that the deletion is not, or no longer, in a state that allows what was asked. Nothing was changed.
	ErrChanged = errors.New("the deletion has changed in the meantime")
	// ErrNothingToSend means that no batch of the account waits, or that an attempt is still open; look again later.
	ErrNothingToSend = errors.New("nothing to send")
	// ErrSignInAgain means that Constant Contact no longer accepts the account's connection. Nothing was sent; a person has
	// to sign in, and nothing is lost meanwhile.
	ErrSignInAgain = errors.New("a new sign-in at Constant Contact is needed")
)

// State is where a deletion stands in its life; see the package comment for the order.
type State string

// The states of a deletion.
const (
	Preparing State = "preparing" // the source is being read into the manifest
	Ready     State = "ready"     // the manifest is frozen and waits for a person's confirmation
	Running   State = "running"   // batches are sent and followed
	Paused    State = "paused"    // nothing new is sent; what was sent is followed; always with a Reason
	Finished  State = "finished"  // every row is accounted for, none of them unknown
	Stopped   State = "stopped"   // a person stopped the rest; what was sent before is still deleted
)

// States lists all states in the order of a deletion's life.
var States = []State{Preparing, Ready, Running, Paused, Finished, Stopped}

// Source is what a deletion was made from.
type Source string

// The sources of a deletion.
const (
	FromCSV     Source = "csv"     // contact ids from an uploaded file
	FromMembers Source = "members" // lists, their members frozen into contact ids when the deletion was made
	FromLists   Source = "lists"   // lists, sent as such: whoever is a member when Constant Contact gets to them
)

// Unit is what the manifest of a source counts: contacts, or lists.
func (s Source) Unit() string {
	if s == FromLists {
		return "list"
	}
	return "contact"
}

// BatchSize is how many ids of the source's unit go into one request: the vendor's limits of 500 contact_ids or 50
// list_ids (https://developer.constantcontact.com/api_guide/contacts_delete_activity.html).
func (s Source) BatchSize() int {
	if s == FromLists {
		return 50
	}
	return 500
}

// Reason tells why a deletion is paused, or why preparing it waits.
type Reason string

// The reasons for a pause. PausedByPerson carries the person's name in Deletion.ReasonNote.
const (
	NoReason       Reason = ""
	PausedByPerson Reason = "person"
	QuotaUsed      Reason = "quota"     // today's requests are used; resumes by itself at Deletion.ResumeAt
	SignInAgain    Reason = "signin"    // Constant Contact no longer accepts the connection
	NotAllowed     Reason = "forbidden" // Constant Contact refuses: scope, privilege or application
	FailuresInARow Reason = "failures"  // batches failed one after another
	NeedsDecision  Reason = "decision"  // a batch of lists may or may not have run; only a person may decide
	Surprise       Reason = "surprise"  // after one of the first batches the account does not show what was expected
	CountsDiffer   Reason = "counts"    // Constant Contact reports more items than a request named
	ManyChanges    Reason = "changes"   // too many contacts of the account changed after the preview
	Restored       Reason = "restored"  // the database may be older than what happened; a person releases the account
)

// User names a person who signed in, as the audit of a deletion keeps it.
type User struct {
	ID   string // the vendor's platform_user_id
	Name string // the login name at the time
}

// List is one list of the account, as read when the deletion was made.
type List struct {
	ID      ID
	Name    string
	Members int // the vendor's membership_count at that time; people who left since are still counted
}

// Reading is what reading the source found. Read = Accepted + Duplicate + Invalid + Blank, always.
type Reading struct {
	Read      int64 // rows of the file without its header, or memberships of the lists
	Accepted  int64 // ids that went into the manifest
	Duplicate int64 // ids that had occurred before
	Invalid   int64 // rows without a usable id
	Blank     int64 // empty rows
}

// Skipped is the number of rows that are not part of the manifest.
func (r Reading) Skipped() int64 { return r.Duplicate + r.Invalid + r.Blank }

// Manifest describes the frozen set that a deletion deletes. Nothing outside it is ever sent.
type Manifest struct {
	Items   int64    // ids in it
	Batches int      // requests it takes
	Hash    [32]byte // SHA-256 over the sorted 16-byte ids
}

// Upload is a file that a person sent, kept so that every line of it can be given its outcome.
type Upload struct {
	ID       int64
	Name     string // as the browser sent it; for display only
	Size     int64  // bytes
	Hash     [32]byte
	Format   CSVFormat
	Problems Problems
	PurgedAt time.Time // when the file itself was removed because its time was over; zero while it is kept
}

// Deletion is one job of an administrator: one source, one confirmation, many batches.
type Deletion struct {
	ID      int64
	Account string // encoded_account_id
	Source  Source
	State   State

	Reason     Reason
	ReasonNote string    // a name or the vendor's words, plain text
	ResumeAt   time.Time // when a QuotaUsed pause ends by itself

	CreatedBy   User
	CreatedAt   time.Time
	ConfirmedBy User
	ConfirmedAt time.Time // zero until confirmed
	EndedAt     time.Time // when it became finished, or stopped with nothing left open
	// AsOf is the moment of the preview that a person decided on: contacts that changed later are left out.
	AsOf time.Time
	// FirstBatches are sent one by one, each proven before the next; FirstProven is how many of them were.
	FirstBatches int
	FirstProven  int

	Upload  int64 // id of the upload, 0 without one
	Reading Reading
	Manifest
	Counts Counts
	Waived Waived
	Open   int // batches sent and not yet final: sending, accepted or unknown
	Unsent int // batches that wait, or were left out
}

// Ended tells that nothing about the deletion will change any more by itself.
func (d *Deletion) Ended() bool {
	return d.State == Finished || d.State == Stopped && d.Open == 0
}

// Counts says what became of the manifest's ids. They add up to Manifest.Items at every moment:
// Deleted + Failed + Changed + NotSent + InProgress + Unknown.
type Counts struct {
	Deleted    int64 // proven: the activity completed with all items, or the contact was read back as deleted
	Failed     int64 // proven not deleted
	Changed    int64 // left out because they changed at Constant Contact after the preview
	NotSent    int64 // still waiting, or left out when the rest was stopped
	InProgress int64 // sent; Constant Contact has not finished
	Unknown    int64 // sent, and what became of it is being found out
}

// Waived are those of the counts that are in batches for which a person stopped waiting: they are never sent again.
type Waived struct {
	Failed  int64
	Changed int64
}

// Items is the sum of all counts.
func (c Counts) Items() int64 {
	return c.Deleted + c.Failed + c.Changed + c.NotSent + c.InProgress + c.Unknown
}

// Sent is the number of ids whose request was accepted, or may have been.
func (c Counts) Sent() int64 { return c.Items() - c.NotSent - c.Changed }
