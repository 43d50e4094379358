package constantcontact_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	cc "winnow/constantcontact"
)

func TestHostileNextLinksAreRefused(t *testing.T) {
	links := map[string]any{
		"absolute":               "https://evil.example/v3/contacts?cursor=a",
		"other scheme":           "file:///v3/contacts",
		"without scheme":         "//evil.example/v3/contacts",
		"three slashes":          "///evil.example/v3/contacts",
		"backslash for a slash":  `/\evil.example/v3/contacts`,
		"backslash in the query": `/v3/contacts?cursor=\\evil.example`,
		"user info":              "@evil.example/v3/contacts",
		"port":                   ":80/v3/contacts",
		"relative":               "contacts?cursor=a",
		"query alone":            "?cursor=a",
		"empty":                  "",
		"outside v3":             "/v2/contacts",
		"longer than v3":         "/v33/contacts",
		"v3 alone":               "/v3",
		"v3 with a slash":        "/v3/",
		"upper case":             "/V3/contacts",
		"double slash inside":    "/v3//contacts",
		"slash at the end":       "/v3/contacts/",
		"dot segments":           "/v3/../oauth2/token",
		"single dot":             "/v3/./contacts",
		"encoded dot segments":   "/v3/%2e%2e/oauth2/token",
		"twice encoded":          "/v3/%252e%252e/oauth2/token",
		"encoded slash":          "/v3/..%2foauth2",
		"semicolon parameter":    "/v3/..;/oauth2",
		"fragment":               "/v3/contacts?cursor=a#b",
		"line break":             "/v3/contacts?cursor=a\r\nX-Evil: 1",
		"line break at the end":  "/v3/contacts?cursor=a\n",
		"tab":                    "/v3/con\ttacts",
		"null byte":              "/v3/contacts?cursor=a\x00",
		"space":                  "/v3/contacts?cursor=a b",
		"space before":           " /v3/contacts",
		"other letters":          "/v3/contácts",
		"other letters in query": "/v3/contacts?cursor=é",
		"endless":                "/v3/contacts?cursor=" + strings.Repeat("a", 5000),
		"a number":               7,
		"an object":              map[string]string{"href": "/v3/contacts"},
		"a list":                 []string{"/v3/contacts"},
	}
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, fake := setup(t)
			fake.answer("/", 200, pageWith(t, link))

			got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
			if err == nil || len(got) != 0 {
				t.Fatalf("got %d contacts, %v; want an error", len(got), err)
			}
			if strings.Contains(err.Error(), "evil") {
				t.Errorf("the error repeats the link: %v", err)
			}
			if n := len(fake.seen()); n != 1 {
				t.Errorf("made %d requests, want the first only", n)
			}
		})
	}
}

func TestCollectionsThatAreNone(t *testing.T) {
	bodies := map[string]string{
		"an empty object":       `{}`,
		"another field":         `{"lists":[]}`,
		"null":                  `{"contacts":null}`,
		"an object":             `{"contacts":{}}`,
		"a number":              `{"contacts":[1]}`,
		"an array":              `[]`,
		"a page":                `<html><body>Welcome</body></html>`,
		"nothing":               ``,
		"cut off":               `{"contacts":[`,
		"two values":            `{"contacts":[]}{"contacts":[]}`,
		"links of a wrong kind": `{"contacts":[],"_links":[1]}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, fake := setup(t)
			fake.answer(route("GET", "/contacts"), 200, body)

			got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
			if err == nil || len(got) != 0 {
				t.Errorf("got %d contacts, %v; want an error", len(got), err)
			}
		})
	}
}

func TestEmptyCollections(t *testing.T) {
	for name, body := range map[string]string{
		"no links":   `{"contacts":[]}`,
		"null links": `{"contacts":[],"_links":null}`,
		"null next":  `{"contacts":[],"_links":{"next":null}}`,
		"null href":  `{"contacts":[],"_links":{"next":{"href":null}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, fake := setup(t)
			fake.answer(route("GET", "/contacts"), 200, body)

			got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
			if err != nil || len(got) != 0 {
				t.Errorf("got %d contacts, %v; want none", len(got), err)
			}
		})
	}
}

func TestPagesInACircle(t *testing.T) {
	client, fake := setup(t)
	fake.HandleFunc(route("GET", "/contacts"), func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"limit=500": "a", "cursor=a": "b", "cursor=b": "c", "cursor=c": "a"}[r.URL.RawQuery]
		_, _ = fmt.Fprintf(w, `{"contacts":[{}],"_links":{"next":{"href":"/v3/contacts?cursor=%s"}}}`, next)
	})

	got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
	if err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("got %v, want an error about a circle", err)
	}
	if len(got) != 4 || len(fake.seen()) != 4 {
		t.Errorf("got %d contacts with %d requests, want each page once", len(got), len(fake.seen()))
	}
}

func TestPagesWithoutEnd(t *testing.T) {
	t.Parallel()
	client, fake := setup(t)
	served := 0
	fake.HandleFunc(route("GET", "/contacts"), func(w http.ResponseWriter, _ *http.Request) {
		served++
		_, _ = fmt.Fprintf(w, `{"contacts":[{}],"_links":{"next":{"href":"/v3/contacts?cursor=%d"}}}`, served)
	})

	got, err := collect(client.Contacts.All(t.Context(), cc.ContactOptions{}))
	if err == nil || !strings.Contains(err.Error(), "10000 pages") || len(got) != 10_000 || len(fake.seen()) != 10_000 {
		t.Errorf("got %d contacts from %d pages, %v; want 10,000 and an error", len(got), len(fake.seen()), err)
	}
}

func TestIteratorAsksForAPageOnlyWhenNeeded(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities"), 200, sample(t, "activities"))

	taken := 0
	for _, err := range client.Activities.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if taken++; taken == 5 {
			break
		}
	}
	if n := len(fake.seen()); n != 1 {
		t.Errorf("made %d requests for the items of one page", n)
	}
}

func TestIteratorStartsAnew(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/contacts"), 200, sample(t, "contacts"))

	all := client.Contacts.All(t.Context(), cc.ContactOptions{})
	for range 2 {
		if got, err := collect(all); err != nil || len(got) != 3 {
			t.Errorf("got %d contacts, %v; want 3", len(got), err)
		}
	}
}

func TestCancelledBetweenPages(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities"), 200, sample(t, "activities"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	var err error
	seen := 0
	for _, failed := range client.Activities.All(ctx) {
		cancel()
		if failed != nil {
			err = failed
			continue
		}
		seen++
	}
	if !errors.Is(err, context.Canceled) || seen != 5 {
		t.Errorf("got %v after %d activities, want the first page and the cancellation", err, seen)
	}
}

// pageWith is an empty page with a next link.
func pageWith(t *testing.T, href any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"contacts": []any{map[string]any{}},
		"_links":   map[string]any{"next": map[string]any{"href": href}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
