package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contactCounts is the body of GET /contacts/counts, by consent.
type contactCounts struct {
	Total         int  `json:"total"`
	Explicit      int  `json:"explicit"`
	Implicit      int  `json:"implicit"`
	Pending       int  `json:"pending"`
	Unsubscribed  int  `json:"unsubscribed"`
	NewSubscriber *int `json:"new_subscriber,omitempty"`
}

// getCounts answers GET /contacts/counts. Deleted contacts are not counted.
func getCounts(c *call) reply {
	p := &params{values: c.query}
	include := p.choices("include", "new_subscriber")
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	counts := a.byConsent
	body := contactCounts{
		Total:    len(a.contacts) - a.byStatus[statusDeleted],
		Explicit: counts[explicit], Implicit: counts[implicit], Pending: counts[pendingConfirmation],
		Unsubscribed: counts[unsubscribed],
	}
	if include != nil {
		fresh := a.newSubscribers(now)
		body.NewSubscriber = &fresh
	}
	return jsonReply(http.StatusOK, body)
}

func (a *account) newSubscribers(now time.Time) int {
	n, match := 0, a.matcher(&source{newSubscriber: true}, now)
	for slot := range a.everyone(uint32(len(a.contacts))) {
		if match(slot) {
			n++
		}
	}
	return n
}

// xref pairs an id of the older API with one of this.
type xref struct {
	SequenceID string `json:"sequence_id"`
	ContactID  string `json:"contact_id"`
}

// maxXrefs is how many ids one request may ask for.
const maxXrefs = 500

// getXrefs answers GET /contacts/contact_id_xrefs. The older ids of contacts here count from 0000000001 in the order
// of creation; those that belong to nobody are left out.
func getXrefs(c *call) reply {
	wanted := strings.Split(c.query.Get("sequence_ids"), ",")
	switch {
	case c.query.Get("sequence_ids") == "":
		return invalid("sequence_ids is missing")
	case len(wanted) > maxXrefs:
		return invalid("sequence_ids does not have a valid value")
	}
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	refs := []xref{}
	for _, text := range wanted {
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
		if err != nil {
			return invalid("sequence_ids does not have a valid value")
		}
		if n >= 1 && n <= uint64(len(a.contacts)) {
			refs = append(refs, xref{fmt.Sprintf("%010d", n), a.contactID(uint32(n - 1)).String()})
		}
	}
	slices.SortFunc(refs, func(x, y xref) int { return strings.Compare(x.SequenceID, y.SequenceID) })
	return jsonReply(http.StatusOK, struct {
		Xrefs []xref `json:"xrefs"`
	}{slices.Compact(refs)})
}

// resubscribeInput is the body of PUT /contacts/resubscribe/{id}.
type resubscribeInput struct {
	ListIDs *[]string `json:"list_ids"`
}

func (in *resubscribeInput) problem() string {
	if sizeOf(in.ListIDs) == 0 {
		return "list_ids is missing"
	}
	return ""
}

// resubscribe answers PUT /contacts/resubscribe/{id}. The real service sends the contact a mail, once, and waits for
// its consent; here nobody reads it, so the contact stays as it is.
func resubscribe(c *call) reply {
	var in resubscribeInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(c.id)
	switch {
	case !ok || a.contacts[slot].deleted != 0:
		return notFound()
	case a.contacts[slot].permission != unsubscribed:
		return invalid("the contact is not unsubscribed")
	case a.detail(slot).resubscribed:
		return conflict("the contact has been sent a confirmation already")
	}
	a.detailed(slot).resubscribed = true
	a.touch(slot, byAccount, now)
	c.changedContact(c.id)
	return jsonReply(http.StatusOK, a.render(slot, nil))
}
