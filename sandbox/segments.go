package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// segmentsPerPage is the documented default, and taken for the highest limit as well.
const segmentsPerPage = 1000

// segment is a group of contacts by a rule that is looked up afresh each time.
type contactSegment struct {
	id      int
	name    string
	created moment
	edited  moment
	has     func(a *account, slot uint32, now time.Time) bool
	asked   int // queries that were told to wait since the last answer
}

// segmentBody is a segment as the API renders it. Its id is a number.
type segmentBody struct {
	Name      string `json:"name"`
	ID        int    `json:"segment_id"`
	CreatedAt string `json:"created_at"`
	EditedAt  string `json:"edited_at"`
}

// segmentPage has a next link always; on the last page it leads nowhere.
type segmentPage struct {
	Segments []segmentBody `json:"segments"`
	Links    struct {
		Next struct {
			Href *string `json:"href"`
		} `json:"next"`
	} `json:"_links"`
}

func seedSegments() []*contactSegment {
	engaged := func(level string) func(*account, uint32, time.Time) bool {
		return func(a *account, slot uint32, _ time.Time) bool {
			return a.contacts[slot].status() == statusActive && engagement(slot) == level
		}
	}
	made := momentOf(time.Date(2023, time.May, 4, 9, 30, 0, 0, time.UTC))
	return []*contactSegment{
		{id: 4, name: "Most engaged", created: made, edited: made, has: engaged("most_engaged")},
		{id: 7, name: "Least engaged", created: made + 90, edited: made + 86_400, has: engaged("least_engaged")},
		{id: 14, name: "Since before 2020", created: made + 300, edited: made + 300, has: func(a *account, slot uint32, _ time.Time) bool {
			c := &a.contacts[slot]
			return c.deleted == 0 && c.created.time().Year() < 2020
		}},
	}
}

func (a *account) findSegment(id int) *contactSegment {
	if i := slices.IndexFunc(a.segments, func(s *contactSegment) bool { return s.id == id }); i >= 0 {
		return a.segments[i]
	}
	return nil
}

// listSegments answers GET /segments:
// https://developer.constantcontact.com/api_reference/index.html
func listSegments(c *call) reply {
	p := readParams(c.query)
	limit := p.limit(segmentsPerPage, segmentsPerPage)
	order := p.choices("sort_by", "name", "date")
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	all := slices.Clone(a.segments)
	slices.SortStableFunc(all, func(x, y *contactSegment) int {
		if slices.Contains(order, "name") {
			return strings.Compare(x.name, y.name)
		}
		return int(y.created) - int(x.created)
	})
	if p.values.Has("next") {
		at := slices.IndexFunc(all, func(s *contactSegment) bool { return strconv.Itoa(s.id) == p.values.Get("next") })
		if at < 0 {
			return p.refuse("cursor")
		}
		all = all[at:]
	}
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	return jsonReply(http.StatusOK, c.segmentPage(p, all, limit))
}

func (c *call) segmentPage(p *params, all []*contactSegment, limit int) segmentPage {
	page := segmentPage{Segments: []segmentBody{}}
	for i, s := range all {
		if i == limit {
			page.Links.Next.Href = &p.follow(c, limit, strconv.Itoa(s.id)).Next.Href
			break
		}
		page.Segments = append(page.Segments, segmentBody{s.name, s.id, s.created.stamp(), s.edited.stamp()})
	}
	return page
}

// waiting is the body of status 202.
type waiting struct {
	Status string `json:"status"`
}

// listSegment answers GET /contacts with a segment_id. The first query is told to come again, as the reference says
// may happen; the pages that follow are not.
func (c *call) listSegment(p *params, q contactQuery, now time.Time) reply {
	a := c.account
	s := a.findSegment(q.segment)
	if s == nil {
		return notFound()
	}
	from := uint32(len(a.contacts))
	if q.hasNext {
		slot, ok := a.slot(q.next)
		if !ok {
			return p.refuse("cursor")
		}
		from = slot
	} else if s.asked < orDefault(a.quirks.SegmentWaits, 1) {
		s.asked++
		return jsonReply(http.StatusAccepted, waiting{"processing"})
	}
	s.asked = 0
	return jsonReply(http.StatusOK, a.contactPage(c, p, q, func(yield func(uint32) bool) {
		for slot := range a.everyone(from) {
			if s.has(a, slot, now) && !yield(slot) {
				return
			}
		}
	}))
}
