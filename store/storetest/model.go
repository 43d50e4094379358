package storetest

import "winnow/deletion"

// fate is what became of one id.
type fate int

const (
	lacking fate = iota
	deleted
	failed
	leftOut
)

// modelBatch is a batch as it should be.
type modelBatch struct {
	deletion int64
	n        int
	outcome  deletion.Outcome
	ids      []deletion.ID
	fates    []fate
	activity string
}

func (m *modelBatch) count(f fate) int {
	n := 0
	for _, got := range m.fates {
		if got == f {
			n++
		}
	}
	return n
}

func (m *modelBatch) turn(from, to fate) {
	for i, f := range m.fates {
		if f == from {
			m.fates[i] = to
		}
	}
}

// lacks are the ids that a request for the batch must name.
func (m *modelBatch) lacks() []deletion.ID {
	var ids []deletion.ID
	for i, f := range m.fates {
		if f == lacking {
			ids = append(ids, m.ids[i])
		}
	}
	return ids
}
