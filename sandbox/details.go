package sandbox

import "github.com/google/uuid"

// details are what most contacts do not have.
type details struct {
	job, company, anniversary string // anniversary is YYYY-MM-DD
	birthMonth, birthDay      int    // 0: none
	emailUpdated              moment // when the address was changed, 0: never
	optedIn                   moment // when the permission was given anew, 0: at creation
	optOutReason              string
	resubscribed              bool // has been sent the one confirmation it may get
	values                    []fieldValue
	phones                    []phone
	addresses                 []address
	notes                     []note
}

// fieldValue is the value of one custom field: a text, or choices for the types that have them.
type fieldValue struct {
	field   *customField
	value   string
	choices []int
}

type phone struct {
	id               uuid.UUID
	number, kind     string
	created, updated moment
	createdBy        string // Account, Contact, or empty when it came with a PUT
	updatedBy        string
}

type address struct {
	id                                                 uuid.UUID
	kind, street, city, state, postalCode, countryName string
	created, updated                                   moment
}

type note struct {
	id      uuid.UUID
	created moment
	content string
}

// Limits of the sub-resources of one contact:
// https://developer.constantcontact.com/api_reference/index.html
const (
	maxContactFields    = 25
	maxContactPhones    = 3
	maxContactAddresses = 3
	maxContactLists     = 50
	maxContactTags      = 50
	maxContactNotes     = 150
	maxNote             = 2_000
	maxEmail            = 80
	maxName             = 50
	maxPhone            = 25
	maxStreet           = 255
)

var noDetails details

// detail reads the details of a contact; they are not to be changed.
func (a *account) detail(slot uint32) *details {
	if d := a.details[slot]; d != nil {
		return d
	}
	return &noDetails
}

// detailed gives the contact details to be changed.
func (a *account) detailed(slot uint32) *details {
	d := a.details[slot]
	if d == nil {
		d = new(details)
		a.details[slot] = d
	}
	return d
}

// set puts a value in the place of an earlier one of the same field.
func (d *details) set(v fieldValue) {
	for i := range d.values {
		if d.values[i].field == v.field {
			d.values[i] = v
			return
		}
	}
	d.values = append(d.values, v)
}
