package constantcontact_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	cc "winnow/constantcontact"
)

// bookShelf serves three pages of one contact each, of which some fail.
func bookShelf(t *testing.T, fail func(w http.ResponseWriter, page string) bool) (*cc.Client, *fakeAPI) {
	t.Helper()
	client, fake := setup(t)
	fake.HandleFunc(route("GET", "/contacts"), func(w http.ResponseWriter, r *http.Request) {
		page := map[string]string{"": "1", "two": "2", "three": "3"}[r.URL.Query().Get("cursor")]
		if fail(w, page) {
			return
		}
		next := map[string]string{"1": `{"href":"/v3/contacts?cursor=two"}`, "2": `{"href":"/v3/contacts?cursor=three"}`, "3": "null"}[page]
		_, _ = fmt.Fprintf(w, `{"contacts":[{"contact_id":"%s"}],"_links":{"next":%s}}`, page, next)
	})
	return client, fake
}

// readOn reads from the bookmark to the end or to an error.
func readOn(t *testing.T, client *cc.Client, mark *cc.Bookmark) (ids []string, err error) {
	t.Helper()
	for end := false; !end && err == nil; {
		var contacts []cc.Contact
		contacts, end, err = client.Contacts.NextPage(t.Context(), cc.ContactOptions{}, mark)
		for _, c := range contacts {
			ids = append(ids, c.ContactID)
		}
	}
	return ids, err
}

func TestABookmarkGoesOnWithThePageThatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		then   []string // what the next reading gives
	}{
		"an error of the server":             {503, "", []string{"2", "3"}},
		"an answer that breaks off":          {200, `{"contacts":[`, []string{"2", "3"}},
		"a redirect":                         {307, "", []string{"2", "3"}},
		"a proxy that refuses":               {404, "<html>", []string{"2", "3"}},
		"a token that is not accepted":       {401, `{"error_key":"unauthorized","error_message":"Unauthorized"}`, []string{"2", "3"}},
		"the day is used":                    {429, `{"error_key":"quota_exceeded","error_message":"Quota Exceeded"}`, []string{"2", "3"}},
		"a place that the vendor has forgot": {400, `[{"error_key":"contacts.api.validation.error","error_message":"cursor"}]`, []string{"1", "2", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			failed := false
			client, _ := bookShelf(t, func(w http.ResponseWriter, page string) bool {
				if page != "2" || failed {
					return false
				}
				failed = true
				w.WriteHeader(c.status)
				_, _ = fmt.Fprint(w, c.body)
				return true
			})
			var mark cc.Bookmark
			if got, err := readOn(t, client, &mark); err == nil || !slices.Equal(got, []string{"1"}) {
				t.Errorf("the first reading gives %v, %v", got, err)
			}
			if got, err := readOn(t, client, &mark); err != nil || !slices.Equal(got, c.then) {
				t.Errorf("the second reading gives %v, %v; want %v", got, err, c.then)
			}
			if got, err := readOn(t, client, &mark); err != nil || len(got) != 3 {
				t.Errorf("after its end a reading gives %v, %v", got, err)
			}
		})
	}
}

func TestABookmarkDoesNotTurnToAPageThatWasRead(t *testing.T) {
	wrong := true
	client, fake := bookShelf(t, func(w http.ResponseWriter, page string) bool {
		if page != "2" || !wrong {
			return false
		}
		wrong = false
		_, _ = fmt.Fprint(w, `{"contacts":[{"contact_id":"2"}],"_links":{"next":{"href":"/v3/contacts?cursor=two"}}}`)
		return true
	})
	var mark cc.Bookmark
	if got, err := readOn(t, client, &mark); err == nil || !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("the first reading gives %v, %v", got, err)
	}
	if got, err := readOn(t, client, &mark); err != nil || !slices.Equal(got, []string{"2", "3"}) || len(fake.seen()) != 4 {
		t.Errorf("the second reading gives %v, %v with %d requests in all", got, err, len(fake.seen()))
	}
}
