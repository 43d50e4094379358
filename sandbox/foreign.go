package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/google/uuid"
)

// imitate has somebody else of the same account delete as many contacts or lists as the request does, none of which the
// account has. Its activity cannot be told from ours by anything but its id.
func imitate(c *call, random *rand.Rand) {
	var body map[string][]string
	if err := json.Unmarshal(c.body, &body); err != nil {
		return // a request that creates nothing
	}
	for name, ids := range body {
		body[name] = strangers(random, len(ids))
	}
	other := &call{
		route: c.route, query: c.query, body: encode(body), jsonBody: true, grant: c.grant, account: c.account,
	}
	c.route.handle(other)
}

// strangers are ids that nobody has, alike whenever the same chance makes them.
func strangers(random *rand.Rand, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		var id uuid.UUID
		for at := range id {
			id[at] = byte(random.Uint32())
		}
		id[6], id[8] = id[6]&0x0f|0x10, id[8]&0x3f|0x80 // as version 1 looks
		copy(id[10:], idNode[:])
		ids[i] = id.String()
	}
	return ids
}

// AddForeignActivity has somebody else in the account delete so many contacts that the account does not have, and
// returns the activity. It counts against the account's queue, which may be full.
func (s *Server) AddForeignActivity(accountID string, contacts int) (Activity, error) {
	a, ok := s.account(accountID)
	if !ok {
		return Activity{}, fmt.Errorf("no account %q in the sandbox", accountID)
	}
	if contacts < 1 || contacts > maxDeleteContacts {
		return Activity{}, fmt.Errorf("a deletion has 1 to %d contacts, not %d", maxDeleteContacts, contacts)
	}
	rt, _ := findRoute("POST", "/v3/activities/contact_delete")
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	body := encode(map[string][]string{"contact_ids": strangers(random, contacts)})
	c := &call{route: rt, body: body, jsonBody: true, account: a}
	if answer := rt.handle(c); c.activityID == "" {
		return Activity{}, fmt.Errorf("start a foreign activity: status %d", answer.status)
	}
	all := a.allActivities()
	at := slices.IndexFunc(all, func(job Activity) bool { return job.ID == c.activityID })
	return all[max(0, at)], nil
}
