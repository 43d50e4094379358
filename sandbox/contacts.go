package sandbox

import (
	"iter"
	"net/http"
	"slices"
)

// Limits of GET /contacts: https://developer.constantcontact.com/api_reference/index.html
const (
	contactsPerPage    = 50
	maxContactsPerPage = 500
	maxListsFilter     = 25
	maxTagsFilter      = 50
)

// getContact answers GET /contacts/{id}, for a deleted contact too:
// https://developer.constantcontact.com/api_reference/index.html
func getContact(c *call) reply {
	p := &params{values: c.query}
	include := p.choices("include", subresources...)
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(c.id)
	if !ok {
		return notFound()
	}
	return jsonReply(http.StatusOK, a.render(slot, include))
}

// contactPage is the body of GET /contacts.
type contactPage struct {
	Contacts []contactBody `json:"contacts"`
	Count    *int          `json:"contacts_count,omitempty"`
	Links    *links        `json:"_links,omitempty"`
}

// listContacts answers GET /contacts, newest first:
// https://developer.constantcontact.com/api_reference/index.html
func listContacts(c *call) reply {
	p := readParams(c.query)
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	q := readContactQuery(p, a.quirks)
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	q.index = a.index(now, c.lag)
	if q.segment != 0 {
		return c.listSegment(p, q, now)
	}
	from := uint32(len(a.contacts)) // above the newest
	if q.hasNext {
		slot, ok := a.slot(q.next)
		if !ok {
			return p.refuse("cursor")
		}
		from = slot
	}
	page := a.contactPage(c, p, q, a.matching(q, from))
	if q.count {
		n := a.countMatching(q)
		page.Count = &n
	}
	return jsonReply(http.StatusOK, page)
}

// contactPage renders the first contacts of a sequence.
func (a *account) contactPage(c *call, p *params, q contactQuery, slots iter.Seq[uint32]) contactPage {
	page := contactPage{Contacts: make([]contactBody, 0, min(q.limit, len(a.contacts)))}
	for slot := range slots {
		if len(page.Contacts) == q.limit {
			page.Links = p.follow(c, q.limit, a.contactID(slot).String())
			break
		}
		page.Contacts = append(page.Contacts, q.index.render(slot, q.include))
	}
	return page
}

// matching yields the slots of the contacts that the query selects, from the given slot downwards.
func (a *account) matching(q contactQuery, from uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for slot := range a.candidates(q, from) {
			if q.selects(slot) && !yield(slot) {
				return
			}
		}
	}
}

// candidates are as few contacts as an index gives for the query.
func (a *account) candidates(q contactQuery, from uint32) iter.Seq[uint32] {
	switch {
	case q.email != "":
		slot, ok := a.emails.find(q.email)
		if !ok || slot > from {
			return slices.Values[[]uint32](nil)
		}
		return slices.Values([]uint32{slot})
	case q.lists != nil && !q.index.lags():
		return downwards(membersOf(a.lists.find(q.lists)), from)
	case q.tags != nil:
		return downwards(membersOf(a.tags.find(q.tags)), from)
	}
	return a.everyone(from)
}

func (a *account) everyone(from uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for slot := min(int(from), len(a.contacts)-1); slot >= 0; slot-- {
			if !yield(uint32(slot)) {
				return
			}
		}
	}
}

// countMatching counts all that the query selects, on whichever page. Only a query by status or by nothing is
// answered from sums; others walk their candidates.
func (a *account) countMatching(q contactQuery) int {
	n := 0
	if q.onlyStatus() {
		for s, count := range a.byStatus {
			if q.statuses[s] {
				n += count
			}
		}
		return n
	}
	for range a.matching(q, uint32(len(a.contacts))) {
		n++
	}
	return n
}
