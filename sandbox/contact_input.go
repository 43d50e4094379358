package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// contactInput is what a contact can be given, by POST, PUT, a sign-up form or an import. nil is not given.
type contactInput struct {
	Email         *emailInput     `json:"email_address"`
	FirstName     *string         `json:"first_name"`
	LastName      *string         `json:"last_name"`
	JobTitle      *string         `json:"job_title"`
	CompanyName   *string         `json:"company_name"`
	BirthdayMonth *int            `json:"birthday_month"`
	BirthdayDay   *int            `json:"birthday_day"`
	Anniversary   *string         `json:"anniversary"`
	CreateSource  *string         `json:"create_source"`
	UpdateSource  *string         `json:"update_source"`
	Values        *[]valueInput   `json:"custom_fields"`
	Phones        *[]phoneInput   `json:"phone_numbers"`
	Addresses     *[]addressInput `json:"street_addresses"`
	Lists         *[]string       `json:"list_memberships"`
	Taggings      *[]string       `json:"taggings"`
	Notes         *[]noteInput    `json:"notes"`
	SMS           *struct{}       `json:"sms_channel"` // accepted and forgotten: contacts here have none
}

type emailInput struct {
	Address      string  `json:"address"`
	Permission   *string `json:"permission_to_send"`
	OptOutSource string  `json:"opt_out_source"`
	OptOutReason string  `json:"opt_out_reason"`
}

type valueInput struct {
	FieldID string `json:"custom_field_id"`
	Value   string `json:"value"`
	Choices []int  `json:"choice_ids"`
}

type phoneInput struct {
	Number string `json:"phone_number"`
	Kind   string `json:"kind"`
}

type addressInput struct {
	Kind       string `json:"kind"`
	Street     string `json:"street"`
	City       string `json:"city"`
	State      string `json:"state"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"`
}

type noteInput struct {
	Content string `json:"content"`
}

var (
	phoneKinds   = []string{"home", "work", "mobile", "fax", "other"}
	addressKinds = []string{"home", "work", "other"}
)

// problem checks what can be checked without the account, and brings the anniversary into the form it is kept in.
func (in *contactInput) problem() string {
	for _, check := range []func() string{in.emailProblem, in.textProblem, in.dateProblem, in.sourceProblem, in.partsProblem} {
		if problem := check(); problem != "" {
			return problem
		}
	}
	return ""
}

func (in *contactInput) emailProblem() string {
	if in.Email == nil {
		return ""
	}
	if !validEmail(in.Email.Address) {
		return "email_address.address does not have a valid value"
	}
	if in.Email.Permission == nil {
		return ""
	}
	if _, ok := parsePermission(*in.Email.Permission); !ok {
		return "email_address.permission_to_send does not have a valid value"
	}
	return ""
}

// validEmail asks for a name, one @ and a domain with a dot, in at most 80 bytes without blanks.
func validEmail(address string) bool {
	name, domain, _ := strings.Cut(address, "@")
	return name != "" && len(address) <= maxEmail && strings.Contains(domain, ".") &&
		!strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".") &&
		!strings.ContainsAny(address, " \t\r\n,;<>\"") && !strings.Contains(domain, "@")
}

func (in *contactInput) textProblem() string {
	for name, value := range map[string]*string{
		"first_name": in.FirstName, "last_name": in.LastName, "job_title": in.JobTitle, "company_name": in.CompanyName,
	} {
		if value != nil && len(*value) > maxName {
			return name + " does not have a valid value"
		}
	}
	return ""
}

func (in *contactInput) dateProblem() string {
	switch {
	case (in.BirthdayMonth == nil) != (in.BirthdayDay == nil):
		return "birthday_month, birthday_day have to be given together"
	case in.BirthdayMonth != nil && !validBirthday(*in.BirthdayMonth, *in.BirthdayDay):
		return "birthday_month, birthday_day do not have a valid value"
	case in.Anniversary == nil || *in.Anniversary == "":
		return ""
	}
	day, ok := parseDay(*in.Anniversary)
	if !ok {
		return "anniversary does not have a valid value"
	}
	in.Anniversary = &day
	return ""
}

// validBirthday takes the 29th of February too, and 0 and 0 for none.
func validBirthday(month, day int) bool {
	if month == 0 && day == 0 {
		return true
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= time.Date(2000, time.Month(month+1), 0, 0, 0, 0, 0, time.UTC).Day()
}

// parseDay reads a day in any of the documented forms and gives it as YYYY-MM-DD.
func parseDay(text string) (string, bool) {
	for _, layout := range []string{"2006-1-2", "1/2/2006", "2006/1/2", "1-2-2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

func (in *contactInput) sourceProblem() string {
	switch {
	case in.CreateSource != nil && !slices.Contains(sources, *in.CreateSource):
		return "create_source does not have a valid value"
	case in.UpdateSource != nil && !slices.Contains(sources, *in.UpdateSource):
		return "update_source does not have a valid value"
	}
	return ""
}

// partsProblem checks the sub-resources.
func (in *contactInput) partsProblem() string {
	for _, part := range []struct {
		name          string
		size, highest int
	}{
		{"custom_fields", sizeOf(in.Values), maxContactFields},
		{"phone_numbers", sizeOf(in.Phones), maxContactPhones},
		{"street_addresses", sizeOf(in.Addresses), maxContactAddresses},
		{"list_memberships", sizeOf(in.Lists), maxContactLists},
		{"taggings", sizeOf(in.Taggings), maxContactTags},
		{"notes", sizeOf(in.Notes), maxContactNotes},
	} {
		if part.size > part.highest {
			return fmt.Sprintf("%s must have 0 to %d entries", part.name, part.highest)
		}
	}
	return in.itemProblem()
}

func sizeOf[T any](part *[]T) int {
	if part == nil {
		return 0
	}
	return len(*part)
}

// entries are the entries of a sub-resource, none when it is not given.
func entries[T any](part *[]T) []T {
	if part == nil {
		return nil
	}
	return *part
}

func (in *contactInput) itemProblem() string {
	for i, p := range entries(in.Phones) {
		if p.Number == "" || len(p.Number) > maxPhone || !slices.Contains(phoneKinds, p.Kind) {
			return fmt.Sprintf("phone_numbers[%d] does not have a valid value", i)
		}
	}
	for i, s := range entries(in.Addresses) {
		if !slices.Contains(addressKinds, s.Kind) || len(s.Street) > maxStreet || len(s.City) > maxName ||
			len(s.State) > maxName || len(s.PostalCode) > maxName || len(s.Country) > maxName {
			return fmt.Sprintf("street_addresses[%d] does not have a valid value", i)
		}
	}
	for i, n := range entries(in.Notes) {
		if n.Content == "" || len(n.Content) > maxNote {
			return fmt.Sprintf("notes[%d] does not have a valid value", i)
		}
	}
	return ""
}

// complete empties what is not given of the scalars, which is what a PUT means by leaving it out.
func (in *contactInput) complete() {
	for _, text := range []**string{&in.FirstName, &in.LastName, &in.JobTitle, &in.CompanyName, &in.Anniversary} {
		if *text == nil {
			*text = new(string)
		}
	}
	if in.BirthdayMonth == nil {
		in.BirthdayMonth, in.BirthdayDay = new(int), new(int)
	}
}

// sent names the sub-resources that are given.
func (in *contactInput) sent() []string {
	var names []string
	for _, part := range []struct {
		name  string
		given bool
	}{
		{"custom_fields", in.Values != nil}, {"phone_numbers", in.Phones != nil},
		{"street_addresses", in.Addresses != nil}, {"list_memberships", in.Lists != nil},
		{"taggings", in.Taggings != nil}, {"notes", in.Notes != nil},
	} {
		if part.given {
			names = append(names, part.name)
		}
	}
	return names
}
