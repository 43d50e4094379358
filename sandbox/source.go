package sandbox

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Limits of the arrays of ids in bulk requests:
// https://developer.constantcontact.com/api_guide/bulk-activity-endpoints/bulk-activities-delete-contacts
const (
	maxDeleteContacts = 500
	maxBulkLists      = 50
	maxBulkTags       = 50
)

// sourceInput names contacts in the body of a bulk request, in exactly one way.
type sourceInput struct {
	ContactIDs    *[]string `json:"contact_ids"`
	ListIDs       *[]string `json:"list_ids"`
	TagIDs        *[]string `json:"tag_ids"`
	AllActive     bool      `json:"all_active_contacts"`
	NewSubscriber bool      `json:"new_subscriber"`
	Engagement    string    `json:"engagement_level"`
	SegmentID     int       `json:"segment_id"`
}

// source is a checked sourceInput.
type source struct {
	contacts      []uuid.UUID // uuid.Nil for a malformed one that was let through
	lists, tags   []uuid.UUID
	allActive     bool
	newSubscriber bool
	engagement    string
	segment       int
	exclude       []uuid.UUID
}

// given are the ways that the body uses, of those that the route has.
func (in *sourceInput) given(ways []string) []string {
	return slices.DeleteFunc(slices.Clone(ways), func(way string) bool {
		switch way {
		case "contact_ids":
			return in.ContactIDs == nil
		case "list_ids":
			return in.ListIDs == nil
		case "tag_ids":
			return in.TagIDs == nil
		case "all_active_contacts":
			return !in.AllActive
		case "new_subscriber":
			return !in.NewSubscriber
		case "engagement_level":
			return in.Engagement == ""
		}
		return in.SegmentID == 0
	})
}

// read checks the source. The problem is empty when there is none.
func (in *sourceInput) read(ways []string, q Quirks) (s source, problem string) {
	given := in.given(ways)
	switch {
	case len(given) == 0 && q.Empty.or(Refuse) == Refuse:
		return s, strings.Join(ways, ", ") + " are missing, exactly one parameter must be provided"
	case len(given) > 1 && q.Both.or(Refuse) == Refuse:
		return s, strings.Join(given, ", ") + " are mutually exclusive"
	case len(given) > 1 && q.Both != Count:
		given = given[:1]
	}
	for _, way := range given {
		if problem = in.readWay(way, &s, q); problem != "" {
			return s, problem
		}
	}
	return s, ""
}

// engagementLevels are the values of engagement_level.
var engagementLevels = []string{"most_engaged", "somewhat_engaged", "least_engaged"}

func (in *sourceInput) readWay(way string, s *source, q Quirks) (problem string) {
	switch way {
	case "contact_ids":
		s.contacts, problem = readIDs(way, *in.ContactIDs, maxDeleteContacts, q)
	case "list_ids":
		s.lists, problem = readIDs(way, *in.ListIDs, maxBulkLists, q)
	case "tag_ids":
		s.tags, problem = readIDs(way, *in.TagIDs, maxBulkTags, q)
	case "engagement_level":
		s.engagement = in.Engagement
		if !slices.Contains(engagementLevels, s.engagement) {
			problem = way + " does not have a valid value"
		}
	case "all_active_contacts":
		s.allActive = true
	case "new_subscriber":
		s.newSubscriber = true
	default:
		s.segment = in.SegmentID
	}
	return problem
}

// readIDs checks an array of ids.
func readIDs(name string, texts []string, highest int, q Quirks) ([]uuid.UUID, string) {
	switch n := len(texts); {
	case n == 0 && q.Empty.or(Refuse) == Refuse, n > highest && q.TooMany.or(Refuse) == Refuse:
		return nil, fmt.Sprintf("%s must have 1 to %d entries", name, highest)
	case n > highest && q.TooMany != Count:
		texts = texts[:highest]
	}
	ids, seen := make([]uuid.UUID, len(texts)), make(map[uuid.UUID]bool)
	for i, text := range texts {
		id, ok := parseID(text)
		if !ok && q.Malformed.or(Refuse) == Refuse || seen[id] && q.Duplicate == Refuse {
			return nil, fmt.Sprintf("%s[%d] does not have a valid value", name, i)
		}
		ids[i], seen[id] = id, ok
	}
	return ids, ""
}

// targets are the contacts that a bulk activity works on.
type targets struct {
	source
	slots   []uint32 // noSlot where an id is unknown
	repeats []bool   // which of the slots are there before; nil when none can be
}

// noSlot stands for a contact that the account does not have.
const noSlot = math.MaxUint32

// refused tells what of the ids a request is to be refused for, where unknown or deleted ids are.
func (t *targets) refused(a *account) (problem string) {
	for i, id := range t.contacts {
		slot, known := a.slot(id)
		if !known && a.quirks.Unknown == Refuse || known && a.contacts[slot].deleted != 0 && a.quirks.Deleted == Refuse {
			return fmt.Sprintf("contact_ids[%d] does not have a valid value", i)
		}
	}
	return ""
}

// find looks the contacts up and says how many there are.
func (t *targets) find(a *account, now time.Time) int {
	t.findSent(a)
	t.slots = append(t.slots, a.inGroups(&t.source, now)...)
	if t.repeats != nil {
		t.repeats = append(t.repeats, make([]bool, len(t.slots)-len(t.repeats))...)
	}
	if len(t.exclude) > 0 {
		t.leaveOut(a)
	}
	if a.quirks.Counters == CountMatches {
		t.onlyMatches(a)
	}
	return len(t.slots)
}

// findSent looks up the ids that were sent.
func (t *targets) findSent(a *account) {
	seen := make(map[uuid.UUID]bool, len(t.contacts))
	for _, id := range t.contacts {
		slot, known := a.slot(id)
		if !known {
			slot = noSlot
		}
		t.slots = append(t.slots, slot)
		t.repeats = append(t.repeats, known && seen[id])
		seen[id] = true
	}
}

// inGroups are the contacts on lists, with tags, in a segment or in some state, newest first.
func (a *account) inGroups(s *source, now time.Time) []uint32 {
	top := uint32(len(a.contacts))
	switch {
	case len(s.lists) > 0 || len(s.tags) > 0:
		sets := append(membersOf(a.lists.find(s.lists)), membersOf(a.tags.find(s.tags))...)
		return slices.Collect(downwards(sets, top))
	case s.allActive, s.newSubscriber, s.engagement != "", s.segment != 0:
		match := a.matcher(s, now)
		var slots []uint32
		for slot := range a.everyone(top) {
			if match(slot) {
				slots = append(slots, slot)
			}
		}
		return slots
	}
	return nil
}

// matcher tests for the groups that are not kept as sets.
func (a *account) matcher(s *source, now time.Time) func(slot uint32) bool {
	active := func(slot uint32) bool { return a.contacts[slot].status() == statusActive }
	switch {
	case s.allActive:
		return active
	case s.newSubscriber:
		return func(slot uint32) bool { return active(slot) && a.isNew(slot, now) }
	case s.engagement != "":
		return func(slot uint32) bool { return active(slot) && engagement(slot) == s.engagement }
	}
	segment := a.findSegment(s.segment)
	return func(slot uint32) bool { return segment != nil && segment.has(a, slot, now) }
}

// newFor is how long a contact counts as a new subscriber.
const newFor = 30 * 24 * time.Hour

func (a *account) isNew(slot uint32, now time.Time) bool {
	return now.Sub(a.contacts[slot].created.time()) < newFor
}

// engagement is made up: nobody opens mail here. It is the same for a contact every time.
func engagement(slot uint32) string {
	return engagementLevels[slot*2654435761>>16%uint32(len(engagementLevels))]
}

func (t *targets) leaveOut(a *account) {
	out := make(map[uint32]bool, len(t.exclude))
	for _, id := range t.exclude {
		if slot, known := a.slot(id); known {
			out[slot] = true
		}
	}
	t.keep(func(i int) bool { return !out[t.slots[i]] })
}

// onlyMatches drops what CountMatches does not count.
func (t *targets) onlyMatches(a *account) {
	t.keep(func(i int) bool {
		return t.slots[i] != noSlot && (t.repeats == nil || !t.repeats[i]) && a.contacts[t.slots[i]].deleted == 0
	})
	t.repeats = nil
}

// keep drops all other slots.
func (t *targets) keep(wanted func(i int) bool) {
	var slots []uint32
	var repeats []bool
	for i, slot := range t.slots {
		if wanted(i) {
			slots = append(slots, slot)
			if t.repeats != nil {
				repeats = append(repeats, t.repeats[i])
			}
		}
	}
	t.slots, t.repeats = slots, repeats
}

// take gives the contact of item i, unless it is unknown or was there before; then it is counted as the quirks say.
func (t *targets) take(a *account, act *activity, i int) (slot uint32, ok bool) {
	switch slot = t.slots[i]; {
	case slot == noSlot:
		act.count(a.quirks.Unknown.or(Skip), fmt.Sprintf("contact_ids[%d]: the contact was not found", i))
	case t.repeats != nil && t.repeats[i]:
		act.count(a.quirks.Duplicate.or(Count), fmt.Sprintf("contact_ids[%d]: the contact is named twice", i))
	default:
		return slot, true
	}
	return 0, false
}
