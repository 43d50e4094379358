package sandbox

import (
	"time"

	"github.com/google/uuid"
)

// contact is kept small, because there may be a million of them: it holds no pointers, its address and names are kept
// elsewhere, and what few contacts have is in its details. Bodies are rendered when asked for.
type contact struct {
	tick        uint64 // the time inside its id; the rest of the id is the same in all of an account's
	email       text   // empty: the contact has no address
	first, last uint32 // numbers in names
	created     moment
	updated     moment
	deleted     moment // 0 unless deleted
	optedOut    moment // 0 unless unsubscribed
	permission  permission
	marks       marks
}

// moment is a time in Unix seconds; 0 is none.
type moment uint32

func momentOf(t time.Time) moment { return moment(max(0, t.Unix())) }

func (m moment) time() time.Time { return time.Unix(int64(m), 0).UTC() }

// marks are what is true or false of a contact.
type marks uint8

const (
	madeByContact    marks = 1 << iota // create_source is Contact: signed up alone rather than added by the account
	updatedByAccount                   // update_source is Account
	updatedByContact                   // update_source is Contact; with neither of the two it is absent
	outByAccount                       // opt_out_source is Account
)

func (c *contact) is(m marks) bool { return c.marks&m != 0 }

// permission is permission_to_send.
type permission uint8

const (
	notSet permission = iota
	explicit
	implicit
	pendingConfirmation
	tempHold
	unsubscribed
)

var permissionNames = [...]string{"not_set", "explicit", "implicit", "pending_confirmation", "temp_hold", "unsubscribed"}

func (p permission) String() string { return permissionNames[p] }

func parsePermission(name string) (permission, bool) {
	for p, known := range permissionNames {
		if known == name {
			return permission(p), true
		}
	}
	return notSet, false
}

// status is what the status filter of GET /contacts selects by.
type status uint8

const (
	statusActive status = iota
	statusNotSet
	statusPending
	statusHold
	statusUnsubscribed
	statusDeleted
	statuses // the number of them
)

var statusNames = [statuses]string{"active", "not_set", "pending_confirmation", "temp_hold", "unsubscribed", "deleted"}

func (s status) String() string { return statusNames[s] }

var permissionStatus = [...]status{statusNotSet, statusActive, statusActive, statusPending, statusHold, statusUnsubscribed}

// status follows from the permission; a deleted contact keeps its permission and is nothing but deleted.
func (c *contact) status() status {
	if c.deleted != 0 {
		return statusDeleted
	}
	return permissionStatus[c.permission]
}

// party is who did something to a contact, as the API names it.
type party uint8

const (
	byAccount party = iota
	byContact
)

func (p party) String() string { return sources[p] }

// sources are the names of the parties.
var sources = []string{"Account", "Contact"}

// partyNamed takes anything that is not Contact for Account; inputs are checked before.
func partyNamed(name string) party {
	if name == byContact.String() {
		return byContact
	}
	return byAccount
}

func (c *contact) maker() party {
	if c.is(madeByContact) {
		return byContact
	}
	return byAccount
}

func (c *contact) updater() party {
	if c.is(updatedByContact) {
		return byContact
	}
	return byAccount
}

func (c *contact) optedOutBy() party {
	if c.is(outByAccount) {
		return byAccount
	}
	return byContact
}

// contactID puts the id of a contact together.
func (a *account) contactID(slot uint32) uuid.UUID {
	return idAt(a.contacts[slot].tick, a.ids.sequence)
}

// slot finds a contact by its id: contacts are in the order of the time inside it.
func (a *account) slot(id uuid.UUID) (slot uint32, ok bool) {
	tick := tickOf(id)
	low, high := 0, len(a.contacts)
	for low < high {
		if middle := (low + high) / 2; a.contacts[middle].tick < tick {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return uint32(low), low < len(a.contacts) && a.contactID(uint32(low)) == id
}

func (a *account) email(slot uint32) string { return string(a.texts.read(a.contacts[slot].email)) }

// contact renders one for tests.
func (a *account) contact(id string) (Contact, bool) {
	key, ok := parseID(id)
	if !ok {
		return Contact{}, false
	}
	a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(key)
	if !ok {
		return Contact{}, false
	}
	return a.export(slot), true
}

// all yields every contact, newest first, locking for each one alone.
func (a *account) all(yield func(Contact) bool) {
	a.enter()
	slot := len(a.contacts)
	a.mu.Unlock()
	for slot--; slot >= 0; slot-- {
		a.enter()
		c := a.export(uint32(slot))
		a.mu.Unlock()
		if !yield(c) {
			return
		}
	}
}

func (a *account) export(slot uint32) Contact {
	c := &a.contacts[slot]
	out := Contact{
		ID: a.contactID(slot).String(), Email: a.email(slot),
		Status: c.status().String(), Permission: c.permission.String(),
		FirstName: a.names.all[c.first], LastName: a.names.all[c.last],
		Lists: idsOf(a.lists.of(slot)), Tags: idsOf(a.tags.of(slot)),
		CreatedAt: c.created.time(), UpdatedAt: c.updated.time(),
	}
	if c.deleted != 0 {
		out.DeletedAt = c.deleted.time()
	}
	return out
}
