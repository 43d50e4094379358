package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Limits of custom fields: https://developer.constantcontact.com/api_reference/index.html
const (
	fieldsPerPage    = 50
	maxFieldsPerPage = 100
	maxFields        = 100 // of an account
	maxFieldLabel    = 50
)

// fieldTypes are the types that a custom field can have; those with choices are the last two.
var fieldTypes = []string{"string", "date", "number", "currency", "text_area", "single_select", "multi_select"}

// customField is a field that the account has made up. A deleted one is kept, so that its values can be told.
type customField struct {
	id          uuid.UUID
	label, name string
	kind        string
	choices     []choice
	created     moment
	updated     moment
	deleted     bool
}

// choice is one of the values that a field with choices can have.
type choice struct {
	ID    int    `json:"choice_id"`
	Label string `json:"choice_label"`
	Order int    `json:"display_order"`
}

// fieldBody is a custom field as the API renders it.
type fieldBody struct {
	ID        string   `json:"custom_field_id"`
	Label     string   `json:"label"`
	Name      string   `json:"name"`
	Type      string   `json:"type"`
	UpdatedAt string   `json:"updated_at"`
	CreatedAt string   `json:"created_at"`
	Choices   []choice `json:"choices,omitempty"`
}

type fieldPage struct {
	Fields []fieldBody `json:"custom_fields"`
	Links  *links      `json:"_links,omitempty"`
}

func (f *customField) render() fieldBody {
	return fieldBody{f.id.String(), f.label, f.name, f.kind, f.updated.stamp(), f.created.stamp(), f.choices}
}

// fieldName is made from the label, as the reference says.
func fieldName(label string) string { return strings.ReplaceAll(label, " ", "_") }

func (a *account) addField(label, kind string, choices []choice, at time.Time) *customField {
	f := &customField{
		id: a.ids.next(at), label: label, name: fieldName(label), kind: kind, choices: choices,
		created: momentOf(at), updated: momentOf(at),
	}
	a.fields = append(a.fields, f)
	return f
}

// field finds a custom field that is not deleted.
func (a *account) field(match func(*customField) bool) *customField {
	for _, f := range a.fields {
		if !f.deleted && match(f) {
			return f
		}
	}
	return nil
}

func (a *account) fieldByID(id uuid.UUID) *customField {
	return a.field(func(f *customField) bool { return f.id == id })
}

func (a *account) fieldNamed(label string) *customField {
	return a.field(func(f *customField) bool { return strings.EqualFold(f.name, fieldName(label)) })
}

func dropField(a *account, id uuid.UUID, at time.Time) bool {
	f := a.fieldByID(id)
	if f == nil {
		return false
	}
	f.deleted, f.updated = true, momentOf(at)
	return true
}

// listFields answers GET /contact_custom_fields, oldest first:
// https://developer.constantcontact.com/api_reference/index.html
func listFields(c *call) reply {
	p := readParams(c.query)
	limit := p.limit(fieldsPerPage, maxFieldsPerPage)
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	chosen, more := pageOf(c, p, limit, slices.Values(a.fields), func(f *customField) uuid.UUID { return f.id }, func(f *customField) bool { return !f.deleted })
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	page := fieldPage{Fields: []fieldBody{}, Links: more}
	for _, f := range chosen {
		page.Fields = append(page.Fields, f.render())
	}
	return jsonReply(http.StatusOK, page)
}

// getField answers GET /contact_custom_fields/{id}.
func getField(c *call) reply {
	c.account.enter()
	defer c.account.mu.Unlock()
	f := c.account.fieldByID(c.id)
	if f == nil {
		return notFound()
	}
	return jsonReply(http.StatusOK, f.render())
}

// fieldInput is the body of POST and PUT /contact_custom_fields.
type fieldInput struct {
	Label   *string  `json:"label"`
	Type    string   `json:"type"`
	Choices []choice `json:"choices"`
}

func (in *fieldInput) problem() string {
	switch {
	case in.Label == nil:
		return "label is missing"
	case strings.TrimSpace(*in.Label) == "" || len(*in.Label) > maxFieldLabel:
		return "label does not have a valid value"
	case in.Type != "" && !slices.Contains(fieldTypes, in.Type):
		return "type does not have a valid value"
	}
	return ""
}

// createField answers POST /contact_custom_fields.
func createField(c *call) reply {
	var in fieldInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	if in.Type == "" {
		return invalid("type is missing")
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	living := 0
	for _, f := range a.fields {
		if !f.deleted {
			living++
		}
	}
	switch {
	case a.fieldNamed(*in.Label) != nil:
		return conflict("Validation failed: Custom field label already exists")
	case living >= maxFields:
		return invalid("the account has the highest number of custom fields already")
	}
	c.applied = true
	return jsonReply(http.StatusCreated, a.addField(*in.Label, in.Type, in.numbered(), now).render())
}

// numbered gives choices their numbers.
func (in *fieldInput) numbered() []choice {
	for i := range in.Choices {
		in.Choices[i].ID = i + 1
	}
	return in.Choices
}

// replaceField answers PUT /contact_custom_fields/{id}; the type stays.
func replaceField(c *call) reply {
	var in fieldInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	f := a.fieldByID(c.id)
	switch named := a.fieldNamed(*in.Label); {
	case f == nil:
		return notFound()
	case named != nil && named != f:
		return conflict("Validation failed: Custom field label already exists")
	}
	f.label, f.name, f.updated = *in.Label, fieldName(*in.Label), momentOf(now)
	if in.Choices != nil {
		f.choices = in.numbered()
	}
	c.applied = true
	return jsonReply(http.StatusOK, f.render())
}

// deleteField answers DELETE /contact_custom_fields/{id}; unlike lists and tags, fields go at once.
func deleteField(c *call) reply {
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	if !dropField(a, c.id, now) {
		return notFound()
	}
	c.applied = true
	return noContent()
}
