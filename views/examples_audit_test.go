package views_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"winnow/views"
)

func exampleAudit() views.Audit {
	return views.Audit{
		Page: examplePage(views.NavAudit), Deletion: 14, Before: 900, Older: 841,
		Rows: []views.AuditRow{
			{ID: 846, At: now, Action: "attempted", Deletion: 14, Batch: 2, Count: 500, Hash: exampleHash, Outcome: "unknown", Reason: "The connection broke before the answer was there."},
			{ID: 845, At: now, Action: "attempted", Deletion: 14, Batch: 1, Count: 500, Hash: exampleHash, Outcome: "accepted", Activity: exampleActivity},
			{ID: 844, At: now, Action: "sending", Deletion: 14, Batch: 1, Count: 500, Hash: exampleHash},
			{ID: 843, At: now, Who: "ana@acme.example", From: "2001:db8:85a3::8a2e:370:7334", Action: "confirmed", Deletion: 14, Count: 48177, Hash: exampleHash},
			{ID: 842, At: now, Who: "ana@acme.example", From: "192.0.2.17", Action: "signed in"},
			{ID: 841, At: now, Who: "ben@acme.example", From: "192.0.2.18", Action: "halted"},
		},
	}
}

func exampleHalted() views.Halt {
	h := views.Halt{Page: examplePage(""), Within: 10 * time.Minute, Problems: []views.Problem{{Text: "Sending is still stopped: sign in again first."}}}
	h.Halted = views.Halted{By: "ben@acme.example", At: now.Add(-5 * time.Minute)}
	return h
}

func exampleLift() views.Halt {
	h := exampleHalted()
	h.Problems, h.MayLift = nil, true
	return h
}

func TestWhoStoppedAllSendingIsSaidOnEveryPage(t *testing.T) {
	halted := views.Halted{By: "ben@acme.example", At: now}
	const want = "All sending is stopped by ben@acme.example since 23 Nov 2026, 14:02 UTC. Nothing new is deleted for any account."
	for _, e := range examples() {
		if _, doc := render(t, e.component(e.data)); strings.Contains(words(doc.Find("header .banner")), "stopped") && e.name != "halted" && e.name != "halted-lift" {
			t.Errorf("%s says that sending is stopped", e.name)
		}
		stopped := reflect.New(reflect.TypeOf(e.data)).Elem()
		stopped.Set(reflect.ValueOf(e.data))
		stopped.FieldByName("Halted").Set(reflect.ValueOf(halted))
		_, doc := render(t, e.component(stopped.Interface()))
		if got := words(doc.Find("header .banner")); !strings.Contains(got, want) {
			t.Errorf("%s says %q", e.name, got)
		}
		if doc.Find(".banner a[href='/halt']").Length() != 1 {
			t.Errorf("%s does not lead to the page about it", e.name)
		}
	}
}

func TestActionsAreShownInWords(t *testing.T) {
	a := exampleAudit()
	var got []string
	_, doc := render(t, views.AuditPage(a))
	doc.Find("tbody tr").Each(func(_ int, row *goquery.Selection) {
		what := row.Find("td").First()
		got = append(got, words(row.Find("td bdi"))+": "+words(what.Contents().Not("div"))+" | "+words(what.Find("div")))
	})
	want := []string{
		"Winnow itself: Request ended Unknown | The connection broke before the answer was there.",
		"Winnow itself: Request ended Accepted | Activity " + exampleActivity,
		"Winnow itself: Sending a request | ",
		"ana@acme.example: Confirmed | ",
		"ana@acme.example: Signed in | ",
		"ben@acme.example: Stopped all sending | ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := doc.Find("a.with-icon").AttrOr("href", ""); got != "/audit.csv?deletion=14" {
		t.Errorf("the file is %q", got)
	}
}
