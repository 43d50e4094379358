package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

// captured are the situations in which the sandbox has to answer as the live service was recorded to, by the name of
// the recording. Each begins with an account without contacts and lists.
var captured = map[string]func(a *api) answer{
	"GET /v3/account/summary 200":         func(a *api) answer { return a.do("GET", "/v3/account/summary", "") },
	"GET /v3/account/user/privileges 200": func(a *api) answer { return a.do("GET", "/v3/account/user/privileges", "") },
	"GET /v3/contacts 200": func(a *api) answer {
		list := a.newList()
		owner := a.created("/v3/contacts", `{"email_address":{"address":"three@example.com"},"first_name":"Ada","last_name":"Owner","create_source":"Account"}`, "contact_id")
		a.must(200, "PUT", "/v3/contacts/"+owner, `{"email_address":{"address":"three@example.com"},"first_name":"Ada","last_name":"Owner","update_source":"Account"}`, nil)
		a.created("/v3/contacts", `{"email_address":{"address":"two@example.com","permission_to_send":"implicit"},"create_source":"Account"}`, "contact_id")
		a.must(201, "POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":"one@example.com","first_name":"Update","last_name":"Target","list_memberships":[%q]}`, list), nil)
		return a.do("GET", "/v3/contacts", "")
	},
	"GET /v3/contacts?include=custom_fields,list_memberships,taggings,phone_numbers,street_addresses,notes&limit=500 200": func(a *api) answer {
		list := a.newList()
		owner := a.created("/v3/contacts", `{"email_address":{"address":"three@example.com"},"create_source":"Account"}`, "contact_id")
		a.must(200, "PUT", "/v3/contacts/"+owner, fmt.Sprintf(`{"email_address":{"address":"three@example.com"},"first_name":"Ada","last_name":"Owner","update_source":"Account","list_memberships":[%q]}`, list), nil)
		return a.do("GET", "/v3/contacts?include=custom_fields,list_memberships,taggings,phone_numbers,street_addresses,notes&limit=500", "")
	},
	"PUT /v3/contacts/{id} 200": putLikeCaptured,
	"DELETE /v3/contacts/{id} 204": func(a *api) answer {
		return a.do("DELETE", "/v3/contacts/"+a.newContact().ID, "")
	},
	"GET /v3/contact_lists?limit=100&include_membership_count=all 200": func(a *api) answer {
		for range 3 {
			a.newList()
		}
		return a.do("GET", "/v3/contact_lists?limit=100&include_membership_count=all", "")
	},
	"GET /v3/contact_tags 200": func(a *api) answer {
		for _, tag := range a.tags() {
			a.must(200, "DELETE", "/v3/contact_tags/"+tag.ID, "", nil)
		}
		a.Settle()
		a.newTag()
		a.newTag()
		return a.do("GET", "/v3/contact_tags", "")
	},
	"DELETE /v3/contact_lists/{id} 200": func(a *api) answer { return a.do("DELETE", "/v3/contact_lists/"+a.newList(), "") },
	"DELETE /v3/contact_tags/{id} 200":  func(a *api) answer { return a.do("DELETE", "/v3/contact_tags/"+a.newTag(), "") },
	"GET /v3/activities/{id} 200": func(a *api) answer {
		act := a.finish("contact_delete", deleteBody("contact_ids", a.newContact().ID))
		return a.do("GET", "/v3/activities/"+act.ID, "")
	},
	"GET /v3/activities?limit=5 200": func(a *api) answer {
		a.begin("contact_delete", deleteBody("contact_ids", stranger)) // for the next page
		for range 2 {
			a.begin("contacts_taggings_add", source(fmt.Sprintf(`"tag_ids":[%q]`, a.newTag()), `"tag_ids":`+ids(1)))
		}
		for range 3 {
			a.begin("contact_delete", deleteBody("contact_ids", a.newContact().ID))
		}
		a.Settle()
		return a.do("GET", "/v3/activities?limit=5", "")
	},
	"GET /v3/contacts, signed out 401": func(a *api) answer {
		a.token = ""
		return a.do("GET", "/v3/contacts", "")
	},
	"GET /v3/nothing 404":      func(a *api) answer { return a.do("GET", "/v3/nothing", "") },
	"GET /nothing 403":         func(a *api) answer { return a.do("GET", "/nothing", "") },
	"OPTIONS /v3/contacts 200": func(a *api) answer { return a.do("OPTIONS", "/v3/contacts", "") },
}

// putLikeCaptured changes a signed-up contact step by step, as happened before the recording.
func putLikeCaptured(a *api) answer {
	list, tag, field := a.newList(), a.newTag(), a.newField()
	var made struct {
		ID string `json:"contact_id"`
	}
	a.must(201, "POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":"one@example.com","list_memberships":[%q]}`, list), &made)
	body := func(more string) string {
		return `{"email_address":{"address":"one@example.com","permission_to_send":"explicit"},
			"first_name":"Updated","last_name":"Contact","job_title":"QA Engineer","company_name":"Example",
			"birthday_month":6,"birthday_day":14,"anniversary":"06/14/2020","update_source":"Contact",
			"phone_numbers":[{"phone_number":"+1-555-0100","kind":"mobile"}]` + more + `}`
	}
	a.must(200, "PUT", "/v3/contacts/"+made.ID, body(""), nil)
	a.clock.Advance(9 * time.Second)
	return a.do("PUT", "/v3/contacts/"+made.ID, body(fmt.Sprintf(`,
		"custom_fields":[{"custom_field_id":%q,"value":"gold-tier"}],
		"street_addresses":[{"kind":"work","street":"1 Market St","city":"San Francisco","state":"California","postal_code":"94105","country":"United States"}],
		"list_memberships":[%q],"taggings":[%q]`, field, list, tag)))
}

// tags are those that the API shows.
func (a *api) tags() []struct {
	ID string `json:"tag_id"`
} {
	a.t.Helper()
	var p struct {
		Tags []struct {
			ID string `json:"tag_id"`
		}
	}
	a.get("/v3/contact_tags?limit=500", &p)
	return p.Tags
}

// TestAnswersHaveTheCapturedForm compares keys, their order, their absence, the kinds of their values, and the words
// that have a meaning, with recorded answers of the live service: one test for each recording.
func TestAnswersHaveTheCapturedForm(t *testing.T) {
	for name, body := range samples(t) {
		t.Run(name, func(t *testing.T) {
			situation, known := captured[name]
			if !known {
				t.Fatal("nothing brings this answer about")
			}
			a := start(t, func(o *sandbox.Options) { o.Contacts, o.Lists = sandbox.Off, sandbox.Off })
			got := situation(a)
			if status := name[strings.LastIndex(name, " ")+1:]; status != fmt.Sprint(got.status) {
				t.Fatalf("answered %d: %s", got.status, got.body)
			}
			if string(body) == `""` {
				if got.body != "" || got.header.Get("Content-Type") != "" {
					t.Errorf("there is a body %q of type %q", got.body, got.header.Get("Content-Type"))
				}
				return
			}
			if diff := cmp.Diff(form(t, body), form(t, []byte(got.body))); diff != "" {
				t.Errorf("differs from the captured answer (-captured +sandbox):\n%s", diff)
			}
		})
	}
}

// samples are the recordings by name.
func samples(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(captured) {
		t.Fatalf("there are %d recordings and %d situations", len(all), len(captured))
	}
	return all
}

// contactWith finds a contact with an address and one list, with or without a name.
func (a *api) contactWith(permission, name string) sandbox.Contact {
	a.t.Helper()
	for c := range a.Contacts(sandbox.MainAccount) {
		if c.Status == "active" && c.Permission == permission && (c.FirstName != "") == (name != "") && len(c.Lists) == 1 && len(c.Tags) == 0 {
			return c
		}
	}
	a.t.Fatalf("no %s contact is seeded", permission)
	return sandbox.Contact{}
}

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	uuidInside   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	cursorInside = regexp.MustCompile(`cursor=[A-Za-z0-9+/]+=*$`)
)

// meaningful are the keys whose values are words of the API rather than somebody's data.
var meaningful = []string{
	"permission_to_send", "opt_in_source", "confirm_status", "create_source", "update_source", "state", "kind",
	"privilege_name", "error_key", "error_message", "message",
}

// form lists what a JSON text is made of, one line for each token in order. Values become their kind, unless they are
// meaningful; UUID v1, times and days are kinds of their own.
func form(t *testing.T, text []byte) []string {
	t.Helper()
	f := &former{dec: json.NewDecoder(bytes.NewReader(text))}
	if err := f.value(""); err != nil {
		t.Fatalf("read %.200s: %v", text, err)
	}
	if _, err := f.dec.Token(); err != io.EOF {
		t.Fatalf("something follows the value in %.200s", text)
	}
	return f.lines
}

type former struct {
	dec   *json.Decoder
	lines []string
}

func (f *former) value(path string) error {
	token, err := f.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return f.object(path)
	case json.Delim('['):
		return f.array(path)
	}
	what := kind(token)
	if slices.Contains(meaningful, path[strings.LastIndex(path, ".")+1:]) {
		what = fmt.Sprint(token)
	}
	f.lines = append(f.lines, path+" "+what)
	return nil
}

func (f *former) object(path string) error {
	f.lines = append(f.lines, path+" object")
	for f.dec.More() {
		key, err := f.dec.Token()
		if err != nil {
			return err
		}
		if err := f.value(fmt.Sprintf("%s.%s", path, key)); err != nil {
			return err
		}
	}
	_, err := f.dec.Token()
	return err
}

func (f *former) array(path string) error {
	f.lines = append(f.lines, path+" array")
	for i := 0; f.dec.More(); i++ {
		if err := f.value(fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	_, err := f.dec.Token()
	return err
}

func kind(token json.Token) string {
	text, ok := token.(string)
	if !ok {
		return fmt.Sprintf("%T", token)
	}
	if uuidForm.MatchString(text) {
		return "uuid v1"
	}
	if at, err := time.Parse("2006-01-02T15:04:05Z", text); err == nil && at.Format(time.RFC3339) == text {
		return "time in whole seconds"
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return "day"
	}
	if cursorInside.MatchString(text) {
		return cursorInside.ReplaceAllString(text, "cursor=CURSOR")
	}
	if uuidInside.MatchString(text) {
		return uuidInside.ReplaceAllString(text, "UUID")
	}
	return "string"
}
