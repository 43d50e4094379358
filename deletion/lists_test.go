package deletion_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// lists are the account's lists with members, the smallest first.
func (w *world) lists() []sandbox.List {
	all := slices.DeleteFunc(w.box.Lists(w.account), func(l sandbox.List) bool { return l.Members == 0 })
	slices.SortFunc(all, func(a, b sandbox.List) int { return a.Members - b.Members })
	return all
}

func listIDs(w *world, lists ...sandbox.List) []deletion.ID {
	w.Helper()
	ids := make([]deletion.ID, len(lists))
	for i, l := range lists {
		w.ok(ids[i].UnmarshalText([]byte(l.ID)))
	}
	return ids
}

// memberships are the ids on each of the lists, one list after another.
func (w *world) memberships(lists []sandbox.List) []string {
	var ids []string
	for _, l := range lists {
		ids = append(ids, w.box.Members(w.account, l.ID)...)
	}
	return ids
}

func distinct(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

func (w *world) choose(source deletion.Source, lists ...sandbox.List) int64 {
	w.Helper()
	id, err := w.console.DeleteLists(w.Context(), w.account, olivia, source, listIDs(w, lists...))
	w.ok(err)
	return id
}

// prepare reads the members and returns when the runner wants to be called again.
func (w *world) prepare(id int64) time.Duration {
	w.Helper()
	wait, err := w.runner.Prepare(w.Context(), id)
	w.ok(err)
	return wait
}

func TestTheMembersOfListsAreFrozen(t *testing.T) {
	for _, c := range []struct {
		name  string
		pick  func(lists []sandbox.List) []sandbox.List
		extra func(w *world)
	}{
		{name: "one list", pick: func(l []sandbox.List) []sandbox.List { return l[len(l)-1:] }},
		{name: "lists that share members", pick: func(l []sandbox.List) []sandbox.List { return l[len(l)-4:] }},
		{name: "more lists than one reading may name", pick: func(l []sandbox.List) []sandbox.List { return l[:32] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			lists := c.pick(w.lists())
			all := w.memberships(lists)
			people := distinct(all)
			id := w.choose(deletion.FromMembers, lists...)
			w.state(id, deletion.Preparing, deletion.NoReason)
			same(w, "wait", w.prepare(id), 0)
			w.state(id, deletion.Ready, deletion.NoReason)
			same(w, "reading", w.deletion(id).Reading, deletion.Reading{
				Read: int64(len(all)), Accepted: int64(len(people)), Duplicate: int64(len(all) - len(people))})
			same(w, "wait of a second call", w.prepare(id), 0)
			same(w, "requests before the confirmation", len(w.posts()), 0)

			w.confirm(id)
			w.run()
			w.state(id, deletion.Finished, deletion.NoReason)
			w.counts(id, deletion.Counts{Deleted: int64(len(people))})
			same(w, "requests", w.posted(), bodies(people))
			for _, r := range w.box.Journal() {
				query, err := url.ParseQuery(r.Query)
				w.ok(err)
				if n := strings.Count(query.Get("lists"), ",") + 1; n > 25 {
					t.Errorf("one reading named %d lists", n)
				}
			}
		})
	}
}

func TestWhoJoinsLaterIsNotTouched(t *testing.T) {
	w := newWorld(t)
	list := w.lists()[20]
	members := w.box.Members(w.account, list.ID)
	late, others := members[1], append(members[:1:1], members[2:]...)
	joined := w.door.joinsLater(late)
	id := w.choose(deletion.FromMembers, list)
	w.prepare(id)
	joined()
	w.confirm(id)
	w.run()
	w.counts(id, deletion.Counts{Deleted: int64(len(others))})
	same(w, "requests", w.posted(), bodies(others))
	same(w, "left on the list", w.box.Members(w.account, list.ID), []string{late})
}

func TestAnEmptyListMakesAnEmptyManifest(t *testing.T) {
	w := newWorld(t)
	i := slices.IndexFunc(w.box.Lists(w.account), func(l sandbox.List) bool { return l.Members == 0 })
	id := w.choose(deletion.FromMembers, w.box.Lists(w.account)[i])
	w.prepare(id)
	w.state(id, deletion.Ready, deletion.NoReason)
	same(w, "items", w.deletion(id).Items, 0)
	w.confirm(id)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	same(w, "requests", len(w.posts()), 0)
}

func TestListsThatCannotBeTaken(t *testing.T) {
	w := newWorld(t)
	known := listIDs(w, w.lists()[0])
	for _, c := range []struct {
		name string
		ids  []deletion.ID
		code string
	}{
		{"none", nil, "no_lists"},
		{"too many", make([]deletion.ID, 1001), "too_many_lists"},
		{"one that is gone", append(known, deletion.ID{1}), "list_gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, source := range []deletion.Source{deletion.FromMembers, deletion.FromLists} {
				_, err := w.console.DeleteLists(t.Context(), w.account, olivia, source, c.ids)
				var refused *deletion.InputError
				if !errors.As(err, &refused) || refused.Code != c.code {
					t.Errorf("got %v, want %s", err, c.code)
				}
			}
		})
	}
	same(w, "deletions", w.rows("deletions"), 0)
}

func TestAListNamedTwiceIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	list := w.lists()[0]
	id := w.choose(deletion.FromLists, list, list)
	same(w, "items", w.deletion(id).Items, 1)
	lists, err := w.store.Lists(t.Context(), id)
	w.ok(err)
	same(w, "lists", lists, []deletion.List{{ID: listIDs(w, list)[0], Name: list.Name, Members: list.Members}})
}

func TestReadingMembersWaitsForTheVendor(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  sandbox.Fault
		reason deletion.Reason
	}{
		{"an error", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 500}, deletion.NoReason},
		{"a broken connection", sandbox.Fault{Effect: sandbox.TruncateAfter}, deletion.NoReason},
		{"an error in the middle", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 500, Skip: 1}, deletion.NoReason},
		{"no sign-in", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 401}, deletion.SignInAgain},
		{"not allowed", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 403}, deletion.NotAllowed},
		{"the day is used", sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody}, deletion.QuotaUsed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			list := w.lists()[len(w.lists())-1]
			id := w.choose(deletion.FromMembers, list)
			c.fault.Route = contactsRoute
			hit := w.spoil(c.fault)
			wait := w.prepare(id)
			same(w, "hits", hit.Hits(), 1)
			w.state(id, deletion.Preparing, c.reason)
			again := w.clock.now().Add(wait)
			if tomorrow := nextDay(w.clock.now()); wait <= 0 || c.reason == deletion.QuotaUsed && again.Before(tomorrow.Add(-time.Minute)) {
				t.Errorf("it wants to be called again in %v", wait)
			}
			same(w, "wait of the next call", w.prepare(id), 0)
			w.state(id, deletion.Ready, deletion.NoReason)
			same(w, "items", w.deletion(id).Items, int64(list.Members))
		})
	}
}

func TestADeletionThatIsDiscardedWhileItIsRead(t *testing.T) {
	w := newWorld(t)
	id := w.choose(deletion.FromMembers, w.lists()[0])
	release := make(chan struct{})
	hang := w.spoil(sandbox.Fault{Route: contactsRoute, Effect: sandbox.HangAfter, Release: release})
	done := make(chan error, 1)
	go func() {
		wait, err := w.runner.Prepare(t.Context(), id)
		if wait != 0 {
			err = errors.Join(err, errors.New("it wants to be called again"))
		}
		done <- err
	}()
	<-hang.Reached()
	same(w, "wait of a second call meanwhile", w.prepare(id), 0)
	w.ok(w.store.Discard(t.Context(), w.account, id))
	close(release)
	w.ok(<-done)
	same(w, "deletions", w.rows("deletions"), 0)
	same(w, "batches", w.rows("batches"), 0)
	same(w, "wait afterwards", w.prepare(id), 0)
}

func TestListsAreSentAsSuch(t *testing.T) {
	w := newWorld(t)
	lists := w.lists()[5:9]
	people := distinct(w.memberships(lists))
	before := len(w.contacts(true))
	id := w.choose(deletion.FromLists, lists...)
	w.state(id, deletion.Ready, deletion.NoReason)
	w.confirm(id)
	w.run()
	w.state(id, deletion.Finished, deletion.NoReason)
	w.counts(id, deletion.Counts{Deleted: 4})
	same(w, "requests", w.posted(), []string{listsBody(lists)})
	same(w, "deleted contacts", len(w.contacts(true)), before+len(people))
	for _, p := range w.posts() {
		same(w, "contacts in the request", len(p.ContactIDs), 0)
	}
}

func listsBody(lists []sandbox.List) string {
	var ids []string
	for _, l := range lists {
		ids = append(ids, l.ID)
	}
	return body("list_ids", slices.Sorted(slices.Values(ids)))
}

func TestAnActivityOfListsThatEndsShort(t *testing.T) {
	for _, effect := range []sandbox.Effect{sandbox.ActivityEndsShort, sandbox.ActivityFails, sandbox.ActivityTimesOut} {
		t.Run(string(effect), func(t *testing.T) {
			w := newWorld(t)
			w.spoil(sandbox.Fault{Effect: effect, Items: 1})
			id := w.confirm(w.choose(deletion.FromLists, w.lists()[9], w.lists()[10]))
			w.run()
			w.state(id, deletion.Finished, deletion.NoReason)
			w.counts(id, deletion.Counts{Failed: 2})
			same(w, "requests", len(w.posts()), 1)
		})
	}
}
