package views_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"winnow/views"
)

func TestPagesOnAnOrdinaryDay(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			_, doc := render(t, e.component(e.data))
			checkDocument(t, doc)
			checkFrame(t, doc)
		})
	}
}

// checkFrame looks for what every page must have.
func checkFrame(t *testing.T, doc *goquery.Document) {
	t.Helper()
	if got := doc.Find("h1").Length(); got != 1 {
		t.Errorf("%d first headings", got)
	}
	if got := words(doc.Find("title")); !strings.HasSuffix(got, " · Winnow") {
		t.Errorf("title %q", got)
	}
	if got := doc.Find("a").First().AttrOr("href", ""); got != "#main" || doc.Find("main#main").Length() != 1 {
		t.Errorf("the first link skips to %q", got)
	}
	if !strings.Contains(words(doc.Find("header")), "Sandbox: nothing here touches Constant Contact.") {
		t.Error("does not say that it is the sandbox")
	}
	if doc.Find("#notice").Length() != 1 {
		t.Error("has no place for notices")
	}
}

func TestPagesFromEmptyStructs(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for _, e := range slices.Concat(examples(), parts()) {
		kind := reflect.TypeOf(e.data)
		if seen[kind] {
			continue
		}
		seen[kind] = true
		t.Run(e.name, func(t *testing.T) {
			_, doc := render(t, e.component(reflect.Zero(kind).Interface()))
			checkInline(t, doc)
			checkURLs(t, doc)
		})
	}
}

func TestHostileValuesStayText(t *testing.T) {
	for _, e := range slices.Concat(examples(), parts()) {
		t.Run(e.name, func(t *testing.T) {
			_, plain := render(t, e.component(e.data))
			want := elements(plain)
			for offset := range hostileTexts {
				_, doc := render(t, e.component(hostile(e.data, offset, keptFields)))
				checkDocument(t, doc)
				if diff := cmp.Diff(want, elements(doc)); diff != "" {
					t.Fatalf("hostile text became elements (-ordinary +hostile):\n%s", diff)
				}
			}
		})
	}
}

func TestHostileStatesStayText(t *testing.T) {
	for _, e := range parts() {
		t.Run(e.name, func(t *testing.T) {
			for offset := range hostileTexts {
				_, doc := render(t, e.component(hostile(e.data, offset, nil)))
				checkInline(t, doc)
				checkURLs(t, doc)
				if n := doc.Find("script, img").Length(); n > 0 {
					t.Errorf("hostile text became %d elements", n)
				}
			}
		})
	}
}

// elements counts the elements of a document by name.
func elements(doc *goquery.Document) map[string]int {
	n := map[string]int{}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) { n[goquery.NodeName(s)]++ })
	return n
}

func TestHostileTextIsShown(t *testing.T) {
	e := exampleDeletions()
	e.Rows[0].Source = hostileTexts[0]
	_, doc := render(t, views.DeletionsPage(e))
	if got := words(doc.Find("tbody tr").First().Find("a")); got != hostileTexts[0] {
		t.Errorf("shown as %q", got)
	}
}

func TestEveryExampleHasItsOwnName(t *testing.T) {
	names := map[string]int{}
	for _, e := range examples() {
		names[e.name]++
	}
	for name := range maps.Keys(names) {
		if names[name] > 1 {
			t.Errorf("%q is there %d times", name, names[name])
		}
	}
}
