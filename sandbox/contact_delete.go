package sandbox

import (
	"fmt"
	"time"
)

// deletion is the work of a contact_delete.
type deletion struct {
	usualJob
	targets
}

// createContactDelete answers POST /activities/contact_delete. What the ids stand for is looked up when its turn
// comes; a request is only refused for its form, unless the quirks say otherwise:
// https://developer.constantcontact.com/api_guide/bulk-activity-endpoints/bulk-activities-delete-contacts
func createContactDelete(c *call) reply {
	var in sourceInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	work := new(deletion)
	var problem string
	work.source, problem = in.read([]string{"contact_ids", "list_ids"}, c.account.quirks)
	if problem != "" {
		return invalid(problem)
	}
	c.contactIDs, c.listIDs = work.contacts, work.lists
	now := c.account.enter()
	defer c.account.mu.Unlock()
	if problem := work.refused(c.account); problem != "" {
		return invalid(problem)
	}
	return c.accept(&activity{work: work, listCount: len(work.lists)}, now)
}

func (w *deletion) begin(a *account, act *activity) int { return w.find(a, act.started) }

// item deletes the next contact. Ids that the account does not have are passed over and not counted as done; those
// of deleted contacts, and so the second of two equal ids, are.
func (w *deletion) item(a *account, act *activity, i int, at time.Time) {
	slot, ok := w.take(a, act, i)
	switch {
	case !ok:
	case a.contacts[slot].deleted != 0:
		act.count(a.quirks.Deleted.or(Count), fmt.Sprintf("contact_ids[%d]: the contact is deleted", i))
	default:
		a.remove(slot, at)
		act.done++
	}
}

func (w *deletion) end(*account, *activity, time.Time) { w.targets = targets{} }
