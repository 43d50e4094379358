package views

import "time"

// Halted says who stopped all sending, and when. The zero value means that nobody did.
type Halted struct {
	By string
	At time.Time
}

// Halt is the page of the stop of all sending. Page.Halted says whether it is in force.
type Halt struct {
	Page
	MayLift  bool          // the person signed in after it was pressed, and a short while ago
	Within   time.Duration // how long a sign-in counts as fresh
	Problems []Problem
}

// Addresses of the stop of all sending.
const (
	HaltURL     = "/halt"      // GET: what it means; POST: do it
	LiftHaltURL = "/halt/lift" // POST
)

// FieldAnother, sent to LoginURL, has Constant Contact ask for the password even when the browser is signed in there.
const FieldAnother = "another"

// haltLabel is the text of the links to the page.
func haltLabel(h Halted) string {
	if h.At.IsZero() {
		return "Stop all sending"
	}
	return "All sending is stopped"
}
