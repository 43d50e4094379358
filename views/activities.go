package views

import "time"

// Activities is the page with the account's bulk activities of the last 10 days, as long as Constant Contact keeps them.
type Activities struct {
	Page
	State string // the filter: "" for all, otherwise processing, completed, cancelled, failed or timed_out
	Rows  []ActivityRow
	First bool   // this is the newest part
	Older string // cursor of the next part; empty when there is none
	AsOf  time.Time
}

// ActivityRow is one line of the table of activities. Deletion and Batch are 0 when Winnow did not start it.
type ActivityRow struct {
	Activity
	Deletion int64
	Batch    int
}

// ActivityDetail is the page of one activity. Deletion and Batch are 0 when Winnow did not start it.
type ActivityDetail struct {
	Page
	Activity Activity
	Deletion int64
	Batch    int
	AsOf     time.Time
}

// activityStates are the states that the vendor can filter by; "initialized" is none of them.
var activityStates = []string{"", "processing", "completed", "failed", "timed_out", "cancelled"}

func newestActivities(a Activities) string {
	if a.First {
		return ""
	}
	return ActivitiesPageURL(a.State, "")
}

func olderActivities(a Activities) string {
	if a.Older == "" {
		return ""
	}
	return ActivitiesPageURL(a.State, a.Older)
}
