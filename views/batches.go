package views

import "time"

// Batches is the page with all batches of a deletion.
type Batches struct {
	Page
	Source string // file name or names of lists, as one line
	State  string // of the deletion
	Table  BatchRows
}

// BatchRows is the polled part of the batches page.
type BatchRows struct {
	Deletion int64
	Unit     string // "contact" or "list"
	Outcome  string // the filter: "" for all, otherwise an outcome
	Tabs     []Tab  // Key "" first, then one for each outcome that occurs
	Rows     []BatchRow
	After    int // number after which this part begins; 0 for the first
	Next     int // number after which the next part begins; 0 when there is none
	Poll     int // seconds between refreshes; 0: none
	AsOf     time.Time
}

// BatchRow is one line of the table of batches.
type BatchRow struct {
	N             int
	Outcome       string // waiting, sending, unknown, accepted, completed, failed, timed_out, cancelled, rejected, not_sent
	ActivityID    string // empty until accepted
	ActivityState string // the vendor's word; empty until known
	Items         int    // contacts or lists in it
	Deleted       int
	Failed        int
	Changed       int // left out because they changed after the preview
	Tries         int
	CheckedAt     time.Time // when the vendor last told something about it
	Error         string    // of the last try; plain text
	Note          string    // what a person should know about it; see StallNote
}

func columnOfUnits(unit string) string {
	if unit == "list" {
		return "Lists"
	}
	return "Contacts"
}

func firstBatches(b BatchRows) string {
	if b.After == 0 {
		return ""
	}
	return BatchesURL(b.Deletion, b.Outcome, 0)
}

func nextBatches(b BatchRows) string {
	if b.Next == 0 {
		return ""
	}
	return BatchesURL(b.Deletion, b.Outcome, b.Next)
}
