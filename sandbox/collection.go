package sandbox

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// collection holds the lists or the tags of an account. Deleted ones stay in it, since the API can still show them and
// cursors may point to them; but nothing else has to walk past them, however many there are.
type collection[T group] struct {
	all    []T // oldest first, deleted ones included
	living []T // oldest first
	byID   map[uuid.UUID]T
}

// group is a list or a tag: it has an id, a name, and contacts.
type group interface {
	*list | *tag
	key() uuid.UUID
	title() string
	set() *slotSet
}

func newCollection[T group]() collection[T] { return collection[T]{byID: make(map[uuid.UUID]T)} }

// add puts a new group behind the others.
func (c *collection[T]) add(one T) {
	c.all = append(c.all, one)
	c.living = append(c.living, one)
	c.byID[one.key()] = one
}

// drop takes a group out of the living, without its contacts. The others keep their order.
func (c *collection[T]) drop(one T) {
	*one.set() = slotSet{}
	c.living = slices.DeleteFunc(c.living, func(other T) bool { return other == one })
	delete(c.byID, one.key())
}

// get is the living group with this id, nil when there is none.
func (c *collection[T]) get(id uuid.UUID) T { return c.byID[id] }

// find are the living groups with these ids, each once; others are skipped.
func (c *collection[T]) find(ids []uuid.UUID) []T {
	var found []T
	for _, id := range ids {
		if one := c.byID[id]; one != nil && !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	return found
}

// named is the living group of this name, nil when there is none.
func (c *collection[T]) named(name string) T {
	if at := slices.IndexFunc(c.living, func(one T) bool { return one.title() == name }); at >= 0 {
		return c.living[at]
	}
	return nil
}

// of are the groups that a contact is in, oldest first.
func (c *collection[T]) of(slot uint32) []T {
	var in []T
	for _, one := range c.living {
		if one.set().has(slot) {
			in = append(in, one)
		}
	}
	return in
}

// membersOf are the contacts of groups, group by group.
func membersOf[T group](groups []T) []*slotSet {
	sets := make([]*slotSet, len(groups))
	for i, one := range groups {
		sets[i] = one.set()
	}
	return sets
}

// idsOf are the ids of groups; never nil, as the API shows an empty array.
func idsOf[T group](groups []T) []string {
	ids := make([]string, 0, len(groups))
	for _, one := range groups {
		ids = append(ids, one.key().String())
	}
	return ids
}

// namesOf are the names of groups as a file shows them.
func namesOf[T group](groups []T) string {
	names := make([]string, 0, len(groups))
	for _, one := range groups {
		names = append(names, one.title())
	}
	return strings.Join(names, ", ")
}
