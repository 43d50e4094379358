package main

import (
	"fmt"
	"slices"
	"time"

	"winnow/deletion"
)

// onlyAsPreviewed: no request names a contact that changed after the preview a person decided on, and no preview is newer than
// that person's word.
func onlyAsPreviewed(e *evidence) error {
	for _, p := range e.posts {
		a, err := p.attemptOf()
		if err != nil {
			return err
		}
		if e.deletions[a.deletion] == nil || e.deletions[a.deletion].source == deletion.FromLists {
			continue
		}
		if len(p.stale) > 0 {
			return fmt.Errorf("request %d names %s, which changed after the preview of %s, and %d others", p.Seq, p.stale[0],
				p.preview.asOf.Format(time.TimeOnly), len(p.stale)-1)
		}
		words := e.approvals[a.deletion]
		if !slices.ContainsFunc(words, func(t time.Time) bool { return !t.After(p.at) && !p.preview.asOf.After(t) }) {
			return fmt.Errorf("request %d goes by a preview of %s, after which nobody said anything", p.Seq, p.preview.asOf)
		}
	}
	return nil
}

func audited(e *evidence) error {
	for _, p := range e.posts {
		if !p.preview.audited {
			return fmt.Errorf("request %d came without a row in the log", p.Seq)
		}
	}
	return nil
}

func nothingInSilence(e *evidence) error {
	for _, s := range e.silences {
		end := s.to
		if end < 0 {
			end = len(e.posts)
		}
		if s.from < end {
			return fmt.Errorf("%d requests came after %s, the first is %d", end-s.from, s.name, e.posts[s.from].Seq)
		}
	}
	return nil
}

// firstProven: while a deletion begins carefully, no batch is sent before everybody in the one before it was deleted, unless
// a person has seen that they were not.
func firstProven(e *evidence) error {
	for _, p := range e.posts {
		a, err := p.attemptOf()
		if err != nil {
			return err
		}
		told := slices.ContainsFunc(e.surprised[a.deletion], func(t time.Time) bool { return !t.After(p.at) })
		if p.unsure > 0 && !told {
			return fmt.Errorf("request %d for batch %v came while %d contacts of the first batches were as before", p.Seq, a.key(), p.unsure)
		}
	}
	return nil
}
