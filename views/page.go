package views

// Nav names the entry of the navigation that is marked as the current one.
type Nav string

// The entries of the navigation; the empty Nav marks none.
const (
	NavHome       Nav = "home"
	NavLists      Nav = "lists"
	NavUpload     Nav = "upload"
	NavDeletions  Nav = "deletions"
	NavActivities Nav = "activities"
	NavAudit      Nav = "audit"
)

// NoticeKind says how a notice is to be taken; it decides icon and colour.
type NoticeKind string

// The kinds of notices; the empty kind counts as NoticeInfo.
const (
	NoticeInfo    NoticeKind = "info"
	NoticeSuccess NoticeKind = "success"
	NoticeWarning NoticeKind = "warning"
	NoticeDanger  NoticeKind = "danger"
)

// Notice is one message above the content of a page, for example what the last form did.
type Notice struct {
	Kind  NoticeKind
	Title string // may be empty
	Text  string // empty: no notice
}

// Page is what the layout of every page needs. All fields may be empty.
type Page struct {
	Title   string // what the page is about, without the product's name; page components fill it in when it is empty
	Account string // organization name of the Constant Contact account; empty when signed out
	User    string // name of the signed-in person; empty when signed out
	Sandbox bool   // shows on every page that nothing here touches Constant Contact
	API     string // host of the API when it is neither the vendor's own nor the sandbox; shown as a warning on every page
	Halted  Halted // shows on every page that all sending is stopped
	Storage Storage
	Clocks  Clocks
	Held    bool // the account is held; shown on every page
	Nav     Nav
	Notice  Notice
	Version string // of Winnow, for the footer
}

// Problem is one fault of what a person sent, shown in the summary on top of the page and beside its field.
type Problem struct {
	Field string // id of the field it belongs to, for example FieldFile; empty when it concerns the whole form
	Text  string // a sentence: what is wrong and what to do
}

// The names, and at the same time the element ids, of form fields that a Problem can point to.
const (
	FieldFile    = "file"    // the CSV on the upload page
	FieldList    = "lists"   // the table of lists; its checkboxes are named list_id
	FieldMode    = "mode"    // the choice on the lists page
	FieldColumn  = "column"  // the column chooser of a CSV
	FieldCareful = "careful" // set to send the first batches one by one
	FieldCount   = "count"   // the number typed to confirm
)

// Tab is one filter above a table. Its label comes from Key.
type Tab struct {
	Key   string // the filter's value in the URL; empty for "All"
	Count int64
}

// title is the content of <title>: problems first, then the subject, then the product.
func title(subject string, problems []Problem) string {
	t := "Winnow"
	if subject != "" {
		t = subject + " · Winnow"
	}
	if len(problems) > 0 {
		t = "Error: " + t
	}
	return t
}

// problemFor returns the text of the first problem of a field, or "".
func problemFor(problems []Problem, field string) string {
	for _, p := range problems {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// titled sets the title unless the caller gave one.
func titled(p Page, subject string) Page {
	if p.Title == "" {
		p.Title = subject
	}
	return p
}
