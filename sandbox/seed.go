package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The seeded contacts and lists were made between these moments, whatever the clock says now, so that a seed gives
// the same ids every time.
var (
	seedBegin = time.Date(2017, time.January, 2, 8, 0, 0, 0, time.UTC)
	seedEnd   = time.Date(2025, time.June, 30, 18, 0, 0, 0, time.UTC)
)

func seedAccounts(o Options) []*account {
	main := newAccount(o, 0x155, summary{
		ContactEmail: OwnerLogin, ContactPhone: "5550100", CountryCode: "us", EncodedAccountID: MainAccount,
		EncodedPartnerID: "a01-sandbox", FirstName: "Olivia", LastName: "Owner",
		OrganizationName: "Harbor Street Community Arts", TimeZoneID: "America/New_York",
	})
	second := newAccount(o, 0x2aa, summary{
		ContactEmail: SecondOwnerLogin, ContactPhone: "5550101", CountryCode: "us", EncodedAccountID: SecondAccount,
		EncodedPartnerID: "a01-sandbox", FirstName: "Sam", LastName: "Second",
		OrganizationName: "Hillside Animal Rescue", OrganizationTel: "5550102", StateCode: "IL",
		TimeZoneID: "America/Chicago", Website: "https://rescue.example.net",
	})
	main.seed(rand.New(rand.NewPCG(o.Seed, 1)), o.Contacts, planLists(mainLists, o.Lists))
	main.seedMore(rand.New(rand.NewPCG(o.Seed, 4)), mainTags)
	second.seed(rand.New(rand.NewPCG(o.Seed, 2)), o.OtherContacts, secondLists)
	second.seedMore(rand.New(rand.NewPCG(o.Seed, 5)), secondTags)
	return append([]*account{main, second}, seedOthers(o)...)
}

func newAccount(o Options, sequence uint16, s summary) *account {
	a := &account{
		id: s.EncodedAccountID, summary: s, mailboxes: seedMailboxes(s.ContactEmail),
		postal: physicalAddress{"14 Harbor Street", "Waltham", "MA", "02451", "US"},
		now:    o.Now, pace: newPace(o.Speed), queueLimit: o.QueueLimit, quirks: o.Quirks,
		ids:       idClock{sequence: sequence},
		names:     newNames(),
		details:   make(map[uint32]*details),
		lists:     newCollection[*list](),
		tags:      newCollection[*tag](),
		segments:  seedSegments(),
		queue:     activityQueue{byID: make(map[uuid.UUID]*activity)},
		exports:   make(map[uuid.UUID]*activity),
		withdrawn: make(map[withdrawal]bool),
	}
	a.emails = newAddressBook(0, func(slot uint32) []byte { return a.texts.read(a.contacts[slot].email) })
	return a
}

// planLists takes as many lists as asked for; beyond the named ones they are small imports.
func planLists(named []plannedList, n int) []plannedList {
	plan := named[:min(n, len(named))]
	for i := len(plan); i < n; i++ {
		plan = append(plan[:i:i], plannedList{name: fmt.Sprintf("Imported file %d", i+1), share: 0.001})
	}
	return plan
}

func (a *account) seed(random *rand.Rand, contacts int, lists []plannedList) {
	room := contacts + contacts/16 // so that the first new contact does not move a million
	a.contacts = make([]contact, 0, room)
	a.texts.bytes = make([]byte, 0, room*typicalEmail)
	a.emails = newAddressBook(contacts, a.emails.of)
	step := seedEnd.Sub(seedBegin) / time.Duration(contacts+1)
	for i := range contacts {
		at := seedBegin.Add(time.Duration(i)*step + time.Duration(random.Int64N(int64(step)/100+1)*100))
		a.add(a.inventContact(random, at))
	}
	a.seedLists(random, lists)
	a.enroll(random, lists)
}

// typicalEmail is a little more than the average length of an invented address.
const typicalEmail = 24

// inventContact makes up a contact. In a hundred: 88 active, 6 unsubscribed, 3 deleted, 2 unconfirmed or on hold,
// and fewer than one without an address.
func (a *account) inventContact(random *rand.Rand, at time.Time) (c contact, email string) {
	c = contact{
		tick:    tickOf(a.ids.next(at)),
		created: momentOf(at), updated: momentOf(at),
		permission: implicit,
	}
	first, last := firstNames[random.IntN(len(firstNames))], lastNames[random.IntN(len(lastNames))]
	c.first, c.last = a.names.number(first), a.names.number(last)
	since := func() moment { return momentOf(at.Add(time.Duration(random.Int64N(int64(seedEnd.Sub(at)))))) }
	switch kind := random.IntN(1000); {
	case kind < 3:
		c.permission = notSet
		return c, ""
	case kind < 15:
		c.permission = pendingConfirmation
	case kind < 23:
		c.permission = tempHold
	case kind < 83:
		c.permission, c.optedOut = unsubscribed, since()
		c.updated = c.optedOut
	case kind < 113:
		c.deleted = since()
		c.updated = c.deleted
	case kind < 450:
		c.permission = explicit
		c.marks |= madeByContact
	}
	email = a.inventEmail(random, strings.ToLower(first), strings.ToLower(last))
	if random.IntN(20) == 0 {
		c.first, c.last = 0, 0 // an address is all that is known
	}
	return c, email
}

// inventEmail makes an address that nobody in the account has.
func (a *account) inventEmail(random *rand.Rand, first, last string) string {
	domain := domains[random.IntN(len(domains))]
	var name string
	switch random.IntN(4) {
	case 0:
		name = first + "." + last
	case 1:
		name = first[:1] + last
	case 2:
		name = first + "_" + last
	default:
		name = first + strconv.Itoa(1950+random.IntN(60))
	}
	for address := name + "@" + domain; ; {
		if _, taken := a.emails.find(address); !taken {
			return address
		}
		address = name + strconv.FormatUint(uint64(random.Uint32()), 36) + "@" + domain
	}
}

// seedLists makes the lists, spread over the years like the contacts.
func (a *account) seedLists(random *rand.Rand, plan []plannedList) {
	step := seedEnd.Sub(seedBegin) / time.Duration(len(plan)+1)
	ids := idClock{sequence: a.ids.sequence + 1}
	for i, p := range plan {
		at := seedBegin.Add(time.Duration(i)*step + time.Duration(random.Int64N(int64(step))))
		l := &list{
			id: ids.next(at), created: momentOf(at), updated: momentOf(at),
			name: p.name, description: p.description, favorite: p.favorite,
		}
		a.lists.add(l)
	}
}

// enroll fills the lists: each contact that is not deleted is as likely a member as any other, and the sizes are
// exact.
func (a *account) enroll(random *rand.Rand, plan []plannedList) {
	memberships := make([]uint8, len(a.contacts))
	living := len(a.contacts) - a.byStatus[statusDeleted]
	for i, l := range a.lists.living {
		left, wanted := living, seats(plan[i].share, living)
		for slot := range a.contacts {
			c := &a.contacts[slot]
			if c.deleted != 0 {
				continue
			}
			if random.IntN(left) < wanted && memberships[slot] < maxContactLists {
				l.members.add(uint32(slot))
				memberships[slot]++
				wanted--
				if c.status() == statusActive {
					l.active++
				}
			}
			left--
		}
	}
}

func seats(share float64, living int) int {
	if share == 0 || living == 0 {
		return 0
	}
	return max(1, int(share*float64(living)))
}
