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

func (l *list) key() uuid.UUID { return l.id }
func (l *list) title() string  { return l.name }
func (l *list) set() *slotSet  { return &l.members }

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
	a.lists.add(l)
	return l
}

// dropList deletes a list and its memberships, and leaves its contacts.
func (a *account) dropList(l *list, at time.Time) {
	l.deleted, l.updated = momentOf(at), momentOf(at)
	l.active = 0
	a.lists.drop(l)
}

func (a *account) allLists() []List {
	a.enter()
	defer a.mu.Unlock()
	out := make([]List, 0, len(a.lists.living))
	for _, l := range slices.Backward(a.lists.living) {
		out = append(out, l.export())
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
	l := a.lists.get(id)
	if l == nil {
		return nil
	}
	out := make([]string, 0, l.members.size)
	for slot := range downwards([]*slotSet{&l.members}, uint32(len(a.contacts))) {
		out = append(out, a.contactID(slot).String())
	}
	return out
}
