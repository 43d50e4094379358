package main

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
	"winnow/views"
)

// stalledWorld is a console in which Constant Contact never begins with the first request.
func stalledWorld(t *testing.T, flags ...string) (w *world, db *sql.DB, p *person) {
	t.Helper()
	dir := t.TempDir()
	w = newWorld(t, quick(), append(append(flags, "--data-dir", dir), hasty...)...)
	w.emulator.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.ActivityStalls, Release: make(chan struct{})})
	p = newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	return w, openedFile(t, dir), p
}

// standsStill has time pass without a move of the first batch's activity.
func standsStill(t *testing.T, db *sql.DB, d time.Duration) {
	t.Helper()
	eventually(t, 30*time.Second, "the first batch waits for an activity", func() bool {
		done, err := db.ExecContext(t.Context(), `UPDATE batches SET moved_at = moved_at - $1 WHERE n = 1 AND moved_at > 0`, d.Milliseconds())
		mustDo(t, err)
		n, err := done.RowsAffected()
		mustDo(t, err)
		return n == 1
	})
}

func TestAnActivityThatNeverEndsIsPutToAPerson(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	w, db, p := stalledWorld(t, "--ops-listen", address)
	p.upload(w, "contacts.csv", contactsFile(t, w, 10))
	page := p.url.String()
	p.submit("/confirm", map[string]string{"count": "10"})
	p.waitFor("All requests are sent")
	if text := p.text(); strings.Contains(text, "has not moved") {
		t.Fatalf("at once the page says: %s", text)
	}

	standsStill(t, db, 3*time.Hour)
	p.open(page)
	p.sees("Constant Contact has not moved for 3 h", "Batch 1 waits for it.", "is initialized")
	p.follow("Look at batch 1")
	p.sees("Constant Contact does not move", "When nothing has moved for 24 h, it asks whether to go on waiting.")
	if n := p.page.Find("main form").Length(); n > 0 {
		t.Errorf("after three hours the page of the batch has %d forms", n)
	}

	standsStill(t, db, 22*time.Hour)
	p.open(page + "/batches")
	p.sees("Not moved for 1 day 1 h: decide")
	p.open(page)
	p.sees("Constant Contact has not moved for 1 day 1 h. Go on waiting?")
	p.follow("Look at batch 1, and decide")
	p.sees("Go on waiting for Constant Contact?", "At Constant Contact", "Not moved since", "Last looked at", "If you do nothing, Winnow goes on waiting and looking. That is safe")
	eventually(t, 2*figuresFor, "the metrics count it", func() bool {
		text := scrape(t, "http://"+address)
		return strings.Contains(text, "\nwinnow_batches_stalled 1\n") && strings.Contains(text, "\nwinnow_batches_asking 1\n")
	})

	p.submit("/decide", map[string]string{"decision": views.StopWaiting})
	p.sees("Nobody waits for Constant Contact any more", sandbox.OwnerLogin, "decided so at")
	p.open(page)
	p.waitUntilEnded(30 * time.Second)
	p.sees("not deleted; 10 of them may still be deleted, so they are not sent again")
	if f := p.figures(); f["Failed"] != 10 || f["Deleted"] != 0 || f["To delete"] != 10 {
		t.Errorf("figures %v", f)
	}
	if strings.Contains(p.text(), "Retry") {
		t.Errorf("the page offers to send them again: %s", p.text())
	}
	p.open(page + "/batches/1")
	p.sees("10 contacts had not been deleted then. Constant Contact may still do it, so nothing of that is sent again from this deletion.")
	p.open(page + "/results.csv?outcome=failed")
	for _, row := range p.csv() {
		if !strings.Contains(row[3], "not deleted when somebody stopped waiting") {
			t.Errorf("the file says %q", row)
		}
	}
	p.open("/audit?deletion=1")
	p.sees("Stopped waiting", "It has not moved since", "Counted what is deleted", "0 deleted, 10 not; they are not sent again")
	if n := postedDeletes(w); n != 1 {
		t.Errorf("%d requests to delete", n)
	}
}

func postedDeletes(w *world) (n int) {
	for _, r := range w.emulator.Journal() {
		if r.Route == deleteRoute {
			n++
		}
	}
	return n
}

func TestAllBatchesThatStandStillAreDecidedAtOnce(t *testing.T) {
	t.Parallel()
	w, db, p := stalledWorld(t)
	p.upload(w, "contacts.csv", contactsFile(t, w, 700)) // 10, 100, 500 and 90
	page := p.url.String()
	p.submit("/confirm", map[string]string{"count": "700", views.FieldCareful: ""})
	p.waitFor("All requests are sent")
	standsStill(t, db, 25*time.Hour)
	alter(t, db, `UPDATE batches SET moved_at = moved_at - 90000000 WHERE n = 3`)
	p.open(page)
	p.sees("2 batches wait for it")
	p.open(page + "/batches/3")
	p.sees("Stop waiting for all 2 such batches")
	p.submit("/decide", map[string]string{"decision": views.StopWaitingAll})
	for batch, decided := range map[string]bool{"1": true, "2": false, "3": true, "4": false} {
		p.open(page + "/batches/" + batch)
		if got := strings.Contains(p.text(), "Nobody waits for Constant Contact any more"); got != decided {
			t.Errorf("batch %s is decided: %t, want %t", batch, got, decided)
		}
	}
	p.open(page)
	p.waitFor("not deleted; 10 of them may still be deleted") // the first is small enough to be counted at once
	if n := postedDeletes(w); n != 4 {
		t.Errorf("%d requests to delete", n)
	}
}

func TestListsThatNeverEndArePutToAPerson(t *testing.T) {
	t.Parallel()
	w, db, p := stalledWorld(t)
	p.post("/deletions/lists", url.Values{"list_id": {w.emulator.Lists(sandbox.MainAccount)[2].ID}, "mode": {views.ModeLists}})
	page := p.url.String()
	p.submit("/confirm", map[string]string{"count": "1"})
	p.waitFor("All requests are sent")
	standsStill(t, db, 25*time.Hour)
	p.open(page + "/batches/1")
	p.sees("Go on waiting for Constant Contact?", "each list with nobody on it counts as deleted")
	p.submit("/decide", map[string]string{"decision": views.StopWaiting})
	p.open(page)
	p.waitUntilEnded(30 * time.Second)
	if f := p.figures(); f["Failed"] != 1 || f["To delete"] != 1 {
		t.Errorf("figures %v", f)
	}
}

func TestWhatWasDecidedOnOldEvidenceIsNot(t *testing.T) {
	t.Parallel()
	w, db, p := stalledWorld(t)
	p.upload(w, "contacts.csv", contactsFile(t, w, 10))
	batch := p.url.String() + "/batches/1"
	p.submit("/confirm", map[string]string{"count": "10"})
	p.waitFor("All requests are sent")
	standsStill(t, db, 25*time.Hour)
	p.open(batch)
	standsStill(t, db, time.Hour) // as good as a move: since when is not what the page showed
	p.submit("/decide", map[string]string{"decision": views.StopWaiting})
	if p.code != http.StatusConflict {
		t.Errorf("answered %d: %s", p.code, p.text())
	}
	p.post(batch+"/decide", url.Values{"decision": {views.StopWaiting}})
	if p.code != http.StatusBadRequest {
		t.Errorf("without a moment answered %d", p.code)
	}
	p.open(batch)
	p.sees("Go on waiting for Constant Contact?")
}
