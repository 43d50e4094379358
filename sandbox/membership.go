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

// regrouping is the work of changing which lists or tags contacts have.
type regrouping[T group] struct {
	usualJob
	targets
	of     *collection[T]
	groups []uuid.UUID
	change func(a *account, one T, slot uint32, at time.Time)
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
	work := &regrouping[*list]{of: &c.account.lists, change: change}
	return work.accept(c, "list_ids", func(in bulkInput) *[]string { return in.ListIDs }, ways)
}

// accept reads the body and queues the work.
func (w *regrouping[T]) accept(c *call, name string, texts func(bulkInput) *[]string, ways []string) reply {
	var in bulkInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	var problem string
	if w.source, w.groups, problem = in.read(name, texts(in), ways, c.account.quirks); problem != "" {
		return invalid(problem)
	}
	act := &activity{work: w}
	c.contactIDs, c.listIDs = w.contacts, w.lists
	if name == "list_ids" {
		c.listIDs, act.listCount = w.groups, len(w.groups)
	}
	now := c.account.enter()
	defer c.account.mu.Unlock()
	return c.accept(act, now)
}

// cost is less than that of a deletion.
func (w *regrouping[T]) cost() time.Duration { return 4 * time.Millisecond }

func (w *regrouping[T]) begin(a *account, act *activity) int { return w.find(a, act.started) }

// item changes one contact. Lists and tags that the account does not have are passed over.
func (w *regrouping[T]) item(a *account, act *activity, i int, at time.Time) {
	slot, ok := w.take(a, act, i)
	if !ok {
		return
	}
	for _, one := range w.of.find(w.groups) {
		w.change(a, one, slot, at)
	}
	act.done++
}

func (w *regrouping[T]) end(*account, *activity, time.Time) { w.targets = targets{} }
