package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// person is somebody with a browser that runs no scripts: it follows links, fills in the forms it was served and keeps
// cookies.
type person struct {
	t    testing.TB
	http *http.Client
	url  *url.URL          // of the page
	page *goquery.Document // nil when the answer was no page
	code int
	body []byte
}

func newPerson(t testing.TB) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, http: &http.Client{Jar: jar}}
}

// signIn goes through the sign-in page of the sandbox.
func (p *person) signIn(w *world, login string) {
	p.t.Helper()
	p.open(w.console + "/")
	p.submit("/login", nil)
	p.choose(login)
}

// choose picks a user on the sandbox's consent page and allows.
func (p *person) choose(login string) {
	p.t.Helper()
	form := p.page.Find("form").First()
	values := fields(form)
	form.Find("input[type=radio],option").Each(func(_ int, s *goquery.Selection) {
		if strings.Contains(s.Closest("label,option,li,div").Text(), login) || s.AttrOr("value", "") == login {
			name := s.AttrOr("name", s.Closest("select").AttrOr("name", ""))
			values.Set(name, s.AttrOr("value", ""))
		}
	})
	button := form.Find("button").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "Allow") })
	if name := button.AttrOr("name", ""); name != "" {
		values.Set(name, button.AttrOr("value", ""))
	}
	p.post(form.AttrOr("action", p.url.String()), values)
}

// open follows a link.
func (p *person) open(target string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.resolve(target), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.do(req)
}

// submit fills in the form of the page that goes to an address ending in action, and sends it.
func (p *person) submit(action string, set map[string]string) {
	p.t.Helper()
	form := p.page.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.HasSuffix(s.AttrOr("action", ""), action)
	}).First()
	if form.Length() == 0 {
		p.t.Fatalf("no form to %s on %s:\n%s", action, p.url, p.text())
	}
	values := fields(form)
	for name, value := range set {
		if form.Find("[name='"+name+"']").Length() == 0 {
			p.t.Fatalf("form to %s has no field %s", action, name)
		}
		values.Set(name, value)
	}
	p.post(form.AttrOr("action", ""), values)
}

// fields are the values that a browser would send for an untouched form.
func fields(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name]").Each(func(_ int, s *goquery.Selection) {
		_, checked := s.Attr("checked")
		kind := s.AttrOr("type", "text")
		if kind != "radio" && kind != "checkbox" || checked {
			values.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
		}
	})
	form.Find("select[name]").Each(func(_ int, s *goquery.Selection) {
		values.Set(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	return values
}

func (p *person) post(action string, values url.Values) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.resolve(action), strings.NewReader(values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.do(req)
}

// upload sends a file through the upload form.
func (p *person) upload(w *world, name string, content []byte) {
	p.t.Helper()
	p.open(w.console + "/upload")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		p.t.Fatal(err)
	}
	part.Write(content)
	form.Close()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.resolve("/uploads"), &body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	p.do(req)
}

func (p *person) resolve(target string) string {
	p.t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.url != nil {
		u = p.url.ResolveReference(u)
	}
	return u.String()
}

func (p *person) do(req *http.Request) {
	p.t.Helper()
	res, err := p.http.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := p.reads(res); err != nil {
		p.t.Fatal(err)
	}
}

// reads takes in an answer.
func (p *person) reads(res *http.Response) (err error) {
	if p.body, err = io.ReadAll(res.Body); err != nil {
		return err
	}
	p.url, p.code, p.page = res.Request.URL, res.StatusCode, nil
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		p.page, err = goquery.NewDocumentFromReader(bytes.NewReader(p.body))
	}
	return err
}

// text is what the page says, blanks folded.
func (p *person) text() string {
	if p.page == nil {
		return string(p.body)
	}
	return strings.Join(strings.Fields(p.page.Find("main").Text()), " ")
}

func (p *person) sees(words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !strings.Contains(p.text(), w) {
			p.t.Fatalf("%s (status %d) does not say %q:\n%s", p.url, p.code, w, p.text())
		}
	}
}

// csv reads the answer as a CSV without its header.
func (p *person) csv() [][]string {
	p.t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(p.body)).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	if len(rows) == 0 {
		p.t.Fatal("the file has no header")
	}
	return rows[1:]
}

// waitUntilEnded reloads the page of a deletion until it ends.
func (p *person) waitUntilEnded(limit time.Duration) {
	p.t.Helper()
	page := p.url.String()
	defer func() {
		if p.t.Failed() {
			p.t.Logf("the page says: %s", strings.Join(strings.Fields(p.text()), " "))
		}
	}()
	eventually(p.t, limit, "the deletion ends", func() bool {
		p.open(page)
		return strings.Contains(p.text(), "Every contact is accounted for") || strings.Contains(p.text(), "Every list is accounted for") ||
			strings.Contains(p.text(), "The rest was not sent")
	})
}

// figures are the numbers of the table that accounts for every row.
func (p *person) figures() map[string]int {
	p.t.Helper()
	found := map[string]int{}
	p.page.Find("table.figures tbody tr").Each(func(_ int, row *goquery.Selection) {
		label := strings.TrimSpace(row.Find("th").First().Text())
		n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(row.Find("td.num").First().Text()), ",", ""))
		if err != nil {
			p.t.Fatalf("figure %q: %v", label, err)
		}
		found[label] = n
	})
	return found
}
