package sandbox_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"winnow/sandbox"
)

// fuzzTarget answers requests as the owner without a connection.
func fuzzTarget(f *testing.F) func(method, target, body string) int {
	f.Helper()
	s := sandbox.New(sandbox.Options{
		Contacts: 200, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off, QueueLimit: sandbox.Off,
		Speed: 1e9, JournalEntries: 1, Now: newClock().Now,
	})
	token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
	if err != nil {
		f.Fatal(err)
	}
	return func(method, target, body string) int {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
}

func FuzzContactDelete(f *testing.F) {
	send := fuzzTarget(f)
	f.Add(deleteBody("contact_ids", stranger))
	f.Add(deleteBody("list_ids", stranger, stranger))
	f.Add(`{"contact_ids":[""],"list_ids":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		if status := send("POST", "/v3/activities/contact_delete", body); status != 201 && status != 400 {
			t.Errorf("answered %d", status)
		}
	})
}

func FuzzCursor(f *testing.F) {
	send := fuzzTarget(f)
	f.Add("limit=5&next=" + stranger)
	f.Add("limit=5&next=&lists=1,2")
	f.Add("next=%zz&status=all")
	f.Fuzz(func(t *testing.T, cursor string) {
		query := "?cursor=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(cursor)))
		for _, path := range []string{"/v3/contacts", "/v3/contact_lists", "/v3/activities", "/v3/contact_tags", "/v3/contact_custom_fields", "/v3/segments"} {
			if status := send("GET", path+query, ""); status != 200 && status != 400 {
				t.Errorf("%s answered %d", path, status)
			}
		}
	})
}

// TestSumsHoldWhateverIsDeleted deletes at random and adds everything up afresh after each step.
func TestSumsHoldWhateverIsDeleted(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := sandbox.New(sandbox.Options{Contacts: 150, Lists: 12, Speed: 1e9, RatePerSecond: sandbox.Off, Seed: rapid.Uint64().Draw(r, "seed")})
		token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
		if err != nil {
			r.Fatal(err)
		}
		lists := s.Lists(sandbox.MainAccount)
		all := slices.Collect(s.Contacts(sandbox.MainAccount))

		for range rapid.IntRange(1, 5).Draw(r, "steps") {
			before := deletedNow(s)
			want := map[string]bool{}
			if rapid.Bool().Draw(r, "by list") {
				l := rapid.SampledFrom(lists).Draw(r, "list")
				for _, id := range s.Members(sandbox.MainAccount, l.ID) {
					want[id] = true
				}
				post(t, s, token, deleteBody("list_ids", l.ID))
			} else {
				var chosen []string
				for _, c := range rapid.SliceOfN(rapid.SampledFrom(all), 1, 40).Draw(r, "contacts") {
					chosen = append(chosen, c.ID)
					want[c.ID] = true
				}
				post(t, s, token, deleteBody("contact_ids", chosen...))
			}
			s.Settle()
			for id := range before {
				want[id] = true
			}
			after := deletedNow(s)
			if len(after) != len(want) {
				r.Fatalf("%d contacts are deleted, want %d", len(after), len(want))
			}
			checkSums(r, s)
		}
	})
}

func deletedNow(s *sandbox.Server) map[string]bool {
	ids := map[string]bool{}
	for c := range s.Contacts(sandbox.MainAccount) {
		if c.Status == "deleted" {
			ids[c.ID] = true
		}
	}
	return ids
}

// checkSums compares the running sums with the contacts.
func checkSums(r *rapid.T, s *sandbox.Server) {
	statuses, members, active := map[string]int{}, map[string]int{}, map[string]int{}
	for c := range s.Contacts(sandbox.MainAccount) {
		statuses[c.Status]++
		for _, id := range c.Lists {
			members[id]++
			if c.Status == "active" {
				active[id]++
			}
		}
	}
	for status, n := range s.Counts().Accounts[sandbox.MainAccount].Contacts {
		if n != statuses[status] {
			r.Fatalf("%d contacts are counted as %s, %d are", n, status, statuses[status])
		}
	}
	for _, l := range s.Lists(sandbox.MainAccount) {
		if l.Members != members[l.ID] || l.Active != active[l.ID] || len(s.Members(sandbox.MainAccount, l.ID)) != members[l.ID] {
			r.Fatalf("list %q counts %d members, %d active; there are %d and %d", l.Name, l.Members, l.Active, members[l.ID], active[l.ID])
		}
	}
}

// TestManyCallersAtOnce is for the race detector.
func TestManyCallersAtOnce(t *testing.T) {
	s := sandbox.New(sandbox.Options{Contacts: 300, Speed: 1e6, RatePerSecond: sandbox.Off, JournalEntries: 10})
	token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(s.Contacts(sandbox.MainAccount))
	var callers sync.WaitGroup
	for n := range 6 {
		callers.Go(func() {
			for batch := range slices.Chunk(all[n*50:n*50+50], 10) {
				for _, c := range batch {
					post(t, s, token, deleteBody("contact_ids", c.ID))
				}
				r := httptest.NewRequest(http.MethodGet, "/v3/contacts?status=deleted&include_count=true", nil)
				r.Header.Set("Authorization", "Bearer "+token)
				s.ServeHTTP(httptest.NewRecorder(), r)
				s.Journal()
				s.Counts()
			}
		})
	}
	callers.Wait()
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(deletedNow(s)); n != len(all) {
		t.Errorf("%d of %d contacts are deleted", n, len(all))
	}
}
