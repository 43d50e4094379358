package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// invariant is a promise that holds over every history. A new feature adds its own, and an action to the history.
type invariant struct {
	name  string
	check func(*evidence) error
}

// invariants are what docs/reliability.md promises; the numbers are those used there.
var invariants = []invariant{
	{"the evidence is complete", func(e *evidence) error { return errors.Join(e.problems...) }},
	{"I1: only what a person approved is sent", onlyApproved},
	{"I2: a request has an attempt on disk before it starts", intentFirst},
	{"I3: one attempt of an account is open", oneOpen},
	{"I4: an attempt is one request", oneRequest},
	{"I5: what ran is not sent again without a person", neverTwice},
	{"I6: who changed after the preview is not sent", onlyAsPreviewed},
	{"I5: a batch is repeated once at most without a person", repeatedOnce},
	{"I7: every row is accounted for", sumsHold},
	{"I7: deleted means deleted", deletedIsDeleted},
	{"I7: failed means not deleted", failedIsNotDeleted},
	{"I9: one renewal is in flight, and what it brings is stored before it is used", tokensInOrder},
	{"I9: a refresh token is presented again once at most", presentedOnce},
	{"I9: no older token replaces a newer one", neverOlder},
	{"I10: four requests a second", pace},
	{"I11: the log says that a request is sent before it is", audited},
	{"I12, I13: nothing is sent while everything is held", nothingInSilence},
	{"the first batches are proven one by one", firstProven},
	{"nobody's token goes elsewhere", noStrays},
}

// violations are the broken promises.
func (e *evidence) violations() error {
	var errs []error
	for _, i := range invariants {
		if err := i.check(e); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", i.name, err))
		}
	}
	return errors.Join(errs...)
}

// attemptOf is the attempt that a request was sent for, as the files said when it arrived.
func (p post) attemptOf() (attemptRow, error) {
	if len(p.sending) != 1 {
		return attemptRow{}, fmt.Errorf("request %d came while %d attempts were on disk as being sent", p.Seq, len(p.sending))
	}
	return p.sending[0], nil
}

// ofBatches groups the requests by the batch that they were sent for.
func (e *evidence) ofBatches() map[batchKey][]post {
	found := map[batchKey][]post{}
	for _, p := range e.posts {
		if a, err := p.attemptOf(); err == nil {
			found[a.key()] = append(found[a.key()], p)
		}
	}
	return found
}

// approval counts the approvals of a deletion up to a time: requests between the same two belong together.
func (e *evidence) approval(deletion int64, at time.Time) int {
	n := 0
	for _, t := range e.approvals[deletion] {
		if !t.After(at) {
			n++
		}
	}
	return n
}

func onlyApproved(e *evidence) error {
	for _, p := range e.posts {
		a, err := p.attemptOf()
		if err != nil {
			return err
		}
		b, d := e.batches[a.key()], e.deletions[a.deletion]
		if b == nil || d == nil {
			return fmt.Errorf("request %d belongs to no batch", p.Seq)
		}
		if d.confirmed.IsZero() || d.confirmed.After(p.at) || e.approval(d.id, p.at) == 0 {
			return fmt.Errorf("request %d belongs to deletion %d, which nobody had confirmed", p.Seq, d.id)
		}
		if p.Account != "" && p.Account != d.account {
			return fmt.Errorf("request %d of account %s belongs to a deletion of %s", p.Seq, p.Account, d.account)
		}
		if !p.broken && p.unit() != d.source.Unit() {
			return fmt.Errorf("request %d names %ss in a deletion of %ss", p.Seq, p.unit(), d.source.Unit())
		}
		for _, id := range p.ids {
			if _, found := slices.BinarySearch(b.ids, id); !found { // a manifest is sorted
				return fmt.Errorf("request %d names %s, which is not in batch %v", p.Seq, id, b.key)
			}
		}
	}
	return nil
}

func intentFirst(e *evidence) error {
	for _, p := range e.posts {
		a, err := p.attemptOf()
		if err != nil {
			return err
		}
		if p.broken {
			continue
		}
		if a.hash != hashOf(p.ids) || a.items != len(p.ids) {
			return fmt.Errorf("request %d with %d ids is not what attempt %d wrote down", p.Seq, len(p.ids), a.id)
		}
	}
	return nil
}

// maxAside is how many unknown attempts at contacts may be set aside so that an account goes on.
const maxAside = deletion.MaxParked

func oneOpen(e *evidence) error {
	for i, b := range e.attempts {
		aside := 0
		for _, a := range e.attempts[:i] {
			if a.account != b.account || !a.ended.IsZero() && !a.ended.After(b.claimed) {
				continue
			}
			if aside++; aside > maxAside || e.deletions[a.deletion].source == deletion.FromLists {
				return fmt.Errorf("attempt %d began while attempt %d was open", b.id, a.id)
			}
		}
	}
	return nil
}

func oneRequest(e *evidence) error {
	sent := map[int64]int64{}
	for _, p := range e.posts {
		a, err := p.attemptOf()
		if err != nil {
			return err
		}
		if other := sent[a.id]; other != 0 {
			return fmt.Errorf("attempt %d was sent by requests %d and %d", a.id, other, p.Seq)
		}
		sent[a.id] = p.Seq
	}
	return nil
}

// neverTwice looks at each contact and list: one that a request named which ran is in no other request for the same approval.
// Who came back only a moment ago may be in the remainder of its batch.
// neverTwice leaves out ids that no contact has: nothing shows whether a request ran that names no others, and it does no harm.
func neverTwice(e *evidence) error {
	for key, posts := range e.ofBatches() {
		ran := map[string]post{}
		for _, p := range posts {
			for _, id := range p.ids {
				before, done := ran[id]
				if done && e.approval(key.deletion, before.at) == e.approval(key.deletion, p.at) && !p.fresh[id] && !p.nobodys[id] {
					return fmt.Errorf("request %d for batch %v named %s and ran, and request %d named it again", before.Seq, key, id, p.Seq)
				}
				if p.Applied {
					ran[id] = p
				}
			}
		}
	}
	return nil
}

// maybeRan tells that an attempt may have had an effect, as far as its sender could know.
func maybeRan(s deletion.AttemptState) bool {
	return s != deletion.AttemptUnsent && s != deletion.AttemptRejected
}

func repeatedOnce(e *evidence) error {
	type turn struct {
		batchKey
		approval int
	}
	tries := map[turn]int{}
	for _, a := range e.attempts {
		if !maybeRan(a.state) {
			continue
		}
		t := turn{a.key(), e.approval(a.deletion, a.claimed)}
		tries[t]++
		most := 2
		if e.deletions[a.deletion].source == deletion.FromLists {
			most = 1
		}
		if tries[t] > most {
			return fmt.Errorf("batch %v was sent %d times for one approval", t.batchKey, tries[t])
		}
	}
	return nil
}

func pace(e *evidence) error {
	const calls, per = 4, time.Second
	perDay := map[string]int{}
	for i, r := range e.requests {
		if i >= calls && r.Since-e.requests[i-calls].Since < per {
			return fmt.Errorf("requests %d to %d came within %v", e.requests[i-calls].Seq, r.Seq, r.Since-e.requests[i-calls].Since)
		}
		day := r.At.UTC().Format(time.DateOnly)
		if perDay[day]++; perDay[day] > sandbox.DefaultRatePerDay {
			return fmt.Errorf("more than %d requests on %s", sandbox.DefaultRatePerDay, day)
		}
	}
	return nil
}

func noStrays(e *evidence) error {
	if len(e.strays) > 0 {
		return fmt.Errorf("requests reached somebody else's server: %v", e.strays)
	}
	return nil
}
