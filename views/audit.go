package views

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Audit is the audit log of an account, or of one of its deletions.
type Audit struct {
	Page
	Deletion int64 // the filter; 0 for all
	Rows     []AuditRow
	Before   int64 // id below which this part begins; 0 for the newest
	Older    int64 // id below which the next part begins; 0 when there is none
}

// AuditRow is one line of the audit log. What a row is not about is zero.
type AuditRow struct {
	ID       int64
	At       time.Time
	Who      string // empty: Winnow itself
	From     string // IP address
	Action   string // as stored: "signed in", "confirmed", "sending"
	Deletion int64
	Batch    int
	Count    int64
	Hash     string // hex SHA-256
	Activity string
	Outcome  string
	Reason   string
}

// Addresses of the audit log.
const (
	AuditURL     = "/audit"     // GET with deletion and before
	AuditFileURL = "/audit.csv" // GET with deletion
)

// AuditPageURL is the log of one deletion or of all, older than row `before`.
func AuditPageURL(deletion, before int64) string {
	return withQuery(AuditURL, "deletion", positive(deletion), "before", positive(before))
}

// AuditDownloadURL is the log of one deletion or of all as a file.
func AuditDownloadURL(deletion int64) string {
	return withQuery(AuditFileURL, "deletion", positive(deletion))
}

func positive(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// actionLabels are the words for actions whose stored word alone would not tell enough.
var actionLabels = map[string]string{
	"sending":   "Sending a request",
	"attempted": "Request ended",
	"ended":     "Deletion ended",
	"counted":   "Counted what is deleted",
	"halted":    "Stopped all sending",
	"released":  "Let sending go on",
	"held":      "Held the account",
	"unheld":    "Released the account",
	"stopped":   "Stopped the rest",
	"retried":   "Retried what failed",
}

func (r AuditRow) label() string {
	if l, ok := actionLabels[r.Action]; ok || r.Action == "" {
		return l
	}
	_, first := utf8.DecodeRuneInString(r.Action)
	return strings.ToUpper(r.Action[:first]) + r.Action[first:]
}

func (r AuditRow) who() string {
	if r.Who == "" {
		return "Winnow itself"
	}
	return r.Who
}

func newestAudit(a Audit) string {
	if a.Before == 0 {
		return ""
	}
	return AuditPageURL(a.Deletion, 0)
}

func olderAudit(a Audit) string {
	if a.Older == 0 {
		return ""
	}
	return AuditPageURL(a.Deletion, a.Older)
}

func auditOf(deletion int64) string {
	if deletion == 0 {
		return ""
	}
	return "Deletion " + decimal(deletion)
}
