package views

import (
	"strconv"
	"strings"
	"time"
)

// Batch is the page of one batch: one request and everything that is known of it.
type Batch struct {
	Page
	Deletion  int64
	N         int
	Of        int    // batches of the deletion
	Unit      string // "contact" or "list"
	Outcome   string
	Items     int
	Deleted   int
	Failed    int
	Changed   int // left out because they changed after the preview
	CheckedAt time.Time
	NextCheck time.Time // when it is looked at again; zero: not planned
	Activity  Activity  // ID empty until accepted
	Attempts  []Attempt // oldest first
	Wait      Wait
	Endpoint  string   // full URL of the vendor's operation
	IDs       []string // the first of them, 50 are enough
}

// Attempt is one try to send a batch.
type Attempt struct {
	Try        int
	State      string // sending, unsent, rejected, accepted, unknown, executed, not_executed
	Items      int    // ids in its request
	SentAt     time.Time
	AnsweredAt time.Time // zero without an answer
	HTTPStatus int       // 0 without an answer
	ActivityID string
	Error      string // the vendor's words or the kind of break; plain text
	Evidence   string // for an unknown attempt: what is known, in words for people
	NextCheck  time.Time
}

// Activity is the vendor's status of one bulk job with every field that it reports. Counters that it left out are nil.
type Activity struct {
	ID             string
	State          string // initialized, processing, completed, cancelled, failed, timed_out
	PercentDone    int
	CreatedAt      time.Time
	StartedAt      time.Time
	CompletedAt    time.Time
	UpdatedAt      time.Time
	Errors         []string
	SourceFileName string
	ResultsLink    string // shown, never followed

	ItemsTotal      *int
	ItemsCompleted  *int
	Lists           *int
	Persons         *int
	ErrorCount      *int
	Correctable     *int
	CannotAddToList *int
}

// counter is one of the vendor's counters with its name in the API.
type counter struct {
	name  string
	value *int
}

func (a Activity) counters() []counter {
	return []counter{
		{"items_total_count", a.ItemsTotal},
		{"items_completed_count", a.ItemsCompleted},
		{"list_count", a.Lists},
		{"person_count", a.Persons},
		{"error_count", a.ErrorCount},
		{"correctable_count", a.Correctable},
		{"cannot_add_to_list_count", a.CannotAddToList},
	}
}

// requestFile is the name under which the body of the request is saved.
func (b Batch) requestFile() string {
	return "deletion-" + strconv.FormatInt(b.Deletion, 10) + "-batch-" + strconv.Itoa(b.N) + ".json"
}

// curl is the command that sends the same request by hand.
func (b Batch) curl() string {
	return "curl --request POST " + shellQuote(b.Endpoint) + " \\\n" +
		"  --header 'Authorization: Bearer {access_token}' \\\n" +
		"  --header 'Content-Type: application/json' \\\n" +
		"  --data @" + b.requestFile()
}

// shellQuote makes one word of s in a POSIX shell, whatever is in it.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func idsLabel(b Batch) string {
	if len(b.IDs) < b.Items {
		return "The first " + Number(len(b.IDs)) + " of " + Count(b.Items, "id")
	}
	return "All " + Count(b.Items, "id")
}
