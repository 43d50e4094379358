package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// route is one operation of the API: what it asks of the token and of the user, and who answers it.
type route struct {
	method    string
	pattern   string // with at most one {id}, as its last segment
	scope     string // empty: any token will do
	privilege string // empty: any user will do
	role      string // empty: any role with the privilege will do
	idName    string // how the API calls the {id} in its errors
	large     bool   // an import, with a body of megabytes
	handle    func(*call) reply
}

// The scopes that routes ask for.
const (
	accountRead   = "account_read"
	accountUpdate = "account_update"
	contactData   = "contact_data"
)

// The privileges that routes ask for.
const (
	mayReadAccount   = "account:read"
	mayUpdateAccount = "account:update"
	mayReadContacts  = "contacts:read"
	mayWriteContacts = "contacts:write"
	mayReadLists     = "contacts:lists:read"
	mayWriteLists    = "contacts:lists:write"
)

// Privileges and scopes as the vendor's reference lists them for each operation:
// https://developer.constantcontact.com/api_reference/index.html. Every activity route, reading included, asks for
// contacts:write, and so do exports and the writing of tags and custom fields; segments are read as lists are. One
// operation is for the owner alone: https://developer.constantcontact.com/api_guide/account_details_put.html
var apiRoutes = []*route{
	{method: "GET", pattern: "/v3/account/summary", scope: accountRead, privilege: mayReadAccount, handle: getSummary},
	{method: "PUT", pattern: "/v3/account/summary", scope: accountUpdate, privilege: mayUpdateAccount, role: ownerRole, handle: replaceSummary},
	{method: "GET", pattern: "/v3/account/emails", scope: accountRead, privilege: mayReadAccount, handle: getAccountEmails},
	{method: "GET", pattern: "/v3/account/user/privileges", handle: getPrivileges},

	{method: "GET", pattern: "/v3/contact_lists", scope: contactData, privilege: mayReadLists, handle: listLists},
	{method: "POST", pattern: "/v3/contact_lists", scope: contactData, privilege: mayWriteLists, handle: createList},
	{method: "GET", pattern: "/v3/contact_lists/{id}", scope: contactData, privilege: mayReadLists, idName: "list_id", handle: getList},
	{method: "PUT", pattern: "/v3/contact_lists/{id}", scope: contactData, privilege: mayWriteLists, idName: "list_id", handle: replaceList},
	{method: "DELETE", pattern: "/v3/contact_lists/{id}", scope: contactData, privilege: mayWriteLists, idName: "list_id", handle: deleteList},

	{method: "GET", pattern: "/v3/contacts", scope: contactData, privilege: mayReadContacts, handle: listContacts},
	{method: "POST", pattern: "/v3/contacts", scope: contactData, privilege: mayWriteContacts, handle: createContact},
	{method: "POST", pattern: "/v3/contacts/sign_up_form", scope: contactData, privilege: mayWriteContacts, handle: signUp},
	{method: "GET", pattern: "/v3/contacts/counts", scope: contactData, privilege: mayReadContacts, handle: getCounts},
	{method: "GET", pattern: "/v3/contacts/contact_id_xrefs", scope: contactData, privilege: mayReadContacts, handle: getXrefs},
	{method: "PUT", pattern: "/v3/contacts/resubscribe/{id}", scope: contactData, privilege: mayWriteContacts, idName: "contact_id", handle: resubscribe},
	{method: "GET", pattern: "/v3/contacts/{id}", scope: contactData, privilege: mayReadContacts, idName: "contact_id", handle: getContact},
	{method: "PUT", pattern: "/v3/contacts/{id}", scope: contactData, privilege: mayWriteContacts, idName: "contact_id", handle: replaceContact},
	{method: "DELETE", pattern: "/v3/contacts/{id}", scope: contactData, privilege: mayWriteContacts, idName: "contact_id", handle: deleteContact},

	{method: "GET", pattern: "/v3/contact_tags", scope: contactData, privilege: mayReadContacts, handle: listTags},
	{method: "POST", pattern: "/v3/contact_tags", scope: contactData, privilege: mayWriteContacts, handle: createTag},
	{method: "GET", pattern: "/v3/contact_tags/{id}", scope: contactData, privilege: mayReadContacts, idName: "tag_id", handle: getTag},
	{method: "PUT", pattern: "/v3/contact_tags/{id}", scope: contactData, privilege: mayWriteContacts, idName: "tag_id", handle: renameTag},
	{method: "DELETE", pattern: "/v3/contact_tags/{id}", scope: contactData, privilege: mayWriteContacts, idName: "tag_id", handle: deleteTag},

	{method: "GET", pattern: "/v3/segments", scope: contactData, privilege: mayReadLists, handle: listSegments},

	{method: "GET", pattern: "/v3/contact_custom_fields", scope: contactData, privilege: mayReadContacts, handle: listFields},
	{method: "POST", pattern: "/v3/contact_custom_fields", scope: contactData, privilege: mayWriteContacts, handle: createField},
	{method: "GET", pattern: "/v3/contact_custom_fields/{id}", scope: contactData, privilege: mayReadContacts, idName: "custom_field_id", handle: getField},
	{method: "PUT", pattern: "/v3/contact_custom_fields/{id}", scope: contactData, privilege: mayWriteContacts, idName: "custom_field_id", handle: replaceField},
	{method: "DELETE", pattern: "/v3/contact_custom_fields/{id}", scope: contactData, privilege: mayWriteContacts, idName: "custom_field_id", handle: deleteField},

	{method: "POST", pattern: "/v3/activities/contact_delete", scope: contactData, privilege: mayWriteContacts, handle: createContactDelete},
	{method: "POST", pattern: "/v3/activities/contact_exports", scope: contactData, privilege: mayWriteContacts, handle: createExport},
	{method: "POST", pattern: "/v3/activities/contacts_json_import", scope: contactData, privilege: mayWriteContacts, large: true, handle: importJSON},
	{method: "POST", pattern: "/v3/activities/contacts_file_import", scope: contactData, privilege: mayWriteContacts, large: true, handle: importFile},
	{method: "POST", pattern: "/v3/activities/add_list_memberships", scope: contactData, privilege: mayWriteContacts, handle: addMemberships},
	{method: "POST", pattern: "/v3/activities/remove_list_memberships", scope: contactData, privilege: mayWriteContacts, handle: removeMemberships},
	{method: "POST", pattern: "/v3/activities/list_delete", scope: contactData, privilege: mayWriteContacts, handle: createListDelete},
	{method: "POST", pattern: "/v3/activities/contacts_taggings_add", scope: contactData, privilege: mayWriteContacts, handle: addTaggings},
	{method: "POST", pattern: "/v3/activities/contacts_taggings_remove", scope: contactData, privilege: mayWriteContacts, handle: removeTaggings},
	{method: "POST", pattern: "/v3/activities/contacts_tags_delete", scope: contactData, privilege: mayWriteContacts, handle: createTagsDelete},
	{method: "POST", pattern: "/v3/activities/custom_fields_delete", scope: contactData, privilege: mayWriteContacts, handle: createFieldsDelete},
	{method: "GET", pattern: "/v3/activities", scope: contactData, privilege: mayWriteContacts, handle: listActivities},
	{method: "GET", pattern: "/v3/activities/{id}", scope: contactData, privilege: mayWriteContacts, idName: "activity_id", handle: getActivity},
	{method: "GET", pattern: "/v3/contact_exports/{id}", scope: contactData, privilege: mayWriteContacts, idName: "file_export_id", handle: getExport},
}

// Routes names every operation, as Fault.Route and Request.Route do: those of the API, then those of the OAuth2 server.
func Routes() []string {
	var names []string
	for _, rt := range slices.Concat(apiRoutes, oauthRoutes) {
		names = append(names, rt.name())
	}
	return names
}

func (rt *route) name() string { return rt.method + " " + rt.pattern }

// api tells whether the route belongs to the API half.
func (rt *route) api() bool { return rt.handle != nil }

// match tells whether the path fits the pattern, and what its {id} is.
func (rt *route) match(path string) (id string, ok bool) {
	prefix, hasID := strings.CutSuffix(rt.pattern, "{id}")
	if !hasID {
		return "", path == rt.pattern
	}
	id, ok = strings.CutPrefix(path, prefix)
	return id, ok && id != "" && !strings.Contains(id, "/")
}

// findRoute finds the operation. A fixed path hides one with an {id}, also for methods that it does not serve.
func findRoute(method, path string) (rt *route, id string) {
	fixed := false
	for _, candidate := range apiRoutes {
		found, ok := candidate.match(path)
		switch {
		case !ok:
		case found == "" && candidate.method == method:
			return candidate, ""
		case found == "":
			fixed = true
		case candidate.method == method:
			rt, id = candidate, found
		}
	}
	if fixed {
		return nil, ""
	}
	return rt, id
}

// knownPath tells whether any method is served there.
func knownPath(path string) bool {
	return slices.ContainsFunc(apiRoutes, func(rt *route) bool {
		_, ok := rt.match(path)
		return ok
	})
}

// corsHeaders are what the gateway says to any OPTIONS request.
var corsHeaders = map[string]string{
	"Access-Control-Allow-Origin":  "*",
	"Access-Control-Allow-Methods": "GET,POST,PUT,DELETE,PATCH,OPTIONS",
	"Access-Control-Allow-Headers": "Content-Type,X-Amz-Date,Authorization,X-Api-Key",
}

func preflight() reply {
	r := jsonReply(http.StatusOK, struct{}{})
	for name, value := range corsHeaders {
		r = r.with(name, value)
	}
	return r
}
