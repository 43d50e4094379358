package views

import "time"

// Deletion is the page of one deletion for the whole of its life. Progress is always filled; Review is shown while the
// state is "ready".
type Deletion struct {
	Page
	ID          int64
	Source      Source
	StartedBy   string
	CreatedAt   time.Time
	ConfirmedBy string    // empty until confirmed
	ConfirmedAt time.Time // zero until confirmed
	Manifest    string    // hex SHA-256 of what will be deleted; empty while preparing
	Review      Review
	Progress    Progress
}

// Source is what a deletion was made from: a file, or lists.
type Source struct {
	Kind  string // SourceCSV, SourceMembers or SourceLists
	File  File   // of SourceCSV
	Lists []ListRow
}

// The kinds of sources.
const (
	SourceCSV     = "csv"     // contact ids from a file
	SourceMembers = "members" // the members of lists, read and frozen
	SourceLists   = "lists"   // lists, whoever is on them when Constant Contact gets to them
)

// File is what is known of an uploaded CSV.
type File struct {
	Name      string // as the browser sent it
	Size      int64  // bytes
	SHA256    string // hex
	Encoding  string // for people: "UTF-8", "UTF-16LE"
	Delimiter string // for people: "comma", "semicolon", "tab", "pipe"
	Header    bool   // the first row names the columns
	Column    string // name of the column that holds the ids
}

// Review is what a person reads before confirming.
type Review struct {
	Check   Check
	Columns []Column // of a CSV; the chooser shows when there are two or more
	Sample  Sample   // of a CSV
	Plan    Plan
	First   []int  // sizes of the batches with which a careful deletion begins; none: it cannot begin carefully
	Hasty   bool   // the person did not want that, when the form is shown again
	Typed   string // what was typed into the count field when the form is shown again
	// Problems of the confirmation or of the column choice.
	Problems []Problem
}

// Check says where every row of the source went: Read = Blank + the sum of Invalid + Repeated + ToDelete.
type Check struct {
	Read     int64
	Blank    int64
	Invalid  []InvalidKind
	Repeated int64 // rows whose id had occurred before; it is kept once
	ToDelete int64 // contacts, or lists
}

// InvalidKind is one kind of row that is not a contact id.
type InvalidKind struct {
	Text  string // what was found, for people: "An e-mail address"
	Count int64
	Lines []int64 // numbers of the first lines, as a text editor counts them; a handful is enough
}

// Column is one column of the file.
type Column struct {
	Index  int    // from 0; the value of the column field
	Name   string // from the header, or "Column 3"
	Chosen bool
}

// Sample is the beginning of the file.
type Sample struct {
	Header []string // names of the columns, from the header or made up
	Rows   []SampleRow
}

// SampleRow is one row of the file.
type SampleRow struct {
	Line    int64 // as a text editor counts
	Cells   []string
	Problem string // empty when the row will be deleted; otherwise why it is skipped
}

// Plan says what the deletion will cost.
type Plan struct {
	Requests  int64         // delete requests
	SendFor   time.Duration // how long sending takes when it fits into today
	LeftAfter int64         // today's requests that are left after it
	DayLimit  int64         // requests a day; 0 hides what depends on it
	Days      int           // UTC days it takes; 0 or 1: it fits into today
	LastDay   time.Time     // the UTC day of the last request
	Today     int64         // of the requests, when they do not fit into today: as many as can still be sent
	Ahead     int64         // requests that running deletions need first
}

// fileForm describes size and form of a file in one line.
func fileForm(f File) string {
	header := "without column names"
	if f.Header {
		header = "with column names"
	}
	return Size(f.Size) + ", " + f.Encoding + ", separated by " + f.Delimiter + ", " + header
}

func memberships(lists []ListRow) int64 {
	var n int64
	for _, l := range lists {
		n += l.Members
	}
	return n
}

// readUnit is what a source's rows are called before they are known to be contacts.
func readUnit(kind string) string {
	if kind == SourceCSV {
		return "row"
	}
	return "membership"
}

func checkTitle(kind string) string {
	if kind == SourceLists {
		return "What will be sent"
	}
	return "What was read"
}

func resultLabel(kind string) string {
	if kind == SourceLists {
		return "Lists"
	}
	return "Will be deleted"
}

func resultNote(d Deletion) string {
	if d.Source.Kind == SourceLists {
		return "with " + Count(memberships(d.Source.Lists), "membership") + " when they were read; whoever is on them then is deleted"
	}
	return plural(d.Review.Check.ToDelete, "contact")
}

// sendTime says how long the plan takes.
func (p Plan) sendTime() string {
	switch {
	case p.Days > 1:
		return "which do not fit into today: " + p.portion() + ". The last is sent " + onDay(p.Days, p.LastDay)
	case p.SendFor < time.Second:
		return "less than 1 s to send, then Constant Contact works through " + them(p.Requests)
	}
	return "about " + Duration(p.SendFor) + " to send, then Constant Contact works through " + them(p.Requests)
}

// portion says how much is sent today, and what happens to the rest.
func (p Plan) portion() string {
	if p.Today == 0 {
		return "sending begins by itself at 00:00 UTC"
	}
	return Number(p.Today) + " can be sent today, the rest goes on by itself at 00:00 UTC"
}

// ahead says what the running deletions need first.
func (p Plan) ahead() string {
	if p.Ahead == 0 || p.DayLimit == 0 {
		return ""
	}
	return "About " + Count(p.Ahead, "request") + " that running deletions still need " + isAre(p.Ahead) + " counted in."
}

func isAre(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func them(n int64) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

func chosen(columns []Column, i int) bool {
	for _, c := range columns {
		if c.Index == i {
			return c.Chosen
		}
	}
	return false
}

// missingCells is how many cells a short row lacks.
func missingCells(s Sample, r SampleRow) int { return max(0, len(s.Header)-len(r.Cells)) }

func nothingToDelete(kind string) string {
	if kind == SourceCSV {
		return "No row of this column holds a contact id. Choose another column, or discard this and upload another file."
	}
	return "The lists have no members. Discard this and choose others."
}
