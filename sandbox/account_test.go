package sandbox_test

import (
	"strings"
	"testing"
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
	a.must(200, "PUT", "/v3/account/summary", `{"organization_name":"New Name","contact_phone":"1"}`, nil)
	got := a.do("GET", "/v3/account/summary", "").body
	if !strings.Contains(got, `"organization_name":"New Name"`) || !strings.Contains(got, `"contact_phone":"1"`) || !strings.Contains(got, `"first_name":"Olivia"`) {
		t.Errorf("the summary is %s", got)
	}
	a.refused("PUT", "/v3/account/summary", `{"contact_email":"nobody"}`, "contact_email does not have a valid value")
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
