package store

import (
	"encoding/json"
	"fmt"

	"winnow/deletion"
)

// activityRow is a deletion.Activity as the column batches.activity keeps it. It is JSON because none of its fields is ever
// searched for, all are only shown together, and the vendor may add more. It evolves like a wire format: fields may be
// added, an absent one is its zero value, and a name is never given a new meaning.
type activityRow struct {
	ID              string   `json:"id"`
	State           string   `json:"state"`
	PercentDone     int      `json:"percent_done,omitempty"`
	CreatedAt       int64    `json:"created_at,omitempty"` // Unix milliseconds, like all times here
	StartedAt       int64    `json:"started_at,omitempty"`
	CompletedAt     int64    `json:"completed_at,omitempty"`
	UpdatedAt       int64    `json:"updated_at,omitempty"`
	Errors          []string `json:"errors,omitempty"`
	SourceFileName  string   `json:"source_file_name,omitempty"`
	ResultsLink     string   `json:"results_link,omitempty"`
	ItemsTotal      *int     `json:"items_total,omitempty"` // absent when the vendor left it out, like all counters here
	ItemsCompleted  *int     `json:"items_completed,omitempty"`
	Lists           *int     `json:"lists,omitempty"`
	Persons         *int     `json:"persons,omitempty"`
	ErrorCount      *int     `json:"error_count,omitempty"`
	Correctable     *int     `json:"correctable,omitempty"`
	CannotAddToList *int     `json:"cannot_add_to_list,omitempty"`
}

// encodeActivity is the empty text for an activity without an id.
func encodeActivity(a deletion.Activity) (string, error) {
	if a.ID == "" {
		return "", nil
	}
	text, err := json.Marshal(activityRow{
		ID: a.ID, State: a.State, PercentDone: a.PercentDone,
		CreatedAt: toMS(a.CreatedAt), StartedAt: toMS(a.StartedAt), CompletedAt: toMS(a.CompletedAt), UpdatedAt: toMS(a.UpdatedAt),
		Errors: a.Errors, SourceFileName: a.SourceFileName, ResultsLink: a.ResultsLink,
		ItemsTotal: a.ItemsTotal, ItemsCompleted: a.ItemsCompleted, Lists: a.Lists, Persons: a.Persons,
		ErrorCount: a.ErrorCount, Correctable: a.Correctable, CannotAddToList: a.CannotAddToList,
	})
	if err != nil {
		return "", fmt.Errorf("encode the activity: %w", err)
	}
	return string(text), nil
}

// activity scans the column batches.activity.
type activity struct{ a *deletion.Activity }

// Scan implements sql.Scanner.
func (s activity) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("activity is a %T", v)
	}
	*s.a = deletion.Activity{}
	if text == "" {
		return nil
	}
	var r activityRow
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fmt.Errorf("decode the activity: %w", err)
	}
	*s.a = deletion.Activity{
		ID: r.ID, State: r.State, PercentDone: r.PercentDone,
		CreatedAt: fromMS(r.CreatedAt), StartedAt: fromMS(r.StartedAt), CompletedAt: fromMS(r.CompletedAt), UpdatedAt: fromMS(r.UpdatedAt),
		Errors: r.Errors, SourceFileName: r.SourceFileName, ResultsLink: r.ResultsLink,
		ItemsTotal: r.ItemsTotal, ItemsCompleted: r.ItemsCompleted, Lists: r.Lists, Persons: r.Persons,
		ErrorCount: r.ErrorCount, Correctable: r.Correctable, CannotAddToList: r.CannotAddToList,
	}
	return nil
}
