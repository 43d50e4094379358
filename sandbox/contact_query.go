package sandbox

import (
	"slices"
	"strconv"

	"github.com/google/uuid"
)

// contactQuery is a checked query of GET /contacts. Its filters all have to hold.
type contactQuery struct {
	limit    int
	next     uuid.UUID
	hasNext  bool
	include  []string
	count    bool
	statuses [statuses]bool
	email    string
	lists    []uuid.UUID // nil: not asked for
	tags     []uuid.UUID // nil: not asked for
	times    []timeFilter
	noSMS    bool //  asks for an SMS status that no contact here has
	segment  int  // 0: not asked for
	index    index
}

// timeFilter is one of the *_after and *_before parameters.
type timeFilter struct {
	name   string
	field  func(*contact) moment
	after  bool
	moment moment
}

func createdAt(c *contact) moment  { return c.created }
func updatedAt(c *contact) moment  { return c.updated }
func optedOutAt(c *contact) moment { return c.optedOut }

var timeFilters = []timeFilter{
	{name: "created_after", field: createdAt, after: true},
	{name: "created_before", field: createdAt},
	{name: "updated_after", field: updatedAt, after: true},
	{name: "updated_before", field: updatedAt},
	{name: "optout_after", field: optedOutAt, after: true},
	{name: "optout_before", field: optedOutAt},
}

func readContactQuery(p *params, quirks Quirks) contactQuery {
	q := contactQuery{
		limit:    p.limit(contactsPerPage, maxContactsPerPage),
		include:  p.choices("include", subresources...),
		count:    p.flag("include_count"),
		statuses: readStatuses(p, quirks),
		email:    p.values.Get("email"),
		lists:    p.ids("lists", maxListsFilter),
		tags:     p.ids("tags", maxTagsFilter),
		segment:  p.segment(),
	}
	q.next, q.hasNext = p.next()
	for _, filter := range timeFilters {
		if at, ok := p.moment(filter.name); ok {
			filter.moment = at
			q.times = append(q.times, filter)
		}
	}
	// Contacts here have no SMS channel, which is the status not_set.
	if sms := p.choices("sms_status", "all", "explicit", "unsubscribed", "pending_confirmation", "not_set"); sms != nil {
		q.noSMS = !slices.Contains(sms, "all") && !slices.Contains(sms, "not_set")
	}
	return q
}

// besideSegment are the parameters that a segment_id cannot be combined with; it goes together with the limit alone.
var besideSegment = []string{
	"created_after", "created_before", "email", "include", "include_count", "lists", "optout_after", "optout_before",
	"sms_status", "status", "tags", "updated_after", "updated_before",
}

// segment is the segment_id, 0 when it is not given.
func (p *params) segment() int {
	if !p.values.Has("segment_id") {
		return 0
	}
	for _, name := range besideSegment {
		if p.values.Has(name) {
			p.problems = append(p.problems, "segment_id, "+name+" are mutually exclusive")
			return 0
		}
	}
	n, err := strconv.Atoi(p.values.Get("segment_id"))
	if err != nil || n < 1 {
		p.wrong("segment_id")
	}
	return n
}

// readStatuses reads the status filter: without one, everything that is not deleted.
func readStatuses(p *params, quirks Quirks) (chosen [statuses]bool) {
	names := p.choices("status", append([]string{"all"}, statusNames[:]...)...)
	if names == nil && quirks.ActiveByDefault {
		names = []string{"active"}
	}
	for s := range chosen {
		chosen[s] = names == nil && status(s) != statusDeleted
		for _, name := range names {
			chosen[s] = chosen[s] || name == "all" || name == statusNames[s]
		}
	}
	return chosen
}

// selects tests all but what the candidates were chosen by.
func (q *contactQuery) selects(slot uint32) bool {
	c, known := q.index.contact(slot)
	if !known || q.noSMS || !q.statuses[c.status()] {
		return false
	}
	for i := range q.times {
		filter := &q.times[i]
		at := filter.field(c)
		if at == 0 || filter.after && at <= filter.moment || !filter.after && at >= filter.moment {
			return false
		}
	}
	return q.onLists(slot) && (q.tags == nil || q.index.account.taggedAny(q.tags, slot))
}

// onLists tests the lists, unless the candidates come from them.
func (q *contactQuery) onLists(slot uint32) bool {
	if q.lists == nil || q.email == "" && !q.index.lags() {
		return true
	}
	wanted := q.index.account.lists.find(q.lists)
	return slices.ContainsFunc(q.index.lists(slot), func(l *list) bool { return slices.Contains(wanted, l) })
}

// onlyStatus tells whether nothing but the status decides.
func (q *contactQuery) onlyStatus() bool {
	return q.email == "" && q.lists == nil && q.tags == nil && len(q.times) == 0 && !q.noSMS && !q.index.lags()
}
