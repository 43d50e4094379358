package views

import (
	"strings"
	"time"
)

// Progress is the polled part of a deletion's page. Its figures add up:
//
//	Read     = Skipped + ToDelete   (Read is 0 when the unit is "list")
//	ToDelete = Deleted + Failed + Changed + NotSent + InProgress + Unknown
type Progress struct {
	ID    int64
	State string // preparing, ready, running, paused, finished, stopped
	Unit  string // "contact" or "list"
	Poll  int    // seconds between refreshes; 0 ends the polling
	AsOf  time.Time

	// Sentence is one plain sentence on what is happening, for example "Sending at 3.6 requests a second." With a pause it
	// says why and what ends it.
	Sentence string
	// Waiting says why preparing does not go on, for example "Today's requests are used; reading goes on at 00:00 UTC."
	Waiting string

	ReadSoFar   int64 // while preparing: members read
	ReadAbout   int64 // while preparing: members expected, by the lists' counts; 0 when not known
	ReviewReady bool  // the page was loaded while preparing and the deletion is ready now: the script loads it again

	Read       int64
	Skipped    int64
	ToDelete   int64
	Deleted    int64
	Failed     int64
	Changed    int64 // left out because they changed after the preview
	NotSent    int64 // still waiting, or left out
	InProgress int64 // sent; Constant Contact has not finished
	Unknown    int64 // sent, and what became of it is being found out

	Batches     int // requests in all
	BatchesSent int

	Rate    float64       // units deleted a second of late; 0 hides it
	Elapsed time.Duration // since the confirmation; 0 hides it
	Left    time.Duration // estimate; 0 hides it until it means something
	EndedAt time.Time     // zero while it is not final

	Stalled Stalled

	Held      bool // it waits for a release: the page leads to where that is decided
	CanPause  bool
	CanResume bool
	CanStop   bool
	Retryable int64 // failed rows that "Retry failed" would send again; 0 hides it
	Waived    int64 // failed rows that it would not, because a person stopped waiting for what may still delete them
	Sendable  int64 // rows of Changed that "Delete them too" would send; 0 hides it
	Results   bool  // the result files exist
}

// Sent is the number of contacts or lists whose request was accepted, or may have been.
func (p Progress) Sent() int64 { return p.ToDelete - p.NotSent - p.Changed }

// Done is the number whose fate is known.
func (p Progress) Done() int64 { return p.Deleted + p.Failed + p.Changed }

// figure is one line of the table that accounts for every row.
type figure struct {
	label   string
	n       int64
	meaning string
	file    string // outcome in the URL of its result file; empty: none
	part    bool   // one of the parts that the line above is made of
	class   string
}

// figures lists the numbers in the order in which they add up.
func (p Progress) figures() []figure {
	var rows []figure
	if p.Unit != "list" {
		rows = append(rows,
			figure{label: "Read", n: p.Read, meaning: "= skipped + to delete", class: "figure-total"},
			figure{label: "Skipped", n: p.Skipped, meaning: "blank, repeated or not a contact id", file: "skipped", part: true})
	}
	notSent := figure{label: "Not sent yet", n: p.NotSent, meaning: "waiting", file: "not-sent", part: true}
	if p.State == "stopped" || p.State == "finished" {
		notSent.label, notSent.meaning = "Not sent", "left out when the rest was stopped"
	}
	rows = append(rows,
		figure{label: "To delete", n: p.ToDelete, meaning: "= the lines below", class: "figure-total"},
		figure{label: "Deleted", n: p.Deleted, meaning: "confirmed by Constant Contact", file: "deleted", part: true},
		figure{label: "Failed", n: p.Failed, meaning: p.failedMeaning(), file: "failed", part: true})
	if p.Changed > 0 {
		rows = append(rows, figure{label: "Left out", n: p.Changed, meaning: "changed after the preview, so not sent", file: "left-out", part: true})
	}
	return append(rows,
		figure{label: "In progress", n: p.InProgress, meaning: "sent; Constant Contact has not finished", part: true},
		notSent,
		figure{label: "Unknown", n: p.Unknown, meaning: "sent; what became of it is being found out", file: "unknown", part: true},
	)
}

// fileLabel names the result file, so that each link can be told from the others.
func (f figure) fileLabel() string { return f.label + " rows" }

func figureUnit(p Progress) string {
	if p.Unit == "list" {
		return "list"
	}
	return "row"
}

// titleNumbers is what the script puts before the subject in the title of the tab.
func (p Progress) titleNumbers() string {
	switch p.State {
	case "preparing", "ready":
		return lookOf(p.State).label
	case "running", "paused":
		return Number(Percent(p.Done(), p.ToDelete)) + " % " + strings.ToLower(lookOf(p.State).label)
	}
	return lookOf(p.State).label + ", " + Number(p.Deleted) + " deleted"
}

func (p Progress) stopMeaning() string {
	s := Count(p.NotSent, p.Unit) + " not sent yet will be left alone."
	if open := p.InProgress + p.Unknown; open > 0 {
		s += " The " + Number(open) + " already sent are still deleted; Constant Contact cannot call them back."
	}
	return s + " A stopped deletion cannot be resumed."
}

func (p Progress) failedMeaning() string {
	if p.Waived == 0 {
		return "not deleted"
	}
	return "not deleted; " + Number(p.Waived) + " of them may still be deleted, so they are not sent again"
}

func (p Progress) changedMeaning() string {
	return Count(p.Sendable, "contact") + " changed at Constant Contact after the preview: somebody edited them, or they came back." +
		" Look at the file of rows that were left out before you send them."
}

func preparingSentence(p Progress) string {
	if p.Waiting != "" {
		return p.Waiting
	}
	return "Reading: " + Number(p.ReadSoFar) + " so far."
}
