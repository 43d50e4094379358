package sandbox

import (
	"net/http"
	"strings"
)

// maxListName is the longest name of a list, maxLists (in options.go) the most lists of an account.
const maxListName = 255

// listInput is the body of POST and PUT /contact_lists.
type listInput struct {
	Name        *string `json:"name"`
	Description string  `json:"description"`
	Favorite    bool    `json:"favorite"`
}

func (in *listInput) problem() string {
	switch {
	case in.Name == nil:
		return "name is missing"
	case strings.TrimSpace(*in.Name) == "" || len(*in.Name) > maxListName:
		return "name does not have a valid value"
	}
	return ""
}

// createList answers POST /contact_lists:
// https://developer.constantcontact.com/api_reference/index.html
func createList(c *call) reply {
	var in listInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	switch {
	case a.lists.named(*in.Name) != nil:
		return conflict("Validation failed: List name already exists")
	case len(a.lists.living) >= maxLists:
		return invalid("the account has the highest number of lists already")
	}
	c.applied = true
	return jsonReply(http.StatusCreated, a.addList(in, now).render(""))
}

// replaceList answers PUT /contact_lists/{id}; what is left out of the body is emptied.
func replaceList(c *call) reply {
	var in listInput
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	l := a.lists.get(c.id)
	switch named := a.lists.named(*in.Name); {
	case l == nil:
		return notFound()
	case named != nil && named != l:
		return conflict("Validation failed: List name already exists")
	}
	l.name, l.description, l.favorite, l.updated = *in.Name, in.Description, in.Favorite, momentOf(now)
	c.applied = true
	return jsonReply(http.StatusOK, l.render(""))
}

// deleteList answers DELETE /contact_lists/{id} with an activity, whose answer lacks the status and has a link from
// inside the vendor.
func deleteList(c *call) reply {
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	if a.lists.get(c.id) == nil {
		return unknownList(a.quirks)
	}
	c.listIDs = append(c.listIDs, c.id)
	return c.acceptDelete(&activity{work: &removal{ids: c.listIDs, drop: dropList}}, now, internalLists)
}

// unknownList is the answer to the deletion of a list that the account does not have, or not any more. Elsewhere an
// unknown id is 404.
func unknownList(q Quirks) reply {
	if q.UnknownListDeleteNotFound {
		return notFound()
	}
	return invalid("list_id not found")
}
