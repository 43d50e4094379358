package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
)

// oldCopy are the files of the database at some time, as a backup has them.
type oldCopy struct {
	files map[string][]byte // by what their names have behind that of the database
	posts int               // that had arrived
	at    time.Duration     // since the history began
	back  bool              // it was put back since the account was last released
}

// copiedFiles are the files of a copy; with the last of them put back as well, only the vendor knows what happened since.
var copiedFiles = []string{"", "-wal", emergencyFile}

const emergencyFile = ".emergency"

// copyFiles makes a copy while no process runs.
func (h *history) copyFiles(*rapid.T) {
	h.kill()
	c := &oldCopy{files: map[string][]byte{}, posts: h.witness.count(), at: h.clock.now().Sub(historyBegin)}
	for _, name := range copiedFiles {
		text, err := os.ReadFile(h.path() + name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.Fatal(err)
		}
		c.files[name] = text
	}
	h.copied = c
	h.rise()
}

// putBack replaces the files by those of the copy while no process runs, with the emergency file or without. What was promised
// until then is checked before; afterwards the database cannot know of it.
func (h *history) putBack(t *rapid.T) {
	if h.copied == nil {
		t.Skip("there is no copy")
	}
	names := copiedFiles
	if rapid.IntRange(0, 1).Draw(t, "emergency file too") == 0 {
		names = copiedFiles[:2]
	}
	h.check()
	h.kill()
	h.witness.close()
	h.ok(errors.Join(os.RemoveAll(h.path()+"-shm"), os.RemoveAll(h.path()+"-wal")))
	for _, name := range names {
		if text := h.copied.files[name]; text != nil {
			h.ok(os.WriteFile(h.path()+name, text, 0o600))
		}
	}
	h.ok(h.witness.reopen())
	h.tokens.reopen(h.vendor.lastSeq())
	h.vendor.pass(time.Minute)
	h.copied.back = true
	h.putBacks++
	noticed := h.noticed(len(names) == len(copiedFiles))
	h.rise()
	h.words = h.remembered()
	if rapid.Bool().Draw(t, "somebody signs in") { // the tokens of the copy may be spent
		h.signIn(nil)
	}
	h.tell("a copy of %s was put back with %d of its files; that has to be noticed: %t", h.copied.at, len(names), noticed)
	if noticed {
		h.fallSilent(restored, 0)
	}
}

// noticed tells whether the product has to find out that the files are older than what happened: by the emergency file, which
// has counted further, or by activities at the vendor that no attempt accounts for.
func (h *history) noticed(all bool) bool {
	attempts, err := readAttempts(h.witness.db, "")
	h.ok(err)
	var known, live int
	h.ok(h.witness.db.QueryRow(`SELECT count(*), coalesce(sum(ended_at = 0), 0) FROM deletions`).Scan(&known, &live))
	if !all {
		return known > 0
	}
	strange := 0
	for _, r := range h.vendor.deletes()[h.copied.posts:] {
		if r.Applied && r.Done {
			strange++
		}
	}
	for _, a := range attempts {
		if a.activity == "" && maybeRan(a.state) {
			strange-- // it may have been that one's
		}
	}
	return live > 0 && strange > 0
}

// remembered is what the database knows of what people said.
func (h *history) remembered() words {
	w := nothingSaid()
	for _, d := range h.deletions() {
		if !d.ConfirmedAt.IsZero() {
			w.approvals[d.ID] = []time.Time{d.ConfirmedAt, d.AsOf} // the preview of the last word may be later
		}
		if d.FirstProven >= d.FirstBatches {
			w.surprised[d.ID] = []time.Time{d.ConfirmedAt} // proven, or a person went on
		}
	}
	if _, err := h.db.Halted(context.Background()); err == nil {
		w.silences = []silence{{halted, 0, -1}}
	} else if !errors.Is(err, deletion.ErrNotFound) {
		h.Fatal(err)
	}
	return w
}
