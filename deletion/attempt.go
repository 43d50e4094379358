package deletion

import "time"

// AttemptState is where one try to send one batch stands.
type AttemptState string

// The states of an attempt. At most one attempt of an account is AttemptSending or AttemptUnknown; a partial unique index
// says so. At most MaxParked more are AttemptParked, none of them of lists; a trigger says so.
const (
	AttemptSending     AttemptState = "sending"      // durable; its request may start
	AttemptUnsent      AttemptState = "unsent"       // proven: not a byte of the request was written
	AttemptRejected    AttemptState = "rejected"     // Constant Contact answered that it refuses
	AttemptAccepted    AttemptState = "accepted"     // Constant Contact answered with an activity id
	AttemptUnknown     AttemptState = "unknown"      // may have run
	AttemptParked      AttemptState = "parked"       // is unknown for some time; others go on meanwhile
	AttemptExecuted    AttemptState = "executed"     // was unknown; its contacts are deleted, or some of them
	AttemptNotExecuted AttemptState = "not_executed" // was unknown; nothing of it ran within the grace time
)

// MaxParked is how many attempts of an account may be unknown while others go on: a service that loses one request in ten, and
// others' answers besides, brings about as many in 15 minutes of sending.
const MaxParked = 30

// Open tells that what became of the request is not known yet.
func (s AttemptState) Open() bool {
	return s == AttemptSending || s == AttemptUnknown || s == AttemptParked
}

// Attempt is one try to POST one batch, written down before it is sent.
type Attempt struct {
	ID       int64
	Account  string
	Deletion int64
	Batch    int
	Try      int // 1-based within the batch
	Source   Source
	State    AttemptState

	Items     int      // ids in its request: what the batch still lacks
	Hash      [32]byte // SHA-256 over the packed ids of its request
	IDs       []ID     // filled by Claim and NextUnknown only
	ClaimedAt time.Time
	EndedAt   time.Time // when its state became final

	ActivityID string
	HTTPStatus int // 0 without an answer
	ErrorKey   string
	ErrorText  string // the vendor's words or the kind of break, cleaned; plain text
	Evidence   string // for an unknown attempt: what is known, in words for people
	Checks     int    // how often an unknown attempt was looked into
	NextCheck  time.Time
}

// Settlement records how an attempt went and what that makes of its batch; the store writes both in one transaction. An
// unknown attempt may be settled as unknown again, with new evidence and a later check.
type Settlement struct {
	Attempt   Attempt // ID, State and the fields that the state fills
	Outcome   Outcome // the batch's new outcome
	Activity  Activity
	NextCheck time.Time
	// Waits says how the activities stand that have not ended and may be the attempt's; empty without one. While the words stay
	// the same, nothing has moved.
	Waits string
	// Waived: what is not deleted is not sent again, see Batch.WaivedAt.
	Waived bool
	// Result is the end of the batch, when finding out about the attempt proved that too; nil otherwise.
	Result *Result
}

// Result is the end of a batch: what its activity, or reading the contacts back, proved. With Outcome Waiting it is what
// became of a part, and Missed is what is sent once more.
type Result struct {
	Deletion int64
	Batch    int
	Outcome  Outcome
	Deleted  int // of all the batch's ids; Deleted + Failed + Batch.Changed = Items unless the outcome is Unknown or Waiting
	Failed   int
	Missed   Bitmap
	Activity Activity
	Waived   bool // as in Settlement
}
