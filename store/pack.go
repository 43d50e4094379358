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

// payload is what a request for a batch names: the ids that are not proven deleted. They are the missed ones, or all when
// none is marked. It refuses to guess when the marks and the counts disagree.
func payload(packed []byte, missed deletion.Bitmap, lacking int) ([]deletion.ID, error) {
	ids := unpackIDs(packed)
	if missed != nil {
		kept := ids[:0]
		for i, id := range ids {
			if missed.Has(i) {
				kept = append(kept, id)
			}
		}
		ids = kept
	}
	if len(ids) != lacking {
		return nil, fmt.Errorf("%d ids are to be sent but the batch lacks %d", len(ids), lacking)
	}
	return ids, nil
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
