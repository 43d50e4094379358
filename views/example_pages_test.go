package views_test

import (
	"time"

	"github.com/a-h/templ"

	"winnow/views"
)

// example is one page or part with the struct it was rendered from.
type example struct {
	name      string
	component func(data any) templ.Component
	data      any
}

// page binds a component to an example of its struct; the component can be rendered from any struct of that type.
func page[T any](name string, component func(T) templ.Component, data T) example {
	return example{name, func(d any) templ.Component { return component(d.(T)) }, data}
}

// examples holds every page, and every state of it that looks different, filled as on an ordinary day.
func examples() []example {
	plain := examplePage("")
	plain.Notice = views.Notice{Kind: views.NoticeSuccess, Title: "Discarded", Text: "Deletion 13 was discarded. Nothing was sent."}
	plain.API = "cc.test.example"
	return []example{
		page("signed-out", views.HomePage, views.Home{Page: views.Page{Sandbox: true, Version: "0.1.0"}}),
		page("home", views.HomePage, exampleHome()),
		page("home-empty", views.HomePage, views.Home{Page: plain}),
		page("lists", views.ListsPage, exampleLists()),
		page("upload", views.UploadPage, exampleUpload()),
		page("upload-error", views.UploadPage, exampleUploadError()),
		page("deletions", views.DeletionsPage, exampleDeletions()),
		page("preparing", views.DeletionPage, examplePreparing()),
		page("review", views.DeletionPage, exampleReview()),
		page("review-again", views.DeletionPage, exampleReviewAgain()),
		page("review-lists", views.DeletionPage, exampleReviewLists()),
		page("review-nothing", views.DeletionPage, exampleNothing()),
		page("running", views.DeletionPage, exampleProgress("running")),
		page("paused", views.DeletionPage, examplePaused()),
		page("finished", views.DeletionPage, exampleFinished()),
		page("batches", views.BatchesPage, exampleBatches()),
		page("batch", views.BatchPage, exampleBatch()),
		page("running-stalled", views.DeletionPage, exampleStalledProgress()),
		page("batch-stalled", views.BatchPage, exampleStalled(3*time.Hour)),
		page("batch-asking", views.BatchPage, exampleStalled(26*time.Hour)),
		page("batch-asking-lost", views.BatchPage, exampleStalledLost()),
		page("batch-waived", views.BatchPage, exampleWaived("accepted")),
		page("batch-counted", views.BatchPage, exampleWaived("timed_out")),
		page("batch-undecided", views.BatchPage, exampleUndecided()),
		page("activities", views.ActivitiesPage, exampleActivities()),
		page("activity", views.ActivityPage, exampleActivityPage()),
		page("audit", views.AuditPage, exampleAudit()),
		page("audit-empty", views.AuditPage, views.Audit{Page: examplePage(views.NavAudit)}),
		page("halt", views.HaltPage, views.Halt{Page: examplePage("")}),
		page("halted", views.HaltPage, exampleHalted()),
		page("halted-lift", views.HaltPage, exampleLift()),
		page("held", views.HeldPage, exampleHeld()),
		page("held-nothing", views.HeldPage, views.Held{Page: examplePage("")}),
		page("storage-trouble", views.DeletionPage, exampleTrouble()),
		page("error", views.ErrorPage, exampleError()),
		page("refusal", views.RefusalPage, exampleRefusal()),
	}
}

// parts holds what htmx fetches by itself.
func parts() []example {
	return []example{
		page("progress", views.DeletionProgress, exampleProgress("running").Progress),
		page("running deletions", views.RunningDeletions, exampleHome().Running),
		page("running deletions and the meter", func(r views.Running) templ.Component {
			return views.RunningRefresh(r, exampleQuota())
		}, exampleHome().Running),
		page("batches table", views.BatchesTable, exampleBatches().Table),
		page("clock news", views.ClockNews, views.Clocks{Vendor: 10 * time.Minute, Database: -time.Hour}),
		page("held news", views.HeldNews, true),
		page("storage news", views.StorageNews, exampleTrouble().Storage),
		page("error notice", views.ErrorNotice, exampleError()),
	}
}
