package main

import (
	"fmt"
	"strings"
)

// story tells what happened, for a person who looks at a failed history.
func (s *stage) story() string {
	var b strings.Builder
	for _, r := range s.vendor.box.Journal() {
		fmt.Fprintf(&b, "%9.3fs #%d %s %d applied=%t %s\n", r.Since.Seconds(), r.Seq, r.Route, r.Status, r.Applied, r.Fault)
	}
	attempts, err := readAttempts(s.witness.db, "")
	if err != nil {
		return err.Error()
	}
	for _, a := range attempts {
		fmt.Fprintf(&b, "attempt %d: batch %v, try %d of %d ids, claimed %.3fs, %s %s %q\n", a.id, a.key(), a.try, a.items,
			a.claimed.Sub(historyBegin).Seconds(), a.state, a.activity, a.evidence)
	}
	return b.String()
}
