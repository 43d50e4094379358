package views_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"winnow/views"
)

func TestStateChangesArePosted(t *testing.T) {
	for _, e := range examples() {
		_, doc := render(t, e.component(e.data))
		doc.Find("form").Each(func(_ int, s *goquery.Selection) {
			action, method := s.AttrOr("action", ""), s.AttrOr("method", "")
			if search := s.AttrOr("role", "") == "search"; search != (method == "get") || !search && method != "post" {
				t.Errorf("%s: %s %s", e.name, method, action)
			}
		})
	}
}

func TestListsForm(t *testing.T) {
	l := exampleLists()
	_, doc := render(t, views.ListsPage(l))
	form := doc.Find(`form[action="/deletions/lists"]`)
	if got := form.Find("input[name=list_id]").Length(); got != len(l.Lists) {
		t.Errorf("%d lists to choose from, want %d", got, len(l.Lists))
	}
	if got := form.Find("input[name=list_id][checked]").AttrOr("value", ""); got != l.Lists[5].ID {
		t.Errorf("%q is ticked", got)
	}
	modes := form.Find("input[name=mode]").Map(func(_ int, s *goquery.Selection) string {
		_, checked := s.Attr("checked")
		if checked {
			return s.AttrOr("value", "") + " (chosen)"
		}
		return s.AttrOr("value", "")
	})
	if diff := cmp.Diff([]string{"members (chosen)", "lists"}, modes); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	if got := words(form.Find("tbody tr").Last().Find("td.num")); got != "18,956" {
		t.Errorf("members %q", got)
	}
}

func TestSelectAllNamesWhatItSelects(t *testing.T) {
	l := exampleLists()
	_, doc := render(t, views.ListsPage(l))
	if got := words(doc.Find("[data-select-all-label]")); got != "Select all 9 lists" {
		t.Errorf("all: %q", got)
	}
	l.Query, l.Lists = "fair", l.Lists[4:6]
	_, doc = render(t, views.ListsPage(l))
	if got := words(doc.Find("[data-select-all-label]")); got != "Select all 2 that match “fair”" {
		t.Errorf("search: %q", got)
	}
	l.Lists = nil
	_, doc = render(t, views.ListsPage(l))
	if got := words(doc.Find(".empty-title")); got != "No list's name contains “fair”" {
		t.Errorf("nothing found: %q", got)
	}
	if doc.Find("form#choose button").Length() != 0 {
		t.Error("offers to go on with no list")
	}
}

func TestUploadForm(t *testing.T) {
	_, doc := render(t, views.UploadPage(exampleUploadError()))
	form := doc.Find(`form[action="/uploads"]`)
	if form.AttrOr("enctype", "") != "multipart/form-data" || form.AttrOr("hx-encoding", "") != "multipart/form-data" {
		t.Error("a file cannot be sent with it")
	}
	field := form.Find("input[type=file]")
	if field.AttrOr("name", "") != "file" || field.AttrOr("aria-invalid", "") != "true" {
		t.Error("the field has the wrong name or does not show the problem")
	}
	if got := words(doc.Find("#file-hint")); !strings.Contains(got, "Up to 500 MB and 5,000,000 rows.") {
		t.Errorf("limits: %q", got)
	}
	if got := words(doc.Find("title")); got != "Error: Upload a CSV · Winnow" {
		t.Errorf("title %q", got)
	}
}

func TestSignOutIsAForm(t *testing.T) {
	_, doc := render(t, views.HomePage(exampleHome()))
	if doc.Find(`header form[method=post][action="/logout"] button`).Length() != 1 {
		t.Error("no sign-out form")
	}
	_, doc = render(t, views.HomePage(views.Home{}))
	if doc.Find(`form[action="/logout"]`).Length() != 0 || doc.Find(`form[method=post][action="/login"] button`).Length() != 1 {
		t.Error("a stranger is not offered exactly to sign in")
	}
}

func TestUndecidedBatchOfListsAsksAPerson(t *testing.T) {
	_, doc := render(t, views.BatchPage(exampleUndecided()))
	got := doc.Find(`form[action="/deletions/14/batches/44/decide"] button`).Map(func(_ int, s *goquery.Selection) string {
		return s.AttrOr("name", "") + "=" + s.AttrOr("value", "")
	})
	if diff := cmp.Diff([]string{"decision=ran", "decision=did-not-run"}, got); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
	_, doc = render(t, views.BatchPage(exampleBatch()))
	if doc.Find(`form[action$="/decide"]`).Length() != 0 {
		t.Error("asks about contacts, which can be looked up")
	}
}

func TestBatchShowsWhatTheVendorReports(t *testing.T) {
	_, doc := render(t, views.BatchPage(exampleBatch()))
	facts := map[string]string{}
	doc.Find(".facts-api .fact").Each(func(_ int, s *goquery.Selection) { facts[words(s.Find("dt"))] = words(s.Find("dd")) })
	for name, want := range map[string]string{
		"items_total_count": "500", "items_completed_count": "476", "list_count": "0", "person_count": "not reported", "error_count": "not reported",
		"correctable_count": "not reported", "cannot_add_to_list_count": "not reported", "percent_done": "100 %",
		"started_at": "23 Nov 2026, 14:01:41 UTC", "source_file_name": "not reported", "activity_errors": "Contact 4e6345f6 could not be deleted",
	} {
		if facts[name] != want {
			t.Errorf("%s: %q, want %q", name, facts[name], want)
		}
	}
	if got := doc.Find("#curl").Text(); !strings.HasPrefix(got, "curl --request POST 'https://api.cc.email/v3/activities/contact_delete' \\\n") || !strings.Contains(got, "Bearer {access_token}") {
		t.Errorf("curl command %q", got)
	}
}

func TestCurlCommandSurvivesQuotes(t *testing.T) {
	b := exampleBatch()
	b.Endpoint = "https://x/'; rm -rf ~ #"
	_, doc := render(t, views.BatchPage(b))
	if got, want := doc.Find("#curl").Text(), `'https://x/'\''; rm -rf ~ #'`; !strings.Contains(got, want) {
		t.Errorf("curl command %q does not hold %q", got, want)
	}
}

func TestHTMXConfiguration(t *testing.T) {
	_, doc := render(t, views.HomePage(exampleHome()))
	var config map[string]any
	if err := json.Unmarshal([]byte(doc.Find(`meta[name=htmx-config]`).AttrOr("content", "")), &config); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	for key, want := range map[string]any{
		"allowEval": false, "allowScriptTags": false, "includeIndicatorStyles": false, "selfRequestsOnly": true, "historyCacheSize": 0.0,
	} {
		if config[key] != want {
			t.Errorf("%s is %v, want %v", key, config[key], want)
		}
	}
}

func TestErrorNoticeIsAFragment(t *testing.T) {
	text, doc := render(t, views.ErrorNotice(exampleError()))
	if strings.Contains(text, "<html") || doc.Find("[role=alert]").Length() != 1 {
		t.Error("is not one alert without a page around it")
	}
	for _, want := range []string{"Constant Contact does not answer", "The lists could not be read.", "c1f4-92ab"} {
		if !strings.Contains(words(doc.Selection), want) {
			t.Errorf("does not say %q", want)
		}
	}
}
