package sandbox

import (
	"strconv"
	"strings"
)

// columnName brings a column's name into the form the rows are read by: lower case, underscores for blanks (the
// reference itself writes "home country" with a blank), and the names that files have for the same things.
func columnName(heading string) string {
	name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(heading)), " ", "_")
	if other, known := columnSynonyms[name]; known {
		return other
	}
	return name
}

var columnSynonyms = map[string]string{
	"email_address": "email", "company": "company_name", "phone": "other_phone",
	"street": "other_street", "city": "other_city", "state": "other_state", "zip": "other_zip", "country": "other_country",
}

// readBirthday is false when there is something that is no birthday.
func (in *contactInput) readBirthday(cells map[string]string) bool {
	month, day := cells["birthday_month"], cells["birthday_day"]
	if month == "" && day == "" {
		return true
	}
	m, errMonth := strconv.Atoi(month)
	d, errDay := strconv.Atoi(day)
	in.BirthdayMonth, in.BirthdayDay = &m, &d
	return errMonth == nil && errDay == nil
}

func (in *contactInput) readPhones(cells map[string]string) {
	var phones []phoneInput
	for _, kind := range phoneKinds {
		if number := cells[kind+"_phone"]; number != "" {
			phones = append(phones, phoneInput{number, kind})
		}
	}
	if phones != nil {
		in.Phones = &phones
	}
}

func (in *contactInput) readAddresses(cells map[string]string) {
	var addresses []addressInput
	for _, kind := range addressKinds {
		s := addressInput{
			Kind: kind, Street: cells[kind+"_street"], City: cells[kind+"_city"], State: cells[kind+"_state"],
			PostalCode: cells[kind+"_zip"], Country: cells[kind+"_country"],
		}
		if s != (addressInput{Kind: kind}) {
			addresses = append(addresses, s)
		}
	}
	if addresses != nil {
		in.Addresses = &addresses
	}
}
