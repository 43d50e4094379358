package sandbox

import (
	"fmt"
	"math/rand/v2"
)

// seedOthers makes the accounts beyond the two that have names of their own. They are there for what many accounts do to
// each other, and differ in nothing but their contacts.
func seedOthers(o Options) []*account {
	var all []*account
	for n := DefaultAccounts + 1; n <= o.Accounts; n++ {
		a := newAccount(o, otherSequence(n), summary{
			ContactEmail: otherOwner(n), ContactPhone: "5550103", CountryCode: "us", EncodedAccountID: otherAccount(n),
			EncodedPartnerID: "a01-sandbox", FirstName: "Owner", LastName: fmt.Sprint(n),
			OrganizationName: fmt.Sprintf("Client %d of the agency", n), TimeZoneID: "America/New_York",
		})
		a.seed(rand.New(rand.NewPCG(o.Seed, otherStream+uint64(n))), o.OtherContacts, secondLists)
		all = append(all, a)
	}
	return all
}

// seedOwners are the owners of these accounts.
func seedOwners(o Options) []*member {
	var all []*member
	for n := DefaultAccounts + 1; n <= o.Accounts; n++ {
		id := fmt.Sprintf("5f0c1a52-7c1e-4f0e-9a43-0d6b1c2f%04d", n)
		all = append(all, newMember(otherOwner(n), fmt.Sprintf("Owner %d", n), ownerRole, id, otherAccount(n), ownerPrivileges))
	}
	return all
}

// otherStream keeps the random numbers of these accounts apart from those of the first two.
const otherStream = 1_000

// otherSequence is the clock sequence of the account's ids. An account uses three: for contacts, lists and the rest.
func otherSequence(n int) uint16 { return 0x400 + uint16(4*n) }

func otherAccount(n int) string { return fmt.Sprintf("a07sandbox%04d", n) }
func otherOwner(n int) string   { return fmt.Sprintf("owner%04d@example.net", n) }
