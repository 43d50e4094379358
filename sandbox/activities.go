package sandbox

import (
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Limits of GET /activities:
// https://developer.constantcontact.com/api_guide/activity_status.html
const (
	activitiesPerPage    = 50
	maxActivitiesPerPage = 500
)

// activityBody is an activity as the API renders it. It does not say what kind of activity it is.
type activityBody struct {
	ID          string        `json:"activity_id"`
	State       activityState `json:"state"`
	StartedAt   string        `json:"started_at,omitempty"`
	CompletedAt string        `json:"completed_at,omitempty"`
	CreatedAt   string        `json:"created_at"`
	UpdatedAt   string        `json:"updated_at"`
	FileName    string        `json:"source_file_name,omitempty"`
	PercentDone int           `json:"percent_done"`
	Errors      []string      `json:"activity_errors"`
	Status      *statusBody   `json:"status,omitempty"`
	Links       links         `json:"_links"`
}

// statusBody holds the counters. It is empty until the work begins, and an activity over nothing has no
// items_completed_count.
type statusBody struct {
	Total       *int `json:"items_total_count,omitempty"`
	Completed   *int `json:"items_completed_count,omitempty"`
	Persons     *int `json:"person_count,omitempty"`
	Errors      *int `json:"error_count,omitempty"`
	Correctable *int `json:"correctable_count,omitempty"`
	Unlistable  *int `json:"cannot_add_to_list_count,omitempty"`
	Lists       *int `json:"list_count,omitempty"`
}

func (act *activity) render(q Quirks) activityBody {
	body := activityBody{
		ID: act.id.String(), State: act.state,
		StartedAt: stampTime(act.started), CompletedAt: stampTime(act.completed),
		CreatedAt: stampTime(act.created), UpdatedAt: stampTime(act.updated),
		FileName: act.fileName, PercentDone: act.percentDone(), Errors: append([]string{}, act.errors...),
		Status: new(statusBody), Links: links{Self: selfLink(activitiesPath, act.id)},
	}
	if act.state != stateInitialized {
		body.Status = act.work.counters(act, q)
	}
	if act.result != "" {
		body.Links.Results = &href{act.result}
	}
	return body
}

// itemCounters are the counters of everything but imports.
func (act *activity) itemCounters(q Quirks) *statusBody {
	total, done, lists := act.total, act.done, act.listCount
	body := &statusBody{Total: &total}
	if total > 0 || q.ZeroCompleted {
		body.Completed = &done
	}
	if lists > 0 {
		body.Lists = &lists
	}
	return body
}

// The paths of self links. The second and third cannot be reached from outside; the vendor answers deletions of lists
// and tags with them.
const (
	activitiesPath = "/v3/activities/"
	internalLists  = "/contacts-service/v4/accounts/1100000000000/activities/"
	internalTags   = "/contacts-service/v3/accounts/1100000000000/activities/"
)

func selfLink(path string, id uuid.UUID) *href { return &href{path + id.String()} }

func stampTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return momentOf(t).stamp()
}

// enqueue queues the activity of a request, unless too many are queued.
func (c *call) enqueue(act *activity, now time.Time) (refusal reply, full bool) {
	a := c.account
	if a.queueLimit > 0 && len(a.queue.waiting) >= a.queueLimit {
		refusal = jsonReply(http.StatusTooManyRequests, nil)
		refusal.body = []byte(QueueFullBody)
		return refusal, true
	}
	act.fault = c.fault
	a.enqueue(act, now)
	c.activityID, c.applied = act.id.String(), true
	return reply{}, false
}

// accept is the answer to a request for a bulk activity.
func (c *call) accept(act *activity, now time.Time) reply {
	if refusal, full := c.enqueue(act, now); full {
		return refusal
	}
	q := c.account.quirks
	body := act.render(q)
	if q.InternalSelfLinks {
		body.Links.Self = selfLink(internalTags, act.id)
	}
	return jsonReply(q.activityStatus(), body)
}

// acceptDelete is the answer to the deletion of a list or a tag by itself.
func (c *call) acceptDelete(act *activity, now time.Time, internal string) reply {
	if refusal, full := c.enqueue(act, now); full {
		return refusal
	}
	q := c.account.quirks
	body := act.render(q)
	if !q.PublicDeleteLinks {
		body.Links.Self = selfLink(internal, act.id)
	}
	if internal == internalLists {
		body.Status = nil // as captured; that of a tag's deletion is an empty object
	}
	return jsonReply(q.deleteStatus(), body)
}

// getActivity answers GET /activities/{id}:
// https://developer.constantcontact.com/api_guide/activity_status.html
func getActivity(c *call) reply {
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	act := a.queue.byID[c.id]
	if act == nil {
		return notFound()
	}
	return jsonReply(http.StatusOK, act.render(a.quirks))
}

type activityPage struct {
	Activities []activityBody `json:"activities"`
	Links      *links         `json:"_links,omitempty"`
}

// listActivities answers GET /activities, newest first. Every item carries the self link of the last one on the
// page, as it does live.
func listActivities(c *call) reply {
	p := readParams(c.query)
	limit := p.limit(activitiesPerPage, maxActivitiesPerPage)
	state := p.activityState()
	a := c.account
	known := a.index(a.enter(), c.lag)
	defer a.mu.Unlock()
	chosen, more := pageOf(c, p, limit, newest(a.queue.all), func(act *activity) uuid.UUID { return act.id }, func(act *activity) bool {
		return (state == "" || act.state == state) && known.shows(act.created)
	})
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	page := activityPage{Activities: []activityBody{}, Links: more}
	for _, act := range chosen {
		page.Activities = append(page.Activities, act.render(a.quirks))
	}
	if !a.quirks.OwnSelfLinks {
		for i := range page.Activities {
			page.Activities[i].Links.Self = page.Activities[len(page.Activities)-1].Links.Self
		}
	}
	return jsonReply(http.StatusOK, page)
}

// activityState reads the state filter; initialized is no value of it.
func (p *params) activityState() activityState {
	chosen := p.choices("state", string(stateProcessing), string(stateCompleted), string(stateCancelled),
		string(stateFailed), string(stateTimedOut))
	switch len(chosen) {
	case 0:
		return ""
	case 1:
		return activityState(chosen[0])
	}
	p.wrong("state")
	return ""
}
