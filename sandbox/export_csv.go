package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// exportFields are the values of fields: https://developer.constantcontact.com/api_reference/index.html
var exportFields = []string{
	"first_name", "last_name", "email_address", "email_lists", "phone_number", "company_name", "job_title",
	"social_profiles", "website", "notes", "street", "city", "state", "zip", "country", "anniversary", "birthday",
	"birthday_day", "birthday_month", "source_name", "created_at", "updated_at",
	"email_optin_source", "email_optin_date", "email_optout_source", "email_optout_date", "email_optout_reason",
}

// optFields are of no use without email_address.
var optFields = []string{
	"email_optin_source", "email_optin_date", "email_optout_source", "email_optout_date", "email_optout_reason",
}

// column is one of the file. It is there without fields, or when one of its fields is asked for.
type column struct {
	heading string
	field   string // the value of fields that brings it
	usual   bool   // it is there when no fields are named
	value   func(a *account, slot uint32) string
}

// columns are in the order and with the headings of a real file, as far as one is known; there is no column with the
// contact's id. Those between street and country are a guess.
var columns = slices.Concat(
	[]column{
		{"Email address", "email_address", true, (*account).email},
		{"First name", "first_name", true, func(a *account, slot uint32) string { return a.names.all[a.contacts[slot].first] }},
		{"Last name", "last_name", true, func(a *account, slot uint32) string { return a.names.all[a.contacts[slot].last] }},
		{"Company", "company_name", true, detailText(func(d *details) string { return d.company })},
		{"Job title", "job_title", true, detailText(func(d *details) string { return d.job })},
		{"Email status", "email_address", true, func(a *account, slot uint32) string { return emailStatus(&a.contacts[slot]) }},
		{"Email permission status", "email_address", true, func(a *account, slot uint32) string { return a.contacts[slot].permission.String() }},
		{"Email update source", "email_optin_source", true, func(a *account, slot uint32) string { return a.contacts[slot].maker().String() }},
		{"Confirmed Opt-Out Date", "email_optout_date", true, whenOut(func(a *account, slot uint32) string { return csvTime(a.contacts[slot].optedOut) })},
		{"Confirmed Opt-Out Source", "email_optout_source", true, whenOut(func(a *account, slot uint32) string { return a.contacts[slot].optedOutBy().String() })},
		{"Confirmed Opt-Out Reason", "email_optout_reason", true, whenOut(detailText(func(d *details) string { return d.optOutReason }))},
	},
	phoneColumns("home", "mobile", "other", "work", "fax"),
	addressColumns("home", "work", "other"),
	[]column{
		{"Notes", "notes", false, detailText(noteText)},
		{"Tags", "source_name", true, func(a *account, slot uint32) string { return namesOf(a.tags.of(slot)) }},
		{"Email Lists", "email_lists", true, func(a *account, slot uint32) string { return namesOf(a.lists.of(slot)) }},
		{"Source Name", "source_name", true, func(a *account, slot uint32) string { return a.contacts[slot].maker().String() }},
		{"Birthday", "birthday", true, detailText(birthday)},
		{"Birthday Month", "birthday_month", false, detailText(func(d *details) string { return number(d.birthMonth) })},
		{"Birthday Day", "birthday_day", false, detailText(func(d *details) string { return number(d.birthDay) })},
		{"Anniversary", "anniversary", true, detailText(func(d *details) string { return d.anniversary })},
		{"Created At", "created_at", true, func(a *account, slot uint32) string { return csvTime(a.contacts[slot].created) }},
		{"Updated At", "updated_at", true, func(a *account, slot uint32) string { return csvTime(a.contacts[slot].updated) }},
	},
)

// columnsOf are the columns for the fields, in the order of the file; those of a field that the sandbox keeps nothing
// for (social_profiles, website) do not exist.
func columnsOf(fields []string) []column {
	return slices.DeleteFunc(slices.Clone(columns), func(col column) bool {
		if fields == nil {
			return !col.usual
		}
		return !slices.Contains(fields, col.field)
	})
}

func detailText(of func(*details) string) func(*account, uint32) string {
	return func(a *account, slot uint32) string { return of(a.detail(slot)) }
}

// whenOut is a column of contacts that have unsubscribed alone.
func whenOut(value func(*account, uint32) string) func(*account, uint32) string {
	return func(a *account, slot uint32) string {
		if a.contacts[slot].permission != unsubscribed {
			return ""
		}
		return value(a, slot)
	}
}

func phoneColumns(kinds ...string) []column {
	var cols []column
	for _, kind := range kinds {
		cols = append(cols, column{"Phone - " + kind, "phone_number", true, detailText(func(d *details) string {
			for _, p := range d.phones {
				if p.kind == kind {
					return p.number
				}
			}
			return ""
		})})
	}
	return cols
}

// addressPart is a column of each kind of address.
type addressPart struct {
	heading, field string
	of             func(address) string
}

var addressParts = []addressPart{
	{"Street address line 1", "street", func(s address) string { return s.street }},
	{"City", "city", func(s address) string { return s.city }},
	{"State/Province", "state", func(s address) string { return s.state }},
	{"Zip/Postal Code", "zip", func(s address) string { return s.postalCode }},
	{"Country", "country", func(s address) string { return s.countryName }},
}

func addressColumns(kinds ...string) []column {
	var cols []column
	for _, kind := range kinds {
		for _, part := range addressParts {
			heading := part.heading + " - " + strings.ToUpper(kind[:1]) + kind[1:]
			cols = append(cols, column{heading, part.field, true, detailText(func(d *details) string {
				for _, s := range d.addresses {
					if s.kind == kind {
						return part.of(s)
					}
				}
				return ""
			})})
		}
	}
	return cols
}

func emailStatus(c *contact) string {
	switch c.status() {
	case statusActive:
		return "Active"
	case statusUnsubscribed:
		return "Unsubscribed"
	case statusDeleted:
		return "Removed"
	case statusPending:
		return "Awaiting Confirmation"
	}
	return ""
}

func noteText(d *details) string {
	var all []string
	for _, n := range d.notes {
		all = append(all, n.content)
	}
	return strings.Join(all, "\n")
}

func birthday(d *details) string {
	if d.birthMonth == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", d.birthMonth, d.birthDay)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// csvTime is the form of times in the file.
func csvTime(m moment) string {
	if m == 0 {
		return ""
	}
	return m.time().Format("2006-01-02 15:04:05")
}
