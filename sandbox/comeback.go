package sandbox

import (
	"slices"
	"time"
)

// comeback is a deleted contact that is to be restored.
type comeback struct {
	slot uint32
	at   time.Time
}

// planReturns notes who comes back after an activity that has just ended.
func (a *account) planReturns(job *activity, end time.Time) {
	f := job.fault
	if f == nil || f.Effect != ContactsReturn {
		return
	}
	work, deletes := job.work.(*deletion)
	if !deletes {
		return
	}
	slots := slices.DeleteFunc(slices.Clone(work.slots), func(slot uint32) bool { return slot == noSlot })
	for _, slot := range slots[:min(len(slots), f.Items)] {
		a.returns = append(a.returns, comeback{slot: slot, at: end.Add(f.Delay)})
	}
}

// comeBack restores who was due by then, each at its own moment.
func (a *account) comeBack(by time.Time) {
	if len(a.returns) == 0 {
		return
	}
	slices.SortStableFunc(a.returns, func(x, y comeback) int { return x.at.Compare(y.at) })
	for len(a.returns) > 0 && !a.returns[0].at.After(by) {
		a.restore(a.returns[0].slot, a.returns[0].at)
		a.returns = a.returns[1:]
	}
}

// restore undoes a deletion the way a sign-up form does: the same id, no lists, and a permission given by the contact
// itself unless it had unsubscribed. A contact that is not deleted stays as it is.
func (a *account) restore(slot uint32, at time.Time) {
	if a.contacts[slot].deleted == 0 {
		return
	}
	a.revive(slot, at)
	if a.contacts[slot].email.size > 0 {
		a.permit(slot, explicit, byContact, at)
	}
}

// ReturnContact restores a deleted contact as a sign-up form does: same id, no lists. It is false when the account has no
// such contact or it is not deleted.
func (s *Server) ReturnContact(accountID, contactID string) bool {
	a, ok := s.account(accountID)
	id, valid := parseID(contactID)
	if !ok || !valid {
		return false
	}
	now := a.enter()
	defer a.mu.Unlock()
	slot, ok := a.slot(id)
	if !ok || a.contacts[slot].deleted == 0 {
		return false
	}
	a.restore(slot, now)
	return true
}
