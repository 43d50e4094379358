package sandbox_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"winnow/sandbox"
)

func TestSeedDecidesEverything(t *testing.T) {
	seeded := func(o sandbox.Options) []sandbox.Contact {
		return slices.Collect(sandbox.New(o).Contacts(sandbox.MainAccount))
	}
	one := seeded(sandbox.Options{Contacts: 500})
	again := seeded(sandbox.Options{Contacts: 500, Now: newClock().Now})
	if diff := cmp.Diff(one, again); diff != "" {
		t.Errorf("the same seed gives others:\n%s", diff)
	}
	other := seeded(sandbox.Options{Contacts: 500, Seed: 1})
	if one[0].ID == other[0].ID && one[1].ID == other[1].ID {
		t.Error("another seed gives the same")
	}
}

func TestDefaultSeedLooksLikeAnOrganisation(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	contacts := s.Counts().Accounts[sandbox.MainAccount].Contacts
	total := 0
	for status, n := range contacts {
		if total += n; n == 0 {
			t.Errorf("no contact is %s", status)
		}
	}
	if total != sandbox.DefaultContacts {
		t.Errorf("%d contacts are seeded", total)
	}
	lists := s.Lists(sandbox.MainAccount)
	sizes := make([]int, 0, len(lists))
	for _, l := range lists {
		sizes = append(sizes, l.Members)
		if got := len(s.Members(sandbox.MainAccount, l.ID)); got != l.Members {
			t.Errorf("list %q says %d members and has %d", l.Name, l.Members, got)
		}
	}
	slices.Sort(sizes)
	if len(sizes) != sandbox.DefaultLists || sizes[0] != 0 || sizes[39] < 11_000 || sizes[39] > 12_000 {
		t.Errorf("the lists have %v members", sizes)
	}
}

func TestEverySeededContactIsPlausible(t *testing.T) {
	s := sandbox.New(sandbox.Options{})
	ids, addresses, without, overlapping := make(map[string]bool), make(map[string]bool), 0, 0
	for _, account := range []string{sandbox.MainAccount, sandbox.SecondAccount} {
		newest := time.Now()
		for c := range s.Contacts(account) {
			id, err := uuid.Parse(c.ID)
			if err != nil || id.Version() != 1 || ids[c.ID] {
				t.Fatalf("id %s is no UUID v1, or there twice", c.ID)
			}
			seconds, nanoseconds := id.Time().UnixTime()
			if at := time.Unix(seconds, nanoseconds); !at.Truncate(time.Second).Equal(c.CreatedAt) {
				t.Fatalf("id %s is of %v, the contact of %v", c.ID, at, c.CreatedAt)
			}
			ids[c.ID] = true
			if c.CreatedAt.After(newest) {
				t.Fatalf("contact %s is newer than the one before", c.ID)
			}
			newest = c.CreatedAt
			if c.Email == "" {
				without++
				continue
			}
			_, domain, _ := strings.Cut(c.Email, "@")
			if key := account + c.Email; addresses[key] || !slices.Contains([]string{"example.com", "example.org", "example.net"}, domain) {
				t.Fatalf("address %s is there twice, or could be somebody's", c.Email)
			} else {
				addresses[key] = true
			}
			if c.Status == "deleted" && len(c.Lists) > 0 || c.UpdatedAt.Before(c.CreatedAt) {
				t.Fatalf("contact %+v makes no sense", c)
			}
			if len(c.Lists) > 1 {
				overlapping++
			}
		}
	}
	if without < 25 || overlapping < 10_000 {
		t.Errorf("%d contacts have no address, %d are on several lists", without, overlapping)
	}
}

func TestOptionsCanAskForMoreOrNothing(t *testing.T) {
	none := sandbox.New(sandbox.Options{Contacts: sandbox.Off, Lists: sandbox.Off})
	if len(none.Lists(sandbox.MainAccount)) != 0 || len(slices.Collect(none.Contacts(sandbox.MainAccount))) != 0 {
		t.Error("there are contacts or lists")
	}
	if err := none.SampleCSV(io.Discard, 5); err != nil {
		t.Error(err)
	}
	many := sandbox.New(sandbox.Options{Contacts: 2_000, Lists: 1_000})
	if got := len(many.Lists(sandbox.MainAccount)); got != 1_000 {
		t.Errorf("%d lists are seeded", got)
	}
	for c := range many.Contacts(sandbox.MainAccount) {
		if len(c.Lists) > 50 {
			t.Fatalf("contact %s is on %d lists", c.ID, len(c.Lists))
		}
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	client := sandbox.Client{ID: "a"}
	for name, o := range map[string]sandbox.Options{
		"negative speed":        {Speed: -1},
		"too many lists":        {Lists: 1_001},
		"client without an id":  {Clients: []sandbox.Client{{}}},
		"client twice":          {Clients: []sandbox.Client{client, client}},
		"relative redirect URI": {Clients: []sandbox.Client{{ID: "a", RedirectURIs: []string{"/callback"}}}},
	} {
		if err := o.Validate(); err == nil {
			t.Errorf("%s: is accepted", name)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("New takes what Validate refuses")
		}
	}()
	sandbox.New(sandbox.Options{Speed: -1})
}

func TestUnknownAccountsAndUsers(t *testing.T) {
	s := sandbox.New(sandbox.Options{Contacts: 10})
	if _, ok := s.Contact("nobody", stranger); ok {
		t.Error("an unknown account has a contact")
	}
	if _, ok := s.Contact(sandbox.MainAccount, "12"); ok {
		t.Error("a malformed id finds a contact")
	}
	if s.Lists("nobody") != nil || s.Members("nobody", stranger) != nil || s.Members(sandbox.MainAccount, stranger) != nil || s.Activities("nobody") != nil {
		t.Error("an unknown account or list has something")
	}
	if _, err := s.IssueToken("nobody", "contact_data"); err == nil {
		t.Error("an unknown user gets a token")
	}
	if _, err := s.IssueToken(sandbox.OwnerLogin, "everything"); err == nil {
		t.Error("an unknown scope gets a token")
	}
}

func TestSampleCSV(t *testing.T) {
	s := sandbox.New(sandbox.Options{Contacts: 1_000})
	var file, again bytes.Buffer
	if err := errors.Join(s.SampleCSV(&file, 500), s.SampleCSV(&again, 500)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Error("it is another file the second time")
	}
	text, ok := strings.CutPrefix(file.String(), "\ufeffContact ID;Email address;Note\r\n")
	if !ok {
		t.Fatalf("it begins %.60q", file.String())
	}
	if n := strings.Count(text, "\r\n\r\n"); n != 5 {
		t.Errorf("it has %d blank lines", n)
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = ';'
	records, err := reader.ReadAll()
	if err != nil || len(records) != 500 {
		t.Fatalf("%d records, error %v", len(records), err)
	}
	got := map[string]int{}
	seen := map[string]bool{}
	for _, record := range records {
		got[sampleKind(s, record, seen)]++
	}
	want := map[string]int{
		"plain": 460, "upper case": 5, "braces": 5, "blanks": 5, "line break": 5,
		"duplicate": 10 + 4, // the stranger comes five times
		"stranger":  1,
		"no id":     5,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wrong mixture (-want +got):\n%s", diff)
	}
}

// sampleKind names what is odd about a record.
func sampleKind(s *sandbox.Server, record []string, seen map[string]bool) string {
	id := strings.ToLower(strings.Trim(record[0], " {}"))
	_, known := s.Contact(sandbox.MainAccount, id)
	_, err := uuid.Parse(id)
	again := seen[id]
	seen[id] = true
	switch {
	case err != nil:
		return "no id"
	case again:
		return "duplicate"
	case !known:
		return "stranger"
	case strings.HasPrefix(record[0], "{"):
		return "braces"
	case strings.HasPrefix(record[0], " "):
		return "blanks"
	case record[0] != id:
		return "upper case"
	case strings.Contains(record[2], "\n"):
		return "line break"
	}
	return "plain"
}

// brokenWriter takes nothing.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestSampleCSVReportsAFailedWrite(t *testing.T) {
	s := sandbox.New(sandbox.Options{Contacts: 10})
	if err := s.SampleCSV(brokenWriter{}, 10); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
