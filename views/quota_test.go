package views_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"winnow/views"
)

// meter renders the meter and returns its section.
func meter(t *testing.T, q views.Quota) *goquery.Selection {
	t.Helper()
	home := exampleHome()
	home.Quota = q
	_, doc := render(t, views.HomePage(home))
	return doc.Find("#quota section")
}

// meterFigures are the numbers beside the meter by their words.
func meterFigures(section *goquery.Selection) map[string]int64 {
	figures := map[string]int64{}
	section.Find("dl > div").Each(func(_ int, line *goquery.Selection) {
		n, _ := strconv.ParseInt(strings.ReplaceAll(words(line.Find("dd")), ",", ""), 10, 64)
		figures[words(line.Find("dt"))] = n
	})
	return figures
}

func TestTheMeterAddsUp(t *testing.T) {
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	for name, c := range map[string]struct {
		quota views.Quota
		parts int // of the bar
	}{
		"a fresh day":                       {views.Quota{Limit: 10_000, Reserve: 300}, 2},
		"a day as usual":                    {views.Quota{Used: 360, Deletes: 97, Reads: 263, Limit: 10_000, Reserve: 300}, 4},
		"one request":                       {views.Quota{Used: 1, Deletes: 1, Limit: 10_000, Reserve: 300}, 3},
		"only the reserve is left":          {views.Quota{Used: 9_700, Deletes: 9_000, Reads: 700, Limit: 10_000, Reserve: 300}, 3},
		"part of the reserve is used":       {views.Quota{Used: 9_900, Deletes: 9_000, Reads: 900, Limit: 10_000, Reserve: 300}, 3},
		"the vendor says that it is used":   {views.Quota{Used: 10_000, Deletes: 20, Reads: 7, Limit: 10_000, Reserve: 300}, 3},
		"a partner's limit, and no reserve": {views.Quota{Used: 500, Deletes: 400, Reads: 100, Limit: 1_000_000}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			c.quota.AsOf, c.quota.ResetsAt = now, midnight
			section := meter(t, c.quota)
			f := meterFigures(section)
			byKind := f["To delete"] + f["To read"] + f["Counted by Constant Contact besides"]
			if byKind != c.quota.Used || byKind+f["Left"] != c.quota.Limit {
				t.Errorf("%v do not add up to %d used of %d", f, c.quota.Used, c.quota.Limit)
			}
			if kept := f["of these kept back, to find out what happened to requests already sent"]; kept != min(c.quota.Reserve, f["Left"]) {
				t.Errorf("%d are called kept back", kept)
			}
			wantBar(t, section, c.parts)
		})
	}
}

// wantBar wants parts that lie side by side and fill the bar, and words for those who do not see it.
func wantBar(t *testing.T, section *goquery.Selection, parts int) {
	t.Helper()
	end := 0
	rects := section.Find(".meter rect")
	rects.Each(func(_ int, r *goquery.Selection) {
		x, _ := strconv.Atoi(r.AttrOr("x", ""))
		width, _ := strconv.Atoi(r.AttrOr("width", ""))
		if x != end || width <= 0 {
			t.Errorf("a part of %d begins at %d, the one before ends at %d", width, x, end)
		}
		end = x + width
	})
	if rects.Length() != parts || end < 990 || end > 1000 {
		t.Errorf("%d parts end at %d, want %d that fill the bar", rects.Length(), end, parts)
	}
	if label := section.Find(".meter").AttrOr("aria-label", ""); !strings.Contains(label, " used") || !strings.Contains(label, " left") {
		t.Errorf("the bar is called %q", label)
	}
}

func TestWhatTheMeterSaysOfTheTime(t *testing.T) {
	quota := exampleQuota()
	for name, c := range map[string]struct {
		change func(*views.Quota)
		want   string
	}{
		"hours until midnight":   {func(*views.Quota) {}, "Constant Contact counts anew in 9 h 57 min, at 00:00 UTC."},
		"seconds until midnight": {func(q *views.Quota) { q.AsOf = q.ResetsAt.Add(-time.Second) }, "anew in less than a minute, at 00:00 UTC."},
		"nothing runs":           {func(q *views.Quota) { q.Forecast = views.Forecast{} }, "No deletion is waiting to be sent."},
		"today":                  {func(q *views.Quota) { q.Forecast = views.Forecast{Calls: 121, Days: 1} }, "need about 121 more requests; they finish today."},
		"tomorrow":               {func(*views.Quota) {}, "need about 16,901 more requests; they finish tomorrow."},
		"a day of the week": {func(q *views.Quota) {
			q.Forecast = views.Forecast{Calls: 1, Days: 3, LastDay: now.AddDate(0, 0, 2)}
		}, "need about 1 more request; they finish on Wednesday."},
		"a date": {func(q *views.Quota) {
			q.Forecast = views.Forecast{Calls: 99_000, Days: 11, LastDay: now.AddDate(0, 0, 10)}
		}, "they finish on 3 December."},
	} {
		t.Run(name, func(t *testing.T) {
			q := quota
			c.change(&q)
			if got := words(meter(t, q)); !strings.Contains(got, c.want) {
				t.Errorf("%q is not in %q", c.want, got)
			}
		})
	}
}

func TestWithoutALimitThereIsNoMeter(t *testing.T) {
	if section := meter(t, views.Quota{Used: 7}); section.Length() != 0 {
		t.Errorf("shown: %q", words(section))
	}
}

func TestWhileTheVendorDoesNotAnswerThePageSaysSo(t *testing.T) {
	running := exampleHome().Running
	_, doc := render(t, views.RunningDeletions(running))
	want := "Constant Contact does not answer at the moment. Winnow tries again at 14:03:03 UTC and then goes on by itself."
	if got := words(doc.Find("#running")); !strings.Contains(got, want) {
		t.Errorf("%q is not in %q", want, got)
	}
	running.Retry = time.Time{}
	_, doc = render(t, views.RunningDeletions(running))
	if got := words(doc.Find("#running")); strings.Contains(got, "does not answer") {
		t.Errorf("it answers, and the page says %q", got)
	}
}

func TestARefreshBringsTheMeterToo(t *testing.T) {
	_, doc := render(t, views.RunningRefresh(exampleHome().Running, exampleQuota()))
	if doc.Find("section#running").Length() != 1 || doc.Find("#quota[hx-swap-oob=true] .meter").Length() != 1 {
		t.Error("part of the refresh is missing")
	}
}
