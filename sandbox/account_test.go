package sandbox_test

import (
	"strings"
	"testing"

	"winnow/sandbox"
)

func TestSummaryWithMore(t *testing.T) {
	a := start(t, nil)
	for query, wants := range map[string]struct{ address, logo bool }{
		"":                               {false, false},
		"?extra_fields=physical_address": {true, false},
		"?extra_fields=company_logo":     {false, true},
		"?extra_fields=physical_address,company_logo": {true, true},
	} {
		got := a.do("GET", "/v3/account/summary"+query, "").body
		if strings.Contains(got, `"physical_address":{"address_line1":"14 Harbor Street","city":"Waltham","state_code":"MA","postal_code":"02451","country_code":"US"}`) != wants.address ||
			strings.Contains(got, `"company_logo":{"url":`) != wants.logo {
			t.Errorf("%q is answered %s", query, got)
		}
	}
	a.refused("GET", "/v3/account/summary?extra_fields=phone", "", "extra_fields does not have a valid value")
}

func TestReplacementOfTheSummary(t *testing.T) {
	a := start(t, nil)
	a = a.as("olivia.owner@example.com", "account_read", "account_update")
	a.must(200, "PUT", "/v3/account/summary", `{"organization_name":"New Name","contact_phone":"1","organization_phone":"2","state_code":"MA","website":"https://arts.example.org","encoded_account_id":"another"}`, nil)
	want := `{"contact_email":"olivia.owner@example.com","contact_phone":"1","country_code":"us","encoded_account_id":"a07sandbox0001",` +
		`"encoded_partner_id":"a01-sandbox","first_name":"Olivia","last_name":"Owner","organization_name":"New Name","organization_phone":"2",` +
		`"state_code":"MA","time_zone_id":"America/New_York","website":"https://arts.example.org"}`
	if got := a.do("GET", "/v3/account/summary", "").body; got != want {
		t.Errorf("the summary is %s, want %s", got, want)
	}
	for _, address := range []string{"nobody", "nobody@example.com", "news@example.org"} { // the last is not confirmed
		a.refused("PUT", "/v3/account/summary", `{"contact_email":"`+address+`"}`, "contact_email does not have a valid value")
	}
	a.refused("PUT", "/v3/account/summary", `{"contact_phone":"`+strings.Repeat("1", 26)+`"}`, "contact_phone does not have a valid value")
}

func TestSummaryOfAnAccountWithMore(t *testing.T) {
	got := start(t, nil).as(sandbox.SecondOwnerLogin).do("GET", "/v3/account/summary", "").body
	if !strings.Contains(got, `"organization_phone":"5550102","state_code":"IL","time_zone_id":"America/Chicago","website":"https://rescue.example.net"}`) {
		t.Errorf("the summary is %s", got)
	}
}

func TestEmailsOfTheAccount(t *testing.T) {
	a := start(t, nil)
	for query, want := range map[string]int{
		"": 2, "?confirm_status=CONFIRMED": 1, "?confirm_status=UNCONFIRMED": 1, "?role_code=DEFAULT_FROM": 1, "?role_code=OTHER": 0,
		"?email_address=news@example.org": 1, "?email_address=nobody@example.org": 0,
	} {
		var got []struct {
			Address string `json:"email_address"`
			ID      int    `json:"email_id"`
			Time    string `json:"confirm_time"`
			Roles   []string
		}
		a.get("/v3/account/emails"+query, &got)
		if len(got) != want {
			t.Errorf("%q gives %d addresses, want %d", query, len(got), want)
		}
		if query == "" && (got[0].Time != "2017-01-02T08:00:00.000+0000" || got[1].Time != "" || got[1].Roles == nil) {
			t.Errorf("they are %+v", got)
		}
	}
	a.refused("GET", "/v3/account/emails?confirm_status=CONFIRMED&role_code=OTHER", "", "confirm_status, role_code, email_address are mutually exclusive")
	a.refused("GET", "/v3/account/emails?role_code=BOSS", "", "role_code does not have a valid value")
}
