package store

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"winnow/deletion"
)

const idSize = len(deletion.ID{})

// packIDs puts ids one after another.
func packIDs(ids []deletion.ID) []byte {
	packed := make([]byte, 0, len(ids)*idSize)
	for i := range ids {
		packed = append(packed, ids[i][:]...)
	}
	return packed
}

// unpackIDs is the reverse of packIDs.
func unpackIDs(packed []byte) []deletion.ID {
	ids := make([]deletion.ID, len(packed)/idSize)
	for i := range ids {
		copy(ids[i][:], packed[i*idSize:])
	}
	return ids
}

// payload is what a request for a batch names: the ids that are neither proven deleted nor left out. They are the missed
// ones, or all when none is marked, without the changed ones.
type payload struct {
	ids             []deletion.ID // all of the batch
	missed, changed deletion.Bitmap
}

// unpackPayload refuses to guess when the marks and the counts disagree.
func unpackPayload(packed []byte, missed, changed deletion.Bitmap, lacking int) (*payload, error) {
	p := &payload{ids: unpackIDs(packed), missed: missed, changed: changed}
	if n := len(p.lacking()); n != lacking {
		return nil, fmt.Errorf("%d ids are to be sent but the batch lacks %d", n, lacking)
	}
	return p, nil
}

func (p *payload) lacks(i int) bool { return (p.missed == nil || p.missed.Has(i)) && !p.changed.Has(i) }

// lacking are the ids to send.
func (p *payload) lacking() []deletion.ID {
	kept := make([]deletion.ID, 0, len(p.ids))
	for i, id := range p.ids {
		if p.lacks(i) {
			kept = append(kept, id)
		}
	}
	return kept
}

// leaveOut marks the lacking ids for which changed is true and returns how many.
func (p *payload) leaveOut(changed func(deletion.ID) bool) int {
	marked := 0
	for i, id := range p.ids {
		if !p.lacks(i) || !changed(id) {
			continue
		}
		if p.changed == nil {
			p.changed = deletion.NewBitmap(len(p.ids))
		}
		p.changed.Set(i)
		marked++
	}
	return marked
}

// countBits is how many ids a bitmap marks.
func countBits(m deletion.Bitmap) int {
	n := 0
	for _, b := range m {
		n += bits.OnesCount8(b)
	}
	return n
}

// hashIDs is the SHA-256 over the packed ids.
func hashIDs(ids []deletion.ID) [32]byte { return sha256.Sum256(packIDs(ids)) }

// hash scans a SHA-256, or an empty blob where there is none yet.
type hash struct{ sum *[32]byte }

// Scan implements sql.Scanner.
func (h hash) Scan(v any) error {
	b, ok := v.([]byte)
	if v != nil && !ok || len(b) != 0 && len(b) != len(h.sum) {
		return fmt.Errorf("hash is a %T of %d bytes", v, len(b))
	}
	*h.sum = [32]byte{}
	copy(h.sum[:], b)
	return nil
}
