package store_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestWhatWasAcceptedBeforeKnowsSinceWhenItHasNotMoved undoes the migration under a batch that is with Constant Contact, and does it anew.
func TestWhatWasAcceptedBeforeKnowsSinceWhenItHasNotMoved(t *testing.T) {
	w := accepted(t, 0)
	w.ages(2 * time.Hour)
	checked := w.batch(1).CheckedAt
	must(t, w.db.Close())
	folder := "sqlite"
	if onPostgres(t) {
		folder = "postgres"
	}
	for _, name := range []string{"00011_releases", "00010_stalled"} {
		text, err := os.ReadFile("migrations/" + folder + "/" + name + ".sql")
		must(t, err)
		_, down, _ := strings.Cut(string(text), "-- +goose Down")
		for statement := range strings.SplitSeq(strings.TrimSpace(down), ";\n") {
			w.r.exec(statement)
		}
	}
	w.r.exec(`DELETE FROM goose_db_version WHERE version_id >= 10`)

	w.db = openAt(t, w.path)
	if b := w.batch(1); !b.MovedAt.Equal(checked) || b.Waits != "" {
		t.Errorf("waits for %q since %v, want %v", b.Waits, b.MovedAt, checked)
	}
	must(t, w.db.RecordActivity(t.Context(), w.id, 1, w.activity(0)))
	if b := w.batch(1); !b.MovedAt.Equal(checked) || b.Waits == "" {
		t.Errorf("after the first look it waits for %q since %v, want %v", b.Waits, b.MovedAt, checked)
	}
}
