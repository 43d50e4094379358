package views

import "time"

// Home is the start page. Without Page.User it is the page of somebody who is not signed in.
type Home struct {
	Page
	Quota   Quota
	Running Running
	Recent  []DeletionRow // newest first; without those in Running
}

// Running is the live part of the home page: deletions that are preparing, ready, running or paused.
type Running struct {
	Rows  []DeletionRow
	Poll  int // seconds between refreshes; 0: none
	AsOf  time.Time
	Retry time.Time // when Constant Contact, which does not answer, is tried again; zero while it answers
}

// DeletionRow is one line of a table of deletions.
type DeletionRow struct {
	ID        int64
	State     string // preparing, ready, running, paused, finished, stopped
	Source    string // file name, or names of lists, as one line
	Unit      string // "contact" or "list"
	StartedBy string
	CreatedAt time.Time
	EndedAt   time.Time // zero while it is not final

	ToDelete   int64 // 0 while preparing
	Deleted    int64
	Failed     int64
	Changed    int64 // left out because they changed after the preview
	NotSent    int64
	InProgress int64
	Unknown    int64
	Skipped    int64 // rows of the source that are not part of what is deleted
}
