package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// What happens in an account without the program under test: somebody works in the vendor's user interface, or another
// program does. All of it takes effect at once and by the server's clock, and shows in no journal.

var errNobody = errors.New("no such account, contact, list or user in the sandbox")

// AddContact makes a contact: Email (which nobody may have), names, Permission (default implicit) and Lists of c are
// heeded. It is returned as it is then.
func (s *Server) AddContact(accountID string, c Contact) (Contact, error) {
	a, ok := s.account(accountID)
	if !ok {
		return Contact{}, errNobody
	}
	in := &contactInput{FirstName: &c.FirstName, LastName: &c.LastName, Lists: &c.Lists}
	if c.Email != "" {
		in.Email = &emailInput{Address: c.Email}
		if c.Permission != "" {
			in.Email.Permission = &c.Permission
		}
	}
	if problem := in.problem(); problem != "" {
		return Contact{}, fmt.Errorf("add a contact: %s", problem)
	}
	now := a.enter()
	defer a.mu.Unlock()
	refs, problem := a.lookUp(in)
	if problem != "" {
		return Contact{}, fmt.Errorf("add a contact: %s", problem)
	}
	if _, taken := a.emails.find(c.Email); taken && c.Email != "" {
		return Contact{}, errors.New("add a contact: the address is taken")
	}
	slot := a.create(in, byAccount, now)
	a.exchange(slot, in, refs, origin{at: now, createdBy: "Account"})
	return a.export(slot), nil
}

// ChangeContact lets change edit a copy of a contact and makes it so: names, Email, Permission, Lists, and a Status
// that becomes or ceases to be deleted. Unlike the API, it can end an opt-out. The contact is returned as it is then.
func (s *Server) ChangeContact(accountID, contactID string, change func(*Contact)) (Contact, error) {
	a, ok := s.account(accountID)
	id, valid := parseID(contactID)
	if !ok || !valid {
		return Contact{}, errNobody
	}
	now := a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(id)
	if !ok {
		return Contact{}, errNobody
	}
	before := a.export(slot)
	wanted := before
	wanted.Lists = slices.Clone(before.Lists)
	change(&wanted)
	if err := a.makeSo(slot, before, wanted, now); err != nil {
		return Contact{}, fmt.Errorf("change a contact: %w", err)
	}
	return a.export(slot), nil
}

// makeSo applies what is different.
func (a *account) makeSo(slot uint32, before, wanted Contact, now time.Time) error {
	p, known := parsePermission(wanted.Permission)
	in := &contactInput{FirstName: &wanted.FirstName, LastName: &wanted.LastName, Lists: &wanted.Lists}
	refs, problem := a.lookUp(in)
	other, taken := a.emails.find(wanted.Email)
	switch {
	case !known:
		return fmt.Errorf("there is no permission %q", wanted.Permission)
	case problem != "":
		return errors.New(problem)
	case taken && other != slot:
		return errors.New("the address is taken")
	}
	a.note(slot, now)
	a.fill(slot, in)
	if wanted.Email != before.Email {
		a.readdress(slot, wanted.Email, now)
	}
	if p != a.contacts[slot].permission {
		a.allow(slot, p, byAccount, now)
	}
	if wanted.Status == statusDeleted.String() {
		a.remove(slot, now)
		return nil
	}
	a.revive(slot, now)
	a.exchangeLists(slot, refs.lists, now)
	a.contacts[slot].updated = momentOf(now)
	return nil
}

// Restore brings a deleted contact back and puts it on lists. One that is not deleted is put on the lists alone.
func (s *Server) Restore(accountID, contactID string, listIDs ...string) error {
	_, err := s.ChangeContact(accountID, contactID, func(c *Contact) {
		if c.Status == statusDeleted.String() {
			c.Status = ""
		}
		c.Lists = append(c.Lists, listIDs...)
	})
	return err
}

// AddMember puts a contact on a list, which brings a deleted one back. Adding a member changes nothing.
func (s *Server) AddMember(accountID, listID, contactID string) error {
	return s.Restore(accountID, contactID, listID)
}

// RemoveMember takes a contact off a list. It is an error when it is not on it.
func (s *Server) RemoveMember(accountID, listID, contactID string) error {
	found := false
	_, err := s.ChangeContact(accountID, contactID, func(c *Contact) {
		c.Lists = slices.DeleteFunc(c.Lists, func(id string) bool {
			found = found || id == listID
			return id == listID
		})
	})
	if err == nil && !found {
		return errNobody
	}
	return err
}

// AddList makes an empty list. The name has to be free.
func (s *Server) AddList(accountID, name string) (List, error) {
	a, ok := s.account(accountID)
	if !ok {
		return List{}, errNobody
	}
	now := a.enter()
	defer a.mu.Unlock()
	if a.lists.named(name) != nil || len(a.lists.living) >= maxLists {
		return List{}, fmt.Errorf("add a list: the name %q is taken or there are too many", name)
	}
	return a.addList(listInput{Name: &name}, now).export(), nil
}

// DeleteList deletes a list at once, without an activity; its contacts stay.
func (s *Server) DeleteList(accountID, listID string) error {
	a, ok := s.account(accountID)
	id, valid := parseID(listID)
	if !ok || !valid {
		return errNobody
	}
	now := a.enter()
	defer a.mu.Unlock()
	if !dropList(a, id, now) {
		return errNobody
	}
	return nil
}

// Withdraw takes privileges away from a user, as an account owner does by giving another role; tokens stay good.
// Withdrawing twice does nothing.
func (s *Server) Withdraw(login string, privileges ...string) error {
	user, ok := s.world().member(login)
	if !ok {
		return errNobody
	}
	a, ok := s.account(user.Account)
	if !ok {
		return errNobody
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range privileges {
		a.withdrawn[withdrawal{login, p}] = true
	}
	return nil
}
