package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"winnow/sandbox"
)

// FuzzBodies sends anything to every route that reads a body: it is taken or refused, and the answer is JSON.
func FuzzBodies(f *testing.F) {
	send := fuzzTarget(f)
	var routes []string
	for _, name := range sandbox.Routes() {
		method, path, _ := strings.Cut(name, " ")
		if (method == "POST" || method == "PUT") && strings.HasPrefix(path, "/v3") {
			routes = append(routes, method+" "+strings.ReplaceAll(path, "{id}", stranger))
		}
	}
	for _, body := range []string{
		``, `null`, `{}`, `[]`, `{"name":null}`, `{"label":"\u0000","type":"string"}`,
		`{"source":{"all_active_contacts":true},"list_ids":["x"],"tag_ids":null}`,
		`{"source":{"segment_id":-1},"list_ids":["` + stranger + `"]}`,
		`{"import_data":[{"email":"a@b.c","birthday_month":99999999999999999999}],"list_ids":["` + stranger + `"]}`,
		`{"import_data":[null,{"":""}],"list_ids":["` + stranger + `"]}`,
		`{"create_source":"Account","first_name":"\ud800","birthday_month":-1,"birthday_day":-1}`,
		`{"contact_ids":[""],"fields":[]}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			if status := send(method, path, body); !slices.Contains([]int{200, 201, 400, 403, 404, 409, 415}, status) {
				t.Errorf("%s answered %d", route, status)
			}
		}
	})
}

// TestSumsHoldWhateverIsDone does anything to contacts and lists, and adds everything up afresh after each step.
func TestSumsHoldWhateverIsDone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := sandbox.New(sandbox.Options{Contacts: 60, Lists: 6, Speed: 1e9, RatePerSecond: sandbox.Off, Seed: rapid.Uint64().Draw(r, "seed")})
		token, err := s.IssueToken(sandbox.OwnerLogin, "contact_data")
		if err != nil {
			r.Fatal(err)
		}
		do := func(method, path, body string) {
			req := httptest.NewRequest(method, path, strings.NewReader(body))
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, req); w.Code >= 500 || w.Code == 415 {
				r.Fatalf("%s %s answered %d %s", method, path, w.Code, w.Body)
			}
			s.Settle()
		}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			step(r, s, do)
			checkSums(r, s)
			checkConsents(r, s, token)
		}
	})
}

// step does one thing to one contact and one list.
func step(r *rapid.T, s *sandbox.Server, do func(method, path, body string)) {
	lists := s.Lists(sandbox.MainAccount)
	if len(lists) == 0 {
		return
	}
	c := rapid.SampledFrom(slices.Collect(s.Contacts(sandbox.MainAccount))).Draw(r, "contact")
	list := rapid.SampledFrom(lists).Draw(r, "list").ID
	permission := rapid.SampledFrom([]string{"explicit", "unsubscribed", "temp_hold"}).Draw(r, "permission")
	contact := "/v3/contacts/" + c.ID
	sourced := source(`"contact_ids":`+quoted(c.ID), `"list_ids":`+quoted(list))
	switch rapid.IntRange(0, 8).Draw(r, "what") {
	case 0:
		do("POST", "/v3/contacts", fmt.Sprintf(`{"create_source":"Account","email_address":{"address":%q,"permission_to_send":%q},"list_memberships":[%q]}`, uniqueEmail(), permission, list))
	case 1:
		do("PUT", contact, fmt.Sprintf(`{"update_source":"Account","email_address":{"address":%q,"permission_to_send":%q},"list_memberships":[%q]}`, c.Email, permission, list))
	case 2:
		do("DELETE", contact, "")
	case 3:
		do("POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, c.Email, list))
	case 4:
		do("POST", "/v3/activities/add_list_memberships", sourced)
	case 5:
		do("POST", "/v3/activities/remove_list_memberships", sourced)
	case 6:
		do("POST", "/v3/activities/contacts_json_import", fmt.Sprintf(`{"import_data":[{"email":%q},{"email":%q}],"list_ids":[%q]}`, c.Email, uniqueEmail(), list))
	case 7:
		do("DELETE", "/v3/contact_lists/"+list, "")
	default:
		do("POST", "/v3/activities/contact_delete", deleteBody("list_ids", list))
	}
}

// checkConsents compares the counts of the API with the contacts.
func checkConsents(r *rapid.T, s *sandbox.Server, token string) {
	want := map[string]int{}
	for c := range s.Contacts(sandbox.MainAccount) {
		if c.Status != "deleted" {
			want[c.Permission]++
			want["total"]++
		}
	}
	req := httptest.NewRequest("GET", "/v3/contacts/counts", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	var got map[string]int
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		r.Fatal(err)
	}
	for name, permission := range map[string]string{"explicit": "explicit", "implicit": "implicit", "pending": "pending_confirmation", "unsubscribed": "unsubscribed", "total": "total"} {
		if got[name] != want[permission] {
			r.Fatalf("%d contacts are counted as %s, %d are", got[name], name, want[permission])
		}
	}
}
