package constantcontact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	contactsPath = apiRoot + "/contacts"

	// maxListFilter is how many lists the vendor accepts in one filter.
	maxListFilter = 25
)

// ContactsService reads contacts.
type ContactsService service

// Values of ContactOptions.Status. Without any the vendor leaves out deleted contacts only.
const (
	StatusAll                 = "all" // the deleted ones too
	StatusActive              = "active"
	StatusDeleted             = "deleted"
	StatusNotSet              = "not_set"
	StatusPendingConfirmation = "pending_confirmation"
	StatusTempHold            = "temp_hold"
	StatusUnsubscribed        = "unsubscribed"
)

// Values of ContactOptions.Include that this package decodes.
const (
	IncludeListMemberships = "list_memberships"
	IncludeTaggings        = "taggings"
)

var (
	statuses = []string{StatusAll, StatusActive, StatusDeleted, StatusNotSet, StatusPendingConfirmation,
		StatusTempHold, StatusUnsubscribed}
	includes = []string{IncludeListMemberships, IncludeTaggings}
)

// Contact is one person of the account.
type Contact struct {
	ContactID    string       `json:"contact_id"`
	EmailAddress EmailAddress `json:"email_address,omitzero"` // zero for a contact without one
	FirstName    string       `json:"first_name,omitempty"`
	LastName     string       `json:"last_name,omitempty"`
	JobTitle     string       `json:"job_title,omitempty"`
	CompanyName  string       `json:"company_name,omitempty"`
	UpdateSource string       `json:"update_source,omitempty"`
	CreateSource string       `json:"create_source,omitempty"`
	CreatedAt    time.Time    `json:"created_at,omitzero"`
	UpdatedAt    time.Time    `json:"updated_at,omitzero"`
	DeletedAt    time.Time    `json:"deleted_at,omitzero"` // the vendor gives the day only

	// Nil unless included, then possibly empty; always empty for a deleted contact.
	ListMemberships []string `json:"list_memberships,omitzero"`
	Taggings        []string `json:"taggings,omitzero"` // tag ids; nil unless included
}

// EmailAddress is a contact's address and what the account may do with it.
type EmailAddress struct {
	Address          string    `json:"address"`
	PermissionToSend string    `json:"permission_to_send"` // such as implicit, explicit, unsubscribed
	ConfirmStatus    string    `json:"confirm_status,omitempty"`
	OptInSource      string    `json:"opt_in_source,omitempty"`
	OptInDate        time.Time `json:"opt_in_date,omitzero"`
	OptOutSource     string    `json:"opt_out_source,omitempty"` // Contact or Account
	OptOutDate       time.Time `json:"opt_out_date,omitzero"`
	OptOutReason     string    `json:"opt_out_reason,omitempty"`
	CreatedAt        time.Time `json:"created_at,omitzero"`
	UpdatedAt        time.Time `json:"updated_at,omitzero"`
}

// Deleted says whether the contact is deleted. The vendor keeps it, and it can be put back.
func (c *Contact) Deleted() bool { return !c.DeletedAt.IsZero() }

// UnmarshalJSON decodes a contact of the vendor.
func (c *Contact) UnmarshalJSON(data []byte) error {
	type plain Contact
	wire := struct {
		*plain
		CreatedAt *stamp `json:"created_at"`
		UpdatedAt *stamp `json:"updated_at"`
		DeletedAt *stamp `json:"deleted_at"`
	}{(*plain)(c), (*stamp)(&c.CreatedAt), (*stamp)(&c.UpdatedAt), (*stamp)(&c.DeletedAt)}
	return json.Unmarshal(data, &wire)
}

// UnmarshalJSON decodes an address of the vendor.
func (e *EmailAddress) UnmarshalJSON(data []byte) error {
	type plain EmailAddress
	wire := struct {
		*plain
		OptInDate  *stamp `json:"opt_in_date"`
		OptOutDate *stamp `json:"opt_out_date"`
		CreatedAt  *stamp `json:"created_at"`
		UpdatedAt  *stamp `json:"updated_at"`
	}{(*plain)(e), (*stamp)(&e.OptInDate), (*stamp)(&e.OptOutDate), (*stamp)(&e.CreatedAt), (*stamp)(&e.UpdatedAt)}
	return json.Unmarshal(data, &wire)
}

// ContactOptions says which contacts to read, and what of them. All conditions must hold; within Status and
// within Lists one value is enough. The zero value is every contact that is not deleted.
type ContactOptions struct {
	Status        []string  // Status constants
	Lists         []string  // ids of lists the contact is on, at most 25
	Email         string    // exact address
	UpdatedAfter  time.Time // zero for any
	UpdatedBefore time.Time // zero for any
	Include       []string  // Include constants
	Limit         int       // contacts a request, 1 to 500; 0 means 500
}

// query checks the options and writes them as the vendor expects them.
func (o ContactOptions) query() (url.Values, error) {
	if o.Limit < 0 || o.Limit > pageSize {
		return nil, fmt.Errorf("option Limit is %d, 0 to %d allowed", o.Limit, pageSize)
	}
	query := limitQuery(pageSize)
	if o.Limit != 0 {
		query.Set("limit", strconv.Itoa(o.Limit))
	}
	if err := setKnown(query, "status", o.Status, statuses); err != nil {
		return nil, err
	}
	if err := setKnown(query, "include", o.Include, includes); err != nil {
		return nil, err
	}
	if len(o.Lists) > 0 {
		if err := checkIDs("lists", o.Lists, maxListFilter); err != nil {
			return nil, err
		}
		query.Set("lists", strings.Join(o.Lists, ","))
	}
	if o.Email != "" {
		query.Set("email", o.Email)
	}
	if !o.UpdatedAfter.IsZero() {
		query.Set("updated_after", o.UpdatedAfter.UTC().Format(time.RFC3339))
	}
	if !o.UpdatedBefore.IsZero() {
		query.Set("updated_before", o.UpdatedBefore.UTC().Format(time.RFC3339))
	}
	return query, nil
}

// setKnown sets a parameter to a comma-separated list of values that the vendor knows. It ignores unknown
// parameters, so a slip must not get that far.
func setKnown(query url.Values, name string, values, known []string) error {
	for i, value := range values {
		if !slices.Contains(known, value) {
			return fmt.Errorf("%s: value number %d is unknown", name, i+1)
		}
	}
	if len(values) > 0 {
		query.Set(name, strings.Join(values, ","))
	}
	return nil
}

// All iterates over the contacts that match, Limit a request, newest first as a rule. It stops after the first
// error; ranging again starts from the beginning. What happens to the rest of the pages when contacts are
// deleted meanwhile is not documented: read first, delete after.
//
// https://developer.constantcontact.com/api_guide/contacts_get_collection.html
func (s *ContactsService) All(ctx context.Context, options ContactOptions) iter.Seq2[Contact, error] {
	query, err := options.query()
	if err != nil {
		return failing[Contact](fmt.Errorf("contacts.list: %w", err))
	}
	return pages[Contact](ctx, s.client, "contacts.list", target(contactsPath, query), "contacts")
}

// NextPage returns the contacts of the page at the bookmark, which then stands at the one after it, and tells whether it was the
// last. After an error the bookmark stands where it did, so that the same call tries that page again. Contacts that change
// between two pages may be given twice or not at all.
//
// https://developer.constantcontact.com/api_guide/contacts_get_collection.html
func (s *ContactsService) NextPage(ctx context.Context, options ContactOptions, mark *Bookmark) (contacts []Contact, end bool, err error) {
	query, err := options.query()
	if err != nil {
		return nil, false, fmt.Errorf("contacts.list: %w", err)
	}
	return nextPage[Contact](ctx, s.client, "contacts.list", target(contactsPath, query), "contacts", mark)
}

// Count returns how many contacts match, with one request. Include and Limit make no difference.
//
// https://developer.constantcontact.com/api_guide/contacts_get_collection.html
func (s *ContactsService) Count(ctx context.Context, options ContactOptions) (int, error) {
	options.Include, options.Limit = nil, 1
	query, err := options.query()
	if err != nil {
		return 0, fmt.Errorf("contacts.count: %w", err)
	}
	query.Set("include_count", "true")
	var counted struct {
		Count *int `json:"contacts_count"`
	}
	if err := s.client.get(ctx, "contacts.count", target(contactsPath, query), &counted); err != nil {
		return 0, err
	}
	if counted.Count == nil {
		return 0, errors.New("contacts.count: answer has no count")
	}
	return *counted.Count, nil
}

// Get returns one contact with its lists and tags. A deleted contact is returned too, with DeletedAt set.
//
// https://developer.constantcontact.com/api_guide/contacts_get_one.html
func (s *ContactsService) Get(ctx context.Context, id string) (*Contact, error) {
	if err := checkID(id); err != nil {
		return nil, fmt.Errorf("contacts.get: %w", err)
	}
	var contact Contact
	query := url.Values{"include": {strings.Join(includes, ",")}}
	if err := s.client.get(ctx, "contacts.get", target(contactsPath+"/"+id, query), &contact); err != nil {
		return nil, err
	}
	if err := sameID(id, contact.ContactID); err != nil {
		return nil, fmt.Errorf("contacts.get: %w", err)
	}
	return &contact, nil
}
