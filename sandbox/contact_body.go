package sandbox

import "time"

// contactBody is a contact as the API renders it. The arrays at its end are there only when asked for or sent, and are
// empty then rather than absent.
type contactBody struct {
	ID              string        `json:"contact_id"`
	Email           *emailBody    `json:"email_address,omitempty"`
	FirstName       string        `json:"first_name,omitempty"`
	LastName        string        `json:"last_name,omitempty"`
	JobTitle        string        `json:"job_title,omitempty"`
	CompanyName     string        `json:"company_name,omitempty"`
	BirthdayMonth   int           `json:"birthday_month,omitempty"`
	BirthdayDay     int           `json:"birthday_day,omitempty"`
	Anniversary     string        `json:"anniversary,omitempty"`
	UpdateSource    string        `json:"update_source,omitempty"`
	CreateSource    string        `json:"create_source"`
	CreatedAt       string        `json:"created_at"`
	UpdatedAt       string        `json:"updated_at"`
	DeletedAt       string        `json:"deleted_at,omitempty"` // the day only
	CustomFields    []valueBody   `json:"custom_fields,omitzero"`
	PhoneNumbers    []phoneBody   `json:"phone_numbers,omitzero"`
	StreetAddresses []addressBody `json:"street_addresses,omitzero"`
	Lists           []string      `json:"list_memberships,omitzero"`
	Taggings        []string      `json:"taggings,omitzero"`
	Notes           []noteBody    `json:"notes,omitzero"`
}

type emailBody struct {
	Address       string `json:"address"`
	Permission    string `json:"permission_to_send"`
	CreatedAt     string `json:"created_at"`
	UpdatedAt     string `json:"updated_at"`
	OptInSource   string `json:"opt_in_source,omitempty"`
	OptInDate     string `json:"opt_in_date,omitempty"`
	OptOutSource  string `json:"opt_out_source,omitempty"`
	OptOutDate    string `json:"opt_out_date,omitempty"`
	OptOutReason  string `json:"opt_out_reason,omitempty"`
	ConfirmStatus string `json:"confirm_status"`
}

type valueBody struct {
	FieldID string `json:"custom_field_id"`
	Value   string `json:"value,omitempty"`
	Choices []int  `json:"choice_ids,omitempty"`
}

type phoneBody struct {
	ID           string `json:"phone_number_id"`
	Number       string `json:"phone_number"`
	Kind         string `json:"kind"`
	CreatedAt    string `json:"created_at"`
	UpdatedAt    string `json:"updated_at"`
	UpdateSource string `json:"update_source,omitempty"`
	CreateSource string `json:"create_source,omitempty"`
}

type addressBody struct {
	ID         string `json:"street_address_id"`
	Kind       string `json:"kind"`
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
}

type noteBody struct {
	ID        string `json:"note_id"`
	CreatedAt string `json:"created_at"`
	Content   string `json:"content"`
}

// subresources are the values of include.
var subresources = []string{"custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes"}

// render makes the body of a contact as it is.
func (a *account) render(slot uint32, include []string) contactBody {
	return index{account: a}.render(slot, include)
}

// render makes the body of a contact as the index has it.
func (x index) render(slot uint32, include []string) contactBody {
	a := x.account
	c, _ := x.contact(slot)
	d := a.detail(slot)
	var times stamps
	body := contactBody{
		ID: a.contactID(slot).String(), Email: a.renderEmail(c, d, &times),
		FirstName: a.names.all[c.first], LastName: a.names.all[c.last],
		JobTitle: d.job, CompanyName: d.company,
		BirthdayMonth: d.birthMonth, BirthdayDay: d.birthDay, Anniversary: d.anniversary,
		CreateSource: c.maker().String(), CreatedAt: times.of(c.created), UpdatedAt: times.of(c.updated),
	}
	if c.is(updatedByAccount | updatedByContact) {
		body.UpdateSource = c.updater().String()
	}
	if c.deleted != 0 {
		body.DeletedAt = c.deleted.time().Format(time.DateOnly)
	}
	for _, name := range include {
		x.include(&body, slot, name)
	}
	return body
}

// include adds one of the sub-resources.
func (x index) include(body *contactBody, slot uint32, name string) {
	d := x.account.detail(slot)
	switch name {
	case "custom_fields":
		body.CustomFields = d.renderValues()
	case "phone_numbers":
		body.PhoneNumbers = d.renderPhones()
	case "street_addresses":
		body.StreetAddresses = d.renderAddresses()
	case "list_memberships":
		body.Lists = idsOf(x.lists(slot))
	case "taggings":
		body.Taggings = idsOf(x.account.tags.of(slot))
	case "notes":
		body.Notes = d.renderNotes()
	}
}

// stamps renders the times of one contact, most of which are the same; pages of 500 show the difference.
type stamps struct {
	latest moment
	text   string
}

func (s *stamps) of(m moment) string {
	if s.text == "" || m != s.latest {
		s.latest, s.text = m, m.stamp()
	}
	return s.text
}

func (a *account) renderEmail(c *contact, d *details, times *stamps) *emailBody {
	if c.email.size == 0 {
		return nil
	}
	body := &emailBody{
		Address: string(a.texts.read(c.email)), Permission: c.permission.String(),
		CreatedAt: times.of(c.created), UpdatedAt: times.of(max(c.created, c.optedOut, d.emailUpdated, d.optedIn)),
		OptInSource: c.maker().String(), OptInDate: times.of(max(c.created, d.optedIn)), ConfirmStatus: "off",
	}
	switch c.permission {
	case unsubscribed:
		body.OptOutSource, body.OptOutDate = c.optedOutBy().String(), times.of(c.optedOut)
		body.OptOutReason = d.optOutReason
	case pendingConfirmation:
		body.ConfirmStatus = "pending"
	}
	return body
}

// renderValues leaves out fields that are deleted by now.
func (d *details) renderValues() []valueBody {
	out := []valueBody{}
	for _, v := range d.values {
		if !v.field.deleted {
			out = append(out, valueBody{v.field.id.String(), v.value, v.choices})
		}
	}
	return out
}

func (d *details) renderPhones() []phoneBody {
	out := []phoneBody{}
	for _, p := range d.phones {
		out = append(out, phoneBody{p.id.String(), p.number, p.kind, p.created.stamp(), p.updated.stamp(), p.updatedBy, p.createdBy})
	}
	return out
}

func (d *details) renderAddresses() []addressBody {
	out := []addressBody{}
	for _, s := range d.addresses {
		out = append(out, addressBody{
			s.id.String(), s.kind, s.street, s.city, s.state, s.postalCode, s.countryName,
			s.created.stamp(), s.updated.stamp(),
		})
	}
	return out
}

func (d *details) renderNotes() []noteBody {
	out := []noteBody{}
	for _, n := range d.notes {
		out = append(out, noteBody{n.id.String(), n.created.stamp(), n.content})
	}
	return out
}
