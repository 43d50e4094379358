package sandbox_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"winnow/sandbox"
)

// routeCase is how one operation behaves apart from doing its work.
type routeCase struct {
	// order is a request that succeeds, another one each time where the same one would not.
	order       func(a *api) (path, body string)
	contentType string // of the body; JSON by default
	success     int    // its status
	scope       string // "": any will do
	privilege   string // "": any user will do
	owner       bool   // nobody else will do
	idName      string // of the {id}; "": there is none
	unknown     string // the message of a 400 for an unknown id; "": 404
	highest     int    // of the parameter limit; 0: there is none
	excess      string // a body with more than may be in it
	excessSays  string
}

// at is a request without a body.
func at(path string) func(*api) (string, string) { return with(path, "") }

func with(path, body string) func(*api) (string, string) {
	return func(*api) (string, string) { return path, body }
}

// ids is a JSON array with the stranger so many times.
func ids(n int) string { return quoted(slices.Repeat([]string{stranger}, n)...) }

// activityCase is that of a bulk activity; they are alike.
func activityCase(name, body, excess, says string) routeCase {
	return routeCase{
		order: with("/v3/activities/"+name, body), success: 201, scope: "contact_data", privilege: "contacts:write",
		excess: excess, excessSays: says,
	}
}

func source(sources, rest string) string { return fmt.Sprintf(`{"source":{%s},%s}`, sources, rest) }

// routeCases are those of all routes.
func routeCases() map[string]routeCase {
	all := make(map[string]routeCase)
	for _, some := range []map[string]routeCase{accountCases(), listCases(), contactCases(), tagCases(), fieldCases(), bulkCases(), activityCases()} {
		maps.Copy(all, some)
	}
	return all
}

// one is a request to something that is made for it.
func one(path func(*api) string) func(*api) (string, string) {
	return func(a *api) (string, string) { return path(a), "" }
}

// named is a POST of something with a new name.
func named(path, key, more string) func(*api) (string, string) {
	return func(*api) (string, string) { return path, fmt.Sprintf(`{%q:%q%s}`, key, unique("Name"), more) }
}

// renamed is a PUT that gives something a new name.
func renamed(path func(*api) string, key string) func(*api) (string, string) {
	return func(a *api) (string, string) { return path(a), fmt.Sprintf(`{%q:%q}`, key, unique("Name")) }
}

func accountCases() map[string]routeCase {
	return map[string]routeCase{
		"GET /v3/account/summary":         {order: at("/v3/account/summary"), success: 200, scope: "account_read", privilege: "account:read"},
		"PUT /v3/account/summary":         {order: with("/v3/account/summary", `{"first_name":"Olivia"}`), success: 200, scope: "account_update", privilege: "account:update", owner: true},
		"GET /v3/account/emails":          {order: at("/v3/account/emails"), success: 200, scope: "account_read", privilege: "account:read"},
		"GET /v3/account/user/privileges": {order: at("/v3/account/user/privileges"), success: 200},
		"GET /v3/segments":                {order: at("/v3/segments"), success: 200, scope: "contact_data", privilege: "contacts:lists:read", highest: 1000},
	}
}

func listCases() map[string]routeCase {
	list := func(a *api) string { return "/v3/contact_lists/" + a.newList() }
	return map[string]routeCase{
		"GET /v3/contact_lists":         {order: at("/v3/contact_lists"), success: 200, scope: "contact_data", privilege: "contacts:lists:read", highest: 1000},
		"POST /v3/contact_lists":        {order: named("/v3/contact_lists", "name", ""), success: 201, scope: "contact_data", privilege: "contacts:lists:write", excess: fmt.Sprintf(`{"name":%q}`, strings.Repeat("n", 256)), excessSays: "name does not have a valid value"},
		"GET /v3/contact_lists/{id}":    {order: one(list), success: 200, scope: "contact_data", privilege: "contacts:lists:read", idName: "list_id"},
		"PUT /v3/contact_lists/{id}":    {order: renamed(list, "name"), success: 200, scope: "contact_data", privilege: "contacts:lists:write", idName: "list_id"},
		"DELETE /v3/contact_lists/{id}": {order: one(list), success: 200, scope: "contact_data", privilege: "contacts:lists:write", idName: "list_id", unknown: "list_id not found"},
	}
}

func contactCases() map[string]routeCase {
	contact := func(a *api) string { return "/v3/contacts/" + a.newContact().ID }
	return map[string]routeCase{
		"GET /v3/contacts":                  {order: at("/v3/contacts"), success: 200, scope: "contact_data", privilege: "contacts:read", highest: 500},
		"POST /v3/contacts":                 {order: named("/v3/contacts", "first_name", `,"create_source":"Account"`), success: 201, scope: "contact_data", privilege: "contacts:write", excess: `{"first_name":"A","create_source":"Account","list_memberships":` + ids(51) + `}`, excessSays: "list_memberships must have 0 to 50 entries"},
		"POST /v3/contacts/sign_up_form":    {order: someSignUp, success: 201, scope: "contact_data", privilege: "contacts:write", excess: `{"email_address":"a@example.com","list_memberships":` + ids(51) + `}`, excessSays: "list_memberships must have 0 to 50 entries"},
		"GET /v3/contacts/counts":           {order: at("/v3/contacts/counts"), success: 200, scope: "contact_data", privilege: "contacts:read"},
		"GET /v3/contacts/contact_id_xrefs": {order: at("/v3/contacts/contact_id_xrefs?sequence_ids=1"), success: 200, scope: "contact_data", privilege: "contacts:read"},
		"PUT /v3/contacts/resubscribe/{id}": {order: unsubscribedContact, success: 200, scope: "contact_data", privilege: "contacts:write", idName: "contact_id"},
		"GET /v3/contacts/{id}":             {order: one(contact), success: 200, scope: "contact_data", privilege: "contacts:read", idName: "contact_id"},
		"PUT /v3/contacts/{id}":             {order: sameContact, success: 200, scope: "contact_data", privilege: "contacts:write", idName: "contact_id", excess: `{"update_source":"Account","taggings":` + ids(51) + `}`, excessSays: "taggings must have 0 to 50 entries"},
		"DELETE /v3/contacts/{id}":          {order: one(contact), success: 204, scope: "contact_data", privilege: "contacts:write", idName: "contact_id"},
	}
}

func tagCases() map[string]routeCase {
	tag := func(a *api) string { return "/v3/contact_tags/" + a.newTag() }
	return map[string]routeCase{
		"GET /v3/contact_tags":         {order: at("/v3/contact_tags"), success: 200, scope: "contact_data", privilege: "contacts:read", highest: 500},
		"POST /v3/contact_tags":        {order: named("/v3/contact_tags", "name", ""), success: 201, scope: "contact_data", privilege: "contacts:write", excess: fmt.Sprintf(`{"name":%q}`, strings.Repeat("n", 256)), excessSays: "name does not have a valid value"},
		"GET /v3/contact_tags/{id}":    {order: one(tag), success: 200, scope: "contact_data", privilege: "contacts:read", idName: "tag_id"},
		"PUT /v3/contact_tags/{id}":    {order: renamed(tag, "name"), success: 200, scope: "contact_data", privilege: "contacts:write", idName: "tag_id"},
		"DELETE /v3/contact_tags/{id}": {order: one(tag), success: 200, scope: "contact_data", privilege: "contacts:write", idName: "tag_id"},
	}
}

func fieldCases() map[string]routeCase {
	field := func(a *api) string { return "/v3/contact_custom_fields/" + a.newField() }
	return map[string]routeCase{
		"GET /v3/contact_custom_fields":         {order: at("/v3/contact_custom_fields"), success: 200, scope: "contact_data", privilege: "contacts:read", highest: 100},
		"POST /v3/contact_custom_fields":        {order: named("/v3/contact_custom_fields", "label", `,"type":"string"`), success: 201, scope: "contact_data", privilege: "contacts:write", excess: fmt.Sprintf(`{"label":%q,"type":"string"}`, strings.Repeat("n", 51)), excessSays: "label does not have a valid value"},
		"GET /v3/contact_custom_fields/{id}":    {order: one(field), success: 200, scope: "contact_data", privilege: "contacts:read", idName: "custom_field_id"},
		"PUT /v3/contact_custom_fields/{id}":    {order: renamed(field, "label"), success: 200, scope: "contact_data", privilege: "contacts:write", idName: "custom_field_id"},
		"DELETE /v3/contact_custom_fields/{id}": {order: one(field), success: 204, scope: "contact_data", privilege: "contacts:write", idName: "custom_field_id"},
	}
}

func bulkCases() map[string]routeCase {
	fileType, file := fileFormOf("a@example.com")
	lists51 := `"list_ids":` + ids(51)
	return map[string]routeCase{
		"POST /v3/activities/contact_delete":           activityCase("contact_delete", `{"contact_ids":`+ids(1)+`}`, `{"contact_ids":`+ids(501)+`}`, "contact_ids must have 1 to 500 entries"),
		"POST /v3/activities/contact_exports":          activityCase("contact_exports", `{"contact_ids":`+ids(1)+`}`, `{"list_ids":`+ids(51)+`}`, "list_ids must have 1 to 50 entries"),
		"POST /v3/activities/contacts_json_import":     {order: someRows, success: 201, scope: "contact_data", privilege: "contacts:write", excess: `{"import_data":[{"email":"a@example.com"}],` + lists51 + `}`, excessSays: "list_ids must have 1 to 50 entries"},
		"POST /v3/activities/contacts_file_import":     {order: with("/v3/activities/contacts_file_import", file), contentType: fileType, success: 201, scope: "contact_data", privilege: "contacts:write"},
		"POST /v3/activities/add_list_memberships":     activityCase("add_list_memberships", source(`"contact_ids":`+ids(1), `"list_ids":`+ids(1)), source(`"contact_ids":`+ids(1), lists51), "list_ids must have 1 to 50 entries"),
		"POST /v3/activities/remove_list_memberships":  activityCase("remove_list_memberships", source(`"contact_ids":`+ids(1), `"list_ids":`+ids(1)), source(`"contact_ids":`+ids(501), `"list_ids":`+ids(1)), "source.contact_ids must have 1 to 500 entries"),
		"POST /v3/activities/list_delete":              activityCase("list_delete", `{"list_ids":`+ids(1)+`}`, `{"list_ids":`+ids(101)+`}`, "list_ids must have 1 to 100 entries"),
		"POST /v3/activities/contacts_taggings_add":    activityCase("contacts_taggings_add", source(`"all_active_contacts":true`, `"tag_ids":`+ids(1)), source(`"all_active_contacts":true`, `"tag_ids":`+ids(51)), "tag_ids must have 1 to 50 entries"),
		"POST /v3/activities/contacts_taggings_remove": activityCase("contacts_taggings_remove", source(`"tag_ids":`+ids(1), `"tag_ids":`+ids(1)), source(`"tag_ids":`+ids(51), `"tag_ids":`+ids(1)), "source.tag_ids must have 1 to 50 entries"),
		"POST /v3/activities/contacts_tags_delete":     activityCase("contacts_tags_delete", `{"tag_ids":`+ids(1)+`}`, `{"tag_ids":`+ids(501)+`}`, "tag_ids must have 1 to 500 entries"),
		"POST /v3/activities/custom_fields_delete":     activityCase("custom_fields_delete", `{"custom_field_ids":`+ids(1)+`}`, `{"custom_field_ids":`+ids(101)+`}`, "custom_field_ids must have 1 to 100 entries"),
	}
}

func activityCases() map[string]routeCase {
	return map[string]routeCase{
		"GET /v3/activities":           {order: at("/v3/activities"), success: 200, scope: "contact_data", privilege: "contacts:write", highest: 500},
		"GET /v3/activities/{id}":      {order: someActivity, success: 200, scope: "contact_data", privilege: "contacts:write", idName: "activity_id"},
		"GET /v3/contact_exports/{id}": {order: finishedExport, success: 200, scope: "contact_data", privilege: "contacts:write", idName: "file_export_id"},
	}
}

func someRows(a *api) (path, body string) {
	return "/v3/activities/contacts_json_import", fmt.Sprintf(`{"import_data":[{"email":%q}],"list_ids":[%q]}`, uniqueEmail(), a.Lists(sandbox.MainAccount)[0].ID)
}

func someSignUp(a *api) (path, body string) {
	return "/v3/contacts/sign_up_form", fmt.Sprintf(`{"email_address":%q,"list_memberships":[%q]}`, uniqueEmail(), a.Lists(sandbox.MainAccount)[0].ID)
}

func someActivity(a *api) (path, body string) {
	return "/v3/activities/" + a.remove("contact_ids", stranger).ID, ""
}

func unsubscribedContact(a *api) (path, body string) {
	c, err := a.ChangeContact(sandbox.MainAccount, a.newContact().ID, func(c *sandbox.Contact) { c.Permission = "unsubscribed" })
	if err != nil {
		a.t.Fatal(err)
	}
	return "/v3/contacts/resubscribe/" + c.ID, `{"list_ids":` + ids(1) + `}`
}

func sameContact(a *api) (path, body string) {
	c := a.newContact()
	return "/v3/contacts/" + c.ID, fmt.Sprintf(`{"email_address":{"address":%q},"update_source":"Account"}`, c.Email)
}

func finishedExport(a *api) (path, body string) {
	act := a.finish("contact_exports", `{"contact_ids":`+ids(1)+`}`)
	return act.Links.Results.Href, ""
}

// fileFormOf is a file that can be imported, with one unknown list.
func fileFormOf(email string) (contentType, body string) {
	const boundary = "edge"
	part := func(name, more, text string) string {
		return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + text + "\r\n"
	}
	return "multipart/form-data; boundary=" + boundary,
		part("file", `; filename="people.csv"`, "email\n"+email+"\n") + part("list_ids", "", stranger) + "--" + boundary + "--\r\n"
}
