package views_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"winnow/views"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 1139: "1,139", 48177: "48,177", 27_000_000: "27,000,000",
		-1: "-1", -1000: "-1,000", 1<<63 - 1: "9,223,372,036,854,775,807", -1 << 63: "-9,223,372,036,854,775,808",
	} {
		if got := views.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n    int
		unit string
		want string
	}{
		{0, "contact", "0 contacts"}, {1, "contact", "1 contact"}, {1139, "contact", "1,139 contacts"},
		{1, "batch", "1 batch"}, {2, "batch", "2 batches"}, {3, "day", "3 days"}, {2, "activity", "2 activities"},
	} {
		if got := views.Count(c.n, c.unit); got != c.want {
			t.Errorf("Count(%d, %q) = %q, want %q", c.n, c.unit, got, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1 kB", 1_812_345: "1.8 MB", 9_949_999: "9.9 MB", 9_950_000: "10 MB",
		500_000_000: "500 MB", 999_499_999: "999 MB", 999_500_000: "1 GB", 5_000_000_000_000_000: "5000 TB",
	} {
		if got := views.Size(bytes); got != want {
			t.Errorf("Size(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Hour, "less than 1 s"}, {0, "less than 1 s"}, {999 * time.Millisecond, "less than 1 s"},
		{time.Second, "1 s"}, {25400 * time.Millisecond, "25 s"}, {59600 * time.Millisecond, "1 min"},
		{200 * time.Second, "3 min 20 s"}, {time.Hour, "1 h"}, {time.Hour + 5*time.Minute + 40*time.Second, "1 h 5 min"},
		{24 * time.Hour, "1 day"}, {51 * time.Hour, "2 days 3 h"},
	} {
		if got := views.Duration(c.d); got != c.want {
			t.Errorf("Duration(%v) = %q, want %q", c.d, got, c.want)
		}
	}
}

func TestRate(t *testing.T) {
	for perSecond, want := range map[float64]string{1800: "1,800 contacts a second", 1.2: "1 contact a second", 0.5: "30 contacts a minute"} {
		if got := views.Rate(perSecond, "contact"); got != want {
			t.Errorf("Rate(%v) = %q, want %q", perSecond, got, want)
		}
	}
}

func TestPercentIsWholeOnlyAtTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(0, 1<<53).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		got := views.Percent(part, whole)
		if got < 0 || got > 100 || (got == 100) != (whole > 0 && part == whole) {
			t.Fatalf("Percent(%d, %d) = %d", part, whole, got)
		}
	})
}

func TestNumberKeepsEveryDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		digits, groups := strings.TrimPrefix(views.Number(n), "-"), 0
		for i, g := range strings.Split(digits, ",") {
			if len(g) > 3 || i > 0 && len(g) != 3 {
				t.Fatalf("Number(%d) = %q", n, digits)
			}
			groups++
		}
		if groups == 0 {
			t.Fatal("no digits")
		}
	})
}

func TestURLs(t *testing.T) {
	for got, want := range map[string]string{
		views.DeletionURL(7):                        "/deletions/7",
		views.ResultsURL(7, ""):                     "/deletions/7/results.csv",
		views.ResultsURL(7, "not-sent"):             "/deletions/7/results.csv?outcome=not-sent",
		views.BatchesURL(7, "", 0):                  "/deletions/7/batches",
		views.BatchesURL(7, "timed_out", 50):        "/deletions/7/batches?after=50&outcome=timed_out",
		views.BatchesTableURL(7, "", 50):            "/deletions/7/batches/table?after=50",
		views.DeletionsPageURL("paused", 0):         "/deletions?state=paused",
		views.ListsPageURL("a&b=c#d", "members"):    "/lists?q=a%26b%3Dc%23d&sort=members",
		views.ActivityURL("../../login?x"):          "/activities/..%2F..%2Flogin%3Fx",
		views.ActivitiesPageURL("", "bGltaXQ9NTA="): "/activities?cursor=bGltaXQ9NTA%3D",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestASizeLimitNeverPromisesMore(t *testing.T) {
	for bytes, want := range map[int64]string{1 << 30: "1 GB", 1 << 20: "1 MB", 1_990_000_000: "1.9 GB", 500_000_000: "500 MB", 999: "990 bytes", 7: "7 bytes"} {
		if got := views.SizeLimit(bytes); got != want {
			t.Errorf("%d: got %q, want %q", bytes, got, want)
		}
	}
}
