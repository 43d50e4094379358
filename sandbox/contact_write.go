package sandbox

import (
	"net/http"
	"time"

	"github.com/google/uuid"
)

// createContact answers POST /contacts. The address of a deleted contact is taken as well: this does not bring it
// back. https://developer.constantcontact.com/api_reference/index.html
func createContact(c *call) reply {
	var in contactInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	switch {
	case in.CreateSource == nil:
		return invalid("create_source is missing, create_source does not have a valid value")
	case in.Email == nil && in.FirstName == nil && in.LastName == nil && in.SMS == nil:
		return invalid("first_name, last_name, email_address, sms_channel are missing, at least one parameter must be provided")
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	refs, problem := a.lookUp(&in)
	if problem != "" {
		return invalid(problem)
	}
	if in.Email != nil {
		if slot, taken := a.emails.find(in.Email.Address); taken {
			return conflict(a.quirks.conflict(a.contactID(slot).String()))
		}
	}
	slot := a.create(&in, partyNamed(*in.CreateSource), now)
	a.exchange(slot, &in, refs, origin{at: now, createdBy: *in.CreateSource})
	c.changedContact(a.contactID(slot))
	return jsonReply(http.StatusCreated, a.render(slot, in.sent()))
}

func (c *call) changedContact(id uuid.UUID) {
	c.applied = true
	c.contactIDs = []uuid.UUID{id}
}

// create makes a contact with the scalars of the input; it is implicit unless the input says otherwise, and not_set
// without an address.
func (a *account) create(in *contactInput, by party, now time.Time) (slot uint32) {
	made := contact{tick: tickOf(a.ids.next(now)), created: momentOf(now), updated: momentOf(now)}
	if by == byContact {
		made.marks |= madeByContact
	}
	email := ""
	if in.Email != nil {
		email, made.permission = in.Email.Address, implicit
		if in.Email.Permission != nil {
			made.permission, _ = parsePermission(*in.Email.Permission)
		}
	}
	if made.permission == unsubscribed {
		made.optedOut = momentOf(now)
		if by == byAccount {
			made.marks |= outByAccount
		}
	}
	slot = a.add(made, email)
	a.fill(slot, in)
	return slot
}

// replaceContact answers PUT /contacts/{id}: scalars left out are emptied, sub-resources left out stay. A deleted
// contact comes back.
func replaceContact(c *call) reply {
	var in contactInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	if in.UpdateSource == nil {
		return invalid("update_source is missing, update_source does not have a valid value")
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(c.id)
	if !ok {
		return notFound()
	}
	refs, problem := a.lookUp(&in)
	if problem == "" {
		problem = a.putProblem(slot, &in)
	}
	if problem != "" {
		return invalid(problem)
	}
	if in.Email != nil {
		if other, taken := a.emails.find(in.Email.Address); taken && other != slot {
			return conflict(a.quirks.conflict(a.contactID(other).String()))
		}
	}
	a.replace(slot, &in, refs, now)
	c.changedContact(c.id)
	return jsonReply(http.StatusOK, a.render(slot, in.sent()))
}

// putProblem is what is wrong with a PUT to this very contact.
func (a *account) putProblem(slot uint32, in *contactInput) string {
	c := &a.contacts[slot]
	switch {
	case in.Email == nil && c.email.size > 0:
		return "email_address is missing"
	case in.Email == nil || in.Email.Permission == nil:
		return ""
	case c.permission == explicit && *in.Email.Permission == implicit.String():
		return "email_address.permission_to_send cannot be changed from explicit to implicit"
	}
	return ""
}

func (a *account) replace(slot uint32, in *contactInput, refs references, now time.Time) {
	by := partyNamed(*in.UpdateSource)
	in.complete()
	a.revive(slot, now)
	a.fill(slot, in)
	if in.Email != nil {
		if in.Email.Address != a.email(slot) {
			a.readdress(slot, in.Email.Address, now)
		}
		a.optAsTold(slot, in.Email, by, now)
	}
	a.exchange(slot, in, refs, origin{at: now, updatedBy: *in.UpdateSource})
	a.touch(slot, by, now)
}

// optAsTold gives the contact the permission of the input.
func (a *account) optAsTold(slot uint32, in *emailInput, by party, now time.Time) {
	if in.Permission == nil {
		return
	}
	p, _ := parsePermission(*in.Permission)
	if in.OptOutSource != "" {
		by = partyNamed(in.OptOutSource)
	}
	a.permit(slot, p, by, now)
	if p == unsubscribed && in.OptOutReason != "" {
		a.detailed(slot).optOutReason = in.OptOutReason
	}
}

// deleteContact answers DELETE /contacts/{id}; a deleted contact is unknown to it.
func deleteContact(c *call) reply {
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(c.id)
	if !ok || a.contacts[slot].deleted != 0 {
		return notFound()
	}
	a.remove(slot, now)
	c.changedContact(c.id)
	return noContent()
}
