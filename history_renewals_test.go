package main

import (
	"errors"
	"fmt"
	"slices"

	"winnow/sandbox"
)

// tokenEvidence is what I9 is checked over: the vendor's token journal, and what tokens the files held.
type tokenEvidence struct {
	calls  []sandbox.Request // to the token endpoint, oldest first
	held   []heldPair
	issued map[string]int64 // access token -> the moment of its issue
	broken []error
}

// gather is gather with what there is to know of tokens.
func (s *stage) gather() (*evidence, error) {
	if err := s.tokens.look(s.witness.db); err != nil {
		return nil, err
	}
	journal := s.vendor.box.Journal()
	e, err := gather(s.witness.db, s.witness, journal)
	if err == nil {
		e.tokens = s.tokens.of(journal)
	}
	return e, err
}

// of collects them.
func (w *tokenWitness) of(journal []sandbox.Request) tokenEvidence {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := tokenEvidence{held: slices.Clone(w.held[w.since:]), issued: map[string]int64{}, broken: slices.Clone(w.broken)}
	for access, at := range w.signIns {
		n.issued[access] = at.Step
	}
	for _, r := range journal {
		if r.Token.Access != "" {
			n.issued[r.Token.Access] = r.EffectApplied.Step
		}
		if isRenewal(r) && r.Seq > w.after {
			n.calls = append(n.calls, r)
		}
	}
	return n
}

// tokensInOrder: one renewal is in flight, and no request comes with a token that is not stored.
func tokensInOrder(e *evidence) error { return errors.Join(e.tokens.broken...) }

// mostPresented is how often a refresh token is presented without an answer that came to anything: once more after a crash or a
// lost answer.
const mostPresented = 2

func presentedOnce(e *evidence) error {
	lost, renewed := map[string]int{}, map[string]int64{}
	for _, r := range e.tokens.calls {
		token := r.Token.Presented
		if token == "" { // cut off before it was read
			continue
		}
		if before := renewed[token]; before > 0 {
			return fmt.Errorf("request %d presents the refresh token that request %d has renewed", r.Seq, before)
		}
		switch {
		case e.tokens.kept(r.Token.Access):
			renewed[token] = r.Seq
		case r.AnswerWritten.Reached() && r.Status >= 300: // refused, and so the token is still good
		default:
			if lost[token]++; lost[token] > mostPresented {
				return fmt.Errorf("request %d presents a refresh token the %dth time without an answer", r.Seq, lost[token])
			}
		}
	}
	return nil
}

// kept tells whether an issued access token was stored.
func (n *tokenEvidence) kept(access string) bool {
	return slices.ContainsFunc(n.held, func(p heldPair) bool { return access != "" && p.access == access })
}

// neverOlder: what is stored was issued after what was stored before.
func neverOlder(e *evidence) error {
	for i, p := range e.tokens.held {
		at, known := e.tokens.issued[p.access]
		if !known {
			return fmt.Errorf("version %d of the tokens was not issued by anybody", p.version)
		}
		if i == 0 {
			continue
		}
		before := e.tokens.held[i-1]
		if p.version <= before.version || at < e.tokens.issued[before.access] {
			return fmt.Errorf("version %d of the tokens replaced version %d, which was issued later", p.version, before.version)
		}
	}
	return nil
}

// renewed counts the renewals that were stored.
func (w *tokenWitness) renewed(journal []sandbox.Request) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range journal {
		if r.Token.Grant == "refresh_token" && w.stored[r.Token.Access] {
			n++
		}
	}
	return n
}

func isRenewal(r sandbox.Request) bool { return r.Path == sandbox.TokenPath }
