package sandbox

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// account holds one account's contacts, lists and activities. Contacts are known by their slot, the index in order of
// creation, so that memberships and indexes are small numbers.
type account struct {
	id         string
	summary    summary
	postal     physicalAddress
	mailboxes  []accountEmail
	now        func() time.Time
	pace       pace
	queueLimit int
	quirks     Quirks

	mu        sync.Mutex
	ids       idClock
	contacts  []contact
	texts     texts
	names     names
	emails    *addressBook
	details   map[uint32]*details // of the few contacts that have any
	byStatus  [statuses]int
	byConsent [len(permissionNames)]int // of contacts that are not deleted
	lists     collection[*list]
	tags      collection[*tag]
	fields    []*customField
	segments  []*contactSegment
	queue     activityQueue
	exports   map[uuid.UUID]*activity // by the id of the file
	returns   []comeback
	past      past
	withdrawn map[withdrawal]bool
}

// withdrawal is a privilege that a user had and lost.
type withdrawal struct{ login, privilege string }

// enter locks the account and brings its activities up to the present, which it returns. Every look at an account
// begins here and ends with a.mu.Unlock: this is what makes activities run "in the background".
func (a *account) enter() time.Time {
	a.mu.Lock()
	now := a.now()
	a.advance(now, a.pace)
	return now
}

// may tells whether the account lets the user do something that its role allows.
func (a *account) may(login, privilege string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.withdrawn[withdrawal{login, privilege}]
}

func (a *account) countAll() AccountCounts {
	a.enter()
	defer a.mu.Unlock()
	counts := AccountCounts{Contacts: make(map[string]int), Activities: make(map[string]int), Queued: len(a.queue.waiting)}
	for s, n := range a.byStatus {
		counts.Contacts[status(s).String()] = n
	}
	for _, act := range a.queue.all {
		counts.Activities[string(act.state)]++
	}
	return counts
}
