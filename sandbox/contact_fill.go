package sandbox

import (
	"fmt"
	"time"
)

// references are the lists, tags and custom fields that a contactInput names.
type references struct {
	lists  []*list
	tags   []*tag
	values []fieldValue
}

// lookUp finds what the input refers to, or tells what the account does not have.
func (a *account) lookUp(in *contactInput) (refs references, problem string) {
	for i, text := range entries(in.Lists) {
		id, _ := parseID(text)
		l := a.lists.get(id)
		if l == nil {
			return refs, fmt.Sprintf("list_memberships[%d] does not have a valid value", i)
		}
		refs.lists = append(refs.lists, l)
	}
	for i, text := range entries(in.Taggings) {
		id, _ := parseID(text)
		g := a.tags.get(id)
		if g == nil {
			return refs, fmt.Sprintf("taggings[%d] does not have a valid value", i)
		}
		refs.tags = append(refs.tags, g)
	}
	for i, v := range entries(in.Values) {
		id, _ := parseID(v.FieldID)
		f := a.fieldByID(id)
		if f == nil {
			return refs, fmt.Sprintf("custom_fields[%d] does not have a valid value", i)
		}
		refs.values = append(refs.values, fieldValue{f, v.Value, v.Choices})
	}
	return refs, ""
}

// fill gives a contact the scalars of the input.
func (a *account) fill(slot uint32, in *contactInput) {
	c := &a.contacts[slot]
	if in.FirstName != nil {
		c.first = a.names.number(*in.FirstName)
	}
	if in.LastName != nil {
		c.last = a.names.number(*in.LastName)
	}
	if a.details[slot] == nil && !in.hasDetails() {
		return
	}
	d := a.detailed(slot)
	for _, part := range []struct {
		from *string
		to   *string
	}{{in.JobTitle, &d.job}, {in.CompanyName, &d.company}, {in.Anniversary, &d.anniversary}} {
		if part.from != nil {
			*part.to = *part.from
		}
	}
	if in.BirthdayMonth != nil {
		d.birthMonth, d.birthDay = *in.BirthdayMonth, *in.BirthdayDay
	}
}

// hasDetails tells whether a scalar of the details is given and not empty.
func (in *contactInput) hasDetails() bool {
	for _, text := range []*string{in.JobTitle, in.CompanyName, in.Anniversary} {
		if text != nil && *text != "" {
			return true
		}
	}
	return in.BirthdayMonth != nil && *in.BirthdayMonth != 0
}

// exchange puts the sub-resources that were sent in the place of those that the contact has.
func (a *account) exchange(slot uint32, in *contactInput, refs references, made origin) {
	if in.Lists != nil {
		a.exchangeLists(slot, refs.lists, made.at)
	}
	if in.Taggings != nil {
		a.exchangeTags(slot, refs.tags)
	}
	if in.Values != nil && (len(refs.values) > 0 || a.details[slot] != nil) {
		a.detailed(slot).values = refs.values
	}
	if in.Phones != nil && (len(*in.Phones) > 0 || a.details[slot] != nil) {
		d := a.detailed(slot)
		old := d.phones
		d.phones = nil
		for _, p := range *in.Phones {
			d.phones = append(d.phones, a.phone(old, p, made))
		}
	}
	if in.Addresses != nil && (len(*in.Addresses) > 0 || a.details[slot] != nil) {
		d := a.detailed(slot)
		old := d.addresses
		d.addresses = nil
		for _, s := range *in.Addresses {
			d.addresses = append(d.addresses, a.address(old, s, made))
		}
	}
	if in.Notes != nil && (len(*in.Notes) > 0 || a.details[slot] != nil) {
		a.detailed(slot).notes = a.renewNotes(a.detail(slot).notes, *in.Notes, made)
	}
}

// extend adds the sub-resources to those that the contact has; a custom field, a phone number and an address of the
// same kind are replaced.
func (a *account) extend(slot uint32, in *contactInput, refs references, made origin) {
	for _, l := range refs.lists {
		a.join(l, slot, made.at)
	}
	for _, g := range refs.tags {
		a.tag(g, slot)
	}
	if len(refs.values)+sizeOf(in.Phones)+sizeOf(in.Addresses) == 0 {
		return
	}
	d := a.detailed(slot)
	for _, v := range refs.values {
		d.set(v)
	}
	for _, p := range entries(in.Phones) {
		kept := a.phone(d.phones, p, made)
		d.phones = replaceOrAppend(d.phones, kept, func(other phone) bool { return other.kind == kept.kind }, maxContactPhones)
	}
	for _, s := range entries(in.Addresses) {
		kept := a.address(d.addresses, s, made)
		d.addresses = replaceOrAppend(d.addresses, kept, func(other address) bool { return other.kind == kept.kind }, maxContactAddresses)
	}
}

// replaceOrAppend drops the item when there is no room.
func replaceOrAppend[T any](all []T, item T, same func(T) bool, highest int) []T {
	for i := range all {
		if same(all[i]) {
			all[i] = item
			return all
		}
	}
	if len(all) >= highest {
		return all
	}
	return append(all, item)
}

func (a *account) exchangeLists(slot uint32, lists []*list, at time.Time) {
	wanted := make(map[*list]bool, len(lists))
	for _, l := range lists {
		wanted[l] = true
	}
	for _, l := range a.lists.living {
		if !wanted[l] {
			a.leave(l, slot)
		}
	}
	for _, l := range lists {
		a.join(l, slot, at)
	}
}

func (a *account) exchangeTags(slot uint32, tags []*tag) {
	for _, g := range a.tags.living {
		g.members.remove(slot)
	}
	for _, g := range tags {
		a.tag(g, slot)
	}
}

// origin is who brings a sub-resource, when, and how.
type origin struct {
	at        time.Time
	createdBy string // of a new contact
	updatedBy string // of a change
}

// phone is the same number that was there before, or a new one.
func (a *account) phone(old []phone, in phoneInput, made origin) phone {
	for _, p := range old {
		if p.number == in.Number && p.kind == in.Kind {
			return p
		}
	}
	at := momentOf(made.at)
	return phone{a.ids.next(made.at), in.Number, in.Kind, at, at, made.createdBy, made.updatedBy}
}

// address is the same address that was there before, or a new one.
func (a *account) address(old []address, in addressInput, made origin) address {
	for _, s := range old {
		if (addressInput{s.kind, s.street, s.city, s.state, s.postalCode, s.countryName}) == in {
			return s
		}
	}
	at := momentOf(made.at)
	return address{a.ids.next(made.at), in.Kind, in.Street, in.City, in.State, in.PostalCode, in.Country, at, at}
}

func (a *account) renewNotes(old []note, in []noteInput, made origin) []note {
	var notes []note
	for _, n := range in {
		kept := note{a.ids.next(made.at), momentOf(made.at), n.Content}
		for _, earlier := range old {
			if earlier.content == n.Content {
				kept = earlier
			}
		}
		notes = append(notes, kept)
	}
	return notes
}
