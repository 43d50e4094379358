package sandbox

import (
	"net/http"
	"slices"
)

// Limits of GET /contact_lists. The vendor's pages disagree (500 or 1,000; a default of 50 or 1,000); these are the
// larger limit and the smaller default: https://developer.constantcontact.com/api_guide/lists_get_all.html
const (
	listsPerPage    = 50
	maxListsPerPage = 1000
	shortListPages  = 500
)

// maxListsPerPage is the highest limit of a page of lists.
func (q Quirks) maxListsPerPage() int {
	if q.ShortListPages {
		return shortListPages
	}
	return maxListsPerPage
}

// listBody is a contact list as the API renders it.
type listBody struct {
	ID          string `json:"list_id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Favorite    bool   `json:"favorite"`
	CreatedAt   string `json:"created_at"`
	UpdatedAt   string `json:"updated_at"`
	DeletedAt   string `json:"deleted_at,omitempty"`
	Members     *int   `json:"membership_count,omitempty"`
}

type listPage struct {
	Lists []listBody `json:"lists"`
	Count *int       `json:"lists_count,omitempty"`
	Links *links     `json:"_links,omitempty"`
}

// render makes the body of a list; counting is all, active or empty for no count.
func (l *list) render(counting string) listBody {
	body := listBody{
		ID: l.id.String(), Name: l.name, Description: l.description, Favorite: l.favorite,
		CreatedAt: l.created.stamp(), UpdatedAt: l.updated.stamp(),
	}
	if l.deleted != 0 {
		body.DeletedAt = l.deleted.stamp()
	}
	n := l.members.size
	switch counting {
	case "":
		return body
	case "active":
		n = l.active
	}
	body.Members = &n
	return body
}

// counting reads include_membership_count, which takes one value and not true or false.
func (p *params) counting() string {
	chosen := p.choices("include_membership_count", "all", "active")
	switch len(chosen) {
	case 0:
		return ""
	case 1:
		return chosen[0]
	}
	p.wrong("include_membership_count")
	return ""
}

// getList answers GET /contact_lists/{id}:
// https://developer.constantcontact.com/api_reference/index.html
func getList(c *call) reply {
	p := &params{values: c.query}
	counting := p.counting()
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	c.account.enter()
	defer c.account.mu.Unlock()
	l := c.account.lists.get(c.id)
	if l == nil {
		return notFound()
	}
	return jsonReply(http.StatusOK, l.render(counting))
}

// listLists answers GET /contact_lists, newest first:
// https://developer.constantcontact.com/api_guide/lists_get_all.html
func listLists(c *call) reply {
	p := readParams(c.query)
	limit, counting, count := p.limit(listsPerPage, c.account.quirks.maxListsPerPage()), p.counting(), p.flag("include_count")
	p.flag("include_sms_membership_count") // for SMS lists only, which the sandbox has none of
	keep := p.listFilter()
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	chosen, more := pageOf(c, p, limit, newest(a.lists.all), (*list).key, keep)
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	page := listPage{Lists: []listBody{}, Links: more}
	for _, l := range chosen {
		page.Lists = append(page.Lists, l.render(counting))
	}
	if count {
		n := 0
		for _, l := range a.lists.all {
			if keep(l) {
				n++
			}
		}
		page.Count = &n
	}
	return jsonReply(http.StatusOK, page)
}

// listFilter reads the filters: without a status, lists that are not deleted.
func (p *params) listFilter() func(*list) bool {
	chosen := p.choices("status", "all", "active", "deleted")
	channel := p.choices("channel_type", "email", "sms")
	name := p.values.Get("name")
	living := chosen == nil || slices.Contains(chosen, "all") || slices.Contains(chosen, "active")
	deleted := slices.Contains(chosen, "all") || slices.Contains(chosen, "deleted")
	email := channel == nil || slices.Contains(channel, "email")
	return func(l *list) bool {
		return email && (name == "" || name == l.name) && (living && l.deleted == 0 || deleted && l.deleted != 0)
	}
}
