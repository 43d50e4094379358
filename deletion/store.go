package deletion

import (
	"context"
	"time"
)

// NewDeletion is what CreateDeletion stores: a deletion in state Preparing.
type NewDeletion struct {
	Account string
	Source  Source
	By      User
	Upload  int64 // 0 without one
	Lists   []List
	AsOf    time.Time // see Deletion.AsOf
}

// Confirmation is what a person agreed to: the set that the page showed, and how to begin.
type Confirmation struct {
	By    User
	Count int64
	Hash  [32]byte
	// FirstBatches is how many batches are sent one by one, each proven by the contacts before the next; 0 for none.
	FirstBatches int
}

// ManifestBatch is one batch as the manifest defines it.
type ManifestBatch struct {
	N   int
	IDs []ID
}

// DeletionFilter selects deletions, newest first.
type DeletionFilter struct {
	State  State // empty: all
	Before int64 // only ids below it; 0: from the newest
	Limit  int
}

// BatchFilter selects batches in the order of their numbers.
type BatchFilter struct {
	Outcome Outcome // empty: all
	After   int     // only numbers above it
	Limit   int
}

// Store keeps deletions. store.DB implements it on SQLite and on PostgreSQL, and store/storetest says what each method
// must do. All methods that name an account treat another account's rows as absent. Times are UTC with milliseconds.
//
// Whenever a method makes work for the runner (a deletion from members or lists is created, a deletion becomes running), it puts the
// wake-up into the job queue in the same transaction.
//
// Every decision and every effect leaves a row in the audit log, in the same transaction; ActorOf(ctx) says who did it.
type Store interface {
	Holds
	// CreateUpload begins an upload; AppendUpload adds its n-th compressed chunk (from 0). An upload without a deletion is
	// removed by DeleteUpload, or at the next start.
	CreateUpload(ctx context.Context, account, name string) (int64, error)
	AppendUpload(ctx context.Context, upload int64, n int, chunk []byte) error
	FinishUpload(ctx context.Context, u Upload) error
	DeleteUpload(ctx context.Context, upload int64) error
	Upload(ctx context.Context, account string, upload int64) (Upload, error)
	// UploadChunk returns the n-th chunk (from 0), ErrNotFound after the last.
	UploadChunk(ctx context.Context, upload int64, n int) ([]byte, error)
	// PurgeUploads removes the files of deletions that ended before a time and returns how many; names, sizes and problems
	// stay. Repeating it does nothing more.
	PurgeUploads(ctx context.Context, endedBefore time.Time) (int64, error)

	// CreateDeletion stores a deletion in state Preparing and returns its id.
	CreateDeletion(ctx context.Context, n NewDeletion) (int64, error)
	// AddBatches appends batches to the manifest of a preparing deletion; ErrChanged in any other state.
	AddBatches(ctx context.Context, id int64, batches []ManifestBatch) error
	// NotePreparing shows how far reading the source is, or why it waits.
	NotePreparing(ctx context.Context, id int64, read int64, reason Reason, note string) error
	// MakeReady freezes the manifest: Preparing -> Ready. ErrChanged in any other state, or when the stored batches do not add
	// up to the manifest.
	MakeReady(ctx context.Context, id int64, r Reading, m Manifest) error
	// ResetManifest takes a preparing or ready deletion back to Preparing with no batches; a new preview begins at asOf.
	ResetManifest(ctx context.Context, id int64, asOf time.Time) error
	// Discard removes a preparing or ready deletion with its upload; ErrChanged once it was confirmed.
	Discard(ctx context.Context, account string, id int64) error

	Deletion(ctx context.Context, account string, id int64) (*Deletion, error)
	Deletions(ctx context.Context, account string, f DeletionFilter) ([]*Deletion, error)
	// CountDeletions returns how many deletions of the account are in each state.
	CountDeletions(ctx context.Context, account string) (map[State]int, error)
	Lists(ctx context.Context, id int64) ([]List, error)
	Batches(ctx context.Context, id int64, f BatchFilter) ([]*Batch, error)
	// CountBatches returns how many batches of the deletion have each outcome.
	CountBatches(ctx context.Context, id int64) (map[Outcome]int, error)
	Batch(ctx context.Context, id int64, n int) (*Batch, error)
	BatchIDs(ctx context.Context, id int64, n int) (*BatchIDs, error)
	Attempts(ctx context.Context, id int64, n int) ([]*Attempt, error)
	// BatchesOfActivities finds which of the activities are ours: activity id -> batch (Deletion and N set).
	BatchesOfActivities(ctx context.Context, account string, activityIDs []string) (map[string]*Batch, error)

	// Confirm starts a ready deletion: Ready -> Running. ErrChanged unless it is ready and count and hash are the manifest's.
	Confirm(ctx context.Context, account string, id int64, c Confirmation) error
	// Pause stops sending: Running -> Paused. A zero resumeAt means until a person resumes.
	Pause(ctx context.Context, account string, id int64, reason Reason, note string, resumeAt time.Time) error
	// PauseAccount pauses all running deletions of the account.
	PauseAccount(ctx context.Context, account string, reason Reason, note string, resumeAt time.Time) error
	// Resume goes on: Paused -> Running. After ManyChanges the preview counts as of the given moment, because the person was
	// told; after a Surprise the rest of the first batches is not proven one by one.
	Resume(ctx context.Context, account string, id int64, asOf time.Time) error
	// ResumeAccount goes on with all deletions of the account that were paused for reason, except those whose ResumeAt is
	// still to come.
	ResumeAccount(ctx context.Context, account string, reason Reason) error
	// Stop leaves out what is not sent: Running or Paused -> Stopped, Waiting batches -> NotSent.
	Stop(ctx context.Context, account string, id int64) error
	// RetryFailed makes the failed rows of a running, paused, finished or stopped deletion wait again and sets it Running;
	// it returns how many rows wait. Batches of lists are included: the click is the person's decision, as of the given moment.
	// Batches for which a person stopped waiting are not, here and in SendChanged.
	RetryFailed(ctx context.Context, account string, id int64, asOf time.Time) (int64, error)
	// SendChanged makes the rows wait that were left out because they changed, in batches that have ended, and what failed in
	// the same batches. It returns how many rows wait, and sets the deletion Running when there are any.
	SendChanged(ctx context.Context, account string, id int64, asOf time.Time) (int64, error)

	// AccountsWithWork lists the accounts for which the runner has something to do: a running deletion, an open batch.
	AccountsWithWork(ctx context.Context) ([]string, error)
	// PreparingDeletions lists the deletions from members or lists that are still preparing, of all accounts.
	PreparingDeletions(ctx context.Context) ([]int64, error)
	// AnyDeletion returns a deletion whatever its account; for the runner only.
	AnyDeletion(ctx context.Context, id int64) (*Deletion, error)
	// Lease makes this process the only one that works under a name (an account, a deletion that is prepared) for LeaseTime from
	// now; called again it renews. ErrLeased when another process has the lease, also when it took it since the last call.
	Lease(ctx context.Context, name string) error
	// EndLease gives the lease back; what is not ours stays as it is.
	EndLease(ctx context.Context, name string) error
	// AdoptLost turns attempts of the account that are still Sending, left by a dead process, into Unknown, and returns how many.
	// An attempt of another process stays for OnTheWire after its start; one that was not started (see MaySend) becomes
	// AttemptUnsent, and its batch waits again. ErrLeased when another process has the lease.
	AdoptLost(ctx context.Context, account string) (int, error)
	// OnTheWay tells whether an attempt of the account is Sending, whichever process has it.
	OnTheWay(ctx context.Context, account string) (bool, error)
	// Claim makes the intent durable, unless all sending is stopped (ErrHalted): it takes the next waiting batch of the
	// account's running deletions, oldest claim first, stores an attempt in state Sending and returns it with the ids that the
	// batch still lacks. What changed after the deletion's preview is left out and marked. ErrNothingToSend when none waits or
	// an attempt of the account is open, ErrLeased when another process has the lease.
	Claim(ctx context.Context, account string, changes Changes) (*Attempt, error)
	// OldestAsOf is the earliest preview of the account's running deletions of contacts with something to send, or ErrNotFound.
	OldestAsOf(ctx context.Context, account string) (time.Time, error)
	// Settle records an attempt's result, and the end of its batch when the settlement has a Result, in one transaction. An
	// unknown attempt may stay unknown with new evidence, checks and next check. ErrChanged when the attempt is not open any more.
	Settle(ctx context.Context, s Settlement) error
	// NextUnknown returns the account's unknown or parked attempt whose check is due first, with its ids, or ErrNotFound.
	NextUnknown(ctx context.Context, account string) (*Attempt, error)
	// Park lets other batches of the account go on although an attempt is unknown. ErrChanged when it is not unknown, is of
	// lists, or MaxParked of the account are parked already.
	Park(ctx context.Context, attempt int64) error
	// FirstDue returns a batch that has ended and must be proven before its deletion goes on, or ErrNotFound.
	FirstDue(ctx context.Context, account string) (*Batch, error)
	// ProveFirst notes that the n-th of a deletion's first batches is proven. ErrChanged when it was already.
	ProveFirst(ctx context.Context, id int64, n int) error
	// SentAmong tells which of the contacts were in requests of the account since then.
	SentAmong(ctx context.Context, account string, since time.Time, ids []ID) ([]ID, error)
	// OpenBatches lists the account's accepted batches and those unknown ones that have an activity, oldest first.
	OpenBatches(ctx context.Context, account string) ([]*Batch, error)
	// RecordActivity stores what the vendor last said about an open batch, and that it was looked at; it does not change the
	// outcome. Batch.MovedAt stays while Activity.Standing does.
	RecordActivity(ctx context.Context, id int64, n int, a Activity) error
	// StopWaiting records that a person wants an open batch counted by what the account shows, though what it waits for has not
	// ended. ErrChanged unless that has not moved since the given moment, which the person was shown, and for AskAfter.
	StopWaiting(ctx context.Context, account string, id int64, n int, since time.Time) error
	// Stalled tells which batches of a deletion wait for what does not move.
	Stalled(ctx context.Context, account string, id int64) (Stalled, error)
	// Conclude writes the end of an open batch (Sending, Unknown or Accepted). With Outcome Unknown the batch stays open: its
	// activity ended with less than everything and its contacts must be read back. ErrChanged when the batch is final already.
	Conclude(ctx context.Context, r Result) error
	// FinishDeletions moves the account's running deletions with nothing waiting and nothing open to Finished, and stamps stopped
	// ones with nothing open. It returns how many running deletions remain.
	FinishDeletions(ctx context.Context, account string) (int, error)

	// Halt stops all sending of all accounts until LiftHalt. Repeating it changes nothing.
	Halt(ctx context.Context, by User) error
	// LiftHalt lets sending go on and wakes all accounts with work. ErrStaleSignIn unless the person's sign-in at that time
	// is fresh enough for Halt.MayLift. Without a halt it does nothing.
	LiftHalt(ctx context.Context, by User, signedIn time.Time) error
	// Halted returns the halt that holds everything, ErrNotFound when there is none.
	Halted(ctx context.Context) (Halt, error)
	// Notices tells in one reading what keeps the account from sending: open pages ask for it all the time.
	Notices(ctx context.Context, account string) (Notices, error)
	// MaySend is asked once more when a claimed request is about to start: ErrHalted, ErrChanged when the account's deletion is
	// not running any more, or ErrLeased when another process works for the account. From then on the request may be on its way.
	MaySend(ctx context.Context, account string, deletion int64) error

	// Audit returns rows of the audit log that concern the account, newest first.
	Audit(ctx context.Context, account string, f AuditFilter) ([]AuditRow, error)
}

// QuotaError means that today's requests are used; nothing was sent.
type QuotaError struct {
	ResumeAt time.Time // 00:00 UTC of the next day
}

func (e *QuotaError) Error() string {
	return "today's requests are used until " + e.ResumeAt.UTC().Format(time.RFC3339)
}
