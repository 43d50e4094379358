package views

// Deletions is the history of an account.
type Deletions struct {
	Page
	State string // the filter: "" for all, otherwise a state
	Tabs  []Tab  // Key "" first, then one for each state
	Rows  []DeletionRow
	// Before is the id below which this part begins; 0 for the newest.
	Before int64
	// Older is the id below which the next part begins; 0 when there is none.
	Older int64
}

// Done is the number whose fate is known.
func (r DeletionRow) Done() int64 { return r.Deleted + r.Failed + r.Changed }

func noDeletions(state string) string {
	if state == "" {
		return "No deletions yet"
	}
	return "No deletion is in the state “" + lookOf(state).label + "”"
}

func newestDeletions(d Deletions) string {
	if d.Before == 0 {
		return ""
	}
	return DeletionsPageURL(d.State, 0)
}

func olderDeletions(d Deletions) string {
	if d.Older == 0 {
		return ""
	}
	return DeletionsPageURL(d.State, d.Older)
}
