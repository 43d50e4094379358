package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// tag is a label on contacts. A deleted one is kept, without contacts.
type tag struct {
	id      uuid.UUID
	name    string
	source  string // tag_source; empty: not given
	created moment
	updated moment
	deleted bool
	members slotSet
}

func (a *account) addTag(name, source string, at time.Time) *tag {
	g := &tag{id: a.ids.next(at), name: name, source: source, created: momentOf(at), updated: momentOf(at)}
	a.tags = append(a.tags, g)
	a.tagByID[g.id] = g
	return g
}

// dropTag deletes a tag and takes it off its contacts.
func dropTag(a *account, id uuid.UUID, _ time.Time) bool {
	g := a.tagByID[id]
	if g == nil {
		return false
	}
	g.deleted, g.members = true, slotSet{}
	delete(a.tagByID, id)
	return true
}

// findTags are the tags with these ids; unknown and deleted ones are skipped.
func (a *account) findTags(ids []uuid.UUID) []*tag {
	var found []*tag
	for _, id := range ids {
		if g := a.tagByID[id]; g != nil && !slices.Contains(found, g) {
			found = append(found, g)
		}
	}
	return found
}

func (a *account) tagNamed(name string) *tag {
	for _, g := range a.tagByID {
		if g.name == name {
			return g
		}
	}
	return nil
}

func tagMembers(tags []*tag) []*slotSet {
	sets := make([]*slotSet, len(tags))
	for i, g := range tags {
		sets[i] = &g.members
	}
	return sets
}

func (a *account) taggedAny(ids []uuid.UUID, slot uint32) bool {
	return slices.ContainsFunc(a.findTags(ids), func(g *tag) bool { return g.members.has(slot) })
}
