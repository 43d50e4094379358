package views

import "strconv"

// Error is what a person is told when something could not be done, as a page or, for htmx, as a notice.
type Error struct {
	Page
	Status    int
	What      string // what happened; Page.Title is the headline
	Why       string // may be empty
	Todo      string // what to do; may be empty
	Reference string // also in the log; empty for the person's own mistakes
	SignIn    bool   // offers the sign-in button
}

// Refusal is the page shown when a sign-in was refused.
type Refusal struct {
	Page
	Cause     string // why, for example which privilege is missing
	Cure      string // what to do about it
	Reference string
}

func errorPretitle(status int) string {
	if status == 0 {
		return "Error"
	}
	return "Error " + strconv.Itoa(status)
}
