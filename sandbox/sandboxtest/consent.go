package sandboxtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Allow opens an authorize URL as a browser would, chooses the user, consents, and returns the redirect back to
// the client, unfollowed.
func (i *Instance) Allow(t testing.TB, authorizeURL, login string) *url.URL {
	t.Helper()
	return i.decide(t, authorizeURL, login, "allow")
}

// Refuse is Allow with the other button.
func (i *Instance) Refuse(t testing.TB, authorizeURL, login string) *url.URL {
	t.Helper()
	return i.decide(t, authorizeURL, login, "refuse")
}

func (i *Instance) decide(t testing.TB, authorizeURL, login, decision string) *url.URL {
	t.Helper()
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	page, err := client.Get(authorizeURL)
	if err != nil {
		t.Fatalf("open the consent page: %v", err)
	}
	defer page.Body.Close()
	doc, err := goquery.NewDocumentFromReader(page.Body)
	if err != nil {
		t.Fatalf("read the consent page: %v", err)
	}
	form := doc.Find("form")
	if page.StatusCode != http.StatusOK || form.Length() != 1 {
		t.Fatalf("consent page answered %s: %s", page.Status, strings.TrimSpace(doc.Find("main").Text()))
	}
	fields := url.Values{"user": {login}, "decision": {decision}}
	form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
		fields.Set(field.AttrOr("name", ""), field.AttrOr("value", ""))
	})
	answer, err := client.PostForm(i.URL+form.AttrOr("action", ""), fields)
	if err != nil {
		t.Fatalf("send the consent form: %v", err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatalf("the consent form answered %s without a redirect: %v", answer.Status, err)
	}
	return back
}
