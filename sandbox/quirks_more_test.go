package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestShortPagesOfLists(t *testing.T) {
	a := quirky(t, sandbox.Quirks{ShortListPages: true})
	a.must(200, "GET", "/v3/contact_lists?limit=500", "", nil)
	a.refused("GET", "/v3/contact_lists?limit=501", "", "limit does not have a valid value")
}

// TestChallengeWithSecret has both reports of what becomes of PKCE by an application with a secret.
func TestChallengeWithSecret(t *testing.T) {
	challenge := authorize("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256")
	a := startOAuth(t)
	if got := a.open(challenge, nil); got.status != 200 {
		t.Errorf("by default it is answered %d", got.status)
	}
	a.SetQuirks(sandbox.Quirks{RefuseChallengeWithSecret: true})
	if got := a.open(challenge, nil); got.status != 303 || !strings.Contains(got.header.Get("Location"), "error=invalid_request") {
		t.Errorf("it is answered %d to %q", got.status, got.header.Get("Location"))
	}
	challenge.Set("client_id", public)
	if got := a.open(challenge, nil); got.status != 200 {
		t.Errorf("an application without a secret is answered %d", got.status)
	}
}

// TestEveryQuirkIsReadAndWrittenAlike also finds a choice without a name.
func TestEveryQuirkIsReadAndWrittenAlike(t *testing.T) {
	all := sandbox.Quirks{OwnSelfLinks: true, SegmentWaits: sandbox.Off, Conflict: sandbox.ConflictWithoutID, Counters: sandbox.CountMatches}
	for _, input := range []sandbox.Input{sandbox.Default, sandbox.Count, sandbox.Skip, sandbox.Report, sandbox.Refuse} {
		all.Unknown = input
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		var again sandbox.Quirks
		if err := json.Unmarshal(text, &again); err != nil || again != all {
			t.Errorf("%s is read as %+v, %v", text, again, err)
		}
	}
	if text, err := json.Marshal(sandbox.Quirks{Unknown: 9}); err == nil {
		t.Errorf("a choice that does not exist is written %s", text)
	}
}

func TestManagementChangesQuirks(t *testing.T) {
	a := start(t, nil)
	before := a.ids()
	a.must(204, "DELETE", "/v3/contacts/"+before[0], "", nil)
	var q sandbox.Quirks
	a.managedTo(&q, "POST", "/quirks", `{"own_self_links":true,"unknown":"refuse","conflict":"plain"}`)
	a.managedTo(&q, "POST", "/quirks", `{"segment_waits":-1,"own_self_links":false}`)
	want := sandbox.Quirks{Unknown: sandbox.Refuse, Conflict: sandbox.ConflictPlain, SegmentWaits: sandbox.Off}
	if diff := cmp.Diff(want, q); diff != "" || a.Quirks() != want {
		t.Errorf("the quirks differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, a.ids()); diff != "" {
		t.Errorf("it does not start over with the same contacts (-before +after):\n%s", diff)
	}
	a.token = a.Token(t, sandbox.OwnerLogin)
	a.refused("POST", deletePath, deleteBody("contact_ids", stranger), "contact_ids[0] does not have a valid value")
	a.managedTo(nil, "POST", "/seed", `{"seed":3,"contacts":50,"lists":2}`)
	if a.Quirks() != want {
		t.Errorf("another seed leaves %+v", a.Quirks())
	}
	a.managedTo(nil, "POST", "/reset", "")
	if a.managedTo(&q, "GET", "/quirks", ""); q != (sandbox.Quirks{}) {
		t.Errorf("a reset leaves %+v", q)
	}
}
