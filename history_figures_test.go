package main

import (
	"fmt"

	"winnow/deletion"
	"winnow/sandbox"
)

// sumsHold compares what people see with a count of the batches, batch by batch.
func sumsHold(e *evidence) error {
	counted := map[int64]deletion.Counts{}
	for _, b := range e.batches {
		c := counted[b.key.deletion]
		c.Deleted += int64(b.deleted)
		c.Failed += int64(b.failed)
		c.Changed += int64(b.changed)
		open := int64(b.items - b.deleted - b.failed - b.changed)
		if b.outcome.Final() && b.outcome != deletion.NotSent && open != 0 {
			return fmt.Errorf("batch %v is %s and %d of its rows are open", b.key, b.outcome, open)
		}
		switch b.outcome {
		case deletion.Waiting, deletion.NotSent:
			c.NotSent += open
		case deletion.Sending, deletion.Accepted:
			c.InProgress += open
		case deletion.Unknown:
			c.Unknown += open
		}
		counted[b.key.deletion] = c
	}
	for id, s := range e.shown {
		if s.counts != counted[id] || s.items != 0 && s.counts.Items() != s.items {
			return fmt.Errorf("deletion %d of %d shows %+v, and its batches are %+v", id, s.items, s.counts, counted[id])
		}
		if err := s.fileAgrees(); err != nil {
			return fmt.Errorf("deletion %d: %w", id, err)
		}
	}
	return nil
}

// fileAgrees compares the result file with the figures.
func (s shown) fileAgrees() error {
	if s.rows == nil {
		return nil
	}
	for outcome, want := range map[string]int64{
		"deleted": s.counts.Deleted, "failed": s.counts.Failed, "not sent": s.counts.NotSent,
		"in progress": s.counts.InProgress, "unknown": s.counts.Unknown, "left out": s.counts.Changed,
	} {
		if got := int64(len(s.rows[outcome])); got != want {
			return fmt.Errorf("the file has %d rows that are %s, the page %d", got, outcome, want)
		}
	}
	return nil
}

// mayBeBack are the contacts that came back, or may have: a fault restores some of a request's contacts by itself.
func (e *evidence) mayBeBack() map[string]bool {
	back := map[string]bool{}
	for id := range e.returned {
		back[id] = true
	}
	for _, p := range e.posts {
		if p.Fault == sandbox.ContactsReturn {
			for _, id := range p.ids {
				back[id] = true
			}
		}
	}
	return back
}

func deletedIsDeleted(e *evidence) error {
	back := e.mayBeBack()
	for id, s := range e.shown {
		if e.deletions[id].source == deletion.FromLists {
			continue
		}
		for _, contact := range s.rows["deleted"] {
			if !back[contact] && !e.deleted(contact) {
				return fmt.Errorf("deletion %d calls %s deleted, which is active", id, contact)
			}
		}
	}
	return nil
}

// failedIsNotDeleted looks at what a deletion calls failed. What another deletion has deleted, or a request about lists may
// have, does not count.
func failedIsNotDeleted(e *evidence) error {
	ran := map[string]map[int64]bool{}
	for _, p := range e.posts {
		a, err := p.attemptOf()
		if err != nil {
			return err
		}
		if p.lists && p.Applied {
			return nil
		}
		for _, contact := range p.ids {
			if ran[contact] == nil {
				ran[contact] = map[int64]bool{}
			}
			ran[contact][a.deletion] = ran[contact][a.deletion] || p.Applied
		}
	}
	for id, s := range e.shown {
		if e.deletions[id].source == deletion.FromLists {
			continue
		}
		for _, contact := range s.rows["failed"] {
			if ran[contact][id] && len(ran[contact]) == 1 && e.deleted(contact) {
				return fmt.Errorf("deletion %d calls %s failed, which it has deleted", id, contact)
			}
		}
	}
	return nil
}
