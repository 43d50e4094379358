package views

import "time"

// Storage says on every page that the database cannot be written.
type Storage struct {
	Happened string // a sentence; empty: all is well
	Todo     string // a sentence for whoever runs Winnow
}

// Held is the page of an account that is held because its database may be older than what happened.
type Held struct {
	Page
	Hold      int64 // goes back with the form; 0: nothing is held
	Evidence  string
	Since     time.Time
	Deletions []DeletionRow // what would go on
}

// The answers of the form on the page of a held account.
const (
	DecisionKeep    = "keep"
	DecisionRelease = "release"
)

// Addresses of a held account.
const (
	HeldURL    = "/held"
	ReleaseURL = "/held/release" // POST: hold, decision
)
