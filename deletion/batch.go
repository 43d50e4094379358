package deletion

import "time"

// Outcome is what became of a batch.
type Outcome string

// The outcomes of a batch. A batch moves only as `outcomeMoves` allows; the database refuses everything else.
const (
	Waiting   Outcome = "waiting"   // not sent yet
	Sending   Outcome = "sending"   // its attempt is durable and its request may be on the wire
	Unknown   Outcome = "unknown"   // sent or half sent; being found out
	Accepted  Outcome = "accepted"  // Constant Contact took it; the activity is followed
	Completed Outcome = "completed" // the activity completed, or all of its contacts were read back as deleted
	Failed    Outcome = "failed"    // the activity failed, or completed without deleting any of its contacts
	TimedOut  Outcome = "timed_out" // the activity timed out at Constant Contact, or a person stopped waiting for it
	Cancelled Outcome = "cancelled" // the activity was cancelled at Constant Contact
	Rejected  Outcome = "rejected"  // Constant Contact refused the request; nothing of it ran
	NotSent   Outcome = "not_sent"  // left out because the rest was stopped
	LeftOut   Outcome = "left_out"  // every contact of it changed after the preview; nothing of it is sent
)

// Outcomes lists all outcomes in the order of a batch's life.
var Outcomes = []Outcome{Waiting, Sending, Unknown, Accepted, Completed, Failed, TimedOut, Cancelled, Rejected, NotSent, LeftOut}

// Final tells that the outcome changes only when a person asks for another try.
func (o Outcome) Final() bool {
	switch o {
	case Completed, Failed, TimedOut, Cancelled, Rejected, NotSent, LeftOut:
		return true
	}
	return false
}

// Batch is one request's worth of the manifest. Its rows are Deleted + Failed + Changed + the open rest, and the outcome
// says what the open rest is: not sent, in progress or unknown.
type Batch struct {
	Deletion int64
	N        int    // 1-based, in the order of the sorted manifest
	Source   Source // of its deletion
	Outcome  Outcome
	Items    int
	Deleted  int
	Failed   int
	Changed  int // left out because they changed after the preview
	Tries    int
	// ClaimedAt is when its last attempt began.
	ClaimedAt time.Time
	Activity  Activity // the last status seen; ID is empty until accepted
	// CheckedAt is when the vendor last told us something about it.
	CheckedAt time.Time
	// NextCheck is when an unknown batch is looked at again.
	NextCheck time.Time
	// Waits says in words for people how what it waits for stands at Constant Contact, and MovedAt is since when; empty and zero
	// when it waits for no activity that has not ended. A lost request with lists has the words only: whether it ran is asked at
	// once.
	Waits   string
	MovedAt time.Time
	// WaivedAt is when a person stopped waiting, and WaivedBy the login name; zero when nobody did, or when the activity ended
	// after all. What such a batch failed to delete is never sent again: what it waited for may still delete it.
	WaivedAt time.Time
	WaivedBy string
}

// Open is the number of rows that are neither proven deleted nor proven not deleted nor left out. While the batch is with
// Constant Contact, it is what its last request named.
func (b *Batch) Open() int { return b.Items - b.Deleted - b.Failed - b.Changed }

// BatchIDs is the part of a batch that is only read when it is sent or reported.
type BatchIDs struct {
	IDs []ID
	// Missed marks the ids that were proven not deleted, one bit an id; nil means none, or all of a failed batch: see
	// Batch.Failed.
	Missed Bitmap
	// Changed marks the ids that are left out because they changed after the preview; nil means none.
	Changed Bitmap
}

// Bitmap holds one bit for each id of a batch, lowest bit of the first byte first.
type Bitmap []byte

// NewBitmap returns a bitmap for n ids with no bit set.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+7)/8) }

// Set sets bit i.
func (m Bitmap) Set(i int) { m[i/8] |= 1 << (i % 8) }

// Has tells whether bit i is set; a bit beyond the end is not.
func (m Bitmap) Has(i int) bool { return i/8 < len(m) && m[i/8]&(1<<(i%8)) != 0 }
