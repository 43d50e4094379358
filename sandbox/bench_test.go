package sandbox_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"winnow/sandbox"
)

// BenchmarkNew measures seeding, and reports the heap that a sandbox keeps.
func BenchmarkNew(b *testing.B) {
	for _, contacts := range []int{25_000, 1_000_000} {
		b.Run(fmt.Sprint(contacts), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var s *sandbox.Server
			for b.Loop() {
				s = sandbox.New(sandbox.Options{Contacts: contacts})
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "heap-MiB")
			runtime.KeepAlive(s)
		})
	}
}

// bench is a sandbox without limits, asked without a connection.
type bench struct {
	*sandbox.Server
	token    string
	contacts []string // ids, newest first
	list     string
	tag      string
	field    string
	activity string
	file     string
}

func newBench(b *testing.B, contacts int) *bench {
	b.Helper()
	m := &bench{Server: sandbox.New(sandbox.Options{
		Contacts: contacts, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off, QueueLimit: sandbox.Off,
		JournalEntries: 1_000, Speed: 1e9, Quirks: sandbox.Quirks{SegmentWaits: sandbox.Off},
	})}
	var err error
	if m.token, err = m.IssueToken(sandbox.OwnerLogin, "account_read", "account_update", "contact_data"); err != nil {
		b.Fatal(err)
	}
	for c := range m.Contacts(sandbox.MainAccount) {
		if m.contacts = append(m.contacts, c.ID); len(m.contacts) == 500 {
			break
		}
	}
	m.list = m.Lists(sandbox.MainAccount)[20].ID
	m.tag = m.id(b, "POST", "/v3/contact_tags", `{"name":"Bench"}`)
	m.field = m.id(b, "POST", "/v3/contact_custom_fields", `{"label":"Bench","type":"string"}`)
	m.activity = m.id(b, "POST", "/v3/activities/contact_delete", deleteBody("contact_ids", stranger))
	export := m.ask(b, "POST", "/v3/activities/contact_exports", fmt.Sprintf(`{"contact_ids":[%q]}`, m.contacts[0]))
	_, rest, _ := strings.Cut(export, "/v3/contact_exports/")
	m.file = rest[:36]
	m.Settle()
	return m
}

// ask makes one request that has to succeed.
func (m *bench) ask(b *testing.B, method, path, body string) string {
	b.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+m.token)
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "--") {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=edge")
	}
	w := httptest.NewRecorder()
	if m.ServeHTTP(w, r); w.Code >= 300 {
		b.Fatalf("%s %s answered %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.String()
}

// id makes something and takes the first value of the answer for its id.
func (m *bench) id(b *testing.B, method, path, body string) string {
	b.Helper()
	return strings.Split(m.ask(b, method, path, body), `"`)[3]
}

// more makes a contact from outside, for requests that use one up.
func (m *bench) more(b *testing.B, permission string) sandbox.Contact {
	b.Helper()
	c, err := m.AddContact(sandbox.MainAccount, sandbox.Contact{Email: uniqueEmail(), Permission: permission})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// request is the path and body of one request of a route; those that use something up make it first.
func (m *bench) request(b *testing.B, route string) (path, body string) {
	switch method, pattern, _ := strings.Cut(route, " "); route {
	case "GET /v3/contacts":
		return pattern + "?limit=500&include=list_memberships,taggings,custom_fields", ""
	case "GET /v3/contact_lists":
		return pattern + "?limit=500&include_membership_count=all", ""
	case "GET /v3/activities":
		return pattern + "?limit=500", ""
	case "GET /v3/contacts/contact_id_xrefs":
		return pattern + "?sequence_ids=1,2,3", ""
	case "GET /v3/contacts/{id}", "PUT /v3/contacts/resubscribe/{id}", "PUT /v3/contacts/{id}", "DELETE /v3/contacts/{id}":
		return m.contactRequest(b, method, pattern)
	case "GET /v3/contact_lists/{id}":
		return "/v3/contact_lists/" + m.list, ""
	case "GET /v3/contact_tags/{id}":
		return "/v3/contact_tags/" + m.tag, ""
	case "GET /v3/contact_custom_fields/{id}":
		return "/v3/contact_custom_fields/" + m.field, ""
	case "GET /v3/activities/{id}":
		return "/v3/activities/" + m.activity, ""
	case "GET /v3/contact_exports/{id}":
		return "/v3/contact_exports/" + m.file, ""
	case "PUT /v3/account/summary":
		return pattern, `{"first_name":"Olivia"}`
	case "POST /v3/contacts":
		return pattern, fmt.Sprintf(`{"email_address":{"address":%q},"create_source":"Account"}`, uniqueEmail())
	case "POST /v3/contacts/sign_up_form":
		return pattern, fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, uniqueEmail(), m.list)
	case "PUT /v3/contact_lists/{id}":
		return "/v3/contact_lists/" + m.list, `{"name":"Bench"}`
	case "PUT /v3/contact_tags/{id}":
		return "/v3/contact_tags/" + m.tag, `{"name":"Bench"}`
	case "PUT /v3/contact_custom_fields/{id}":
		return "/v3/contact_custom_fields/" + m.field, `{"label":"Bench"}`
	default:
		if path, body = m.bulkRequest(route); path != "" {
			return path, body
		}
		return m.pairRequest(b, method, pattern)
	}
}

// bulkRequest is one that starts an activity; the path is empty for other routes.
func (m *bench) bulkRequest(route string) (path, body string) {
	source := func(more string) string {
		return fmt.Sprintf(`{"source":{"contact_ids":%s},%s}`, quoted(m.contacts[:10]...), more)
	}
	_, pattern, _ := strings.Cut(route, " ")
	switch route {
	case "POST /v3/activities/contact_delete":
		return pattern, deleteBody("contact_ids", m.contacts...)
	case "POST /v3/activities/contact_exports":
		return pattern, `{"contact_ids":` + quoted(m.contacts[:10]...) + `}`
	case "POST /v3/activities/contacts_json_import":
		return pattern, fmt.Sprintf(`{"import_data":[{"email":%q}],"list_ids":[%q]}`, uniqueEmail(), m.list)
	case "POST /v3/activities/contacts_file_import":
		_, form := fileFormOf(uniqueEmail())
		return pattern, form
	case "POST /v3/activities/add_list_memberships", "POST /v3/activities/remove_list_memberships":
		return pattern, source(`"list_ids":` + quoted(m.list))
	case "POST /v3/activities/contacts_taggings_add", "POST /v3/activities/contacts_taggings_remove":
		return pattern, source(`"tag_ids":` + quoted(m.tag))
	case "POST /v3/activities/list_delete":
		return pattern, `{"list_ids":` + quoted(stranger) + `}`
	case "POST /v3/activities/contacts_tags_delete":
		return pattern, `{"tag_ids":` + quoted(stranger) + `}`
	case "POST /v3/activities/custom_fields_delete":
		return pattern, `{"custom_field_ids":` + quoted(stranger) + `}`
	}
	return "", ""
}

func (m *bench) contactRequest(b *testing.B, method, pattern string) (path, body string) {
	prefix := strings.TrimSuffix(pattern, "{id}")
	switch method {
	case "GET":
		return prefix + m.contacts[7], ""
	case "DELETE":
		return prefix + m.more(b, "").ID, ""
	}
	if strings.Contains(pattern, "resubscribe") {
		return prefix + m.more(b, "unsubscribed").ID, `{"list_ids":` + quoted(m.list) + `}`
	}
	c := m.more(b, "")
	return prefix + c.ID, fmt.Sprintf(`{"email_address":{"address":%q},"first_name":"A","update_source":"Account"}`, c.Email)
}

// pairRequest is for the routes that make and delete lists, tags and fields, of which an account can have few: the one
// deletes what it made before, the other makes what it deletes.
func (m *bench) pairRequest(b *testing.B, method, pattern string) (path, body string) {
	collection := strings.TrimSuffix(pattern, "/{id}")
	inputs := map[string]string{
		"/v3/contact_lists": `{"name":"Pair"}`, "/v3/contact_tags": `{"name":"Pair"}`, "/v3/contact_custom_fields": `{"label":"Pair","type":"string"}`,
	}
	input, paired := inputs[collection]
	switch {
	case !paired || method == "GET":
		return pattern, ""
	}
	if made := m.named(b, collection); made != "" {
		m.ask(b, "DELETE", collection+"/"+made, "")
		m.Settle()
	}
	if method == "DELETE" {
		return collection + "/" + m.id(b, "POST", collection, input), ""
	}
	return collection, input
}

// named is the id of the thing that is called Pair.
func (m *bench) named(b *testing.B, collection string) string {
	b.Helper()
	key := map[bool]string{true: "label", false: "name"}[strings.HasSuffix(collection, "fields")]
	before, _, found := strings.Cut(m.ask(b, "GET", collection+"?limit=100&name=Pair", ""), `","`+key+`":"Pair"`)
	if !found {
		return ""
	}
	return before[len(before)-36:]
}

// BenchmarkRoutes measures requests a second of every route, with limits off and without a connection; what a request
// needs to be there is made outside the figure, and so ns/op says more than the request. Activities take no time, so the
// work of one is done by the next request and is part of the figure. Routes that only read share a sandbox; each of the
// others has its own, as seeded, so that none measures what another has left behind.
func BenchmarkRoutes(b *testing.B) {
	for _, contacts := range []int{25_000, 1_000_000} {
		seeded := sync.OnceValue(func() *bench { return newBench(b, contacts) })
		for _, route := range sandbox.Routes() {
			if strings.Contains(route, "/oauth2/") {
				continue
			}
			b.Run(fmt.Sprintf("%d/%s", contacts, strings.ReplaceAll(route, " ", "_")), func(b *testing.B) {
				m := seeded
				if !strings.HasPrefix(route, "GET ") {
					m = func() *bench { return newBench(b, contacts) }
				}
				measure(b, m(), route)
			})
		}
	}
}

// measure reports how many requests of the route the sandbox answers in a second.
func measure(b *testing.B, m *bench, route string) {
	b.Helper()
	method, _, _ := strings.Cut(route, " ")
	requests, spent := 0, time.Duration(0)
	for b.Loop() {
		path, body := m.request(b, route)
		begin := time.Now()
		m.ask(b, method, path, body)
		spent += time.Since(begin)
		requests++
	}
	b.ReportMetric(float64(requests)/spent.Seconds(), "requests/s")
}

// BenchmarkPages measures the filters of GET /contacts. Three sub-resources add three quarters to the time of a plain page:
// each contact is looked for on 40 lists and under 6 tags, and the body is half as long again.
func BenchmarkPages(b *testing.B) {
	for _, contacts := range []int{25_000, 1_000_000} {
		m := newBench(b, contacts)
		for name, query := range map[string]string{
			"plain":            "limit=500",
			"list":             "limit=500&lists=" + m.list,
			"list, count":      "limit=500&include_count=true&lists=" + m.list,
			"deleted":          "limit=500&status=deleted",
			"tag":              "limit=500&tags=" + m.tag,
			"segment":          "limit=500&segment_id=14",
			"address":          "email=nobody@example.com&status=all",
			"everything":       "limit=500&include=custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes",
			"no match by time": "updated_after=2030-01-01T00:00:00Z",
		} {
			b.Run(fmt.Sprintf("%d/%s", contacts, strings.ReplaceAll(name, " ", "_")), func(b *testing.B) {
				requests := 0
				for b.Loop() {
					m.ask(b, "GET", "/v3/contacts?"+query, "")
					requests++
				}
				b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "requests/s")
			})
		}
	}
}
