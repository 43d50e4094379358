package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// removal is the work of deleting lists, tags or custom fields by their ids.
type removal struct {
	usualJob
	ids  []uuid.UUID
	drop func(a *account, id uuid.UUID, at time.Time) bool
}

func (w *removal) begin(*account, *activity) int { return len(w.ids) }

func (w *removal) item(a *account, act *activity, i int, at time.Time) {
	switch {
	case w.drop(a, w.ids[i], at):
		act.done++
	case slices.Contains(w.ids[:i], w.ids[i]):
		act.count(a.quirks.Duplicate.or(Count), "an id is named twice")
	default:
		act.count(a.quirks.Unknown.or(Skip), "an id was not found")
	}
}

// Limits of the bulk deletions.
const (
	maxDeleteLists  = 100
	maxDeleteTags   = 500
	maxDeleteFields = 100
)

// removalInput is the body of the bulk deletions.
type removalInput struct {
	ListIDs  *[]string `json:"list_ids"`
	TagIDs   *[]string `json:"tag_ids"`
	FieldIDs *[]string `json:"custom_field_ids"`
}

// createListDelete answers POST /activities/list_delete: lists and memberships go, contacts stay.
func createListDelete(c *call) reply {
	return c.removeMany("list_ids", maxDeleteLists, func(in removalInput) *[]string { return in.ListIDs }, dropList)
}

// createTagsDelete answers POST /activities/contacts_tags_delete.
func createTagsDelete(c *call) reply {
	return c.removeMany("tag_ids", maxDeleteTags, func(in removalInput) *[]string { return in.TagIDs }, dropTag)
}

// createFieldsDelete answers POST /activities/custom_fields_delete.
func createFieldsDelete(c *call) reply {
	return c.removeMany("custom_field_ids", maxDeleteFields, func(in removalInput) *[]string { return in.FieldIDs }, dropField)
}

func (c *call) removeMany(name string, highest int, texts func(removalInput) *[]string, drop func(*account, uuid.UUID, time.Time) bool) reply {
	var in removalInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	if texts(in) == nil {
		return invalid(name + " is missing")
	}
	ids, problem := readIDs(name, *texts(in), highest, c.account.quirks)
	if problem != "" {
		return invalid(problem)
	}
	if name == "list_ids" {
		c.listIDs = ids
	}
	now := c.account.enter()
	defer c.account.mu.Unlock()
	return c.accept(&activity{work: &removal{ids: ids, drop: drop}}, now)
}

func dropList(a *account, id uuid.UUID, at time.Time) bool {
	l := a.lists.get(id)
	if l == nil {
		return false
	}
	a.dropList(l, at)
	return true
}
