package sandbox

import (
	"net/http"
	"time"
)

// signUpInput is the body of POST /contacts/sign_up_form, which names some things otherwise than POST /contacts.
type signUpInput struct {
	Address *string       `json:"email_address"`
	Phone   *string       `json:"phone_number"`
	Street  *addressInput `json:"street_address"`
	contactInput
}

// problem brings the input into the form of other contacts and checks it.
func (in *signUpInput) problem() string {
	switch {
	case in.Address == nil:
		return "email_address is missing"
	case sizeOf(in.Lists) == 0:
		return "list_memberships is missing, list_memberships must have 1 to 50 entries"
	}
	in.Email = &emailInput{Address: *in.Address}
	in.Phones, in.Addresses, in.Taggings, in.Notes = nil, nil, nil, nil
	if in.Phone != nil {
		in.Phones = &[]phoneInput{{*in.Phone, "home"}}
	}
	if in.Street != nil {
		in.Addresses = &[]addressInput{*in.Street}
	}
	return in.contactInput.problem()
}

// signedUp is the answer of the form.
type signedUp struct {
	ID     string `json:"contact_id"`
	Action string `json:"action"`
}

// signUp answers POST /contacts/sign_up_form: it makes a contact, or changes what is given of the one with this
// address, also of a deleted one, and adds to its lists.
// https://developer.constantcontact.com/api_guide/contacts_create_or_update.html
func signUp(c *call) reply {
	var in signUpInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	refs, problem := a.lookUp(&in.contactInput)
	if problem != "" {
		return invalid(problem)
	}
	slot, known := a.emails.find(*in.Address)
	answer, status := signedUp{Action: "updated"}, http.StatusOK
	if !known {
		answer.Action, status = "created", http.StatusCreated
		slot = a.create(&in.contactInput, byContact, now)
		a.allow(slot, a.signUpPermission(), byContact, now)
	} else {
		a.signUpAgain(slot, &in.contactInput, now)
	}
	a.extend(slot, &in.contactInput, refs, origin{at: now, updatedBy: "Contact"})
	answer.ID = a.contactID(slot).String()
	c.changedContact(a.contactID(slot))
	return jsonReply(status, answer)
}

func (a *account) signUpAgain(slot uint32, in *contactInput, now time.Time) {
	a.revive(slot, now)
	a.fill(slot, in)
	if a.quirks.SignUpResubscribes {
		a.allow(slot, a.signUpPermission(), byContact, now)
	} else {
		a.permit(slot, a.signUpPermission(), byContact, now)
	}
	a.touch(slot, byContact, now)
}

func (a *account) signUpPermission() permission {
	if a.quirks.ConfirmedOptIn {
		return pendingConfirmation
	}
	return explicit
}
