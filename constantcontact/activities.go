package constantcontact

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

const activitiesPath = apiRoot + "/activities"

// ActivitiesService starts bulk deletions and reads the vendor's jobs.
type ActivitiesService service

// ActivityState is how far the vendor got with an activity.
type ActivityState string

// The states, in their order. The last four are final.
const (
	StateInitialized ActivityState = "initialized" // in the queue
	StateProcessing  ActivityState = "processing"
	StateCompleted   ActivityState = "completed"
	StateCancelled   ActivityState = "cancelled"
	StateFailed      ActivityState = "failed"
	StateTimedOut    ActivityState = "timed_out"
)

// Activity is one of the vendor's asynchronous jobs. The vendor keeps it for 10 days and does not say of what
// kind it is.
type Activity struct {
	ActivityID     string         `json:"activity_id"`
	State          ActivityState  `json:"state"`
	CreatedAt      time.Time      `json:"created_at,omitzero"`
	StartedAt      time.Time      `json:"started_at,omitzero"`   // zero until it starts
	CompletedAt    time.Time      `json:"completed_at,omitzero"` // zero until it ends
	UpdatedAt      time.Time      `json:"updated_at,omitzero"`
	PercentDone    int            `json:"percent_done"` // a new activity has 1
	Errors         ActivityErrors `json:"activity_errors"`
	Status         ActivityStatus `json:"status"`
	SourceFileName string         `json:"source_file_name,omitempty"` // imports only
	Links          ActivityLinks  `json:"_links"`
}

// ActivityStatus holds an activity's counters. The vendor leaves out those that do not apply, and
// items_completed_count also when there was nothing to do; nil is not zero.
type ActivityStatus struct {
	ItemsTotalCount      *int `json:"items_total_count,omitempty"`
	ItemsCompletedCount  *int `json:"items_completed_count,omitempty"`
	ListCount            *int `json:"list_count,omitempty"`               // jobs by list
	PersonCount          *int `json:"person_count,omitempty"`             // imports only
	ErrorCount           *int `json:"error_count,omitempty"`              // imports only
	CorrectableCount     *int `json:"correctable_count,omitempty"`        // imports only
	CannotAddToListCount *int `json:"cannot_add_to_list_count,omitempty"` // imports only
}

// ActivityLinks holds the one link of an activity that means something. The vendor's self link is left out on
// purpose: in a collection it is that of another activity. Neither is for following.
type ActivityLinks struct {
	Results Link `json:"results,omitzero"` // exports only
}

// Link is a link as the vendor wrote it. Its text is unchecked.
type Link struct {
	Href string `json:"href"`
}

// Final says whether the activity has ended, well or not, and will not change any more.
func (a *Activity) Final() bool {
	switch a.State {
	case StateCompleted, StateCancelled, StateFailed, StateTimedOut:
		return true
	}
	return false
}

// UnmarshalJSON decodes an activity of the vendor.
func (a *Activity) UnmarshalJSON(data []byte) error {
	type plain Activity
	wire := struct {
		*plain
		CreatedAt   *stamp `json:"created_at"`
		StartedAt   *stamp `json:"started_at"`
		CompletedAt *stamp `json:"completed_at"`
		UpdatedAt   *stamp `json:"updated_at"`
	}{(*plain)(a), (*stamp)(&a.CreatedAt), (*stamp)(&a.StartedAt), (*stamp)(&a.CompletedAt), (*stamp)(&a.UpdatedAt)}
	return json.Unmarshal(data, &wire)
}

// ActivityErrors are the vendor's error texts of an activity, each cleaned like the text of an Error.
type ActivityErrors []string

// UnmarshalJSON takes whatever the vendor puts there: no real example is known. Each error may be a text or an
// object with a message; anything else becomes its JSON.
func (e *ActivityErrors) UnmarshalJSON(data []byte) error {
	*e = nil
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	var each []json.RawMessage
	if json.Unmarshal(data, &each) != nil {
		each = []json.RawMessage{data}
	}
	for _, raw := range each {
		*e = append(*e, clean(errorText(raw), "", maxText))
	}
	return nil
}

func errorText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		return text
	}
	var object struct {
		Message      string `json:"message"`
		ErrorMessage string `json:"error_message"`
	}
	if json.Unmarshal(raw, &object) != nil || object.Message+object.ErrorMessage == "" {
		return string(raw)
	}
	if object.ErrorMessage != "" {
		return object.ErrorMessage
	}
	return object.Message
}

// Recent returns the newest activities of the last 10 days, newest first, with exactly one request. Limit is 1
// to 500. It does not filter by state, because the vendor's filter cannot find "initialized".
//
// https://developer.constantcontact.com/api_guide/activity_status.html
func (s *ActivitiesService) Recent(ctx context.Context, limit int) ([]Activity, error) {
	if limit < 1 || limit > pageSize {
		return nil, fmt.Errorf("activities.list: limit is %d, 1 to %d allowed", limit, pageSize)
	}
	first := target(activitiesPath, limitQuery(limit))
	p, err := getPage[Activity](ctx, s.client, "activities.list", first, "activities")
	return p.items, err
}

// All iterates over the activities of the last 10 days, newest first, 500 a request. It stops after the first
// error; ranging again starts from the beginning.
//
// https://developer.constantcontact.com/api_guide/activity_status.html
func (s *ActivitiesService) All(ctx context.Context) iter.Seq2[Activity, error] {
	first := target(activitiesPath, limitQuery(pageSize))
	return pages[Activity](ctx, s.client, "activities.list", first, "activities")
}

// Get returns one activity. After 10 days the vendor forgets it, and the error is a NotFound.
//
// https://developer.constantcontact.com/api_guide/activity_status.html
func (s *ActivitiesService) Get(ctx context.Context, id string) (*Activity, error) {
	if err := checkID(id); err != nil {
		return nil, fmt.Errorf("activities.get: %w", err)
	}
	var activity Activity
	if err := s.client.get(ctx, "activities.get", activitiesPath+"/"+id, &activity); err != nil {
		return nil, err
	}
	if err := sameID(id, activity.ActivityID); err != nil {
		return nil, fmt.Errorf("activities.get: %w", err)
	}
	return &activity, nil
}
