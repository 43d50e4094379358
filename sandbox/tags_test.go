package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"winnow/sandbox"
)

func TestTags(t *testing.T) {
	a := start(t, nil)
	id := a.created("/v3/contact_tags", `{"name":"Warm","tag_source":"Contact"}`, "tag_id")
	if got := a.do("GET", "/v3/contact_tags/"+id, "").body; !strings.HasSuffix(got, `"tag_source":"Contact"}`) || strings.Contains(got, "contacts_count") {
		t.Errorf("it is %s", got)
	}
	if got := a.do("POST", "/v3/contact_tags", `{"name":"Warm"}`); got.status != 409 || got.body != conflictBody("Validation failed: Tag name already exists") {
		t.Errorf("the same name again is answered %d %s", got.status, got.body)
	}
	other := a.newTag()
	if got := a.do("PUT", "/v3/contact_tags/"+other, `{"name":"Warm"}`); got.status != 409 {
		t.Errorf("the name of another is answered %d %s", got.status, got.body)
	}
	a.must(200, "PUT", "/v3/contact_tags/"+id, `{"name":"Hot"}`, nil)
	a.refused("PUT", "/v3/contact_tags/"+id, `{"name":""}`, "name does not have a valid value")
	a.refused("POST", "/v3/contact_tags", `{}`, "name is missing")
	if n := len(a.tags()); n != 8 {
		t.Errorf("there are %d tags, want 6 and 2", n)
	}
}

func TestTagsCountTheirContacts(t *testing.T) {
	a := start(t, nil)
	var p struct {
		Tags []struct {
			ID       string `json:"tag_id"`
			Contacts *int   `json:"contacts_count"`
		}
	}
	a.get("/v3/contact_tags?include_count=true", &p)
	for _, tag := range p.Tags {
		want := len(a.expect(func(c sandbox.Contact) bool { return slices.Contains(c.Tags, tag.ID) }))
		if tag.Contacts == nil || *tag.Contacts != want {
			t.Errorf("tag %s counts %v, want %d", tag.ID, tag.Contacts, want)
		}
	}
	if got := a.do("GET", "/v3/contact_tags/"+p.Tags[5].ID+"?include_count=true", "").body; !strings.Contains(got, `"contacts_count":0`) {
		t.Errorf("a tag of nobody is %s", got)
	}
	a.refused("GET", "/v3/contact_tags?include_count=all", "", "include_count does not have a valid value")
}

func TestTagsCanBeWalked(t *testing.T) {
	a := start(t, nil)
	var got []string
	for path := "/v3/contact_tags?limit=4"; path != ""; {
		var p struct {
			Tags []struct {
				ID string `json:"tag_id"`
			}
			Links struct {
				Next struct{ Href string }
			} `json:"_links"`
		}
		a.get(path, &p)
		for _, tag := range p.Tags {
			got = append(got, tag.ID)
		}
		path = p.Links.Next.Href
	}
	if len(got) != 6 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 6 {
		t.Errorf("the walk gives %v", got)
	}
}

func TestDeletionOfOneTag(t *testing.T) {
	a := start(t, nil)
	id := a.tags()[4].ID
	tagged := a.expect(func(c sandbox.Contact) bool { return slices.Contains(c.Tags, id) })
	var act activity
	a.must(200, "DELETE", "/v3/contact_tags/"+id, "", &act)
	if want := "/contacts-service/v3/accounts/1100000000000/activities/" + act.ID; act.Links.Self.Href != want {
		t.Errorf("its link is %s, want %s", act.Links.Self.Href, want)
	}
	a.Settle()
	if got := a.do("GET", "/v3/contact_tags/"+id, ""); got.status != 404 {
		t.Errorf("afterwards it is answered %d", got.status)
	}
	if c := a.contact(tagged[0]); slices.Contains(c.Tags, id) || c.Status == "deleted" {
		t.Errorf("a contact that had it is %+v", c)
	}
	if got := a.do("DELETE", "/v3/contact_tags/"+id, ""); got.status != 404 {
		t.Errorf("the second deletion is answered %d", got.status)
	}
}

func TestDeletionOfManyTagsAndFields(t *testing.T) {
	a := start(t, nil)
	tags, field := a.tags(), a.newField()
	done := a.finish("contacts_tags_delete", `{"tag_ids":`+quoted(tags[0].ID, tags[1].ID, stranger)+`}`)
	if *done.Status.Total != 3 || *done.Status.Completed != 2 || len(a.tags()) != len(tags)-2 {
		t.Errorf("it ends with %d of %d and leaves %d tags", *done.Status.Completed, *done.Status.Total, len(a.tags()))
	}
	done = a.finish("custom_fields_delete", `{"custom_field_ids":`+quoted(field, stranger)+`}`)
	if got := a.do("GET", "/v3/contact_custom_fields/"+field, ""); *done.Status.Completed != 1 || got.status != 404 {
		t.Errorf("it ends with %d of %d, and the field is answered %d", *done.Status.Completed, *done.Status.Total, got.status)
	}
}

func TestCustomFields(t *testing.T) {
	a := start(t, nil)
	id := a.created("/v3/contact_custom_fields", `{"label":"Shoe size","type":"single_select","choices":[{"choice_label":"40"},{"choice_label":"41"}]}`, "custom_field_id")
	got := a.do("GET", "/v3/contact_custom_fields/"+id, "").body
	for _, part := range []string{`"label":"Shoe size","name":"Shoe_size","type":"single_select"`, `{"choice_id":2,"choice_label":"41","display_order":0}`} {
		if !strings.Contains(got, part) {
			t.Errorf("the field lacks %s: %s", part, got)
		}
	}
	if got := a.do("POST", "/v3/contact_custom_fields", `{"label":"shoe size","type":"string"}`); got.status != 409 {
		t.Errorf("the same label again is answered %d %s", got.status, got.body)
	}
	for body, message := range map[string]string{
		`{"type":"string"}`:               "label is missing",
		`{"label":"A"}`:                   "type is missing",
		`{"label":"A","type":"sound"}`:    "type does not have a valid value",
		`{"label":"  ","type":"string"}`:  "label does not have a valid value",
		`{"label":"A","type":["string"]}`: "the body is not a JSON object of the expected form",
	} {
		a.refused("POST", "/v3/contact_custom_fields", body, message)
	}
	a.must(200, "PUT", "/v3/contact_custom_fields/"+id, `{"label":"Size","choices":[{"choice_label":"S"}]}`, nil)
	if got := a.do("GET", "/v3/contact_custom_fields/"+id, "").body; !strings.Contains(got, `"name":"Size","type":"single_select"`) {
		t.Errorf("the changed field is %s", got)
	}
	if got := a.do("PUT", "/v3/contact_custom_fields/"+id, `{"label":"Renewal date"}`); got.status != 409 {
		t.Errorf("the label of another is answered %d", got.status)
	}
}

func TestDeletionOfAFieldHidesItsValues(t *testing.T) {
	a := start(t, nil)
	field := a.newField()
	id := a.created("/v3/contacts", fmt.Sprintf(`{"first_name":"A","create_source":"Account","custom_fields":[{"custom_field_id":%q,"value":"x"}]}`, field), "contact_id")
	a.must(204, "DELETE", "/v3/contact_custom_fields/"+field, "", nil)
	if c := a.full(id); len(c.Values) != 0 {
		t.Errorf("the contact still has %+v", c.Values)
	}
	if got := a.do("DELETE", "/v3/contact_custom_fields/"+field, ""); got.status != 404 {
		t.Errorf("the second deletion is answered %d", got.status)
	}
}

func TestHighestNumberOfFields(t *testing.T) {
	a := start(t, nil)
	for range 97 { // three are seeded
		a.newField()
	}
	a.refused("POST", "/v3/contact_custom_fields", `{"label":"One more","type":"string"}`, "the account has the highest number of custom fields already")
	var p struct {
		Fields []struct{} `json:"custom_fields"`
		Links  *struct{}  `json:"_links"`
	}
	if a.get("/v3/contact_custom_fields?limit=100", &p); len(p.Fields) != 100 || p.Links != nil {
		t.Errorf("the page has %d fields", len(p.Fields))
	}
}
