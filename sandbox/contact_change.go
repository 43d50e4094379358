package sandbox

import "time"

// add puts a new contact at the end. Its status is counted.
func (a *account) add(c contact, email string) (slot uint32) {
	slot = uint32(len(a.contacts))
	c.email = a.texts.keep(email)
	a.contacts = append(a.contacts, c)
	if email != "" {
		a.emails.put(email, slot)
	}
	a.byStatus[c.status()]++
	a.consent(&a.contacts[slot], 1)
	return slot
}

// consent counts a contact by its permission, unless it is deleted.
func (a *account) consent(c *contact, n int) {
	if c.deleted == 0 {
		a.byConsent[c.permission] += n
	}
}

// alter changes a contact. Every change of what its status follows from has to come this way, so that the sums stay
// right.
func (a *account) alter(slot uint32, change func(*contact)) {
	c := &a.contacts[slot]
	was := c.status()
	a.consent(c, -1)
	change(c)
	a.consent(c, 1)
	is := c.status()
	if was == is {
		return
	}
	a.byStatus[was]--
	a.byStatus[is]++
	for _, l := range a.lists.living {
		if l.members.has(slot) {
			l.recount(was, is)
		}
	}
}

// remove deletes a contact softly: off all lists and tags, status deleted, still readable. Removing twice does nothing.
func (a *account) remove(slot uint32, at time.Time) {
	if a.contacts[slot].deleted != 0 {
		return
	}
	a.note(slot, at)
	for _, l := range a.lists.living {
		a.leave(l, slot)
	}
	for _, g := range a.tags.living {
		g.members.remove(slot)
	}
	a.alter(slot, func(c *contact) { c.deleted, c.updated = momentOf(at), momentOf(at) })
}

// revive brings a deleted contact back, with the permission it had and without lists and tags.
func (a *account) revive(slot uint32, at time.Time) {
	if a.contacts[slot].deleted == 0 {
		return
	}
	a.note(slot, at)
	a.alter(slot, func(c *contact) { c.deleted, c.updated = 0, momentOf(at) })
}

// join makes a contact a member of a list, which brings a deleted one back. It does nothing when the contact is on the
// list already, or on as many lists as it can be.
func (a *account) join(l *list, slot uint32, at time.Time) {
	if l.members.has(slot) || len(a.lists.of(slot)) >= maxContactLists {
		return
	}
	a.revive(slot, at)
	l.members.add(slot)
	if a.contacts[slot].status() == statusActive {
		l.active++
	}
}

// leave ends a membership, if there is one.
func (a *account) leave(l *list, slot uint32) {
	if l.members.remove(slot) && a.contacts[slot].status() == statusActive {
		l.active--
	}
}

// readdress gives a contact another e-mail address, or none. The caller has made sure that nobody else has it.
func (a *account) readdress(slot uint32, email string, at time.Time) {
	c := &a.contacts[slot]
	if old := a.email(slot); old != "" {
		a.emails.drop(old)
	}
	c.email = a.texts.keep(email)
	if email != "" {
		a.emails.put(email, slot)
	}
	a.detailed(slot).emailUpdated = momentOf(at)
}

// permit gives a contact another permission. Who unsubscribed stays so, unless the account itself took the
// permission away: only the contact can give it again.
func (a *account) permit(slot uint32, p permission, by party, at time.Time) {
	if c := &a.contacts[slot]; c.permission == p || c.permission == unsubscribed && !c.is(outByAccount) {
		return
	}
	a.allow(slot, p, by, at)
}

// allow is permit without regard to an earlier opt-out.
func (a *account) allow(slot uint32, p permission, by party, at time.Time) {
	a.alter(slot, func(c *contact) {
		c.permission, c.optedOut = p, 0
		c.marks &^= outByAccount
		if p != unsubscribed {
			return
		}
		c.optedOut = momentOf(at)
		if by == byAccount {
			c.marks |= outByAccount
		}
	})
	if p != unsubscribed {
		a.detailed(slot).optedIn = momentOf(at)
	}
}

// touch notes who changed a contact last.
func (a *account) touch(slot uint32, by party, at time.Time) {
	c := &a.contacts[slot]
	c.updated = momentOf(at)
	c.marks &^= updatedByAccount | updatedByContact
	if by == byContact {
		c.marks |= updatedByContact
	} else {
		c.marks |= updatedByAccount
	}
}
