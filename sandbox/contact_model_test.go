package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"winnow/sandbox"
)

// person is a contact as the rules of the reference say it has to be: written down a second time, and as plainly as
// possible.
type person struct {
	Email, Permission, First, Company string
	Deleted, OutByContact             bool
	Lists, Tags                       map[string]bool
}

func newPerson(email string) *person {
	return &person{Email: email, Lists: map[string]bool{}, Tags: map[string]bool{}}
}

// permit is what becomes of a permission that is asked for.
func (p *person) permit(permission string, byContact bool) {
	if p.Permission == permission || p.Permission == "unsubscribed" && p.OutByContact {
		return
	}
	p.Permission, p.OutByContact = permission, permission == "unsubscribed" && byContact
}

func (p *person) drop() {
	p.Deleted, p.Lists, p.Tags = true, map[string]bool{}, map[string]bool{}
}

// only makes a set of what is chosen.
func only(chosen []string) map[string]bool {
	set := map[string]bool{}
	for _, id := range chosen {
		set[id] = true
	}
	return set
}

// world is a sandbox beside the model of its contacts.
type world struct {
	*sandbox.Server
	r           *rapid.T
	token       string
	people      map[string]*person // by id
	lists, tags []string
}

func newWorld(r *rapid.T) *world {
	w := &world{r: r, people: map[string]*person{}, Server: sandbox.New(sandbox.Options{
		Contacts: sandbox.Off, Lists: 3, Speed: 1e9, RatePerSecond: sandbox.Off, QueueLimit: sandbox.Off,
	})}
	var err error
	if w.token, err = w.IssueToken(sandbox.OwnerLogin, "contact_data"); err != nil {
		r.Fatal(err)
	}
	for _, l := range w.Lists(sandbox.MainAccount) {
		w.lists = append(w.lists, l.ID)
	}
	var p struct {
		Tags []struct {
			ID string `json:"tag_id"`
		}
	}
	if err := json.Unmarshal([]byte(getDirectly(w.Server, w.token, "/v3/contact_tags")), &p); err != nil {
		r.Fatal(err)
	}
	for _, tag := range p.Tags[:3] {
		w.tags = append(w.tags, tag.ID)
	}
	return w
}

// send makes a request that has to be answered so, and lets activities end.
func (w *world) send(status int, method, path, body string) string {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	if w.ServeHTTP(out, r); out.Code != status {
		w.r.Fatalf("%s %s %s answered %d %s, want %d", method, path, body, out.Code, out.Body, status)
	}
	w.Settle()
	return out.Body.String()
}

func (w *world) pick() (id string, p *person) {
	if len(w.people) == 0 {
		w.create()
	}
	id = rapid.SampledFrom(slices.Sorted(maps.Keys(w.people))).Draw(w.r, "person")
	return id, w.people[id]
}

func (w *world) some(all []string, what string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !rapid.Bool().Draw(w.r, what) })
}

func (w *world) permission() string {
	return rapid.SampledFrom([]string{"explicit", "implicit", "unsubscribed", "temp_hold"}).Draw(w.r, "permission")
}

func (w *world) create() {
	p := newPerson(uniqueEmail())
	p.Permission, p.First, p.Company = w.permission(), "First", "Old"
	lists, tags := w.some(w.lists, "list"), w.some(w.tags, "tag")
	p.Lists, p.Tags = only(lists), only(tags)
	by := rapid.SampledFrom([]string{"Account", "Contact"}).Draw(w.r, "by")
	p.OutByContact = p.Permission == "unsubscribed" && by == "Contact"
	body := w.send(201, "POST", "/v3/contacts", fmt.Sprintf(`{"create_source":%q,"first_name":"First","company_name":"Old","email_address":{"address":%q,"permission_to_send":%q},"list_memberships":%s,"taggings":%s}`,
		by, p.Email, p.Permission, quoted(lists...), quoted(tags...)))
	w.people[uuidInside.FindString(body)] = p
}

func (w *world) replace() {
	id, p := w.pick()
	by, permission := rapid.SampledFrom([]string{"Account", "Contact"}).Draw(w.r, "by"), w.permission()
	parts := ""
	lists, tags := w.some(w.lists, "list"), w.some(w.tags, "tag")
	withLists, withTags := rapid.Bool().Draw(w.r, "with lists"), rapid.Bool().Draw(w.r, "with tags")
	if withLists {
		parts += `,"list_memberships":` + quoted(lists...)
	}
	if withTags {
		parts += `,"taggings":` + quoted(tags...)
	}
	body := fmt.Sprintf(`{"update_source":%q,"first_name":"Put","email_address":{"address":%q,"permission_to_send":%q}%s}`, by, p.Email, permission, parts)
	if p.Permission == "explicit" && permission == "implicit" {
		w.send(400, "PUT", "/v3/contacts/"+id, body)
		return
	}
	w.send(200, "PUT", "/v3/contacts/"+id, body)
	p.Deleted, p.First, p.Company = false, "Put", ""
	p.permit(permission, by == "Contact")
	if withLists {
		p.Lists = only(lists)
	}
	if withTags {
		p.Tags = only(tags)
	}
}

func (w *world) signUp() {
	_, p := w.pick()
	list := rapid.SampledFrom(w.lists).Draw(w.r, "list")
	w.send(200, "POST", "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"first_name":"Form","list_memberships":[%q]}`, p.Email, list))
	p.Deleted, p.First = false, "Form"
	p.permit("explicit", true)
	p.Lists[list] = true
}

func (w *world) importOne() {
	_, p := w.pick()
	list := rapid.SampledFrom(w.lists).Draw(w.r, "list")
	w.send(201, "POST", "/v3/activities/contacts_json_import", fmt.Sprintf(`{"import_data":[{"email":%q,"company_name":"Row"}],"list_ids":[%q]}`, strings.ToUpper(p.Email), list))
	p.Deleted, p.Company = false, "Row"
	if p.Permission != "unsubscribed" {
		p.Lists[list] = true
	}
}

func (w *world) remove() {
	id, p := w.pick()
	if p.Deleted {
		w.send(404, "DELETE", "/v3/contacts/"+id, "")
		return
	}
	w.send(204, "DELETE", "/v3/contacts/"+id, "")
	p.drop()
}

func (w *world) removeByList() {
	list := rapid.SampledFrom(w.lists).Draw(w.r, "list")
	w.send(201, "POST", "/v3/activities/contact_delete", `{"list_ids":`+quoted(list)+`}`)
	for _, p := range w.people {
		if p.Lists[list] {
			p.drop()
		}
	}
}

func (w *world) changeMembership() {
	id, p := w.pick()
	list := rapid.SampledFrom(w.lists).Draw(w.r, "list")
	body := source(`"contact_ids":`+quoted(id), `"list_ids":`+quoted(list))
	if rapid.Bool().Draw(w.r, "add") {
		w.send(201, "POST", "/v3/activities/add_list_memberships", body)
		p.Deleted, p.Lists[list] = false, true
		return
	}
	w.send(201, "POST", "/v3/activities/remove_list_memberships", body)
	delete(p.Lists, list)
}

func (w *world) changeTagging() {
	list, tag := rapid.SampledFrom(w.lists).Draw(w.r, "list"), rapid.SampledFrom(w.tags).Draw(w.r, "tag")
	body := source(`"list_ids":`+quoted(list), `"tag_ids":`+quoted(tag))
	route := "contacts_taggings_remove"
	if add := rapid.Bool().Draw(w.r, "add"); add {
		route = "contacts_taggings_add"
	}
	w.send(201, "POST", "/v3/activities/"+route, body)
	for _, p := range w.people {
		if p.Lists[list] {
			if delete(p.Tags, tag); route == "contacts_taggings_add" {
				p.Tags[tag] = true
			}
		}
	}
}

// check compares every contact, and what lists and filters say, with the model.
func (w *world) check() {
	for id, want := range w.people {
		var c fullContact
		if err := json.Unmarshal([]byte(getDirectly(w.Server, w.token, "/v3/contacts/"+id+everything)), &c); err != nil {
			w.r.Fatal(err)
		}
		got := &person{
			Email: c.Email.Address, Permission: c.Email.Permission, First: c.FirstName, Company: c.Company,
			Deleted: c.DeletedAt != "", OutByContact: c.Email.OptOutSource == "Contact", Lists: only(c.Lists), Tags: only(c.Taggings),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.r.Fatalf("contact %s differs from the model (-model +sandbox):\n%s", id, diff)
		}
	}
	for _, list := range w.lists {
		want := 0
		for _, p := range w.people {
			if p.Lists[list] {
				want++
			}
		}
		if got := len(w.Members(sandbox.MainAccount, list)); got != want {
			w.r.Fatalf("list %s has %d members, want %d", list, got, want)
		}
	}
	checkSums(w.r, w.Server)
	checkConsents(w.r, w.Server, w.token)
}

// TestContactsFollowTheModel does anything to contacts, in any order.
func TestContactsFollowTheModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(r)
		steps := []func(){w.create, w.replace, w.replace, w.signUp, w.importOne, w.remove, w.removeByList, w.changeMembership, w.changeTagging}
		for range rapid.IntRange(1, 15).Draw(r, "steps") {
			rapid.SampledFrom(steps).Draw(r, "step")()
			w.check()
		}
	})
}
