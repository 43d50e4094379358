package views

import "strings"

// A look is how a state is shown: a word and a colour of the stylesheet. The word says everything the colour does.
type look struct {
	label  string
	colour string
	moving bool // the dot pulses, unless the reader prefers less motion
}

// looks holds the states of deletions, the outcomes of batches, the states of attempts and those of the vendor's
// activities. The same word means the same thing in all of them.
var looks = map[string]look{
	"preparing": {"Preparing", "azure", true},
	"ready":     {"Ready for review", "purple", false},
	"running":   {"Running", "blue", true},
	"paused":    {"Paused", "yellow", false},
	"finished":  {"Finished", "green", false},
	"stopped":   {"Stopped", "orange", false},
	"discarded": {"Discarded", "secondary", false},

	"waiting":   {"Waiting", "secondary", false},
	"sending":   {"Sending", "blue", true},
	"unknown":   {"Unknown", "purple", false},
	"accepted":  {"Accepted", "azure", true},
	"completed": {"Completed", "green", false},
	"failed":    {"Failed", "red", false},
	"timed_out": {"Timed out", "red", false},
	"cancelled": {"Cancelled", "orange", false},
	"rejected":  {"Rejected", "red", false},
	"not_sent":  {"Not sent", "secondary", false},
	"left_out":  {"Left out", "orange", false},

	"unsent":       {"Not sent", "secondary", false},
	"parked":       {"Unknown", "purple", false},
	"executed":     {"Was carried out", "green", false},
	"not_executed": {"Was not carried out", "orange", false},
	"waived":       {"Not waited for", "orange", false},

	"initialized": {"Initialized", "azure", false},
	"processing":  {"Processing", "blue", true},
}

// lookOf falls back to the word itself in grey, so that a new word of the vendor's is still shown.
func lookOf(state string) look {
	if l, ok := looks[state]; ok {
		return l
	}
	if state == "" {
		return look{"Not known yet", "secondary", false}
	}
	return look{strings.ReplaceAll(state, "_", " "), "secondary", false}
}

// tabLabel is the word on a filter.
func tabLabel(key string) string {
	if key == "" {
		return "All"
	}
	return lookOf(key).label
}

// resultText sums a deletion up for a table: "1,139 deleted", "1,100 deleted, 39 failed".
func (r DeletionRow) resultText() string {
	switch r.State {
	case "preparing":
		return "Being read"
	case "ready":
		return "Waits for confirmation"
	case "discarded":
		return "Nothing was sent"
	}
	notSent := "not sent"
	if r.State == "running" || r.State == "paused" {
		notSent = "not sent yet"
	}
	parts := []string{Number(r.Deleted) + " deleted"}
	for _, p := range []struct {
		n    int64
		word string
	}{{r.Failed, "failed"}, {r.Changed, "left out"}, {r.InProgress, "in progress"}, {r.Unknown, "unknown"}, {r.NotSent, notSent}} {
		if p.n > 0 {
			parts = append(parts, Number(p.n)+" "+p.word)
		}
	}
	return strings.Join(parts, ", ")
}

// carefulMeaning says what beginning carefully does.
func carefulMeaning(sizes []int) string {
	words := make([]string, len(sizes))
	for i, n := range sizes {
		words[i] = Number(n)
	}
	words[0] += " " + plural(int64(sizes[0]), "contact")
	return "First " + strings.Join(words, ", then ") + ". After each, Winnow compares the account with what was expected" +
		" and sends more only if they agree. It takes some seconds longer."
}

// deleteLabel is the text of the button that starts a deletion.
func deleteLabel(n int64, unit string) string {
	switch {
	case unit != "list":
		return "Delete " + Count(n, "contact")
	case n == 1:
		return "Delete 1 list's members"
	}
	return "Delete " + Number(n) + " lists' members"
}

// announcement is what a screen reader is told while a deletion runs. It changes with the state and with each 10 % only.
func (p Progress) announcement() string {
	switch p.State {
	case "preparing":
		return "Preparing."
	case "ready":
		return "Ready for review."
	}
	tens := Percent(p.Done(), p.ToDelete) / 10 * 10
	return lookOf(p.State).label + ". " + Number(tens) + " % done."
}

// pageTitle is the title of the page, numbers first.
func (p Progress) pageTitle(source string) string { return p.titleNumbers() + " · " + source }

// name is the source as one line: the file's name or the first lists' names.
func (s Source) name() string {
	if s.Kind == SourceCSV {
		return s.File.Name
	}
	names := make([]string, 0, 3)
	for _, l := range s.Lists[:min(3, len(s.Lists))] {
		names = append(names, l.Name)
	}
	if more := len(s.Lists) - len(names); more > 0 {
		names = append(names, Number(more)+" more")
	}
	return strings.Join(names, ", ")
}

// unit is what the source counts.
func (s Source) unit() string {
	if s.Kind == SourceLists {
		return "list"
	}
	return "contact"
}
