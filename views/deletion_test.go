package views_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"winnow/views"
)

// figuresOf reads a table of figures: label to number.
func figuresOf(t *testing.T, doc *goquery.Document) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	doc.Find("table.figures tbody tr").Each(func(_ int, s *goquery.Selection) {
		n, err := strconv.ParseInt(strings.ReplaceAll(words(s.Find("td").First()), ",", ""), 10, 64)
		if err != nil {
			t.Errorf("figure: %v", err)
		}
		out[words(s.Find("th"))] = n
	})
	return out
}

func TestReviewAccountsForEveryRow(t *testing.T) {
	_, doc := render(t, views.DeletionPage(exampleReview()))
	want := map[string]int64{"Read": 1170, "Blank": 3, "An e-mail address": 12, "An empty cell": 7, "Repeated": 9, "Will be deleted": 1139}
	if diff := cmp.Diff(want, figuresOf(t, doc)); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	for _, text := range []string{
		"lines 18, 402, 877, 901, 902 and 7 more", "3 requests, less than 1 s to send", "leaves 7,637 of today's 10,000 requests",
		"1.8 MB, UTF-8, separated by comma, with column names", "Requests already sent cannot be stopped.",
		"Skipped: an e-mail address",
	} {
		if !strings.Contains(words(doc.Find("main")), text) {
			t.Errorf("does not say %q", text)
		}
	}
	for _, word := range []string{"permanent", "erased", "forever"} {
		if strings.Contains(strings.ToLower(words(doc.Find("main"))), word) {
			t.Errorf("says %q, which is not true", word)
		}
	}
}

func TestConfirmFormSendsNumberAndManifest(t *testing.T) {
	_, doc := render(t, views.DeletionPage(exampleReview()))
	form := doc.Find(`form[action="/deletions/14/confirm"]`)
	if form.Length() != 1 || form.AttrOr("method", "") != "post" {
		t.Fatal("no form to confirm with")
	}
	if got := form.Find(`input[name=manifest]`).AttrOr("value", ""); got != exampleHash {
		t.Errorf("manifest %q", got)
	}
	count := form.Find(`input[name=count]`)
	if count.AttrOr("value", "") != "" || count.AttrOr("autocomplete", "") != "off" || count.AttrOr("inputmode", "") != "numeric" {
		t.Errorf("the count field is filled in for the person or badly typed")
	}
	if got := words(form.Find("button")); got != "Delete 1,139 contacts" {
		t.Errorf("button %q", got)
	}
	if got := words(form.Find("label")); got != "To confirm, type the number of contacts: 1139" {
		t.Errorf("label %q", got)
	}
}

func TestConfirmButtonNamesWhatGoes(t *testing.T) {
	for name, c := range map[string]struct {
		n    int64
		kind string
		want string
	}{
		"one contact":   {1, views.SourceCSV, "Delete 1 contact"},
		"many contacts": {48177, views.SourceMembers, "Delete 48,177 contacts"},
		"one list":      {1, views.SourceLists, "Delete 1 list's members"},
		"many lists":    {3, views.SourceLists, "Delete 3 lists' members"},
	} {
		t.Run(name, func(t *testing.T) {
			d := exampleReview()
			d.Source.Kind, d.Review.Check.ToDelete = c.kind, c.n
			_, doc := render(t, views.DeletionPage(d))
			if got := words(doc.Find("button.btn-danger")); got != c.want {
				t.Errorf("button %q, want %q", got, c.want)
			}
		})
	}
}

func TestReviewWithAProblemSaysSoFirst(t *testing.T) {
	_, doc := render(t, views.DeletionPage(exampleReviewAgain()))
	if got := words(doc.Find("title")); !strings.HasPrefix(got, "Error: ") {
		t.Errorf("title %q", got)
	}
	summary := doc.Find("#notice [role=alert]")
	if got := summary.Find("a").AttrOr("href", ""); got != "#count" || doc.Find(got).Length() != 1 {
		t.Errorf("the summary leads to %q", got)
	}
	if _, focused := summary.Attr("autofocus"); !focused {
		t.Error("the summary does not take the focus")
	}
	field := doc.Find("#count")
	if field.AttrOr("value", "") != "1193" || field.AttrOr("aria-invalid", "") != "true" || doc.Find("#"+field.AttrOr("aria-describedby", "none")).Length() != 1 {
		t.Error("the field does not show what was typed and what is wrong with it")
	}
	want := "54,000 requests, which do not fit into today: 6,116 can be sent today, the rest goes on by itself at 00:00 UTC. " +
		"The last is sent on Sunday. About 120 requests that running deletions still need are counted in."
	if got := words(doc.Find(".plan")); got != want {
		t.Errorf("plan %q, want %q", got, want)
	}
}

func TestNothingToDeleteOffersNoDeletion(t *testing.T) {
	_, doc := render(t, views.DeletionPage(exampleNothing()))
	if doc.Find(`form[action$="/confirm"]`).Length() != 0 {
		t.Error("offers to delete nothing")
	}
	for _, action := range []string{"/column", "/discard"} {
		if doc.Find(`form[action$="`+action+`"]`).Length() != 1 {
			t.Errorf("no way on: %s", action)
		}
	}
}

func TestProgressFiguresAddUp(t *testing.T) {
	for _, state := range []string{"running", "paused", "stopped", "finished"} {
		t.Run(state, func(t *testing.T) {
			_, doc := render(t, views.DeletionProgress(exampleProgress(state).Progress))
			f := figuresOf(t, doc)
			notSent := f["Not sent"] + f["Not sent yet"]
			if f["Read"] != 48530 || f["Read"] != f["Skipped"]+f["To delete"] {
				t.Errorf("read does not add up: %v", f)
			}
			if f["To delete"] != 48177 || f["To delete"] != f["Deleted"]+f["Failed"]+f["In progress"]+notSent+f["Unknown"] {
				t.Errorf("to delete does not add up: %v", f)
			}
		})
	}
}

func TestProgressPollsOnlyWhileItMayChange(t *testing.T) {
	for name, c := range map[string]struct {
		part templ.Component
		want string
	}{
		"deletion at work":   {views.DeletionProgress(exampleProgress("running").Progress), "/deletions/14/progress"},
		"deletion at rest":   {views.DeletionProgress(exampleFinished().Progress), ""},
		"home at work":       {views.RunningDeletions(exampleHome().Running), "/running"},
		"home at rest":       {views.RunningDeletions(views.Running{}), ""},
		"batches at work":    {views.BatchesTable(exampleBatches().Table), "/deletions/14/batches/table?after=40"},
		"batches at rest":    {views.BatchesTable(views.BatchRows{Deletion: 14}), ""},
		"reading finished":   {views.DeletionProgress(views.Progress{ID: 14, State: "ready", ReviewReady: true}), ""},
		"reading a deletion": {views.DeletionProgress(examplePreparing().Progress), "/deletions/14/progress"},
	} {
		t.Run(name, func(t *testing.T) {
			_, doc := render(t, c.part)
			polled := doc.Find("[hx-trigger]")
			if got := polled.AttrOr("hx-get", ""); got != c.want {
				t.Errorf("asks %q, want %q", got, c.want)
			}
			if c.want != "" && (!strings.HasPrefix(polled.AttrOr("hx-trigger", ""), "every 2s") || polled.AttrOr("hx-swap", "") != "morph:outerHTML") {
				t.Error("is not refreshed by morphing every 2 seconds")
			}
		})
	}
}

func TestAnnouncementChangesWithStateAndEachTenthOnly(t *testing.T) {
	said := map[string]bool{}
	p := exampleProgress("running").Progress
	p.ToDelete, p.Failed = 1000, 0
	for done := range int64(1001) {
		p.Deleted = done
		_, doc := render(t, views.DeletionProgress(p))
		said[words(doc.Find("[role=status]"))] = true
	}
	if len(said) != 11 || !said["Running. 0 % done."] || !said["Running. 100 % done."] {
		t.Errorf("said %d things: %v", len(said), said)
	}
}

func TestControlsAreThoseOfTheState(t *testing.T) {
	for name, c := range map[string]struct {
		deletion views.Deletion
		want     []string
	}{
		"running":  {exampleProgress("running"), []string{"/deletions/14/pause", "/deletions/14/retry", "/deletions/14/stop"}},
		"paused":   {examplePaused(), []string{"/deletions/14/resume", "/deletions/14/retry", "/deletions/14/stop"}},
		"finished": {exampleFinished(), []string{"/deletions/14/retry"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, doc := render(t, views.DeletionPage(c.deletion))
			got := doc.Find("main form[method=post]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("action", "") })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("forms (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStopSaysWhatItMeans(t *testing.T) {
	_, doc := render(t, views.DeletionPage(exampleProgress("running")))
	want := "26,653 contacts not sent yet will be left alone. The 1,000 already sent are still deleted; Constant Contact cannot call them back. A stopped deletion cannot be resumed."
	if got := words(doc.Find("details.stop p")); got != want {
		t.Errorf("says %q", got)
	}
}

func TestResultFiles(t *testing.T) {
	_, doc := render(t, views.DeletionPage(exampleFinished()))
	got := doc.Find(`main a[href*="results.csv"]`).Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") + " " + words(s) })
	want := []string{
		"/deletions/14/results.csv All results",
		"/deletions/14/results.csv?outcome=skipped Skipped rows",
		"/deletions/14/results.csv?outcome=deleted Deleted rows",
		"/deletions/14/results.csv?outcome=failed Failed rows",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
