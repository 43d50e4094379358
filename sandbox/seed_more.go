package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// plannedTag is a tag and the share of the living contacts that have it.
type plannedTag struct {
	name  string
	share float64
}

var mainTags = []plannedTag{
	{"VIP", 0.02}, {"Donor 2023", 0.09}, {"Speaks Spanish", 0.06}, {"Met in person", 0.03}, {"Old import", 0.2}, {"Unused", 0},
}

var secondTags = []plannedTag{{"Adopter", 0.2}, {"Foster home", 0.1}}

// eachDetailed is how rare contacts with phone numbers, addresses, custom fields and notes are.
const eachDetailed = 50

// seedMore makes tags, custom fields, and what few contacts have.
func (a *account) seedMore(random *rand.Rand, tags []plannedTag) {
	ids := idClock{sequence: a.ids.sequence + 2}
	at := seedBegin
	for _, p := range tags {
		at = at.Add(100 * 24 * time.Hour)
		g := &tag{id: ids.next(at), name: p.name, created: momentOf(at), updated: momentOf(at)}
		a.tags.add(g)
		for slot := range a.contacts {
			if random.Float64() < p.share && a.contacts[slot].deleted == 0 {
				g.members.add(uint32(slot))
			}
		}
	}
	for _, f := range []customField{
		{label: "Membership number", kind: "string"}, {label: "Renewal date", kind: "date"},
		{label: "T-shirt size", kind: "single_select", choices: []choice{{1, "S", 1}, {2, "M", 2}, {3, "L", 3}}},
	} {
		at = at.Add(24 * time.Hour)
		f.id, f.name, f.created, f.updated = ids.next(at), fieldName(f.label), momentOf(at), momentOf(at)
		a.fields = append(a.fields, &f)
	}
	for slot := eachDetailed / 2; slot < len(a.contacts); slot += eachDetailed {
		a.inventDetails(random, uint32(slot), &ids)
	}
}

// inventDetails gives a contact one of everything.
func (a *account) inventDetails(random *rand.Rand, slot uint32, ids *idClock) {
	c := &a.contacts[slot]
	at, made := c.created, c.maker().String()
	d := a.detailed(slot)
	d.job, d.company = jobs[random.IntN(len(jobs))], lastNames[random.IntN(len(lastNames))]+" & Co."
	d.birthMonth, d.birthDay = 1+random.IntN(12), 1+random.IntN(28)
	d.phones = []phone{{ids.next(at.time()), fmt.Sprintf("555-01%02d", random.IntN(100)), "mobile", at, at, made, ""}}
	d.addresses = []address{{
		id: ids.next(at.time()), kind: "home", street: fmt.Sprintf("%d Main Street", 1+random.IntN(300)), city: "Waltham",
		state: "Massachusetts", postalCode: "02451", countryName: "United States", created: at, updated: at,
	}}
	d.values = []fieldValue{{field: a.fields[0], value: fmt.Sprintf("M-%05d", slot)}, {field: a.fields[2], choices: []int{1 + random.IntN(3)}}}
	d.notes = []note{{ids.next(at.time()), at, "Called once, nobody answered."}}
}

var jobs = []string{"Teacher", "Bookkeeper", "Nurse", "Gardener", "Engineer", "Librarian", "Cook", "Retired"}
