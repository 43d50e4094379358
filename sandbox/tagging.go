package sandbox

import (
	"time"

	"github.com/google/uuid"
)

// tagging is the work of contacts_taggings_add and contacts_taggings_remove.
type tagging struct {
	usualJob
	targets
	tags   []uuid.UUID
	change func(a *account, g *tag, slot uint32)
}

var taggingWays = []string{"contact_ids", "list_ids", "tag_ids", "all_active_contacts", "new_subscriber"}

// addTaggings answers POST /activities/contacts_taggings_add. Deleted contacts are passed over.
func addTaggings(c *call) reply {
	return c.changeTaggings(func(a *account, g *tag, slot uint32) { a.tag(g, slot) })
}

// removeTaggings answers POST /activities/contacts_taggings_remove.
func removeTaggings(c *call) reply {
	return c.changeTaggings(func(_ *account, g *tag, slot uint32) { g.members.remove(slot) })
}

func (c *call) changeTaggings(change func(*account, *tag, uint32)) reply {
	var in bulkInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	work := &tagging{change: change}
	var problem string
	work.source, work.tags, problem = in.read("tag_ids", in.TagIDs, taggingWays, c.account.quirks)
	if problem != "" {
		return invalid(problem)
	}
	c.contactIDs, c.listIDs = work.contacts, work.lists
	now := c.account.enter()
	defer c.account.mu.Unlock()
	return c.accept(&activity{work: work}, now)
}

func (w *tagging) cost() time.Duration { return 4 * time.Millisecond }

func (w *tagging) begin(a *account, act *activity) int { return w.find(a, act.started) }

func (w *tagging) item(a *account, act *activity, i int, _ time.Time) {
	slot, ok := w.take(a, act, i)
	if !ok {
		return
	}
	for _, g := range a.findTags(w.tags) {
		w.change(a, g, slot)
	}
	act.done++
}

func (w *tagging) end(*account, *activity, time.Time) { w.targets = targets{} }

// tag puts a tag on a contact that is not deleted and has room for it.
func (a *account) tag(g *tag, slot uint32) {
	if a.contacts[slot].deleted == 0 && !g.members.has(slot) && a.tagCount(slot) < maxContactTags {
		g.members.add(slot)
	}
}
