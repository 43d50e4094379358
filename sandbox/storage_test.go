package sandbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestSlotSetIsASet compares a slotSet with a map, whatever happens to both. Slots lie close together, so that blocks
// become full, and on both sides of the border between two blocks.
func TestSlotSetIsASet(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var set slotSet
		want := make(map[uint32]bool)
		slot := rapid.OneOf(rapid.Uint32Range(65_530, 65_542), rapid.Uint32Range(0, 20), rapid.Uint32Range(131_000, 131_200))
		for range rapid.IntRange(0, 60).Draw(r, "steps") {
			s := slot.Draw(r, "slot")
			if rapid.Bool().Draw(r, "add") {
				if set.add(s) == want[s] {
					r.Fatalf("adding %d says the opposite", s)
				}
				want[s] = true
			} else {
				if set.remove(s) != want[s] {
					r.Fatalf("removing %d says the opposite", s)
				}
				delete(want, s)
			}
		}
		compareSets(r, &set, want, slot.Draw(r, "from"))
	})
}

func compareSets(t rapid.TB, set *slotSet, want map[uint32]bool, from uint32) {
	t.Helper()
	if set.size != len(want) {
		t.Fatalf("it has %d members, want %d", set.size, len(want))
	}
	var below []uint32
	for s := range want {
		if !set.has(s) {
			t.Fatalf("%d is missing", s)
		}
		if s <= from {
			below = append(below, s)
		}
	}
	slices.Sort(below)
	slices.Reverse(below)
	if diff := cmp.Diff(below, slices.Collect(downwards([]*slotSet{set}, from))); diff != "" {
		t.Fatalf("downwards from %d differs (-want +got):\n%s", from, diff)
	}
}

func TestFullBlocksBecomeBitmaps(t *testing.T) {
	var set slotSet
	want := make(map[uint32]bool)
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 * mostFew {
		s := random.Uint32N(70_000)
		set.add(s)
		want[s] = true
	}
	if set.blocks[0].many == nil || set.blocks[1].many != nil {
		t.Error("the first block should be a bitmap, the second should not")
	}
	for s := range want {
		if s%3 == 0 {
			set.remove(s)
			delete(want, s)
		}
	}
	compareSets(t, &set, want, 66_000)
}

func TestUnionGivesEachOnce(t *testing.T) {
	var one, two, none slotSet
	want := make(map[uint32]bool)
	for s := range uint32(100_000) {
		if s%7 == 0 {
			one.add(s)
			want[s] = true
		}
		if s%11 == 0 && s > 60_000 {
			two.add(s)
			want[s] = true
		}
	}
	got := slices.Collect(downwards([]*slotSet{&one, &none, &two}, 99_999))
	slices.Reverse(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), got); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff[:min(len(diff), 500)])
	}
	if got := slices.Collect(downwards(nil, 5)); got != nil {
		t.Errorf("no sets give %v", got)
	}
}

// TestAddressBook compares it with a map.
func TestAddressBook(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var kept []string
		book := newAddressBook(0, func(slot uint32) []byte { return []byte(kept[slot]) })
		want := make(map[string]uint32)
		for range rapid.IntRange(0, 200).Draw(r, "steps") {
			address := fmt.Sprintf("Person%d@Example.com", rapid.IntRange(0, 120).Draw(r, "person"))
			key := strings.ToLower(address)
			switch _, known := want[key]; {
			case !known:
				kept = append(kept, address)
				want[key] = uint32(len(kept) - 1)
				book.put(address, want[key])
			case rapid.Bool().Draw(r, "drop"):
				book.drop(strings.ToUpper(address))
				delete(want, key)
			}
		}
		for n := range 121 {
			key := fmt.Sprintf("person%d@example.com", n)
			slot, found := book.find(key)
			if wanted, known := want[key]; found != known || slot != wanted {
				r.Fatalf("%s is found %v at %d, want %v at %d", key, found, slot, known, wanted)
			}
		}
	})
}

func TestTickOfAnID(t *testing.T) {
	clock := idClock{sequence: 0x155}
	for _, at := range []time.Time{seedBegin, seedEnd, time.Date(2100, 1, 1, 0, 0, 0, 1, time.UTC)} {
		id := clock.next(at)
		if again := idAt(tickOf(id), clock.sequence); again != id {
			t.Errorf("%s becomes %s", id, again)
		}
		if id.Version() != 1 || id.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no UUID v1", id)
		}
	}
}

func TestContactsAreFoundByTheirIDs(t *testing.T) {
	o := Options{Contacts: 500}.withDefaults()
	a := seedAccounts(o)[0]
	for slot := range uint32(500) {
		if got, ok := a.slot(a.contactID(slot)); !ok || got != slot {
			t.Fatalf("contact %d is found at %d, %v", slot, got, ok)
		}
		id := a.contactID(slot)
		id[15] ^= 1
		if _, ok := a.slot(id); ok {
			t.Fatalf("another node finds contact %d", slot)
		}
	}
	if _, ok := a.slot(uuid.Nil); ok {
		t.Error("no id finds a contact")
	}
}
