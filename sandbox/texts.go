package sandbox

import (
	"bytes"
	"hash/maphash"
	"math"
	"strings"
)

// text is a piece of a texts.
type text struct {
	at   uint32
	size uint16
}

// texts keeps e-mail addresses one after another in one piece of memory. What is replaced stays until the end; few
// addresses ever are.
type texts struct{ bytes []byte }

func (t *texts) keep(s string) text {
	if s == "" {
		return text{}
	}
	kept := text{uint32(len(t.bytes)), uint16(len(s))}
	t.bytes = append(t.bytes, s...)
	return kept
}

func (t *texts) read(k text) []byte { return t.bytes[k.at : k.at+uint32(k.size)] }

// names keeps each name once, since the same few belong to many contacts. Number 0 is the empty name.
type names struct {
	all []string
	ids map[string]uint32
}

func newNames() names { return names{all: []string{""}, ids: map[string]uint32{"": 0}} }

func (n *names) number(name string) uint32 {
	id, known := n.ids[name]
	if !known {
		id = uint32(len(n.all))
		n.all = append(n.all, name)
		n.ids[name] = id
	}
	return id
}

// addressBook finds contacts by e-mail address, in any case. It is a hash table of slots alone: the addresses are
// compared where the contacts have them.
type addressBook struct {
	seed  maphash.Seed
	cells []uint32 // slot + 1; 0: free, gone: was taken
	used  int      // cells that are not free
	of    func(slot uint32) []byte
}

const gone = math.MaxUint32

// newAddressBook makes room for so many.
func newAddressBook(n int, of func(slot uint32) []byte) *addressBook {
	size := 64
	for size*2 < n*3 {
		size *= 2
	}
	return &addressBook{seed: maphash.MakeSeed(), cells: make([]uint32, size), of: of}
}

// find returns the contact with this address.
func (b *addressBook) find(address string) (slot uint32, ok bool) {
	at, ok := b.cell(address)
	if !ok {
		return 0, false
	}
	return b.cells[at] - 1, true
}

// cell is where the address is.
func (b *addressBook) cell(address string) (at int, ok bool) {
	key := []byte(address)
	for at = b.start(address); b.cells[at] != 0; at = (at + 1) & (len(b.cells) - 1) {
		if b.cells[at] != gone && bytes.EqualFold(b.of(b.cells[at]-1), key) {
			return at, true
		}
	}
	return 0, false
}

func (b *addressBook) start(address string) int {
	return int(maphash.String(b.seed, strings.ToLower(address)) & uint64(len(b.cells)-1))
}

// put adds an address that is not there yet.
func (b *addressBook) put(address string, slot uint32) {
	if (b.used+1)*4 > len(b.cells)*3 {
		b.grow()
	}
	at := b.start(address)
	for b.cells[at] != 0 {
		at = (at + 1) & (len(b.cells) - 1)
	}
	b.cells[at] = slot + 1
	b.used++
}

// drop forgets an address.
func (b *addressBook) drop(address string) {
	if at, ok := b.cell(address); ok {
		b.cells[at] = gone
	}
}

func (b *addressBook) grow() {
	old := b.cells
	b.cells, b.used = make([]uint32, 2*len(old)), 0
	for _, cell := range old {
		if cell != 0 && cell != gone {
			b.put(string(b.of(cell-1)), cell-1)
		}
	}
}
