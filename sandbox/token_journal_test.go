package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// lastTokenCall is what the journal says of the latest request.
func (a *api) lastTokenCall() sandbox.TokenCall {
	all := a.Journal()
	return all[len(all)-1].Token
}

func TestTheJournalNamesTokensByTheirFingerprints(t *testing.T) {
	a := startOAuth(t)
	code := a.code(sandbox.OwnerLogin)
	first := a.issued(a.exchange(codeForm(code)))
	exchanged := a.lastTokenCall()
	second := a.issued(a.exchange(refreshForm(first.Refresh)))
	renewed := a.lastTokenCall()
	a.Inject(sandbox.Fault{Route: "POST " + sandbox.TokenPath, Effect: sandbox.ResetBefore})
	a.refreshed(second.Refresh)
	lost := a.lastTokenCall()
	a.Inject(sandbox.Fault{Route: "POST " + sandbox.TokenPath, Effect: sandbox.ResetAfter})
	a.refreshed(second.Refresh)
	rotated := a.lastTokenCall()

	mark := sandbox.Fingerprint
	want := []sandbox.TokenCall{
		{Grant: "authorization_code", Presented: mark(code), Access: mark(first.Access), Refresh: mark(first.Refresh)},
		{Grant: "refresh_token", Presented: mark(first.Refresh), Access: mark(second.Access), Refresh: mark(second.Refresh)},
		{Grant: "refresh_token", Presented: mark(second.Refresh)},
	}
	if diff := cmp.Diff(want, []sandbox.TokenCall{exchanged, renewed, lost}); diff != "" {
		t.Errorf("the journal differs (-want +got):\n%s", diff)
	}
	if rotated.Presented != mark(second.Refresh) || rotated.Access == "" || rotated.Refresh == "" {
		t.Errorf("what was issued without an answer is %+v", rotated)
	}
	if p := mark(first.Refresh); len(p) != 16 || strings.Contains(first.Refresh, p) || mark("") != "" {
		t.Errorf("the fingerprint is %q", p)
	}
}

func TestASignInByHandVoidsTheOneBefore(t *testing.T) {
	a := start(t, nil)
	first, err := a.SignIn(sandbox.OwnerLogin, "contact_data", "account_read", "offline_access")
	if err != nil {
		t.Fatal(err)
	}
	if !a.works(first.Access) || first.Refresh == "" {
		t.Error("the first pair is of no use")
	}
	second, err := a.SignIn(sandbox.OwnerLogin, "contact_data", "account_read", "offline_access")
	if err != nil {
		t.Fatal(err)
	}
	if a.works(first.Access) || !a.works(second.Access) {
		t.Error("the second sign-in has not replaced the first")
	}
	if asked := a.Journal()[0].HeadersIn.Step; first.Issued.Step >= asked || second.Issued.Step <= asked {
		t.Errorf("issued at %d and %d, with a request at %d in between", first.Issued.Step, second.Issued.Step, asked)
	}
	if _, err := a.SignIn("nobody", "contact_data"); err == nil {
		t.Error("nobody was signed in")
	}
	if _, err := a.SignIn(sandbox.OwnerLogin, "everything"); err == nil {
		t.Error("an unknown scope was granted")
	}
}
