package sandbox

import (
	"time"

	"github.com/google/uuid"
)

// bulkInput is the body of the bulk activities that do something with contacts and lists or tags.
type bulkInput struct {
	Source  *sourceInput `json:"source"`
	Exclude struct {
		ContactIDs []string `json:"contact_ids"`
	} `json:"exclude"`
	ListIDs *[]string `json:"list_ids"`
	TagIDs  *[]string `json:"tag_ids"`
}

// read checks the body: what the contacts are taken from, and which lists or tags it is about.
func (in *bulkInput) read(name string, texts *[]string, ways []string, q Quirks) (s source, ids []uuid.UUID, problem string) {
	switch {
	case in.Source == nil:
		return s, nil, "source is missing"
	case texts == nil:
		return s, nil, name + " is missing"
	}
	if s, problem = in.Source.read(ways, q); problem != "" {
		return s, nil, "source." + problem
	}
	if ids, problem = readIDs(name, *texts, maxBulkLists, q); problem != "" {
		return s, nil, problem
	}
	if len(in.Exclude.ContactIDs) > 0 {
		s.exclude, problem = readIDs("exclude.contact_ids", in.Exclude.ContactIDs, maxDeleteContacts, q)
	}
	return s, ids, problem
}

// The ways to name the contacts of memberships.
var (
	addWays    = []string{"contact_ids", "list_ids", "all_active_contacts", "tag_ids", "engagement_level", "segment_id"}
	removeWays = []string{"contact_ids", "list_ids", "all_active_contacts", "tag_ids", "engagement_level"}
)

// membership is the work of add_list_memberships and remove_list_memberships.
type membership struct {
	usualJob
	targets
	lists  []uuid.UUID
	change func(a *account, l *list, slot uint32, at time.Time)
}

// addMemberships answers POST /activities/add_list_memberships, which brings deleted contacts back:
// https://developer.constantcontact.com/api_reference/index.html
func addMemberships(c *call) reply {
	return c.changeMemberships(addWays, (*account).join)
}

// removeMemberships answers POST /activities/remove_list_memberships; the contacts stay.
func removeMemberships(c *call) reply {
	return c.changeMemberships(removeWays, func(a *account, l *list, slot uint32, _ time.Time) { a.leave(l, slot) })
}

func (c *call) changeMemberships(ways []string, change func(*account, *list, uint32, time.Time)) reply {
	var in bulkInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	work := &membership{change: change}
	var problem string
	work.source, work.lists, problem = in.read("list_ids", in.ListIDs, ways, c.account.quirks)
	if problem != "" {
		return invalid(problem)
	}
	c.contactIDs, c.listIDs = work.contacts, work.lists
	now := c.account.enter()
	defer c.account.mu.Unlock()
	return c.accept(&activity{work: work, listCount: len(work.lists)}, now)
}

// cost is less than that of a deletion.
func (w *membership) cost() time.Duration { return 4 * time.Millisecond }

func (w *membership) begin(a *account, act *activity) int { return w.find(a, act.started) }

// item changes the memberships of one contact. Lists that the account does not have are passed over.
func (w *membership) item(a *account, act *activity, i int, at time.Time) {
	slot, ok := w.take(a, act, i)
	if !ok {
		return
	}
	for _, l := range a.findLists(w.lists) {
		w.change(a, l, slot, at)
	}
	act.done++
}

func (w *membership) end(*account, *activity, time.Time) { w.targets = targets{} }
