package deletion

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"
)

// auditHeader names the columns of the file of the audit log.
var auditHeader = []string{"row", "time", "user", "user_id", "from", "action", "deletion", "batch", "attempt", "count", "outcome",
	"reason", "activity_id", "sha256", "chain"}

// auditPart is how many rows of the log are read at once; the memory does not grow with the log.
const auditPart = 1000

// WriteAudit writes the account's rows of the audit log as a CSV, newest first; of one deletion, or with 0 of all.
func (c *Console) WriteAudit(ctx context.Context, out io.Writer, account string, deletion int64) error {
	w := csv.NewWriter(out)
	_ = w.Write(auditHeader) // an error stays in the writer and comes out of Error
	filter := AuditFilter{Deletion: deletion, Limit: auditPart}
	for {
		rows, err := c.Store.Audit(ctx, account, filter)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		for i := range rows {
			_ = w.Write(rows[i].cells())
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return fmt.Errorf("write the audit log: %w", err)
		}
		if len(rows) < auditPart {
			return nil
		}
		filter.Before = rows[len(rows)-1].ID
	}
}

// cells are a row as the file shows it: what it is not about is empty, and no spreadsheet takes a cell for a formula.
func (r *AuditRow) cells() []string {
	return []string{
		strconv.FormatInt(r.ID, 10), r.At.UTC().Format(time.RFC3339Nano), Guarded(r.Name), Guarded(r.User.ID), Guarded(r.From),
		string(r.Action), unlessZero(r.Deletion), unlessZero(int64(r.Batch)), unlessZero(r.Attempt), unlessZero(r.Count),
		Guarded(r.Outcome), Guarded(r.Reason), Guarded(r.Activity), r.HashText(), hex.EncodeToString(r.Chain[:]),
	}
}

// HashText is Hash in hexadecimal, empty when the row is about none.
func (r *AuditRow) HashText() string {
	if r.Hash == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(r.Hash[:])
}

func unlessZero(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
