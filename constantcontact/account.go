package constantcontact

import (
	"context"
	"errors"
)

// AccountService reads about the account the token belongs to, and about the token's user.
type AccountService service

// AccountSummary describes an account and its owner, not the person who signed in.
type AccountSummary struct {
	EncodedAccountID  string `json:"encoded_account_id"` // the stable key of the account, never empty
	EncodedPartnerID  string `json:"encoded_partner_id"`
	OrganizationName  string `json:"organization_name"`
	OrganizationPhone string `json:"organization_phone"`
	FirstName         string `json:"first_name"`
	LastName          string `json:"last_name"`
	ContactEmail      string `json:"contact_email"`
	ContactPhone      string `json:"contact_phone"`
	Website           string `json:"website"`
	CountryCode       string `json:"country_code"` // two letters, in practice lower case
	StateCode         string `json:"state_code"`
	TimeZoneID        string `json:"time_zone_id"` // such as Africa/Nairobi
}

// Privilege is one thing the token's user may do. Compare by Name, such as "contacts:write".
type Privilege struct {
	ID   int    `json:"privilege_id"`
	Name string `json:"privilege_name"`
}

// Summary returns the account. It needs the scope account_read.
//
// https://developer.constantcontact.com/api_guide/account_details_get.html
func (s *AccountService) Summary(ctx context.Context) (*AccountSummary, error) {
	var summary AccountSummary
	if err := s.client.get(ctx, "account.summary", apiRoot+"/account/summary", &summary); err != nil {
		return nil, err
	}
	if summary.EncodedAccountID == "" {
		return nil, errors.New("account.summary: answer has no account id")
	}
	return &summary, nil
}

// Privileges returns what the token's user may do, in no particular order. It needs no scope, so it tells a
// missing scope from a missing privilege after a 403.
//
// https://developer.constantcontact.com/api_guide/account_get_privileges.html
func (s *AccountService) Privileges(ctx context.Context) ([]Privilege, error) {
	var privileges []Privilege
	if err := s.client.get(ctx, "account.privileges", apiRoot+"/account/user/privileges", &privileges); err != nil {
		return nil, err
	}
	return privileges, nil
}
