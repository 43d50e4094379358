package deletion_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"winnow/deletion"
)

func TestPlanFor(t *testing.T) {
	usual := deletion.Usage{Limit: 10_000, Reserve: 300}
	used := func(n int64) deletion.Usage { u := usual; u.Used = n; return u }
	for _, c := range []struct {
		name    string
		batches int
		usage   deletion.Usage
		want    deletion.Plan
	}{
		{"nothing", 0, usual, deletion.Plan{LeftAfter: 9_999, Days: 1}},
		{"one request", 1, usual, deletion.Plan{Requests: 1, SendFor: 250 * time.Millisecond, LeftAfter: 9_998, Days: 1}},
		{"a million contacts", 2_000, usual, deletion.Plan{Requests: 2_000, SendFor: 500 * time.Second, LeftAfter: 7_899, Days: 1}},
		{"just fits into today", 100, used(9_594), deletion.Plan{Requests: 100, SendFor: 25 * time.Second, LeftAfter: 300, Days: 1}},
		{"does not fit into today", 100, used(9_595), deletion.Plan{Requests: 100, SendFor: 25 * time.Second, Days: 2}},
		{"today is used", 1, used(9_700), deletion.Plan{Requests: 1, SendFor: 250 * time.Millisecond, Days: 2}},
		{"today is used, reserve and all", 1, used(10_000), deletion.Plan{Requests: 1, SendFor: 250 * time.Millisecond, Days: 2}},
		{"several days", 54_000, usual, deletion.Plan{Requests: 54_000, SendFor: 13_500 * time.Second, Days: 6}},
		{"without a reserve", 9_523, deletion.Usage{Limit: 10_000}, deletion.Plan{Requests: 9_523, SendFor: 9_523 * time.Second / 4, Days: 1}},
		{"one more than a day without a reserve", 9_524, deletion.Usage{Limit: 10_000}, deletion.Plan{Requests: 9_524, SendFor: 2_381 * time.Second, Days: 2}},
		{"no limit is known", 7, deletion.Usage{}, deletion.Plan{Requests: 7, SendFor: 1750 * time.Millisecond, Days: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, deletion.PlanFor(c.batches, c.usage)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}
