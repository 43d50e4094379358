package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Request is what the journal remembers of one request, refused ones included.
type Request struct {
	// Seq counts requests in the order of their arrival, from 1. It repeats only after a reset.
	Seq int64 `json:"seq"`
	// At is the arrival by the server's clock; with the default clock it carries a monotonic reading.
	At time.Time `json:"at"`
	// Since is the arrival counted from New, free of wall clock jumps. In JSON it is nanoseconds.
	Since time.Duration `json:"since"`

	// The four moments of a request: its headers were read, its body was complete, it changed something, and its
	// answer was handed to the connection. Those that did not come are zero: a request that changed nothing has no
	// third one, one that was cut off no fourth.
	HeadersIn     Moment `json:"headers_in"`
	BodyComplete  Moment `json:"body_complete,omitzero"`
	EffectApplied Moment `json:"effect_applied,omitzero"`
	AnswerWritten Moment `json:"answer_written,omitzero"`

	// Method and Path are as received. Query is the raw query; under /oauth2 the values of secrets are left out.
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	// Route is the matching entry of Routes, empty for unknown paths and methods. Nth counts the requests of the
	// route that passed every check, from 1; the fault plan decides by it.
	Route string `json:"route,omitempty"`
	Nth   int    `json:"nth,omitempty"`
	// RequestID is the x-amzn-requestid header of the answer. It follows from Options.Seed and Seq.
	RequestID string `json:"request_id"`
	// BodySize and BodySHA256 (hex) describe the body as received, up to the size limit. The hash is empty until
	// the body is complete.
	BodySize   int    `json:"body_size"`
	BodySHA256 string `json:"body_sha256"`
	// ContactIDs and ListIDs are those of a well-formed contact_delete, or of another bulk activity that names some,
	// in the order sent.
	ContactIDs []uuid.UUID `json:"contact_ids,omitempty"`
	ListIDs    []uuid.UUID `json:"list_ids,omitempty"`
	// ClientID, Account and User are empty when the token was not accepted. User is the login name.
	ClientID string `json:"client_id,omitempty"`
	Account  string `json:"account,omitempty"`
	User     string `json:"user,omitempty"`
	// ActivityID is the activity this request created; Applied says that it changed something. Both stand
	// whether or not an answer got out.
	ActivityID string `json:"activity_id,omitempty"`
	// Token is what a request to the token endpoint was about.
	Token   TokenCall `json:"token,omitzero"`
	Applied bool      `json:"applied"`
	// Fault is the effect that hit the request.
	Fault Effect `json:"fault,omitempty"`
	// Status is the status line sent; 0 while the request is in hand and when none was sent.
	Status int `json:"status"`
	// Done says that the request is over, answered or not.
	Done bool `json:"done"`
}

// Moment is a point in the life of a request.
type Moment struct {
	// Step counts the moments of all requests, from 1, and so gives their order even where time stands still. Zero
	// means that the moment did not come.
	Step int64 `json:"step"`
	// At is the server's clock, counted from New and monotonic. In JSON it is nanoseconds.
	At time.Duration `json:"at"`
}

// TokenCall is what a request to the token endpoint presented and what was issued for it, whether or not an answer got out
// (Request.AnswerWritten says that). Secrets stand as their Fingerprint.
type TokenCall struct {
	// Grant is the grant_type.
	Grant string `json:"grant,omitempty"`
	// Presented is the code, refresh token or device code that came.
	Presented string `json:"presented,omitempty"`
	// Access and Refresh are the pair that was issued, empty when nothing was.
	Access  string `json:"access,omitempty"`
	Refresh string `json:"refresh,omitempty"`
}

// Fingerprint stands for a secret where it must not be shown: 64 bits of its SHA-256, in hex. No secret has none.
func Fingerprint(secret string) string {
	if secret == "" {
		return ""
	}
	sum := digestOf(secret)
	return hex.EncodeToString(sum[:8])
}

// Reached tells whether the moment came.
func (m Moment) Reached() bool { return m.Step > 0 }

// journal keeps the latest requests, bounded by entries and by ids.
type journal struct {
	seed       uint64
	since      func() time.Duration // from New, by the server's clock
	maxEntries int
	maxIDs     int

	mu      sync.Mutex
	entries []*Request
	ids     int
	last    int64
	steps   int64
}

// open gives the request its number and its first moment, and keeps it.
func (j *journal) open(r Request) *Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	r.Seq, r.RequestID = j.last, requestID(j.seed, j.last)
	r.HeadersIn = j.moment()
	entry := &r
	j.entries = append(j.entries, entry)
	j.trim()
	return entry
}

// moment is the present, as the next step. The journal has to be locked: call it inside update.
func (j *journal) moment() Moment {
	j.steps++
	return Moment{Step: j.steps, At: j.since()}
}

// now takes a moment that belongs to no request.
func (j *journal) now() Moment {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.moment()
}

// update changes an entry under the lock; an entry that is trimmed already may still be changed.
func (j *journal) update(entry *Request, change func(*Request)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := idCount(entry)
	change(entry)
	if at, found := j.position(entry.Seq); found && j.entries[at] == entry {
		j.ids += idCount(entry) - before
		j.trim()
	}
}

// clear forgets everything and counts from 1 again.
func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries, j.ids, j.last, j.steps = nil, 0, 0, 0
}

func (j *journal) trim() {
	for len(j.entries) > 0 && (len(j.entries) > j.maxEntries || j.ids > j.maxIDs) {
		j.ids -= idCount(j.entries[0])
		j.entries[0] = nil
		j.entries = j.entries[1:]
	}
}

func (j *journal) position(seq int64) (int, bool) {
	return slices.BinarySearchFunc(j.entries, seq, func(r *Request, seq int64) int { return int(r.Seq - seq) })
}

// after returns copies of the entries with a number above seq.
func (j *journal) after(seq int64) []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	first, _ := j.position(seq + 1)
	out := make([]Request, 0, len(j.entries)-first)
	for _, r := range j.entries[first:] {
		out = append(out, *r)
	}
	return out
}

func idCount(r *Request) int { return len(r.ContactIDs) + len(r.ListIDs) }

// requestID makes an id that looks like the vendor's and is the same whenever the same requests are sent again.
func requestID(seed uint64, seq int64) string {
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], seed)
	binary.BigEndian.PutUint64(in[8:], uint64(seq))
	sum := sha256.Sum256(in[:])
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4
	return id.String()
}
