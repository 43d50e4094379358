package views_test

import (
	"strings"
	"time"

	"winnow/views"
)

// now is the moment at which all examples are looked at.
var now = time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)

const (
	exampleHash     = "9f2c41d6a7b0e35c8d11f09a2be4c7735d60a8f1e2b39c4d5f60718293a4b5c6"
	exampleActivity = "9390ec42-bc34-11f1-94f6-02420a320002"
)

func examplePage(nav views.Nav) views.Page {
	return views.Page{Account: "Acme Newsletter", User: "ana@acme.example", Sandbox: true, Nav: nav, Version: "0.1.0"}
}

func exampleRows() []views.DeletionRow {
	return []views.DeletionRow{
		{ID: 12, State: "ready", Source: "bounced-2026.csv", Unit: "contact", StartedBy: "ben@acme.example", CreatedAt: now.Add(-4 * time.Minute), ToDelete: 812},
		{ID: 11, State: "finished", Source: "Spring fair 2019, Spring fair 2020, Trade show leads, 5 more", Unit: "contact", StartedBy: "ana@acme.example", CreatedAt: now.Add(-26 * time.Hour), EndedAt: now.Add(-25 * time.Hour), ToDelete: 48177, Deleted: 48153, Failed: 24, Skipped: 353},
		{ID: 9, State: "stopped", Source: "old-leads.csv", Unit: "contact", StartedBy: "ana@acme.example", CreatedAt: now.Add(-72 * time.Hour), EndedAt: now.Add(-71 * time.Hour), ToDelete: 48177, Deleted: 31500, NotSent: 16677},
		{ID: 8, State: "finished", Source: "Trial users", Unit: "list", StartedBy: "ben@acme.example", CreatedAt: now.Add(-90 * time.Hour), EndedAt: now.Add(-89 * time.Hour), ToDelete: 1, Deleted: 1},
	}
}

func exampleHome() views.Home {
	return views.Home{
		Page:  examplePage(views.NavHome),
		Quota: exampleQuota(),
		Running: views.Running{Poll: 2, AsOf: now, Retry: now.Add(32 * time.Second), Rows: []views.DeletionRow{
			{ID: 14, State: "running", Source: "october-cleanup.csv", Unit: "contact", StartedBy: "ana@acme.example", CreatedAt: now, ToDelete: 48177, Deleted: 20500, Failed: 24, NotSent: 27153, InProgress: 500},
			{ID: 13, State: "paused", Source: "Winter sale 2018", Unit: "contact", StartedBy: "ben@acme.example", CreatedAt: now, ToDelete: 1139, NotSent: 1139},
		}},
		Recent: exampleRows(),
	}
}

// exampleQuota is a day on which Constant Contact has counted more than Winnow.
func exampleQuota() views.Quota {
	return views.Quota{
		Used: 2360, Deletes: 1840, Reads: 460, Limit: 10000, Reserve: 300, AsOf: now, ResetsAt: now.Truncate(24 * time.Hour).Add(24 * time.Hour),
		Forecast: views.Forecast{Calls: 16901, Days: 2, LastDay: now.AddDate(0, 0, 1)},
	}
}

func exampleLists() views.Lists {
	l := views.Lists{Page: examplePage(views.NavLists), Sort: views.SortName, Total: 9, AsOf: now, Mode: views.ModeMembers}
	for i, name := range []string{"Autumn prize draw", "General interest", "Newsletter (English)", "Newsletter (Deutsch)", "Spring fair 2019", "Spring fair 2020", "Trade show leads", "Trial users", "Winter sale 2018"} {
		l.Lists = append(l.Lists, views.ListRow{
			ID: strings.Repeat(string(rune('a'+i)), 8) + "-bc12-11f1-aa3a-02420a320002", Name: name,
			Members: int64(i*i*i*37 + 12), Updated: now.Add(-time.Duration(i*400) * time.Hour), Checked: i == 5,
		})
	}
	return l
}

func exampleUpload() views.Upload {
	return views.Upload{Page: examplePage(views.NavUpload), MaxBytes: 500_000_000, MaxRows: 5_000_000, KeepDays: 30}
}

func exampleUploadError() views.Upload {
	u := exampleUpload()
	u.Problems = []views.Problem{{Field: views.FieldFile, Text: "The selected file is a spreadsheet, not a CSV. Save it as CSV in your spreadsheet program, then upload that file."}}
	return u
}

func exampleDeletions() views.Deletions {
	return views.Deletions{
		Page: examplePage(views.NavDeletions), Rows: exampleRows(), Older: 8, Before: 13,
		Tabs: []views.Tab{{Key: "", Count: 1214}, {Key: "preparing", Count: 0}, {Key: "ready", Count: 1}, {Key: "running", Count: 1}, {Key: "paused", Count: 1}, {Key: "finished", Count: 1190}, {Key: "stopped", Count: 21}},
	}
}

func exampleDeletion(state string) views.Deletion {
	return views.Deletion{
		Page: examplePage(views.NavDeletions), ID: 14, StartedBy: "ana@acme.example", CreatedAt: now.Add(-time.Hour), Manifest: exampleHash,
		Source: views.Source{Kind: views.SourceCSV, File: views.File{
			Name: "october-cleanup.csv", Size: 1_812_345, SHA256: exampleHash, Encoding: "UTF-8", Delimiter: "comma", Header: true, Column: "contact_id",
		}},
		Progress: views.Progress{ID: 14, State: state, Unit: "contact", AsOf: now},
	}
}

func exampleReview() views.Deletion {
	d := exampleDeletion("ready")
	d.Review = views.Review{
		Check: views.Check{
			Read: 1170, Blank: 3, Repeated: 9, ToDelete: 1139,
			Invalid: []views.InvalidKind{
				{Text: "An e-mail address", Count: 12, Lines: []int64{18, 402, 877, 901, 902}},
				{Text: "An empty cell", Count: 7, Lines: []int64{5, 6, 1011, 1012, 1013, 1014, 1015}},
			},
		},
		Columns: []views.Column{{Index: 0, Name: "contact_id", Chosen: true}, {Index: 1, Name: "email"}, {Index: 2, Name: "note"}},
		Sample: views.Sample{
			Header: []string{"contact_id", "email", "note"},
			Rows: []views.SampleRow{
				{Line: 2, Cells: []string{"4e6345f6-bc35-11f1-959b-02420a320002", "ada@example.com", "moved away"}},
				{Line: 3, Cells: []string{"3893d4de-bc35-11f1-bccd-02420a320002", "ben@example.com"}},
				{Line: 4, Cells: []string{"chris@example.com", "", ""}, Problem: "an e-mail address"},
			},
		},
		Plan: views.Plan{Requests: 3, SendFor: 800 * time.Millisecond, LeftAfter: 7637, DayLimit: 10000, Days: 1},
	}
	return d
}

func exampleReviewAgain() views.Deletion {
	d := exampleReview()
	d.Review.Typed = "1193"
	d.Review.Problems = []views.Problem{{Field: views.FieldCount, Text: "The number typed is 1193, but 1139 contacts will be deleted. Type 1139."}}
	d.Review.Plan = views.Plan{Requests: 54000, DayLimit: 10000, Days: 7, LastDay: now.AddDate(0, 0, 6), Today: 6116, Ahead: 120}
	return d
}

func exampleReviewLists() views.Deletion {
	d := exampleDeletion("ready")
	d.Source = views.Source{Kind: views.SourceLists, Lists: exampleLists().Lists[:3]}
	d.Progress.Unit = "list"
	d.Review = views.Review{Check: views.Check{Read: 3, ToDelete: 3}, Plan: views.Plan{Requests: 1, SendFor: time.Second, LeftAfter: 7639, DayLimit: 10000}}
	return d
}

func exampleNothing() views.Deletion {
	d := exampleReview()
	d.Review.Check = views.Check{Read: 31, Blank: 3, Invalid: []views.InvalidKind{{Text: "Not a contact id", Count: 28, Lines: []int64{2, 3, 4}}}}
	return d
}

func examplePreparing() views.Deletion {
	d := exampleDeletion("preparing")
	d.Source = views.Source{Kind: views.SourceMembers, Lists: exampleLists().Lists}
	d.Manifest = ""
	d.Progress.Poll, d.Progress.ReadSoFar, d.Progress.ReadAbout = 2, 12500, 48530
	return d
}

func exampleProgress(state string) views.Deletion {
	d := exampleDeletion(state)
	d.ConfirmedBy, d.ConfirmedAt = "ana@acme.example", now.Add(-50*time.Minute)
	d.Progress = views.Progress{
		ID: 14, State: state, Unit: "contact", Poll: 2, AsOf: now, Sentence: "Sending at 3.6 requests a second.",
		Read: 48530, Skipped: 353, ToDelete: 48177, Deleted: 20500, Failed: 24, NotSent: 26653, InProgress: 500, Unknown: 500,
		Batches: 97, BatchesSent: 44, Rate: 1800, Elapsed: 62 * time.Second, Left: 84 * time.Second,
		CanPause: true, CanStop: true, Retryable: 24, Results: true,
	}
	return d
}

func examplePaused() views.Deletion {
	d := exampleProgress("paused")
	d.Progress.Sentence = "Paused: today's 10,000 requests are used. It goes on by itself at 00:00 UTC, in 9 h 58 min."
	d.Progress.CanPause, d.Progress.CanResume, d.Progress.Rate, d.Progress.Left = false, true, 0, 0
	d.Progress.Poll = 10
	return d
}

func exampleFinished() views.Deletion {
	d := exampleProgress("finished")
	d.Progress = views.Progress{
		ID: 14, State: "finished", Unit: "contact", AsOf: now, Sentence: "Finished: 48,153 contacts are deleted, 24 failed.",
		Read: 48530, Skipped: 353, ToDelete: 48177, Deleted: 48153, Failed: 24, Batches: 97, BatchesSent: 97,
		Elapsed: 11 * time.Minute, EndedAt: now, Retryable: 24, Results: true,
	}
	return d
}

func exampleBatches() views.Batches {
	return views.Batches{
		Page: examplePage(views.NavDeletions), Source: "october-cleanup.csv", State: "running",
		Table: views.BatchRows{
			Deletion: 14, Unit: "contact", Poll: 2, AsOf: now, After: 40, Next: 90,
			Tabs: []views.Tab{{Key: "", Count: 97}, {Key: "waiting", Count: 53}, {Key: "unknown", Count: 1}, {Key: "accepted", Count: 1}, {Key: "completed", Count: 41}, {Key: "failed", Count: 1}},
			Rows: []views.BatchRow{
				{N: 41, Outcome: "completed", ActivityID: exampleActivity, ActivityState: "completed", Items: 500, Deleted: 500, Tries: 1, CheckedAt: now},
				{N: 42, Outcome: "failed", ActivityID: "fc40ac82-bc34-11f1-8496-02420a320002", ActivityState: "timed_out", Items: 500, Deleted: 476, Failed: 24, Tries: 1, CheckedAt: now},
				{N: 43, Outcome: "accepted", Note: views.StallNote(26*time.Hour, true), ActivityID: "3a1890ce-bc35-11f1-a86f-02420a320002", ActivityState: "processing", Items: 500, Tries: 1, CheckedAt: now},
				{N: 44, Outcome: "unknown", Items: 500, Tries: 1, Error: "The connection broke after the request was written."},
				{N: 45, Outcome: "waiting", Items: 500},
			},
		},
	}
}

func exampleStatus() views.Activity {
	n := func(v int) *int { return &v }
	return views.Activity{
		ID: exampleActivity, State: "completed", PercentDone: 100, CreatedAt: now.Add(-time.Minute), StartedAt: now.Add(-50 * time.Second), CompletedAt: now, UpdatedAt: now,
		Errors: []string{"Contact 4e6345f6 could not be deleted"}, ItemsTotal: n(500), ItemsCompleted: n(476), Lists: n(0),
	}
}

func exampleBatch() views.Batch {
	return views.Batch{
		Page: examplePage(views.NavDeletions), Deletion: 14, N: 44, Of: 97, Unit: "contact", Outcome: "unknown", Items: 500,
		CheckedAt: now, NextCheck: now.Add(30 * time.Second), Activity: exampleStatus(), Endpoint: "https://api.cc.email/v3/activities/contact_delete",
		IDs: []string{"4e6345f6-bc35-11f1-959b-02420a320002", "3893d4de-bc35-11f1-bccd-02420a320002"},
		Attempts: []views.Attempt{
			{Try: 1, State: "rejected", Items: 500, SentAt: now.Add(-time.Minute), AnsweredAt: now.Add(-time.Minute), HTTPStatus: 429, Error: "throttled: too many requests"},
			{Try: 2, State: "unknown", Items: 500, SentAt: now.Add(-40 * time.Second), ActivityID: exampleActivity, Error: "The connection broke after the request was written.", Evidence: "One activity with 500 items was created within 2 s of it.", NextCheck: now.Add(30 * time.Second)},
		},
	}
}

func exampleActivities() views.Activities {
	other := exampleStatus()
	other.ID, other.State, other.ItemsTotal, other.Errors, other.CompletedAt, other.PercentDone = "338e389e-bc35-11f1-bccd-02420a320002", "processing", nil, nil, time.Time{}, 1
	return views.Activities{
		Page: examplePage(views.NavActivities), AsOf: now, Older: "bGltaXQ9NTA=", First: true,
		Rows: []views.ActivityRow{{Activity: exampleStatus(), Deletion: 14, Batch: 44}, {Activity: other}},
	}
}

func exampleActivityPage() views.ActivityDetail {
	return views.ActivityDetail{Page: examplePage(views.NavActivities), Activity: exampleStatus(), Deletion: 14, Batch: 44, AsOf: now}
}

func exampleError() views.Error {
	p := examplePage("")
	p.Title = "Constant Contact does not answer"
	return views.Error{
		Page: p, Status: 502, What: "The lists could not be read.", Why: "Constant Contact did not answer within 30 seconds.",
		Todo: "Wait a minute and load the page again. Running deletions go on by themselves.", Reference: "c1f4-92ab", SignIn: true,
	}
}

func exampleRefusal() views.Refusal {
	return views.Refusal{
		Page:  views.Page{Sandbox: true, Version: "0.1.0"},
		Cause: "Your Constant Contact user may not change contacts.",
		Cure:  "Ask the owner of the account to give your user the role of an account manager, then sign in again.", Reference: "77ab-0c21",
	}
}

func exampleHeld() views.Held {
	h := views.Held{Page: examplePage(""), Hold: 1, Since: now, Deletions: exampleRows()[2:3]}
	h.Evidence = "The database has counted 41 starts and requests, the emergency file beside it 57. So the database is an older copy: 16 of them are missing from it."
	return h
}

func exampleTrouble() views.Deletion {
	d := exampleProgress("running")
	d.Held = true
	d.Storage = views.Storage{Happened: "the disk of Winnow's database is full.", Todo: "Make room on it; Winnow then goes on by itself."}
	return d
}

func exampleStalledProgress() views.Deletion {
	d := exampleProgress("running")
	d.Progress.Stalled = views.Stalled{Batches: 2, Asking: 1, First: 43, For: 26 * time.Hour, Waits: exampleWaits, Full: true}
	d.Progress.Waived, d.Progress.Changed, d.Progress.Sendable = 12, 3, 2
	return d
}

const exampleWaits = "Activity " + exampleActivity + " is processing, 24 % done, 120 of 500 items."

func exampleStalled(d time.Duration) views.Batch {
	b := exampleBatch()
	b.Outcome = "accepted"
	b.Wait = views.Wait{Words: exampleWaits, MovedAt: now.Add(-d), Stalled: d, Asks: d > 24*time.Hour, Asking: 2, Blocks: d > 24*time.Hour}
	return b
}

func exampleStalledLost() views.Batch {
	b := exampleStalled(26 * time.Hour)
	b.Outcome, b.Activity = "unknown", views.Activity{}
	return b
}

func exampleWaived(outcome string) views.Batch {
	b := exampleStalled(0)
	b.Outcome, b.Deleted, b.Failed = outcome, 120, 380
	b.Wait.WaivedAt, b.Wait.WaivedBy, b.Wait.Open = now.Add(-time.Minute), "ana@acme.example", outcome == "accepted"
	return b
}

func exampleUndecided() views.Batch {
	b := exampleBatch()
	b.Unit, b.Items, b.Activity, b.Wait.Words = "list", 3, views.Activity{}, exampleWaits
	b.Attempts = b.Attempts[1:]
	return b
}
