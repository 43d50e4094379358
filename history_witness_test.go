package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
	"winnow/sandbox"
)

// witness stands at the vendor's door: for each request that deletes it looks, before the vendor has seen the request, what
// the files of the database say at that moment.
type witness struct {
	path     string
	db       *sql.DB
	now      func() time.Time
	contact  func(id string) (sandbox.Contact, bool) // as the vendor has it
	mu       sync.Mutex
	arrivals []arrival
	since    int     // the first arrival that the database can know of
	problems []error // of looking
}

// arrival is one request that deletes, and the attempts that were written down as being sent when it came.
type arrival struct {
	at      time.Time
	broken  bool   // its body is not whole, so that it names nothing
	body    string // SHA-256 in hex
	ids     []string
	lists   bool
	sending []attemptRow
	preview preview
	stale   []string        // contacts it names that changed after the preview, long enough ago to be seen
	fresh   map[string]bool // contacts it names that changed after the preview, too short ago to be seen
	nobodys map[string]bool // ids it names that no contact has
	unsure  int             // contacts of the first batches before it that were named and show nothing of it
}

// preview is what a person had decided about when a request came, and how.
type preview struct {
	asOf    time.Time
	first   int  // batches that are proven one by one
	audited bool // the log has a row that says that the attempt is being sent
}

// unit is what the request names.
func (a arrival) unit() string {
	if a.lists {
		return "list"
	}
	return "contact"
}

func openWitness(t rapid.TB, path string, now func() time.Time, contact func(string) (sandbox.Contact, bool)) *witness {
	t.Helper()
	w := &witness{path: path, now: now, contact: contact}
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *witness) open() (err error) {
	w.db, err = openReader(w.path)
	return err
}

// reopen looks at other files under the same name, which know nothing of what has arrived.
func (w *witness) reopen() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = len(w.arrivals)
	return w.open()
}

// countSince is how many requests have arrived that the files can know of.
func (w *witness) countSince() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.arrivals) - w.since
}

func (w *witness) close() { _ = w.db.Close() }

// count is how many requests have arrived.
func (w *witness) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.arrivals)
}

// arrived notes a request. It leaves the body to be read again, with the error at which it breaks off.
func (w *witness) arrived(r *http.Request) {
	text, broken := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), readerFunc(func([]byte) (int, error) {
		return 0, cmp.Or(broken, io.EOF)
	})))
	sum := sha256.Sum256(text)
	var named struct {
		Contacts []string `json:"contact_ids"`
		Lists    []string `json:"list_ids"`
	}
	var wrong error
	if broken == nil {
		wrong = json.Unmarshal(text, &named)
	}
	a := arrival{at: w.now(), broken: broken != nil, body: hex.EncodeToString(sum[:]), lists: len(named.Lists) > 0,
		ids: slices.Concat(named.Contacts, named.Lists), fresh: map[string]bool{}, nobodys: map[string]bool{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(wrong, w.compare(&a)); err != nil {
		w.problems = append(w.problems, fmt.Errorf("look at a request: %w", err))
	}
	w.arrivals = append(w.arrivals, a)
}

// mayBeMissed is how long before a request a change may be that its sender could not know of: a reading of the changes is good for
// a minute, the vendor's lists are up to a minute behind, and then the request waits for its turn.
const mayBeMissed = 2*time.Minute + 15*time.Second

// compare looks at the database and at the contacts that the request is about.
func (w *witness) compare(a *arrival) (err error) {
	if a.sending, err = readAttempts(w.db, `WHERE state = 'sending'`); err != nil || len(a.sending) != 1 {
		return err
	}
	sent := a.sending[0]
	var asOf int64
	err = w.db.QueryRow(`SELECT d.as_of, d.first_batches, EXISTS (SELECT 1 FROM audit l WHERE l.action = 'sending'
		AND l.attempt_id = a.id AND l.batch_n = a.batch_n AND l.count = a.items AND l.hash = a.hash)
		FROM attempts a JOIN deletions d ON d.id = a.deletion_id WHERE a.id = ?`, sent.id).Scan(&asOf, &a.preview.first, &a.preview.audited)
	if err != nil || a.lists {
		return err
	}
	a.preview.asOf = time.UnixMilli(asOf)
	for _, id := range a.ids {
		c, known := w.contact(id)
		switch {
		case !known:
			a.nobodys[id] = true
		case !c.DeletedAt.IsZero() || !c.UpdatedAt.After(a.preview.asOf):
		case c.UpdatedAt.Before(a.at.Add(-mayBeMissed)):
			a.stale = append(a.stale, id)
		default:
			a.fresh[id] = true
		}
	}
	if sent.batch <= a.preview.first+1 {
		a.unsure = w.untouched(sent)
	}
	return nil
}

// untouched counts the contacts that earlier batches of the same deletion have named and that are as they were then. The last
// request for a batch counts: one before it may have been refused, and a contact that changed meanwhile is left out then.
func (w *witness) untouched(of attemptRow) (n int) {
	last := map[int]arrival{}
	for _, a := range w.arrivals[w.since:] {
		if len(a.sending) == 1 && a.sending[0].deletion == of.deletion && a.sending[0].batch < of.batch {
			last[a.sending[0].batch] = a
		}
	}
	for _, a := range last {
		for _, id := range a.ids {
			if c, known := w.contact(id); known && c.DeletedAt.IsZero() && c.UpdatedAt.Before(a.at.Truncate(time.Second)) {
				n++
			}
		}
	}
	return n
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// attemptRow is a row of the table attempts.
type attemptRow struct {
	id, deletion       int64
	account            string
	batch, try, items  int
	state              deletion.AttemptState
	hash               [32]byte
	claimed, ended     time.Time
	activity, evidence string
}

// key names the batch of an attempt.
func (a attemptRow) key() batchKey { return batchKey{a.deletion, a.batch} }

// batchKey names a batch.
type batchKey struct {
	deletion int64
	n        int
}

func readAttempts(db *sql.DB, where string) ([]attemptRow, error) {
	return readRows(db, `SELECT id, deletion_id, account_id, batch_n, try, items, state, hash, claimed_at, ended_at,
		coalesce(activity_id, ''), evidence FROM attempts `+where+` ORDER BY id`, func(rows *sql.Rows) (a attemptRow, err error) {
		var hash []byte
		var claimed, ended int64
		err = rows.Scan(&a.id, &a.deletion, &a.account, &a.batch, &a.try, &a.items, &a.state, &hash, &claimed, &ended,
			&a.activity, &a.evidence)
		copy(a.hash[:], hash)
		a.claimed = time.UnixMilli(claimed)
		if ended > 0 {
			a.ended = time.UnixMilli(ended)
		}
		return a, err
	})
}

// readRows reads a whole query.
func readRows[T any](db *sql.DB, query string, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// hashOf is the hash that an attempt at these ids has: SHA-256 over the ids as 16 bytes each.
func hashOf(ids []string) [32]byte {
	var packed []byte
	for _, id := range ids {
		raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
		if err != nil {
			return [32]byte{}
		}
		packed = append(packed, raw...)
	}
	return sha256.Sum256(packed)
}
