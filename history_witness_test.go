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
)

// witness stands at the vendor's door: for each request that deletes it looks, before the vendor has seen the request, what
// the files of the database say at that moment.
type witness struct {
	db       *sql.DB
	now      func() time.Time
	mu       sync.Mutex
	arrivals []arrival
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
}

// unit is what the request names.
func (a arrival) unit() string {
	if a.lists {
		return "list"
	}
	return "contact"
}

func openWitness(t rapid.TB, path string, now func() time.Time) *witness {
	t.Helper()
	db, err := openReader(path)
	if err != nil {
		t.Fatal(err)
	}
	return &witness{db: db, now: now}
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
		ids: slices.Concat(named.Contacts, named.Lists)}
	var err error
	a.sending, err = readAttempts(w.db, `WHERE state = 'sending'`)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err = errors.Join(wrong, err); err != nil {
		w.problems = append(w.problems, fmt.Errorf("look at a request: %w", err))
	}
	w.arrivals = append(w.arrivals, a)
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
