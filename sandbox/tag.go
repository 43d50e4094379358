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

func (g *tag) key() uuid.UUID { return g.id }
func (g *tag) title() string  { return g.name }
func (g *tag) set() *slotSet  { return &g.members }

func (a *account) addTag(name, source string, at time.Time) *tag {
	g := &tag{id: a.ids.next(at), name: name, source: source, created: momentOf(at), updated: momentOf(at)}
	a.tags.add(g)
	return g
}

// dropTag deletes a tag and takes it off its contacts.
func dropTag(a *account, id uuid.UUID, _ time.Time) bool {
	g := a.tags.get(id)
	if g == nil {
		return false
	}
	g.deleted = true
	a.tags.drop(g)
	return true
}

func (a *account) taggedAny(ids []uuid.UUID, slot uint32) bool {
	return slices.ContainsFunc(a.tags.find(ids), func(g *tag) bool { return g.members.has(slot) })
}
