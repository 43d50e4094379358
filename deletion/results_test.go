package deletion_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// result is one row of a result file.
type result struct{ Line, ID, Outcome, Detail, Batch, Activity, Time string }

// results reads a result file of a deletion.
func (w *world) results(id int64, f deletion.ResultFilter) []result {
	w.Helper()
	var out bytes.Buffer
	w.ok(w.console.WriteResults(w.Context(), &out, w.deletion(id), f))
	rows, err := csv.NewReader(&out).ReadAll()
	w.ok(err)
	same(w, "header", rows[0], []string{"line", "id", "outcome", "detail", "batch", "activity_id", "time"})
	var all []result
	for _, r := range rows[1:] {
		all = append(all, result{r[0], r[1], r[2], r[3], r[4], r[5], r[6]})
	}
	return all
}

// brief leaves out what differs from run to run.
func brief(all []result) []result {
	all = slices.Clone(all)
	for i := range all {
		all[i].Activity, all[i].Time = "", ""
	}
	return all
}

const (
	refusedText = "Constant Contact refused the request"
	missedText  = "Constant Contact did not delete it, or does not know it"
	pendingText = "sent; Constant Contact has not finished"
	searchText  = "sent; what became of it is being found out"
	waitsText   = "waits to be sent"
	leftOutText = "left out because the rest was stopped"
)

func TestEveryLineOfAMessyFileGetsItsOutcome(t *testing.T) {
	w := newWorld(t)
	people, nobody := w.living(3), strangers(1)[0]
	bare := strings.ReplaceAll(people[0], "-", "")
	file := strings.Join([]string{
		"Name,Contact ID,Note", // line 1
		"Ann," + people[0] + ",x",
		"Ann," + strings.ToUpper(people[0]) + ",again",
		"",
		" , ,",
		"Bob,n/a,",
		"Bob,,no id here",
		"Bob",
		"Bob,bob@example.com,",
		"Bob,1234567890,",
		"Bob," + bare + ",",
		"Bob,\"" + people[1] + "\nmore\",", // lines 12 and 13
		"Cid,{" + people[1] + "},",
		"Cid,'" + people[1] + ",",
		"Cid,  " + people[2] + "  ,\"two\nlines\"", // lines 16 and 17
		"Dan," + nobody + ",",
		"Eve,=HYPERLINK(1),",
		"Eve,@SUM(A1),",
		"Eve," + strings.Repeat("y", 70_000) + ",",
		"Fay,\"" + people[2] + ",no end",
	}, "\n") + "\n"
	id := w.uploadText("messy.csv", file)
	w.confirm(id)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 3, Failed: 1})

	invalid := func(line int, cell string, kind deletion.RowKind) result {
		return result{Line: strconv.Itoa(line), ID: cell, Outcome: "invalid", Detail: kind.Message()}
	}
	duplicate := func(line int, cell, of string) result {
		return result{Line: strconv.Itoa(line), ID: cell, Outcome: "duplicate", Detail: "of line " + of}
	}
	deleted := func(line int, cell string) result {
		return result{Line: strconv.Itoa(line), ID: cell, Outcome: "deleted", Batch: "1"}
	}
	want := []result{
		deleted(2, people[0]),
		duplicate(3, strings.ToUpper(people[0]), "2"),
		{Line: "4", Outcome: "blank"},
		{Line: "5", ID: " ", Outcome: "blank"},
		invalid(6, "n/a", deletion.RowNotAnID),
		invalid(7, "", deletion.RowEmptyCell),
		invalid(8, "", deletion.RowShort),
		invalid(9, "bob@example.com", deletion.RowEmail),
		invalid(10, "1234567890", deletion.RowNumber),
		invalid(11, bare, deletion.RowNoHyphens),
		invalid(12, people[1]+"\nmore", deletion.RowManyLines),
		deleted(14, "{"+people[1]+"}"),
		duplicate(15, "'"+people[1], "14"),
		deleted(16, "  "+people[2]+"  "),
		{Line: "18", ID: nobody, Outcome: "failed", Detail: missedText, Batch: "1"},
		invalid(19, "'=HYPERLINK(1)", deletion.RowNotAnID),
		invalid(20, "'@SUM(A1)", deletion.RowNotAnID),
		invalid(21, "Eve,"+strings.Repeat("y", 252), deletion.RowTooLong),
		invalid(22, "Fay,\""+people[2]+",no end", deletion.RowOpenQuote),
	}
	all := w.results(id, deletion.AllResults)
	same(w, "results", brief(all), want)
	for _, r := range all {
		if inBatch := r.Batch != ""; inBatch != (r.Activity == w.posts()[0].ActivityID) || inBatch != (r.Time != "") {
			t.Errorf("line %s has activity %q and time %q", r.Line, r.Activity, r.Time)
		}
	}
	same(w, "reading", w.deletion(id).Reading, deletion.Reading{Read: 19, Accepted: 4, Duplicate: 2, Invalid: 11, Blank: 2})
	w.partition(id)

	var problems, skipped bytes.Buffer
	w.ok(w.console.WriteProblems(t.Context(), &problems, w.deletion(id)))
	w.ok(w.console.WriteResults(t.Context(), &skipped, w.deletion(id), deletion.SkippedResults))
	same(w, "problems", problems.String(), skipped.String())
}

// partition checks that the filters' files together are the file of all rows, and that their sizes are the counts.
func (w *world) partition(id int64) {
	w.Helper()
	d, sizes := w.deletion(id), map[deletion.ResultFilter]int64{}
	var together []result
	for _, f := range deletion.ResultFilters {
		part := w.results(id, f)
		sizes[f] = int64(len(part))
		together = append(together, part...)
	}
	byLine := func(a, b result) int {
		x, _ := strconv.Atoi(a.Line)
		y, _ := strconv.Atoi(b.Line)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.ID, b.ID))
	}
	slices.SortFunc(together, byLine)
	all := w.results(id, deletion.AllResults)
	slices.SortFunc(all, byLine)
	same(w, "all parts together", together, all)
	same(w, "sizes of the parts", sizes, map[deletion.ResultFilter]int64{
		deletion.DeletedResults: d.Counts.Deleted, deletion.FailedResults: d.Counts.Failed,
		deletion.NotSentResults: d.Counts.NotSent, deletion.InProgressResults: d.Counts.InProgress,
		deletion.UnknownResults: d.Counts.Unknown, deletion.LeftOutResults: d.Counts.Changed, deletion.SkippedResults: d.Reading.Skipped(),
	})
}

func TestResultsWhileADeletionRuns(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityEndsShort, Items: 400})
	w.spoil(sandbox.Fault{Effect: sandbox.AnswerBefore, Status: 400})
	w.spoil(sandbox.Fault{Effect: sandbox.ActivityStalls, Release: release})
	w.spoil(sandbox.Fault{Effect: sandbox.ResetBefore})
	id := w.start(w.living(2600))
	w.until("one is unknown", func() bool { return w.deletion(id).Counts.Unknown == 500 })
	w.ok(pause(w, id))
	w.until("two batches have ended", func() bool { return w.deletion(id).Counts.Failed == 600 })
	w.partition(id)
	same(w, "details", details(w.results(id, deletion.AllResults)), map[string]int{
		"1 deleted ": 400, "1 failed " + missedText: 100, "2 failed " + refusedText: 500, "3 in progress " + pendingText: 500,
		"4 unknown " + searchText: 500, "5 not sent " + waitsText: 500, "6 not sent " + waitsText: 100,
	})
	w.ok(w.store.Stop(t.Context(), w.account, id))
	w.partition(id)
	same(w, "rows that were left out", details(w.results(id, deletion.NotSentResults)), map[string]int{
		"5 not sent " + leftOutText: 500, "6 not sent " + leftOutText: 100})

	rows, err := w.store.RetryFailed(t.Context(), w.account, id, time.Now())
	w.ok(err)
	same(w, "rows that wait", rows, 600)
	w.partition(id)
	close(release)
	w.run()
	w.counts(id, deletion.Counts{Deleted: 2000, NotSent: 600})
	w.partition(id)
}

// details counts rows by batch, outcome and detail.
func details(all []result) map[string]int {
	n := map[string]int{}
	for _, r := range all {
		n[r.Batch+" "+r.Outcome+" "+r.Detail]++
	}
	return n
}

func TestResultsOfListsAreTheirMembersOrTheLists(t *testing.T) {
	w := newWorld(t)
	list := w.lists()[12]
	members := slices.Sorted(slices.Values(w.box.Members(w.account, list.ID)))
	id := w.choose(deletion.FromMembers, list)
	w.prepare(id)
	var want []result
	for i, m := range members {
		want = append(want, result{ID: m, Outcome: "not sent", Detail: waitsText, Batch: strconv.Itoa(i/500 + 1)})
	}
	same(w, "results before", w.results(id, deletion.AllResults), want)
	w.confirm(id)
	w.run()
	same(w, "deleted members", len(w.results(id, deletion.DeletedResults)), len(members))
	w.partition(id)

	other := w.lists()[3]
	lists := w.confirm(w.choose(deletion.FromLists, other))
	w.run()
	same(w, "results of a list", brief(w.results(lists, deletion.AllResults)),
		[]result{{ID: other.ID, Outcome: "deleted", Batch: "1"}})
}

func TestCellsThatASpreadsheetWouldRunAreMarked(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"", ""},
		{"plain", "plain"},
		{"a=b", "a=b"},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@x", "'@x"},
		{"\tx", "'\tx"},
		{"\rx", "'\rx"},
		{"\nx", "'\nx"},
		{"\x00x", "'\x00x"},
		{"＝1", "'＝1"},
		{"＋1", "'＋1"},
		{"－1", "'－1"},
		{"＠x", "'＠x"},
		{"\xff=", "\uFFFD="},
		{"äöü", "äöü"},
	} {
		t.Run(fmt.Sprintf("%q", c.cell), func(t *testing.T) {
			if got := deletion.Guarded(c.cell); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
