package sandbox

import (
	"net/http"
	"slices"
)

// summary is the body of GET /account/summary.
type summary struct {
	ContactEmail     string           `json:"contact_email"`
	ContactPhone     string           `json:"contact_phone"`
	CountryCode      string           `json:"country_code"` // lower case, as the live service has it
	EncodedAccountID string           `json:"encoded_account_id"`
	EncodedPartnerID string           `json:"encoded_partner_id"`
	FirstName        string           `json:"first_name"`
	LastName         string           `json:"last_name"`
	OrganizationName string           `json:"organization_name"`
	OrganizationTel  string           `json:"organization_phone,omitempty"`
	StateCode        string           `json:"state_code,omitempty"`
	TimeZoneID       string           `json:"time_zone_id"`
	Website          string           `json:"website,omitempty"`
	PhysicalAddress  *physicalAddress `json:"physical_address,omitempty"`
	CompanyLogo      *companyLogo     `json:"company_logo,omitempty"`
}

type physicalAddress struct {
	Line1      string `json:"address_line1"`
	City       string `json:"city"`
	State      string `json:"state_code"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country_code"`
}

type companyLogo struct {
	URL         string `json:"url"`
	ExternalURL string `json:"external_url"`
	InternalID  string `json:"internal_id"`
}

// getSummary answers GET /account/summary. It describes the account's owner, whoever asks:
// https://developer.constantcontact.com/api_reference/index.html
func getSummary(c *call) reply {
	p := &params{values: c.query}
	extra := p.choices("extra_fields", "physical_address", "company_logo")
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	c.account.enter()
	defer c.account.mu.Unlock()
	body := c.account.summary
	if slices.Contains(extra, "physical_address") {
		address := c.account.postal
		body.PhysicalAddress = &address
	}
	if slices.Contains(extra, "company_logo") {
		logo := "https://images.example.com/" + body.EncodedAccountID + "/logo.png"
		body.CompanyLogo = &companyLogo{URL: logo, ExternalURL: logo, InternalID: "1"}
	}
	return jsonReply(http.StatusOK, body)
}

// summaryInput is the body of PUT /account/summary.
type summaryInput struct {
	ContactEmail    *string `json:"contact_email"`
	ContactPhone    *string `json:"contact_phone"`
	CountryCode     *string `json:"country_code"`
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	Organization    *string `json:"organization_name"`
	OrganizationTel *string `json:"organization_phone"`
	StateCode       *string `json:"state_code"`
	TimeZoneID      *string `json:"time_zone_id"`
	Website         *string `json:"website"`
}

// problem keeps phone numbers as short as those of contacts.
func (in *summaryInput) problem() string {
	switch {
	case in.ContactEmail != nil && !validEmail(*in.ContactEmail):
		return "contact_email does not have a valid value"
	case in.ContactPhone != nil && len(*in.ContactPhone) > maxPhone:
		return "contact_phone does not have a valid value"
	}
	return ""
}

// confirmed tells whether the account has confirmed an address as its own.
func (a *account) confirmed(address string) bool {
	return slices.ContainsFunc(a.mailboxes, func(m accountEmail) bool {
		return m.Address == address && m.ConfirmStatus == "CONFIRMED"
	})
}

// replaceSummary answers PUT /account/summary, which changes what is given; the address has to be a confirmed one:
// https://developer.constantcontact.com/api_guide/account_details_put.html
func replaceSummary(c *call) reply {
	var in summaryInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	c.account.enter()
	defer c.account.mu.Unlock()
	if in.ContactEmail != nil && !c.account.confirmed(*in.ContactEmail) {
		return invalid("contact_email does not have a valid value")
	}
	body := &c.account.summary
	for _, part := range []struct {
		from *string
		to   *string
	}{
		{in.ContactEmail, &body.ContactEmail}, {in.ContactPhone, &body.ContactPhone},
		{in.CountryCode, &body.CountryCode}, {in.FirstName, &body.FirstName}, {in.LastName, &body.LastName},
		{in.Organization, &body.OrganizationName}, {in.OrganizationTel, &body.OrganizationTel},
		{in.StateCode, &body.StateCode}, {in.TimeZoneID, &body.TimeZoneID}, {in.Website, &body.Website},
	} {
		if part.from != nil {
			*part.to = *part.from
		}
	}
	c.applied = true
	return jsonReply(http.StatusOK, *body)
}

// accountEmail is one entry of GET /account/emails. Its time has a form of its own.
type accountEmail struct {
	Address       string   `json:"email_address"`
	ID            int      `json:"email_id"`
	ConfirmStatus string   `json:"confirm_status"`
	ConfirmTime   string   `json:"confirm_time,omitempty"`
	ConfirmSource string   `json:"confirm_source_type,omitempty"`
	Roles         []string `json:"roles"`
	PendingRoles  []string `json:"pending_roles,omitempty"`
}

// The values of the filters of GET /account/emails.
var (
	confirmStatuses = []string{"CONFIRMED", "UNCONFIRMED"}
	emailRoles      = []string{"CONTACT", "BILLING", "REPLY_TO", "JOURNALING", "DEFAULT_FROM", "OTHER"}
)

// getAccountEmails answers GET /account/emails with a bare array. Its filters cannot be combined.
func getAccountEmails(c *call) reply {
	p := &params{values: c.query}
	confirmed, role := p.choices("confirm_status", confirmStatuses...), p.choices("role_code", emailRoles...)
	address := p.values.Get("email_address")
	given := 0
	for _, name := range []string{"confirm_status", "role_code", "email_address"} {
		if p.values.Has(name) {
			given++
		}
	}
	if given > 1 {
		p.problems = append(p.problems, "confirm_status, role_code, email_address are mutually exclusive")
	}
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	found := []accountEmail{}
	for _, mailbox := range c.account.mailboxes {
		if (confirmed == nil || slices.Contains(confirmed, mailbox.ConfirmStatus)) &&
			(role == nil || slices.ContainsFunc(role, func(r string) bool { return slices.Contains(mailbox.Roles, r) })) &&
			(address == "" || address == mailbox.Address) {
			found = append(found, mailbox)
		}
	}
	return jsonReply(http.StatusOK, found)
}

func seedMailboxes(owner string) []accountEmail {
	return []accountEmail{
		{
			Address: owner, ID: 1, ConfirmStatus: "CONFIRMED", ConfirmTime: "2017-01-02T08:00:00.000+0000",
			ConfirmSource: "SITE_OWNER", Roles: []string{"CONTACT", "BILLING", "DEFAULT_FROM", "REPLY_TO"},
		},
		{Address: "news@example.org", ID: 2, ConfirmStatus: "UNCONFIRMED", Roles: []string{}, PendingRoles: []string{"OTHER"}},
	}
}
