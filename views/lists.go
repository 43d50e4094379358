package views

import "time"

// The values of the mode field on the lists page.
const (
	ModeMembers = "members" // exactly these people: members are read now and frozen
	ModeLists   = "lists"   // whoever is on the list when Constant Contact gets to it
)

// The values of the sort parameter on the lists page.
const (
	SortName    = "name"
	SortMembers = "members" // largest first
	SortUpdated = "updated" // newest first
)

// Lists is the page on which lists are chosen.
type Lists struct {
	Page
	Query    string // the search; empty for all lists
	Sort     string // SortName unless another one was asked for
	Lists    []ListRow
	Total    int       // lists in the account, whether they match or not
	AsOf     time.Time // when the lists were read from Constant Contact
	Mode     string    // ModeMembers unless the form is shown again
	Problems []Problem
}

// ListRow is one list that can be chosen.
type ListRow struct {
	ID      string
	Name    string
	Members int64 // the vendor's membership_count
	Updated time.Time
	Checked bool // set when the form is shown again
}

// searchScope tells the script whether the table holds all lists, so that it may search in place.
func searchScope(l Lists) string {
	if l.Query == "" {
		return "here"
	}
	return "server"
}

func selectAllLabel(l Lists) string {
	if l.Query == "" {
		return "Select all " + Count(len(l.Lists), "list")
	}
	return "Select all " + Number(len(l.Lists)) + " that match “" + l.Query + "”"
}

func noLists(l Lists) string {
	if l.Query == "" {
		return "This account has no lists"
	}
	return "No list's name contains “" + l.Query + "”"
}

func noListsHint(l Lists) string {
	if l.Query == "" {
		return "Lists are made in Constant Contact. Contacts can also be deleted by a CSV of their ids."
	}
	return "Search for less, or show all lists."
}

func sortDirection(key string) string {
	if key == SortName {
		return "ascending"
	}
	return "descending"
}

func sortMark(key string) string {
	if key == SortName {
		return "↑"
	}
	return "↓"
}
