package views

import (
	"net/url"
	"strconv"
)

// Addresses that need no argument. Handlers register the same ones.
const (
	HomeURL            = "/"
	LoginURL           = "/login"           // POST
	LogoutURL          = "/logout"          // POST
	RunningURL         = "/running"         // polled part of the home page: RunningDeletions
	ListsURL           = "/lists"           // GET with q and sort
	RefreshListsURL    = "/lists/refresh"   // POST: read the lists again, then redirect to /lists
	CreateFromListsURL = "/deletions/lists" // POST: list_id (repeated), mode
	UploadURL          = "/upload"
	UploadsURL         = "/uploads" // POST multipart: file
	DeletionsURL       = "/deletions"
	ActivitiesURL      = "/activities"
)

// DeletionURL is the page of one deletion.
func DeletionURL(id int64) string { return DeletionsURL + "/" + strconv.FormatInt(id, 10) }

// ProgressURL is the polled part of a deletion's page: DeletionProgress.
func ProgressURL(id int64) string { return DeletionURL(id) + "/progress" }

// ColumnURL takes the choice of the id column (POST).
func ColumnURL(id int64) string { return DeletionURL(id) + "/column" }

// ConfirmURL takes the confirmation (POST: count, manifest).
func ConfirmURL(id int64) string { return DeletionURL(id) + "/confirm" }

// DiscardURL throws an unconfirmed deletion away (POST).
func DiscardURL(id int64) string { return DeletionURL(id) + "/discard" }

// PauseURL stops sending for now (POST).
func PauseURL(id int64) string { return DeletionURL(id) + "/pause" }

// ResumeURL goes on sending (POST).
func ResumeURL(id int64) string { return DeletionURL(id) + "/resume" }

// StopURL leaves out what is not sent (POST).
func StopURL(id int64) string { return DeletionURL(id) + "/stop" }

// ChangedURL sends the rows that were left out because they had changed (POST).
func ChangedURL(id int64) string { return DeletionURL(id) + "/changed" }

// RetryURL sends the failed rows again (POST).
func RetryURL(id int64) string { return DeletionURL(id) + "/retry" }

// ProblemsURL is the file with every row that is not a contact id.
func ProblemsURL(id int64) string { return DeletionURL(id) + "/problems.csv" }

// ResultsURL is the file with the outcome of each row; outcome "" is all of them, otherwise deleted, failed, not-sent,
// skipped or unknown.
func ResultsURL(id int64, outcome string) string {
	return withQuery(DeletionURL(id)+"/results.csv", "outcome", outcome)
}

// BatchesURL is the table of a deletion's batches, of one outcome or of all, after batch number `after`.
func BatchesURL(id int64, outcome string, after int) string {
	return withQuery(DeletionURL(id)+"/batches", "outcome", outcome, "after", number(after))
}

// BatchesTableURL is the polled part of the batches page: BatchesTable.
func BatchesTableURL(id int64, outcome string, after int) string {
	return withQuery(DeletionURL(id)+"/batches/table", "outcome", outcome, "after", number(after))
}

// BatchURL is the page of one batch.
func BatchURL(id int64, n int) string { return DeletionURL(id) + "/batches/" + strconv.Itoa(n) }

// DecideURL takes a person's word on an unknown batch of lists (POST: decision, "ran" or "did-not-run"), or on a batch that
// waits for what does not move (POST: decision StopWaiting or StopWaitingAll, FieldMoved).
func DecideURL(id int64, n int) string { return BatchURL(id, n) + "/decide" }

// RequestURL is the file with the exact body of a batch's request, all ids in it.
func RequestURL(id int64, n int) string { return BatchURL(id, n) + "/request.json" }

// DeletionsPageURL is the history, of one state or of all, older than deletion `before`.
func DeletionsPageURL(state string, before int64) string {
	b := ""
	if before > 0 {
		b = strconv.FormatInt(before, 10)
	}
	return withQuery(DeletionsURL, "state", state, "before", b)
}

// ListsPageURL is the page of lists with a search and an order.
func ListsPageURL(query, sort string) string { return withQuery(ListsURL, "q", query, "sort", sort) }

// ActivitiesPageURL is the page of activities of one state or of all, from a cursor on.
func ActivitiesPageURL(state, cursor string) string {
	return withQuery(ActivitiesURL, "state", state, "cursor", cursor)
}

// ActivityURL is the page of one activity.
func ActivityURL(id string) string { return ActivitiesURL + "/" + url.PathEscape(id) }

// withQuery adds the pairs whose value is not empty.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
