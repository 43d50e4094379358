package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Limits of GET /contact_tags: https://developer.constantcontact.com/api_reference/index.html
const (
	tagsPerPage    = 50
	maxTagsPerPage = 500
	maxTagName     = 255
)

// tagBody is a tag as the API renders it.
type tagBody struct {
	ID        string `json:"tag_id"`
	Name      string `json:"name"`
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
	Contacts  *int   `json:"contacts_count,omitempty"`
	Source    string `json:"tag_source,omitempty"`
}

type tagPage struct {
	Tags  []tagBody `json:"tags"`
	Links *links    `json:"_links,omitempty"`
}

func (g *tag) render() tagBody {
	return tagBody{ID: g.id.String(), Name: g.name, CreatedAt: g.created.stamp(), UpdatedAt: g.updated.stamp(), Source: g.source}
}

func (g *tag) renderCounted() tagBody {
	body, n := g.render(), g.members.size
	body.Contacts = &n
	return body
}

// renderer is how the include_count of the query wants tags; it counts the contacts of each tag, not the tags.
func (p *params) tagRenderer() func(*tag) tagBody {
	if p.flag("include_count") {
		return (*tag).renderCounted
	}
	return (*tag).render
}

// listTags answers GET /contact_tags, oldest first:
// https://developer.constantcontact.com/api_reference/index.html
func listTags(c *call) reply {
	p := readParams(c.query)
	limit, render := p.limit(tagsPerPage, maxTagsPerPage), p.tagRenderer()
	a := c.account
	a.enter()
	defer a.mu.Unlock()
	chosen, more := pageOf(c, p, limit, slices.Values(a.tags.all), (*tag).key, func(g *tag) bool { return !g.deleted })
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	page := tagPage{Tags: []tagBody{}, Links: more}
	for _, g := range chosen {
		page.Tags = append(page.Tags, render(g))
	}
	return jsonReply(http.StatusOK, page)
}

// getTag answers GET /contact_tags/{id}.
func getTag(c *call) reply {
	p := &params{values: c.query}
	render := p.tagRenderer()
	if refusal, bad := p.refusal(); bad {
		return refusal
	}
	c.account.enter()
	defer c.account.mu.Unlock()
	g := c.account.tags.get(c.id)
	if g == nil {
		return notFound()
	}
	return jsonReply(http.StatusOK, render(g))
}

// tagInput is the body of POST and PUT /contact_tags.
type tagInput struct {
	Name   *string `json:"name"`
	Source string  `json:"tag_source"`
}

func (in *tagInput) problem() string {
	switch {
	case in.Name == nil:
		return "name is missing"
	case strings.TrimSpace(*in.Name) == "" || len(*in.Name) > maxTagName:
		return "name does not have a valid value"
	}
	return ""
}

// createTag answers POST /contact_tags.
func createTag(c *call) reply {
	var in tagInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	if a.tags.named(*in.Name) != nil {
		return conflict("Validation failed: Tag name already exists")
	}
	c.applied = true
	return jsonReply(http.StatusCreated, a.addTag(*in.Name, in.Source, now).render())
}

// renameTag answers PUT /contact_tags/{id}.
func renameTag(c *call) reply {
	var in tagInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	g := a.tags.get(c.id)
	switch named := a.tags.named(*in.Name); {
	case g == nil:
		return notFound()
	case named != nil && named != g:
		return conflict("Validation failed: Tag name already exists")
	}
	g.name, g.updated = *in.Name, momentOf(now)
	c.applied = true
	return jsonReply(http.StatusOK, g.render())
}

// deleteTag answers DELETE /contact_tags/{id} with an activity, whose answer has a link from inside the vendor.
func deleteTag(c *call) reply {
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	if a.tags.get(c.id) == nil {
		return notFound()
	}
	return c.acceptDelete(&activity{work: &removal{ids: []uuid.UUID{c.id}, drop: dropTag}}, now, internalTags)
}
