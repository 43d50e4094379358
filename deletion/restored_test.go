package deletion_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/sandbox"
	"winnow/store"
)

// snapshot copies the database with everything beside it, so that its count does not give a copy away; put puts it back and opens
// it in a new process, so to speak.
func (w *world) snapshot() (put func()) {
	w.Helper()
	files := map[string][]byte{}
	for _, suffix := range []string{"", "-wal", "-shm", ".emergency"} {
		content, err := os.ReadFile(w.path + suffix)
		if !errors.Is(err, fs.ErrNotExist) {
			w.ok(err)
			files[suffix] = content
		}
	}
	return func() {
		w.Helper()
		w.ok(w.db.Close())
		for suffix, content := range files {
			w.ok(os.WriteFile(w.path+suffix, content, 0o600))
		}
		w.open()
		w.restart()
	}
}

// open opens the files that are there.
func (w *world) open() {
	w.Helper()
	var err error
	w.db, err = store.Open(w.Context(), store.Options{Path: w.path})
	w.ok(err)
	w.store = &oneClock{Store: w.db, clock: w.clock, claimed: map[int64]time.Time{}}
	w.options.Store, w.console.Store = w.store, w.store
}

// older runs two thirds of a deletion, forgets all but the first third and starts again.
func older(t *testing.T) (w *world, id int64) {
	w = newWorld(t)
	id = w.start(w.living(1500))
	w.until("one batch is sent", func() bool { return len(w.posts()) == 1 })
	put := w.snapshot()
	w.until("two batches are sent", func() bool { return len(w.posts()) == 2 })
	put()
	return w, id
}

// release releases the account as a person does.
func (w *world) release() {
	w.Helper()
	h, err := w.store.OpenHold(w.Context(), w.account)
	w.ok(err)
	w.ok(w.console.ReleaseHold(w.Context(), w.account, h.ID, olivia))
}

// isHeld checks that the deletion waits for a release, and gives the evidence.
func (w *world) isHeld(id int64) string {
	w.Helper()
	w.state(id, deletion.Paused, deletion.Restored)
	h, err := w.store.OpenHold(w.Context(), w.account)
	w.ok(err)
	return h.Evidence
}

// isFree checks that nobody holds the account.
func (w *world) isFree() {
	w.Helper()
	if h, err := w.store.OpenHold(w.Context(), w.account); !errors.Is(err, deletion.ErrNotFound) {
		w.Fatalf("hold is %+v, %v", h, err)
	}
}

func TestAnOlderCopySendsNothingUntilAPersonReleasesIt(t *testing.T) {
	w, id := older(t)
	w.run()
	if evidence := w.isHeld(id); !strings.Contains(evidence, "shows an activity that may be") {
		t.Errorf("evidence: %s", evidence)
	}

	// Nothing that a person does short of releasing it lets anything out.
	if err := w.store.Resume(t.Context(), w.account, id, time.Now()); !errors.Is(err, deletion.ErrChanged) {
		t.Errorf("resume: %v", err)
	}
	other := w.start(w.living(1600)[1500:])
	w.run()
	w.isHeld(other)
	w.restart()
	w.run()
	w.ok(w.store.Stop(t.Context(), w.account, other))
	same(w, "requests before the release", len(w.posts()), 2)

	w.release()
	w.run()
	w.isFree()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 1500})

	w.restart()
	w.start(w.living(100))
	w.run()
	w.isFree() // what was released is remembered
}

// A person's word is about what was at Constant Contact then, not about what came to be there later.
func TestACopyFromRightAfterAReleaseIsHeldAgain(t *testing.T) {
	w, id := older(t)
	w.run()
	w.release()
	put := w.snapshot()
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1500})
	sent := len(w.posts())

	put()
	w.run()
	w.isHeld(id)
	same(w, "requests", len(w.posts()), sent)
	w.release()
	w.run()
	w.isFree()
	w.counts(id, deletion.Counts{Deleted: 1500})
}

func TestACopyThatIsAsNewAsWhatHappenedIsNotHeld(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(1500))
	w.until("two batches are sent", func() bool { return len(w.posts()) == 2 })
	put := w.snapshot()
	put()
	w.run()
	w.isFree()
	w.counts(id, deletion.Counts{Deleted: 1500})
}

func TestAReadyDeletionOfAnOlderCopyIsHeldWhenItIsConfirmed(t *testing.T) {
	w := newWorld(t)
	id := w.upload(w.living(600))
	put := w.snapshot()
	w.confirm(id)
	w.run()
	put()
	w.confirm(id)
	w.run()
	w.isHeld(id)
	same(w, "requests", len(w.posts()), 2)
}

func TestAnOlderCopyOfAnUnknownAttempt(t *testing.T) {
	sending := func(t *testing.T) (w *world, id int64, a *deletion.Attempt, put func()) {
		w = newWorld(t)
		id = w.start(w.living(1500))
		a, err := w.store.Claim(t.Context(), w.account, nil)
		w.ok(err)
		return w, id, a, w.snapshot()
	}
	t.Run("its own activity is no reason to hold", func(t *testing.T) {
		w, id, a, put := sending(t)
		w.send(request(a))
		put()
		w.run()
		w.isFree()
		w.counts(id, deletion.Counts{Deleted: 1500})
	})
	t.Run("a second one is", func(t *testing.T) {
		w, id, a, put := sending(t)
		w.send(request(a))
		w.send(constantcontact.ContactDelete{ContactIDs: w.living(1500)[500:1000]})
		put()
		w.run()
		w.isHeld(id)
		same(w, "requests", len(w.posts()), 2)
	})
}

func TestForeignActivities(t *testing.T) {
	foreign := func(w *world) {
		_, err := w.box.AddForeignActivity(w.account, 40)
		w.ok(err)
	}
	t.Run("while nothing was there that they could be", func(t *testing.T) {
		w := newWorld(t)
		foreign(w)
		w.restart()
		id := w.start(w.living(600))
		w.run()
		w.counts(id, deletion.Counts{Deleted: 600})
	})
	t.Run("after the start", func(t *testing.T) {
		w := newWorld(t)
		id := w.upload(w.living(600))
		w.restart()
		w.clock.move(time.Hour)
		foreign(w)
		w.confirm(id)
		w.run()
		w.isFree()
		w.counts(id, deletion.Counts{Deleted: 600})
	})
	t.Run("while Winnow was not running hold once", func(t *testing.T) {
		w := newWorld(t)
		id := w.start(w.living(1500))
		w.until("one batch is sent", func() bool { return len(w.posts()) == 1 })
		w.clock.move(time.Hour)
		foreign(w)
		w.restart()
		w.run()
		w.isHeld(id)
		same(w, "requests", len(w.posts()), 1)
		foreign(w) // and one more before somebody comes
		w.clock.move(time.Second)
		w.release()
		w.advance()
		w.restart()
		w.run()
		w.isFree()
		w.counts(id, deletion.Counts{Deleted: 1500})
	})
	t.Run("that are not deletions", func(t *testing.T) {
		w := newWorld(t)
		id := w.start(w.living(1500))
		w.until("one batch is sent", func() bool { return len(w.posts()) == 1 })
		w.clock.move(time.Hour)
		w.export()
		w.restart()
		w.run()
		w.isFree()
		w.counts(id, deletion.Counts{Deleted: 1500})
	})
}

func TestNothingIsSentBeforeTheFirstLookWorked(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.living(1500))
	w.until("one batch is sent", func() bool { return len(w.posts()) == 1 })
	w.restart()
	down := w.spoil(sandbox.Fault{Route: activitiesRoute, Count: sandbox.EveryTime, Effect: sandbox.AnswerBefore, Status: 503})
	w.runFor(10 * time.Minute)
	same(w, "requests while Constant Contact does not say what happened", len(w.posts()), 1)
	down.Remove()
	w.run()
	w.counts(id, deletion.Counts{Deleted: 1500})
}

// export has another program write a file of contacts, and waits until it is there.
func (w *world) export() {
	w.Helper()
	w.door.mu.Lock()
	token := w.door.tokens[w.account]
	w.door.mu.Unlock()
	body := `{"contact_ids":["` + strings.Join(w.living(3), `","`) + `"]}`
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.door.url+"/v3/activities/contact_exports", strings.NewReader(body))
	w.ok(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	w.ok(err)
	w.ok(res.Body.Close())
	same(w, "status of the export", res.StatusCode, http.StatusCreated)
	w.clock.move(time.Minute)
}
