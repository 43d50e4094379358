package sandbox

import (
	"iter"
	"math/bits"
	"slices"
)

// slotSet is a set of slots, made for the members of lists and tags: small when there are few, one bit a contact when
// there are many. It is kept in blocks of 65,536 slots; a block with few members is a sorted list, a full one a bitmap.
// The zero value is empty.
type slotSet struct {
	blocks []*block // by the upper half of the slot; nil: no member
	size   int
}

type block struct {
	few  []uint16 // ascending; unused with a bitmap
	many *bitmap
}

type bitmap [1 << 10]uint64

// mostFew is the longest sorted list. A bitmap has 8 kB, as much as 4,096 entries, but finding a member in it takes one
// step instead of twelve, and pages of contacts with their lists look 20,000 times. A million contacts in 50 sets of
// bitmaps alone are 6 MB.
const mostFew = 128

func halves(slot uint32) (upper int, lower uint16) { return int(slot >> 16), uint16(slot) }

// has tells whether the slot is a member.
func (s *slotSet) has(slot uint32) bool {
	upper, lower := halves(slot)
	return upper < len(s.blocks) && s.blocks[upper] != nil && s.blocks[upper].has(lower)
}

// add makes the slot a member and tells whether it was none.
func (s *slotSet) add(slot uint32) bool {
	upper, lower := halves(slot)
	for len(s.blocks) <= upper {
		s.blocks = append(s.blocks, nil)
	}
	if s.blocks[upper] == nil {
		s.blocks[upper] = new(block)
	}
	added := s.blocks[upper].add(lower)
	if added {
		s.size++
	}
	return added
}

// remove tells whether the slot was a member.
func (s *slotSet) remove(slot uint32) bool {
	if !s.has(slot) {
		return false
	}
	upper, lower := halves(slot)
	s.blocks[upper].remove(lower)
	s.size--
	return true
}

func (b *block) has(lower uint16) bool {
	if b.many != nil {
		return b.many[lower>>6]&(1<<(lower&63)) != 0
	}
	_, found := slices.BinarySearch(b.few, lower)
	return found
}

func (b *block) add(lower uint16) bool {
	if b.many != nil {
		word, bit := &b.many[lower>>6], uint64(1)<<(lower&63)
		added := *word&bit == 0
		*word |= bit
		return added
	}
	at, found := slices.BinarySearch(b.few, lower)
	if found {
		return false
	}
	if len(b.few) < mostFew {
		b.few = slices.Insert(b.few, at, lower)
		return true
	}
	full := new(bitmap)
	b.orInto(full)
	b.few, b.many = nil, full
	return b.add(lower)
}

// remove leaves a bitmap a bitmap: a list that has been long may become so again.
func (b *block) remove(lower uint16) {
	if b.many != nil {
		b.many[lower>>6] &^= 1 << (lower & 63)
		return
	}
	at, _ := slices.BinarySearch(b.few, lower)
	b.few = slices.Delete(b.few, at, at+1)
}

func (b *block) orInto(all *bitmap) {
	if b.many != nil {
		for i, word := range b.many {
			all[i] |= word
		}
		return
	}
	for _, lower := range b.few {
		all[lower>>6] |= 1 << (lower & 63)
	}
}

// downwards yields the members of any of the sets, each once, from the given slot down. What changes on the way may
// or may not show.
func downwards(sets []*slotSet, from uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		var all bitmap
		top, limit := halves(from)
		for upper := min(top, longest(sets)-1); upper >= 0; upper-- {
			if !gather(sets, upper, &all) {
				continue
			}
			if upper < top {
				limit = 1<<16 - 1
			}
			if !all.downwards(limit, uint32(upper)<<16, yield) {
				return
			}
		}
	}
}

func longest(sets []*slotSet) int {
	n := 0
	for _, s := range sets {
		n = max(n, len(s.blocks))
	}
	return n
}

// gather unites the sets' blocks and tells whether there are any.
func gather(sets []*slotSet, upper int, all *bitmap) (found bool) {
	*all = bitmap{}
	for _, s := range sets {
		if upper < len(s.blocks) && s.blocks[upper] != nil {
			s.blocks[upper].orInto(all)
			found = true
		}
	}
	return found
}

func (b *bitmap) downwards(limit uint16, base uint32, yield func(uint32) bool) bool {
	for word := int(limit >> 6); word >= 0; word-- {
		left := b[word]
		if word == int(limit>>6) {
			left &= ^uint64(0) >> (63 - limit&63)
		}
		for left != 0 {
			top := 63 - bits.LeadingZeros64(left)
			left &^= 1 << top
			if !yield(base + uint32(word<<6+top)) {
				return false
			}
		}
	}
	return true
}
