package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// evidence is what the invariants are checked over: the vendor's journal and contacts, the database, what people did, and
// what people are shown.
type evidence struct {
	requests  []sandbox.Request // all of the API's, oldest first
	posts     []post            // those of them that delete
	attempts  []attemptRow
	deletions map[int64]*deletionRow
	batches   map[batchKey]*batchRow
	tokens    tokenEvidence
	words                     // what people said
	returned  map[string]bool // contacts that came back
	deleted   func(contact string) bool
	shown     map[int64]shown // by deletion
	strays    []string        // requests that reached somebody else's server
	problems  []error
}

// words are what people said that what is sent is measured by.
type words struct {
	approvals map[int64][]time.Time // by deletion: confirmed, tried again, released
	surprised map[int64][]time.Time // by deletion: let go on although the account did not show what was expected
	silences  []silence
}

func nothingSaid() words {
	return words{approvals: map[int64][]time.Time{}, surprised: map[int64][]time.Time{}}
}

// silence is a time in which nothing may be sent, by the number of the requests that deleted before it began and before it
// ended; an end of -1 is still to come.
type silence struct {
	name     string
	from, to int
}

// post is a request that deletes: as it arrived, and what the journal says became of it.
type post struct {
	arrival
	sandbox.Request
}

type deletionRow struct {
	id        int64
	account   string
	source    deletion.Source
	state     deletion.State
	items     int64
	confirmed time.Time
}

type batchRow struct {
	key                    batchKey
	outcome                deletion.Outcome
	items, deleted, failed int
	changed                int
	ids                    []string
	missed                 deletion.Bitmap
}

// shown is what people see of a deletion: the figures of its page, and its result file by outcome.
type shown struct {
	items  int64
	counts deletion.Counts
	rows   map[string][]string // outcome -> contacts, nil when the file was not read
}

// gather collects what database, witness and journal say; look adds what people see.
func gather(db *sql.DB, w *witness, journal []sandbox.Request) (*evidence, error) {
	e := &evidence{shown: map[int64]shown{}}
	e.requests = slices.DeleteFunc(slices.Clone(journal), isRenewal)
	var err error
	if e.attempts, err = readAttempts(db, ""); err != nil {
		return nil, err
	}
	if err := e.readDeletions(db); err != nil {
		return nil, err
	}
	if err := e.readBatches(db, "i.ids, i.missed"); err != nil {
		return nil, err
	}
	return e, e.join(w)
}

// glance collects only what the sums are made of: it is made after every event.
func glance(db *sql.DB) (*evidence, error) {
	e := &evidence{shown: map[int64]shown{}}
	if err := e.readDeletions(db); err != nil {
		return nil, err
	}
	return e, e.readBatches(db, "x'', x''")
}

// join puts arrivals and journal together: both have the requests in the order in which they came.
func (e *evidence) join(w *witness) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.problems = slices.Clone(w.problems)
	n := 0
	for _, r := range e.requests {
		if r.Route != deleteRoute {
			continue
		}
		if n == len(w.arrivals) {
			return fmt.Errorf("request %d of the journal was not seen to arrive", r.Seq)
		}
		a := w.arrivals[n]
		if r.BodySHA256 != "" && r.BodySHA256 != a.body {
			return fmt.Errorf("request %d of the journal is not the one that arrived", r.Seq)
		}
		e.posts = append(e.posts, post{a, r})
		n++
	}
	e.posts = e.posts[w.since:]
	return nil
}

func (e *evidence) readDeletions(db *sql.DB) error {
	all, err := readRows(db, `SELECT id, account_id, source, state, items, confirmed_at FROM deletions`,
		func(rows *sql.Rows) (*deletionRow, error) {
			var d deletionRow
			var confirmed int64
			err := rows.Scan(&d.id, &d.account, &d.source, &d.state, &d.items, &confirmed)
			if confirmed > 0 {
				d.confirmed = time.UnixMilli(confirmed)
			}
			return &d, err
		})
	e.deletions = map[int64]*deletionRow{}
	for _, d := range all {
		e.deletions[d.id] = d
	}
	return err
}

func (e *evidence) readBatches(db *sql.DB, ids string) error {
	all, err := readRows(db, `SELECT b.deletion_id, b.n, b.outcome, b.items, b.deleted, b.failed, b.changed, `+ids+`
		FROM batches b JOIN batch_ids i ON i.deletion_id = b.deletion_id AND i.n = b.n`,
		func(rows *sql.Rows) (*batchRow, error) {
			var b batchRow
			var ids, missed []byte
			err := rows.Scan(&b.key.deletion, &b.key.n, &b.outcome, &b.items, &b.deleted, &b.failed, &b.changed, &ids, &missed)
			for id := range slices.Chunk(ids, 16) {
				b.ids = append(b.ids, deletion.ID(id).String())
			}
			b.missed = missed
			return &b, err
		})
	e.batches = map[batchKey]*batchRow{}
	for _, b := range all {
		e.batches[b.key] = b
	}
	return err
}

// look reads what people are shown, with the result file when they would download it.
func (e *evidence) look(c *deletion.Console, account string, files bool) error {
	ctx := context.Background()
	for id := range e.deletions {
		d, err := c.Store.Deletion(ctx, account, id)
		if err != nil {
			return err
		}
		s := shown{items: d.Items, counts: d.Counts}
		if files && d.State != deletion.Preparing && d.Items > 0 {
			if s.rows, err = resultRows(ctx, c, d); err != nil {
				return fmt.Errorf("result file of deletion %d: %w", id, err)
			}
		}
		e.shown[id] = s
	}
	return nil
}

// resultRows are the ids of a result file by outcome.
func resultRows(ctx context.Context, c *deletion.Console, d *deletion.Deletion) (map[string][]string, error) {
	var file bytes.Buffer
	if err := c.WriteResults(ctx, &file, d, deletion.AllResults); err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(&file).ReadAll()
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	for _, row := range rows[1:] {
		found[row[2]] = append(found[row[2]], row[1])
	}
	return found, nil
}
