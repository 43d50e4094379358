package sandbox_test

import (
	"strings"
	"testing"

	"winnow/sandbox"
)

func TestAsManyAccountsAsAskedFor(t *testing.T) {
	a := start(t, func(o *sandbox.Options) { o.Accounts, o.OtherContacts = 50, 30 })
	ids, logins := map[string]string{}, map[string]string{}
	for _, user := range a.Users() {
		if user.Role != "Account Owner" {
			continue
		}
		if logins[user.Login] != "" || logins[user.PlatformUserID] != "" {
			t.Errorf("%s with the id %s is there twice", user.Login, user.PlatformUserID)
		}
		logins[user.Login], logins[user.PlatformUserID] = user.Account, user.Account
		if got := a.as(user.Login).do("GET", "/v3/account/summary", "").body; !strings.Contains(got, `"encoded_account_id":"`+user.Account+`"`) {
			t.Errorf("%s is told of the account %s", user.Login, got)
		}
		for c := range a.Contacts(user.Account) {
			if other := ids[c.ID]; other != "" {
				t.Fatalf("contact %s is in %s and in %s", c.ID, other, user.Account)
			}
			ids[c.ID] = user.Account
		}
	}
	counts := a.Counts().Accounts
	if len(counts) != 50 || len(logins) != 2*50 || len(ids) != 600+49*30 {
		t.Errorf("%d accounts with %d owners and %d contacts", len(counts), len(logins)/2, len(ids))
	}
	a.as("owner0050@example.net").must(201, "POST", "/v3/activities/contact_delete", `{"contact_ids":["`+idOf(ids, "a07sandbox0050")+`"]}`, nil)
}

// idOf is a contact of the account.
func idOf(accounts map[string]string, account string) string {
	for id, of := range accounts {
		if of == account {
			return id
		}
	}
	return ""
}

func TestAccountsDoNotChangeEachOther(t *testing.T) {
	few, many := sandbox.New(sandbox.Options{Contacts: 100}), sandbox.New(sandbox.Options{Contacts: 100, Accounts: 9})
	for _, account := range []string{sandbox.MainAccount, sandbox.SecondAccount} {
		for c := range few.Contacts(account) {
			if same, ok := many.Contact(account, c.ID); !ok || same.Email != c.Email {
				t.Fatalf("%s has another contact %s beside seven more accounts", account, c.ID)
			}
		}
	}
}

func TestTooFewAndTooManyAccountsAreRefused(t *testing.T) {
	for _, n := range []int{sandbox.Off, 1, 1001} {
		if err := (sandbox.Options{Accounts: n}).Validate(); err == nil {
			t.Errorf("%d accounts are not refused", n)
		}
	}
}
