//go:build awaited

package main

import "fmt"

// What is promised and not kept yet: go test -tags awaited -run TestHistories -rapid.checks=600 . shows it. When it is built,
// the tag goes and the promise moves to the others.
func init() {
	invariants = append(invariants, invariant{"I6: who came back is not sent again without a person", cameBackStays})
}

// cameBackStays looks at batches that were sent again because the request before may have run. After one that was refused the
// same request is simply made later.
func cameBackStays(e *evidence) error {
	lost := map[int64]bool{}
	for _, a := range e.attempts {
		lost[a.id] = maybeRan(a.state)
	}
	for key, posts := range e.ofBatches() {
		for i, q := range posts {
			for _, p := range posts[:i] {
				if !lost[p.sending[0].id] || e.approval(key.deletion, p.at) != e.approval(key.deletion, q.at) {
					continue
				}
				for _, id := range q.ids {
					if back, ok := e.returned[id]; ok && back.After(p.at) && back.Before(q.at) {
						return fmt.Errorf("%s came back between requests %d and %d", id, p.Seq, q.Seq)
					}
				}
			}
		}
	}
	return nil
}
