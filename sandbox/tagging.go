package sandbox

import "time"

// The ways to name the contacts of taggings.
var taggingWays = []string{"contact_ids", "list_ids", "tag_ids", "all_active_contacts", "new_subscriber"}

// addTaggings answers POST /activities/contacts_taggings_add. Deleted contacts are passed over.
func addTaggings(c *call) reply {
	return c.changeTaggings(func(a *account, g *tag, slot uint32, _ time.Time) { a.tag(g, slot) })
}

// removeTaggings answers POST /activities/contacts_taggings_remove.
func removeTaggings(c *call) reply {
	return c.changeTaggings(func(_ *account, g *tag, slot uint32, _ time.Time) { g.members.remove(slot) })
}

func (c *call) changeTaggings(change func(*account, *tag, uint32, time.Time)) reply {
	work := &regrouping[*tag]{of: &c.account.tags, change: change}
	return work.accept(c, "tag_ids", func(in bulkInput) *[]string { return in.TagIDs }, taggingWays)
}

// tag puts a tag on a contact that is not deleted and has room for it.
func (a *account) tag(g *tag, slot uint32) {
	if a.contacts[slot].deleted == 0 && !g.members.has(slot) && len(a.tags.of(slot)) < maxContactTags {
		g.members.add(slot)
	}
}
