package constantcontact

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"time"
)

const listsPath = apiRoot + "/contact_lists"

// ListsService reads contact lists.
type ListsService service

// Which members a list's MembershipCount counts.
const (
	CountAll    = "all"    // every member, also the unsubscribed
	CountActive = "active" // members the account may mail
)

// List is a contact list.
type List struct {
	ListID          string    `json:"list_id"`
	Name            string    `json:"name"`
	Description     string    `json:"description,omitempty"`
	Favorite        bool      `json:"favorite"`
	CreatedAt       time.Time `json:"created_at,omitzero"`
	UpdatedAt       time.Time `json:"updated_at,omitzero"`
	DeletedAt       time.Time `json:"deleted_at,omitzero"`
	MembershipCount *int      `json:"membership_count,omitempty"` // nil when not asked for or not given
}

// UnmarshalJSON decodes a list of the vendor.
func (l *List) UnmarshalJSON(data []byte) error {
	type plain List
	wire := struct {
		*plain
		CreatedAt *stamp `json:"created_at"`
		UpdatedAt *stamp `json:"updated_at"`
		DeletedAt *stamp `json:"deleted_at"`
	}{(*plain)(l), (*stamp)(&l.CreatedAt), (*stamp)(&l.UpdatedAt), (*stamp)(&l.DeletedAt)}
	return json.Unmarshal(data, &wire)
}

// ListOptions says what to read with each list.
type ListOptions struct {
	// MembershipCount is CountAll, CountActive, or empty for no count.
	MembershipCount string
}

// All iterates over the account's lists, 500 a request. It stops after the first error; ranging again starts
// from the beginning.
//
// https://developer.constantcontact.com/api_guide/lists_get_all.html
func (s *ListsService) All(ctx context.Context, options ListOptions) iter.Seq2[List, error] {
	query := limitQuery(pageSize)
	switch options.MembershipCount {
	case "":
	case CountAll, CountActive:
		query.Set("include_membership_count", options.MembershipCount)
	default:
		return failing[List](fmt.Errorf("lists.list: option MembershipCount is neither %q nor %q", CountAll, CountActive))
	}
	return pages[List](ctx, s.client, "lists.list", target(listsPath, query), "lists")
}

// Get returns one list with the count of all its members.
//
// https://developer.constantcontact.com/api_guide/lists_get_single.html
func (s *ListsService) Get(ctx context.Context, id string) (*List, error) {
	if err := checkID(id); err != nil {
		return nil, fmt.Errorf("lists.get: %w", err)
	}
	var list List
	query := url.Values{"include_membership_count": {CountAll}}
	if err := s.client.get(ctx, "lists.get", target(listsPath+"/"+id, query), &list); err != nil {
		return nil, err
	}
	if err := sameID(id, list.ListID); err != nil {
		return nil, fmt.Errorf("lists.get: %w", err)
	}
	return &list, nil
}

// failing is an iterator whose only result is err.
func failing[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}
