package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"winnow/auth"
	"winnow/deletion"
)

// rescued is one line of the emergency file: something that exists nowhere else and could not be stored. It evolves like a
// wire format, see activityRow.
type rescued struct {
	Answer *rescuedAnswer `json:"answer,omitempty"`
	Token  *rescuedToken  `json:"token,omitempty"`
}

// rescuedAnswer is how a request went.
type rescuedAnswer struct {
	Attempt    int64  `json:"attempt"`
	Account    string `json:"account"`
	Hash       string `json:"hash"` // of the ids that were sent, in hex: another attempt may have the same number in a copy
	State      string `json:"state"`
	Outcome    string `json:"outcome"`
	Activity   string `json:"activity,omitempty"` // as in the column batches.activity
	HTTPStatus int    `json:"http_status,omitempty"`
	ErrorKey   string `json:"error_key,omitempty"`
	ErrorText  string `json:"error_text,omitempty"`
	Evidence   string `json:"evidence,omitempty"`
}

// rescuedToken is a renewed pair, sealed: the old one may be void.
type rescuedToken struct {
	Account string `json:"account"`
	User    string `json:"user"`
	Version int64  `json:"version"` // of the row that it replaces
	Lease   string `json:"lease"`
	Sealed  []byte `json:"sealed"`
}

func (r rescued) key() string {
	if r.Token != nil {
		return fmt.Sprintf("token %q %q %d %s", r.Token.Account, r.Token.User, r.Token.Version, r.Token.Lease)
	}
	return fmt.Sprintf("answer %d %s", r.Answer.Attempt, r.Answer.Hash)
}

// rescue keeps what could not be stored, in memory and in the emergency file, until it can.
type rescue struct {
	mu   sync.Mutex
	kept []rescued
	keys map[string]bool
}

// count is how many results wait.
func (r *rescue) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.kept)
}

// add tells whether the result was not there yet.
func (r *rescue) add(one rescued) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys[one.key()] {
		return false
	}
	if r.keys == nil {
		r.keys = map[string]bool{}
	}
	r.keys[one.key()] = true
	r.kept = append(r.kept, one)
	return true
}

var errKept = errors.New("a result could not be stored")

// save keeps a result in memory, in the emergency file and, by its ids, in the log. Nothing that fails here may hide
// the error that led here.
func (db *DB) save(ctx context.Context, one rescued) {
	if !db.rescue.add(one) {
		return
	}
	if db.health.current() == nil { // it has just ended: it has to end once more, for this
		db.health.fail(deletion.StorageFailing, errKept)
	}
	line, err := json.Marshal(one)
	if err == nil {
		err = db.emergency.append(line)
	}
	kept := "emergency file"
	if err != nil {
		kept = "memory only"
		db.log.ErrorContext(ctx, "the emergency file was not written", "error", err)
	}
	switch {
	case one.Answer != nil:
		a := one.Answer
		db.log.ErrorContext(ctx, "the answer to a request could not be stored", "kept_in", kept, "account", a.Account,
			"attempt", a.Attempt, "state", a.State, "activity", a.activityID(), "status", a.HTTPStatus)
	case one.Token != nil:
		db.log.ErrorContext(ctx, "a renewed token could not be stored", "kept_in", kept, "account", one.Token.Account)
	}
}

func (a *rescuedAnswer) activityID() string {
	var read deletion.Activity
	_ = activity{&read}.Scan(a.Activity) // only for the log
	return read.ID
}

// Settle implements deletion.Store. What the settlement leaves empty keeps its earlier value. A batch may only wait again
// when its attempt is proven not to have run; in a stopped deletion it is left out instead. The answer to a request that cannot be
// stored goes to the emergency file, and comes from there as soon as the database can be written; the error is returned
// all the same.
func (db *DB) Settle(ctx context.Context, s deletion.Settlement) error {
	err := db.settle(ctx, s)
	if !db.unwritten(err) || !isAnswer(s) {
		return err
	}
	text, encoding := encodeActivity(s.Activity)
	if encoding != nil {
		return errors.Join(err, encoding)
	}
	a := s.Attempt
	db.save(ctx, rescued{Answer: &rescuedAnswer{
		Attempt: a.ID, Account: a.Account, Hash: hex.EncodeToString(a.Hash[:]), State: string(a.State), Outcome: string(s.Outcome),
		Activity: text, HTTPStatus: a.HTTPStatus, ErrorKey: a.ErrorKey, ErrorText: a.ErrorText, Evidence: a.Evidence,
	}})
	return err
}

// isAnswer tells the first result of an attempt from what was found out later about an unknown one: that is found out again.
func isAnswer(s deletion.Settlement) bool {
	bound := s.Attempt.State == deletion.AttemptAccepted && s.Outcome == deletion.Unknown
	switch s.Attempt.State {
	case deletion.AttemptAccepted, deletion.AttemptRejected, deletion.AttemptUnsent, deletion.AttemptUnknown:
		return !bound && s.Result == nil && s.Attempt.Checks == 0
	}
	return false
}

// unwritten tells whether an error means that the database could not take something, and if so makes sure that nothing is
// sent before it can: a lock that somebody holds for too long is as bad as a full disk then.
func (db *DB) unwritten(err error) bool {
	if errors.Is(err, deletion.ErrStorage) {
		return true
	}
	if !isBusy(err) && !gaveWay(err) {
		return false
	}
	db.health.fail(deletion.StorageFailing, err)
	return true
}

// restore stores a kept result, if it still belongs to the row that it was made for.
func (db *DB) restore(ctx context.Context, one rescued) error {
	switch {
	case one.Answer != nil:
		return db.restoreAnswer(ctx, one.Answer)
	case one.Token != nil:
		t := one.Token
		ref := auth.TokenRef{Key: auth.UserKey{Account: t.Account, ID: t.User}, Version: t.Version, Lease: t.Lease}
		replaced, err := db.replaceToken(ctx, ref, t.Sealed)
		if err == nil {
			db.log.InfoContext(ctx, "a renewed token that had been kept was looked at", "account", t.Account, "stored", replaced)
		}
		return err
	}
	return nil
}

func (db *DB) restoreAnswer(ctx context.Context, r *rescuedAnswer) error {
	s := deletion.Settlement{Outcome: deletion.Outcome(r.Outcome)}
	s.Attempt = deletion.Attempt{ID: r.Attempt, State: deletion.AttemptState(r.State), HTTPStatus: r.HTTPStatus,
		ErrorKey: r.ErrorKey, ErrorText: r.ErrorText, Evidence: r.Evidence}
	if err := (activity{&s.Activity}).Scan(r.Activity); err != nil {
		return err
	}
	s.Attempt.ActivityID = s.Activity.ID
	row, err := scanAttempt(db.w.QueryRow(ctx, selectAttempts+`WHERE a.id = $1`, r.Attempt))
	switch {
	case errors.Is(err, deletion.ErrNotFound):
	case err != nil:
		return err
	case !answers(r, row):
		err = deletion.ErrChanged
	default:
		err = db.settle(ctx, s)
	}
	if db.unwritten(err) {
		return err
	}
	if err != nil {
		db.log.WarnContext(ctx, "a kept answer does not fit what is stored and is left out", "account", r.Account, "attempt", r.Attempt,
			"state", r.State, "activity", s.Activity.ID, "error", err)
		return nil
	}
	db.log.InfoContext(ctx, "a kept answer is stored now", "account", r.Account, "attempt", r.Attempt, "state", r.State)
	return nil
}

// answers tells whether a kept answer is the one that an attempt waits for. An attempt that counts as unknown by now takes an
// activity only; anything else about it is found out by looking.
func answers(r *rescuedAnswer, row *deletion.Attempt) bool {
	if row.Account != r.Account || hex.EncodeToString(row.Hash[:]) != r.Hash {
		return false
	}
	return row.State == deletion.AttemptSending ||
		row.State == deletion.AttemptUnknown && r.State == string(deletion.AttemptAccepted)
}
