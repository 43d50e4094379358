package sandboxtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// Requests are the journal's requests of one route, oldest first; of all of the API for an empty name.
func (i *Instance) Requests(route string) []sandbox.Request {
	return slices.DeleteFunc(i.Journal(), func(r sandbox.Request) bool {
		return route == "" && !strings.HasPrefix(r.Path, "/v3/") || route != "" && r.Route != route
	})
}

// NeverMoreThan fails the test when more than so many API requests arrived in any sliding window of that length, by the
// sandbox's clock. Refused ones count.
func (i *Instance) NeverMoreThan(t testing.TB, requests int, per time.Duration) {
	t.Helper()
	all := i.Requests("")
	for first, r := range all {
		last := first + requests
		if last < len(all) && all[last].Since-r.Since < per {
			t.Errorf("requests %d to %d, %d of them, arrived within %v: more than %d in %v",
				r.Seq, all[last].Seq, requests+1, all[last].Since-r.Since, requests, per)
			return
		}
	}
}

// PostedOnce fails the test when a contact or a list was sent by more than one contact_delete that took effect. When ids
// are named, each of them has to have been sent by exactly one.
func (i *Instance) PostedOnce(t testing.TB, ids ...string) {
	t.Helper()
	sent := make(map[string][]int64) // the requests that sent the id
	for _, r := range i.Requests("POST /v3/activities/contact_delete") {
		if !r.Applied {
			continue
		}
		seen := make(map[string]bool) // an id twice in one request is one deletion
		for _, id := range slices.Concat(r.ContactIDs, r.ListIDs) {
			if text := id.String(); !seen[text] {
				seen[text] = true
				sent[text] = append(sent[text], r.Seq)
			}
		}
	}
	for id, requests := range sent {
		if len(requests) > 1 {
			t.Errorf("%s was posted by %d requests that took effect: %v", id, len(requests), requests)
		}
	}
	for _, id := range ids {
		if len(sent[strings.ToLower(id)]) == 0 {
			t.Errorf("%s was posted by no request that took effect", id)
		}
	}
}

// OnlyDeleted fails the test unless the contacts of the account that have been deleted since the seed are exactly these.
// Activities still queued have done nothing yet: Settle ends them.
func (i *Instance) OnlyDeleted(t testing.TB, account string, ids ...string) {
	t.Helper()
	options := i.options
	options.Chaos = sandbox.Kind
	before := deleted(sandbox.New(options), account)
	expected := make(map[string]bool)
	for _, id := range ids {
		expected[strings.ToLower(id)] = true
	}
	now := deleted(i.Server, account)
	for id := range now {
		if !before[id] && !expected[id] {
			t.Errorf("%s is deleted and should not be", id)
		}
	}
	for id := range expected {
		if !now[id] {
			t.Errorf("%s is not deleted", id)
		}
	}
}

func deleted(s *sandbox.Server, account string) map[string]bool {
	found := make(map[string]bool)
	for c := range s.Contacts(account) {
		if c.Status == "deleted" {
			found[c.ID] = true
		}
	}
	return found
}
