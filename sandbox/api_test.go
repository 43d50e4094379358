package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"sync/atomic"
	"testing"

	"winnow/sandbox"
)

// doAs is do with a Content-Type of its own.
func (a *api) doAs(contentType, method, path, body string) answer {
	a.t.Helper()
	got, err := a.sendAs(contentType, method, path, body)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

// must is a request that has to be answered with this status; the body is read into what is given, if anything.
func (a *api) must(status int, method, path, body string, into any) answer {
	a.t.Helper()
	got := a.do(method, path, body)
	if got.status != status {
		a.t.Fatalf("%s %s answered %d, want %d: %s", method, path, got.status, status, got.body)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got.body), into); err != nil {
			a.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return got
}

// refused is a request that has to be answered 400 with this message.
func (a *api) refused(method, path, body, message string) {
	a.t.Helper()
	want := validationBody(message)
	if got := a.do(method, path, body); got.status != 400 || got.body != want {
		a.t.Errorf("%s %s %.120s answered %d %s, want 400 %s", method, path, body, got.status, got.body, want)
	}
}

func validationBody(message string) string {
	return fmt.Sprintf(`[{"error_key":"contacts.api.validation.error","error_message":%q}]`, message)
}

func conflictBody(message string) string {
	return fmt.Sprintf(`[{"error_key":"contacts.api.conflict","error_message":%q}]`, message)
}

// begin is a bulk request that has to be accepted; finish also does its work and gives the activity as it is then.
func (a *api) begin(name, body string) activity {
	a.t.Helper()
	var act activity
	a.must(201, "POST", "/v3/activities/"+name, body, &act)
	return act
}

func (a *api) finish(name, body string) activity {
	a.t.Helper()
	act := a.begin(name, body)
	a.Settle()
	return a.activity(act.ID)
}

// numbers makes names that nobody has.
var numbers atomic.Int64

func unique(name string) string { return fmt.Sprintf("%s %d", name, numbers.Add(1)) }

func uniqueEmail() string { return fmt.Sprintf("person%d@example.com", numbers.Add(1)) }

// created makes something by a POST and gives its id.
func (a *api) created(path, body, idName string) string {
	a.t.Helper()
	var made map[string]any
	a.must(201, "POST", path, body, &made)
	id, _ := made[idName].(string)
	return id
}

func (a *api) newList() string {
	a.t.Helper()
	return a.created("/v3/contact_lists", fmt.Sprintf(`{"name":%q}`, unique("List")), "list_id")
}

func (a *api) newTag() string {
	a.t.Helper()
	return a.created("/v3/contact_tags", fmt.Sprintf(`{"name":%q}`, unique("Tag")), "tag_id")
}

func (a *api) newField() string {
	a.t.Helper()
	return a.created("/v3/contact_custom_fields", fmt.Sprintf(`{"label":%q,"type":"string"}`, unique("Field")), "custom_field_id")
}

func (a *api) newContact(lists ...string) sandbox.Contact {
	a.t.Helper()
	c, err := a.AddContact(sandbox.MainAccount, sandbox.Contact{Email: uniqueEmail(), FirstName: "New", Lists: lists})
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// contact is a contact of the main account as it is now.
func (a *api) contact(id string) sandbox.Contact {
	a.t.Helper()
	c, ok := a.Contact(sandbox.MainAccount, id)
	if !ok {
		a.t.Fatalf("no contact %s", id)
	}
	return c
}

// quoted is a JSON array of texts.
func quoted(texts ...string) string {
	out, _ := json.Marshal(texts) // texts only
	return string(out)
}

// fileForm is a multipart body with a file, and its Content-Type.
func fileForm(t testing.TB, fileName, file string, fields map[string]string) (contentType, body string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	part, err := w.CreateFormFile("file", fileName)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, file); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.String()
}
