package sandbox

import (
	"slices"
	"time"
)

// before is a contact as it was until a change.
type before struct {
	slot  uint32
	at    time.Time
	was   contact
	lists []*list
}

// past is what an account remembers for an index that lags: who was changed in the last maxLag, and how they were. It is
// kept only when there is a fault that needs it.
type past struct {
	kept    bool
	changes []before // oldest first
}

// keepPast begins to remember.
func (a *account) keepPast() {
	a.enter()
	defer a.mu.Unlock()
	a.past.kept = true
}

// note remembers a contact that is about to change.
func (a *account) note(slot uint32, at time.Time) {
	if !a.past.kept {
		return
	}
	old := 0
	for old < len(a.past.changes) && at.Sub(a.past.changes[old].at) > maxLag {
		old++
	}
	a.past.changes = append(a.past.changes[old:], before{slot: slot, at: at, was: a.contacts[slot], lists: a.lists.of(slot)})
}

// index is what a collection sees of an account: the present, or the past when it lags.
type index struct {
	account *account
	then    time.Time // zero: the present
	was     map[uint32]*before
}

// index is the account as it stood so long ago. The account has to be locked.
func (a *account) index(now time.Time, lag time.Duration) index {
	x := index{account: a}
	if lag <= 0 {
		return x
	}
	x.then, x.was = now.Add(-lag), make(map[uint32]*before)
	for i := range slices.Backward(a.past.changes) {
		change := &a.past.changes[i]
		if change.at.After(x.then) {
			x.was[change.slot] = change // the oldest change since then comes last
		}
	}
	return x
}

// lags tells whether the index shows the past.
func (x index) lags() bool { return !x.then.IsZero() }

// contact is the contact in the slot as the index has it; ok is false when it is too new for that.
func (x index) contact(slot uint32) (c *contact, ok bool) {
	c = &x.account.contacts[slot]
	if !x.lags() {
		return c, true
	}
	if earlier, changed := x.was[slot]; changed {
		c = &earlier.was
	}
	return c, c.created <= momentOf(x.then)
}

// lists are those that the contact was on.
func (x index) lists(slot uint32) []*list {
	if earlier, changed := x.was[slot]; changed {
		return earlier.lists
	}
	return x.account.lists.of(slot)
}

// shows tells whether the index has something that was made at that moment.
func (x index) shows(created time.Time) bool { return !x.lags() || !created.After(x.then) }
