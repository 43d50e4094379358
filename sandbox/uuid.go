package sandbox

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// canonicalLength is that of the only spelling of a UUID the API is known to use, 8-4-4-4-12.
const canonicalLength = 36

// parseID reads a UUID in its canonical spelling, in either case. The braces and the URN form that uuid.Parse would
// take are refused.
func parseID(s string) (uuid.UUID, bool) {
	if len(s) != canonicalLength {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(s)
	return id, err == nil
}

// idNode is the node of every id: the vendor's captured ids all end like this.
var idNode = [6]byte{0x02, 0x42, 0x0a, 0x32, 0x00, 0x02}

// gregorian is the number of 100 ns ticks from 1582-10-15, where version 1 UUIDs start, to the Unix epoch.
const gregorian = 0x01B21DD213814000

// idClock makes version 1 UUIDs that never repeat, even when time stands still.
type idClock struct {
	last     uint64
	sequence uint16 // tells the accounts apart
}

func (c *idClock) next(t time.Time) uuid.UUID {
	tick := uint64(t.UnixNano()/100) + gregorian
	c.last = max(tick, c.last+1)
	return idAt(c.last, c.sequence)
}

// idAt is the id of the tick.
func idAt(tick uint64, sequence uint16) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint32(id[0:], uint32(tick))
	binary.BigEndian.PutUint16(id[4:], uint16(tick>>32))
	binary.BigEndian.PutUint16(id[6:], uint16(tick>>48)&0x0fff|0x1000)
	binary.BigEndian.PutUint16(id[8:], sequence&0x3fff|0x8000)
	copy(id[10:], idNode[:])
	return id
}

// tickOf is the tick of an id that idAt made; of other ids it is some number.
func tickOf(id uuid.UUID) uint64 {
	return uint64(binary.BigEndian.Uint32(id[0:])) |
		uint64(binary.BigEndian.Uint16(id[4:]))<<32 |
		uint64(binary.BigEndian.Uint16(id[6:])&0x0fff)<<48
}
