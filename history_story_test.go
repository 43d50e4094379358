package main

import (
	"fmt"
	"strings"
)

// tell notes what the journal does not say, for the story.
func (s *stage) tell(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf("%9.3fs ", s.clock.now().Sub(historyBegin).Seconds())+fmt.Sprintf(format, args...))
}

// story tells what happened, for a person who looks at a failed history.
func (s *stage) story() string {
	var b strings.Builder
	last, times := "", 0
	for _, r := range s.vendor.box.Journal() {
		line := fmt.Sprintf("%s %d applied=%t %s", r.Route, r.Status, r.Applied, r.Fault)
		if isRenewal(r) {
			line += fmt.Sprintf(" %s presented, %s issued", r.Token.Presented, r.Token.Refresh)
		}
		if times++; line == last {
			continue
		}
		fmt.Fprintf(&b, "%9.3fs #%d %s, the last one %d times\n", r.Since.Seconds(), r.Seq, line, times)
		last, times = line, 0
	}
	fmt.Fprintln(&b, strings.Join(s.notes, "\n"))
	for _, d := range s.deletions() {
		fmt.Fprintf(&b, "deletion %d of %d %s: %s %s %+v\n", d.ID, d.Items, d.Source, d.State, d.Reason, d.Counts)
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
