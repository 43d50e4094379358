package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
	"winnow/sandbox"
)

// What administrators do in a history. What they are told (it has changed, the file is no good) is part of their life; any
// other error fails the test.

var olivia = deletion.User{ID: "5f0c1a52-7c1e-4f0e-9a43-0d6b1c2e0001", Name: sandbox.OwnerLogin}

// mostDeletions keeps a history short enough to end.
const mostDeletions = 4

// pool are the contacts that deletions of a history are made of: living ones, some deleted long ago, some nobody has.
func (h *history) pool() []string {
	var living, gone []string
	for c := range h.vendor.box.Contacts(h.account) {
		if c.DeletedAt.IsZero() {
			living = append(living, c.ID)
		} else {
			gone = append(gone, c.ID)
		}
	}
	slices.Sort(living)
	slices.Sort(gone)
	return slices.Concat(living, gone[:min(len(gone), 40)], nobodys(unknownContacts))
}

// unknownContacts is how many ids of the pool belong to nobody.
const unknownContacts = 20

// nobodys are ids that belong to no contact.
func nobodys(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%08x-1111-11ee-8000-02420a320002", i*7919)
	}
	return ids
}

func (h *history) upload(t *rapid.T) {
	if len(h.deletions()) >= mostDeletions {
		t.Skip("enough deletions")
	}
	pool := h.pool()
	size := rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(490, 1100)).Draw(t, "contacts")
	from := rapid.IntRange(0, max(0, len(pool)-size)).Draw(t, "from")
	ids := pool[from:min(from+size, len(pool))]
	var file io.Reader = strings.NewReader("contact_id\n" + strings.Join(ids, "\n") + "\n")
	if rapid.IntRange(0, 9).Draw(t, "process ends in it") == 0 {
		file = io.MultiReader(io.LimitReader(file, int64(size)*20), readerFunc(func([]byte) (int, error) {
			h.kill()
			return 0, io.ErrUnexpectedEOF
		}))
	}
	_, err := h.console.Upload(context.Background(), h.account, olivia, "contacts.csv", file)
	if h.dead.Load() {
		h.rise()
		return
	}
	h.ok(err)
}

func (h *history) chooseLists(t *rapid.T) {
	if len(h.deletions()) >= mostDeletions {
		t.Skip("enough deletions")
	}
	lists := h.vendor.box.Lists(h.account)
	slices.SortFunc(lists, func(a, b sandbox.List) int { return strings.Compare(a.ID, b.ID) })
	var ids []deletion.ID
	for range rapid.IntRange(1, 3).Draw(t, "lists") {
		list := rapid.SampledFrom(lists).Draw(t, "list")
		id, _ := deletion.ParseID([]byte(list.ID))
		ids = append(ids, id)
	}
	source := rapid.SampledFrom([]deletion.Source{deletion.FromMembers, deletion.FromLists}).Draw(t, "mode")
	var err error
	h.watch(func() { _, err = h.console.DeleteLists(context.Background(), h.account, olivia, source, ids) })
	h.told(err)
}

// told takes what a person is told; a process that died tells nothing.
func (h *history) told(err error) {
	h.Helper()
	var input *deletion.InputError
	_, vendor := deletion.VendorTrouble(err)
	var quota *deletion.QuotaError
	switch {
	case h.dead.Load():
		h.rise()
	case err == nil, vendor, errors.As(err, &input), errors.As(err, &quota), errors.Is(err, deletion.ErrChanged),
		errors.Is(err, deletion.ErrNotFound), errors.Is(err, deletion.ErrSignInAgain):
	default:
		h.Fatal(err)
	}
}

// prepare has the runner read members.
func (h *history) prepare(*rapid.T) {
	ids, err := h.db.PreparingDeletions(context.Background())
	h.ok(err)
	for _, id := range ids {
		h.watch(func() { _, err = h.runner.Prepare(context.Background(), id) })
		if h.dead.Load() {
			h.rise()
			return
		}
		h.ok(err)
	}
}

// pick draws a deletion, or skips the action when there is none.
func (h *history) pick(t *rapid.T, states ...deletion.State) *deletion.Deletion {
	all := slices.DeleteFunc(h.deletions(), func(d *deletion.Deletion) bool {
		return len(states) > 0 && !slices.Contains(states, d.State)
	})
	if len(all) == 0 {
		t.Skip("no such deletion")
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "deletion")]
}

// approve notes that a person has had something sent; to the millisecond, as the database keeps its times.
func (h *history) approve(id int64) {
	h.approvals[id] = append(h.approvals[id], h.clock.now().Truncate(time.Millisecond))
}

func (h *history) confirm(t *rapid.T) {
	d := h.pick(t, deletion.Ready)
	first := rapid.SampledFrom([]int{0, len(h.console.FirstSizes)}).Draw(t, "first batches")
	err := h.db.Confirm(context.Background(), h.account, d.ID,
		deletion.Confirmation{By: olivia, Count: d.Items, Hash: d.Hash, FirstBatches: first})
	h.ok(err)
	h.approve(d.ID)
}

// confirmWrongly is a person with an old page.
func (h *history) confirmWrongly(t *rapid.T) {
	d := h.pick(t)
	hash := d.Hash
	hash[0]++
	for _, err := range []error{
		h.db.Confirm(context.Background(), h.account, d.ID, deletion.Confirmation{By: olivia, Count: d.Items + 1, Hash: d.Hash}),
		h.db.Confirm(context.Background(), h.account, d.ID, deletion.Confirmation{By: olivia, Count: d.Items, Hash: hash}),
		h.db.Confirm(context.Background(), sandbox.SecondAccount, d.ID, deletion.Confirmation{By: olivia, Count: d.Items, Hash: d.Hash}),
	} {
		if err == nil {
			h.Fatalf("deletion %d was confirmed with figures that are not its own", d.ID)
		}
	}
}

func (h *history) pause(t *rapid.T) {
	h.told(h.db.Pause(context.Background(), h.account, h.pick(t).ID, deletion.PausedByPerson, olivia.Name, time.Time{}))
}

// resume goes on whatever the reason for the pause: whoever does it after a surprise has seen what the page says.
func (h *history) resume(t *rapid.T) {
	d := h.pick(t, deletion.Paused)
	if d.Reason == deletion.Surprise {
		h.surprised[d.ID] = append(h.surprised[d.ID], h.clock.now())
	}
	h.told(h.db.Resume(context.Background(), h.account, d.ID, h.clock.now()))
}

// sendChanged is a new decision about the contacts that were left out.
func (h *history) sendChanged(t *rapid.T) {
	d := h.pick(t, deletion.Running, deletion.Paused, deletion.Finished, deletion.Stopped)
	rows, err := h.db.SendChanged(context.Background(), h.account, d.ID, h.clock.now())
	h.told(err)
	if err == nil && rows > 0 {
		h.approve(d.ID)
	}
}

func (h *history) stop(t *rapid.T) {
	h.told(h.db.Stop(context.Background(), h.account, h.pick(t, deletion.Running, deletion.Paused).ID))
}

func (h *history) discard(t *rapid.T) {
	h.told(h.db.Discard(context.Background(), h.account, h.pick(t).ID))
}

func (h *history) retry(t *rapid.T) {
	d := h.pick(t, deletion.Running, deletion.Paused, deletion.Finished, deletion.Stopped)
	rows, err := h.db.RetryFailed(context.Background(), h.account, d.ID, h.clock.now())
	h.told(err)
	if err == nil && rows > 0 {
		h.approve(d.ID)
	}
}

// decide is a person's word about a batch of lists. It allows no other request: one that did not run needs a retry.
func (h *history) decide(t *rapid.T) {
	d := h.pick(t)
	h.decideAs(d, rapid.SampledFrom([]deletion.Outcome{deletion.Completed, deletion.Failed}).Draw(t, "it ran or not"))
}

func (h *history) decideAs(d *deletion.Deletion, outcome deletion.Outcome) {
	batches, err := h.db.Batches(context.Background(), d.ID, deletion.BatchFilter{Outcome: deletion.Unknown, Limit: 1})
	h.ok(err)
	if d.Source == deletion.FromLists && len(batches) > 0 {
		h.told(h.console.Decide(context.Background(), d, batches[0], outcome, olivia))
	}
}

// decideAll closes whatever waits for a person's word.
func (h *history) decideAll() {
	for _, d := range h.deletions() {
		h.decideAs(d, deletion.Failed)
	}
}

func (h *history) signIn(*rapid.T) {
	h.connect()
	h.ok(h.db.ResumeAccount(context.Background(), h.account, deletion.SignInAgain))
}
