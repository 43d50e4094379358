package views_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// render returns what a component writes, with its parsed form. The text must nest as it stands: a browser would mend it
// silently, and then show something else than was meant.
func render(t *testing.T, c templ.Component) (string, *goquery.Document) {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	checkNesting(t, b.String())
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return b.String(), doc
}

var voidElements = map[string]bool{"br": true, "img": true, "input": true, "link": true, "meta": true, "hr": true}

func checkNesting(t *testing.T, text string) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Errorf("not HTML: %v", z.Err())
			}
			if len(open) > 0 {
				t.Errorf("left open: %v", open)
			}
			return
		case html.StartTagToken:
			if name, _ := z.TagName(); !voidElements[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes none of %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// words is the text of a selection with runs of white space as one blank, as a person reads it.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func checkDocument(t *testing.T, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] || id == "" {
			t.Errorf("id %q is empty or there twice", id)
		}
		ids[id] = true
	})
	checkReferences(t, doc, ids)
	checkNames(t, doc)
	checkInline(t, doc)
	checkURLs(t, doc)
}

// checkReferences sees that attributes which name other elements name existing ones.
func checkReferences(t *testing.T, doc *goquery.Document, ids map[string]bool) {
	t.Helper()
	for _, attr := range []string{"for", "aria-labelledby", "aria-describedby"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			value := s.AttrOr(attr, "")
			if attr == "for" && ids[value] { // a single id, which may hold blanks when it came from outside
				return
			}
			for _, id := range strings.Fields(value) {
				if !ids[id] {
					t.Errorf("%s=%q names no element", attr, id)
				}
			}
		})
	}
}

// checkNames sees that everything one can operate has a name.
func checkNames(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("type", "") == "hidden" || s.Closest("label").Length() > 0 {
			return
		}
		id := s.AttrOr("id", "")
		labelled := doc.Find("label").FilterFunction(func(_ int, l *goquery.Selection) bool { return l.AttrOr("for", "") == id && words(l) != "" })
		if labelled.Length() != 1 {
			t.Errorf("field %q has %d labels", id, labelled.Length())
		}
	})
	doc.Find("a, button, summary, th[scope], h1, h2, label").Each(func(_ int, s *goquery.Selection) {
		if words(s) == "" {
			t.Errorf("<%s class=%q> has no text", goquery.NodeName(s), s.AttrOr("class", ""))
		}
	})
	doc.Find("progress, table").Each(func(_ int, s *goquery.Selection) {
		named := s.AttrOr("aria-labelledby", "") + s.AttrOr("aria-label", "") + s.Closest("[role=group][aria-label]").AttrOr("aria-label", "")
		if named == "" {
			t.Errorf("<%s> has no name", goquery.NodeName(s))
		}
	})
}

// checkInline sees that nothing is there which the content security policy forbids.
func checkInline(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || a.Key == "hx-vals" || a.Key == "hx-vars" {
				t.Errorf("<%s> has %s=%q", goquery.NodeName(s), a.Key, a.Val)
			}
		}
	})
	doc.Find("style, iframe, object, embed, base, script:not([src])").Each(func(_ int, s *goquery.Selection) {
		t.Errorf("<%s> is not allowed: %s", goquery.NodeName(s), words(s))
	})
	doc.Find("[hx-trigger]").Each(func(_ int, s *goquery.Selection) {
		if strings.ContainsAny(s.AttrOr("hx-trigger", ""), "[]") {
			t.Errorf("a trigger filter needs eval: %q", s.AttrOr("hx-trigger", ""))
		}
	})
}

// vendorGuide is the only place outside that a page may lead to.
const vendorGuide = "https://developer.constantcontact.com/"

func checkURLs(t *testing.T, doc *goquery.Document) {
	t.Helper()
	for _, attr := range []string{"href", "src", "action", "formaction", "hx-get", "hx-post"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			u := s.AttrOr(attr, "")
			reload := u == "" && goquery.NodeName(s) == "a" && s.Closest("noscript").Length() > 0
			local := strings.HasPrefix(u, "/") && !strings.HasPrefix(u, "//")
			if !local && !reload && !strings.HasPrefix(u, "#") && !strings.HasPrefix(u, vendorGuide) {
				t.Errorf("%s=%q leads elsewhere", attr, u)
			}
		})
	}
}
