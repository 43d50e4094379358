package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// list is a contact list. A deleted one is kept, without members.
type list struct {
	id          uuid.UUID
	name        string
	description string
	favorite    bool
	created     moment
	updated     moment
	deleted     moment // 0 unless deleted
	members     slotSet
	active      int // those with status active
}

// recount follows a member from one status to another.
func (l *list) recount(was, is status) {
	if was == statusActive {
		l.active--
	}
	if is == statusActive {
		l.active++
	}
}

// addList makes a list. The caller has made sure that the name is free.
func (a *account) addList(in listInput, at time.Time) *list {
	l := &list{
		id: a.ids.next(at), name: *in.Name, description: in.Description, favorite: in.Favorite,
		created: momentOf(at), updated: momentOf(at),
	}
	a.lists = append(a.lists, l)
	a.listByID[l.id] = l
	return l
}

// dropList deletes a list and its memberships, and leaves its contacts.
func (a *account) dropList(l *list, at time.Time) {
	l.deleted, l.updated = momentOf(at), momentOf(at)
	l.members, l.active = slotSet{}, 0
	delete(a.listByID, l.id)
}

// findLists are the lists with these ids; unknown and deleted ones are skipped.
func (a *account) findLists(ids []uuid.UUID) []*list {
	var found []*list
	for _, id := range ids {
		if l := a.listByID[id]; l != nil && !slices.Contains(found, l) {
			found = append(found, l)
		}
	}
	return found
}

func (a *account) listNamed(name string) *list {
	for _, l := range a.listByID {
		if l.name == name {
			return l
		}
	}
	return nil
}

func listMembers(lists []*list) []*slotSet {
	sets := make([]*slotSet, len(lists))
	for i, l := range lists {
		sets[i] = &l.members
	}
	return sets
}

func (a *account) allLists() []List {
	a.enter()
	defer a.mu.Unlock()
	out := make([]List, 0, len(a.lists))
	for _, l := range slices.Backward(a.lists) {
		if l.deleted == 0 {
			out = append(out, l.export())
		}
	}
	return out
}

func (l *list) export() List {
	return List{ID: l.id.String(), Name: l.name, Members: l.members.size, Active: l.active, CreatedAt: l.created.time()}
}

func (a *account) members(listID string) []string {
	id, _ := parseID(listID)
	a.enter()
	defer a.mu.Unlock()
	lists := a.findLists([]uuid.UUID{id})
	if lists == nil {
		return nil
	}
	out := make([]string, 0, lists[0].members.size)
	for slot := range downwards(listMembers(lists), uint32(len(a.contacts))) {
		out = append(out, a.contactID(slot).String())
	}
	return out
}
