package sandboxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
	"winnow/sandbox/sandboxtest"
)

// careful is a small program that deletes contacts: it believes no answer to a deletion, but reads the contacts back
// once a lost request cannot take effect any more.
type careful struct {
	t    *testing.T
	box  *sandboxtest.Instance
	http *http.Client
}

// deleteAll returns when every contact was seen deleted.
func (c *careful) deleteAll(ids []string) {
	c.t.Helper()
	for round := 0; len(ids) > 0; round++ {
		if round == 100 {
			c.t.Fatalf("%d contacts are left after %d rounds", len(ids), round)
		}
		for batch := range slices.Chunk(ids, 10) {
			body := `{"contact_ids":["` + strings.Join(batch, `","`) + `"]}`
			res, err := c.http.Post(c.box.APIBase+"/activities/contact_delete", "application/json", strings.NewReader(body))
			if err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				c.stay(res)
			}
		}
		if err := c.box.Clock().Advance(10 * time.Minute); err != nil {
			c.t.Fatal(err)
		}
		ids = slices.DeleteFunc(ids, c.deleted)
	}
}

// deleted reads a contact until an answer makes sense.
func (c *careful) deleted(id string) bool {
	c.t.Helper()
	for range 50 {
		res, err := c.http.Get(c.box.APIBase + "/contacts/" + id)
		if err != nil {
			continue
		}
		var contact struct {
			ID        string `json:"contact_id"`
			DeletedAt string `json:"deleted_at"`
		}
		err = json.NewDecoder(res.Body).Decode(&contact)
		res.Body.Close()
		c.stay(res)
		if err == nil && res.StatusCode == http.StatusOK && contact.ID == id {
			return contact.DeletedAt != ""
		}
	}
	c.t.Fatalf("contact %s cannot be read", id)
	return false
}

// stay signs in again when a token has expired, before its time or, on a slow machine, after a day of the hasty clock.
func (c *careful) stay(res *http.Response) {
	c.t.Helper()
	if res.StatusCode == http.StatusUnauthorized {
		c.http = c.box.OwnerClient(c.t)
	}
}

// hasty is a clock by which five minutes, the longest hang of chaos, are over in a tenth of a second.
func hasty() func() time.Time {
	start := time.Now()
	return func() time.Time { return start.Add(3000 * time.Since(start)) }
}

func TestDefaultChaosCanBeSurvived(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t, sandbox.Options{
				Contacts: 200, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off,
				Chaos: sandbox.DefaultChaos(seed), Now: hasty(),
			})
			ids := living(box, 60)
			program := careful{t, box, box.OwnerClient(t)}
			program.deleteAll(slices.Clone(ids))
			box.NobodyWentElsewhere(t)

			posts := box.Requests("POST /v3/activities/contact_delete")
			spoiled := slices.DeleteFunc(slices.Clone(box.Requests("")), func(r sandbox.Request) bool { return r.Fault == "" })
			if len(spoiled) < 10 || len(posts) < 6 {
				t.Errorf("only %d requests were spoiled, and %d deletions sent", len(spoiled), len(posts))
			}
			for c := range box.Contacts(sandbox.MainAccount) {
				if strange := c.DeletedAt.IsZero() && slices.Contains(ids, c.ID) && !c.UpdatedAt.After(c.CreatedAt); strange {
					t.Errorf("%s was never deleted", c.ID)
				}
			}
		})
	}
}
