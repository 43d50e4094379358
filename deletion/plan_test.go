package deletion_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/deletion"
)

var (
	usual  = deletion.Usage{Limit: 10_000, Reserve: 300}
	monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
)

func used(n int64) deletion.Usage { u := usual; u.Used = n; return u }

// at is the usual day, at a time of Monday and with the real pace.
func at(sinceMidnight time.Duration, n int64) deletion.Usage {
	u := used(n)
	u.Interval, u.AsOf, u.Resets = 254*time.Millisecond, monday.Add(sinceMidnight), monday.AddDate(0, 0, 1)
	return u
}

func waiting(n int64, u deletion.Usage) deletion.Usage { u.Waiting = n; return u }

func TestPlanFor(t *testing.T) {
	const second = time.Second
	for _, c := range []struct {
		name    string
		batches int
		usage   deletion.Usage
		want    deletion.Plan
	}{
		{"nothing", 0, usual, deletion.Plan{LeftAfter: 9_999, Days: 1}},
		{"one request", 1, usual, deletion.Plan{Requests: 1, SendFor: second / 4, LeftAfter: 9_997, Days: 1, Today: 1}},
		{"a million contacts", 2_000, usual, deletion.Plan{Requests: 2_000, SendFor: 500 * second, LeftAfter: 7_599, Days: 1, Today: 2_000}},
		{"just fits into today", 100, used(9_579), deletion.Plan{Requests: 100, SendFor: 25 * second, LeftAfter: 300, Days: 1, Today: 100}},
		{"does not fit into today", 100, used(9_580), deletion.Plan{Requests: 100, SendFor: 25 * second, Days: 2, Today: 99}},
		{"today is used", 1, used(9_700), deletion.Plan{Requests: 1, SendFor: second / 4, Days: 2}},
		{"today is used, reserve and all", 1, used(10_000), deletion.Plan{Requests: 1, SendFor: second / 4, Days: 2}},
		{"several days", 54_000, usual, deletion.Plan{Requests: 54_000, SendFor: 13_500 * second, Days: 7, Today: 8_082}},
		{"without a reserve", 8_332, deletion.Usage{Limit: 10_000}, deletion.Plan{Requests: 8_332, SendFor: 2_083 * second, Days: 1, Today: 8_332}},
		{"one more than a day without a reserve", 8_333, deletion.Usage{Limit: 10_000}, deletion.Plan{Requests: 8_333, SendFor: 8_333 * second / 4, Days: 2, Today: 8_332}},
		{"no limit is known", 7, deletion.Usage{}, deletion.Plan{Requests: 7, SendFor: 1750 * time.Millisecond, Days: 1, Today: 7}},
		{"behind running deletions", 97, waiting(100, usual),
			deletion.Plan{Requests: 97, SendFor: 97 * second / 4, LeftAfter: 9_762, Days: 1, Today: 97, Ahead: 120}},
		{"running deletions use up the day", 97, waiting(8_100, usual), deletion.Plan{Requests: 97, SendFor: 97 * second / 4, Days: 2, Ahead: 9_720}},
		{"at the real pace", 97, at(12*time.Hour, 243), deletion.Plan{Requests: 97, SendFor: 97 * 254 * time.Millisecond,
			LeftAfter: 9_639, Days: 1, Today: 97, LastDay: monday}},
		{"over midnight", 97, at(24*time.Hour-10*second, 0), deletion.Plan{Requests: 97, SendFor: 97 * 254 * time.Millisecond,
			Days: 2, Today: 31, LastDay: monday.AddDate(0, 0, 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, deletion.PlanFor(c.batches, c.usage)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForecastFor(t *testing.T) {
	for _, c := range []struct {
		name  string
		usage deletion.Usage
		want  deletion.Forecast
	}{
		{"nothing runs", at(time.Hour, 9_999), deletion.Forecast{}},
		{"ends today", waiting(100, at(time.Hour, 0)), deletion.Forecast{Calls: 121, Days: 1, LastDay: monday}},
		{"ends tomorrow", waiting(100, at(time.Hour, 9_600)), deletion.Forecast{Calls: 121, Days: 2, LastDay: monday.AddDate(0, 0, 1)}},
		{"ends in a week", waiting(54_000, at(time.Hour, 0)), deletion.Forecast{Calls: 64_801, Days: 7, LastDay: monday.AddDate(0, 0, 6)}},
		{"a slow pace is the limit", waiting(1_000, deletion.Usage{Limit: 10_000, Interval: 5 * time.Minute, AsOf: monday, Resets: monday.AddDate(0, 0, 1)}),
			deletion.Forecast{Calls: 1_201, Days: 5, LastDay: monday.AddDate(0, 0, 4)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, deletion.ForecastFor(c.usage)); diff != "" {
				t.Errorf("forecast (-want +got):\n%s", diff)
			}
		})
	}
}
