package deletion

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblems(t *testing.T) {
	var p Problems
	p.Add(RowID, 1)
	for line := range int64(7) {
		p.Add(RowNotAnID, 10+line)
	}
	p.Add(RowDuplicate, 3)
	p.Add(RowBlank, 4)
	p.Add(RowOpenQuote, 5)
	want := Problems{
		{RowDuplicate, 1, []int64{3}},
		{RowBlank, 1, []int64{4}},
		{RowNotAnID, 7, []int64{10, 11, 12, 13, 14}},
		{RowOpenQuote, 1, []int64{5}},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if p.Invalid() != 8 || p.Count(RowNotAnID) != 7 || p.Count(RowEmail) != 0 {
		t.Errorf("invalid %d, not an id %d, e-mail %d", p.Invalid(), p.Count(RowNotAnID), p.Count(RowEmail))
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Problems
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Errorf("read back from %s (-want +got):\n%s", text, diff)
	}
}

// Codes are stored, so they must never change.
func TestRowKindCodes(t *testing.T) {
	want := []string{"id", "duplicate", "blank", "not_an_id", "empty_cell", "too_short", "too_long", "open_quote",
		"email_address", "number", "no_hyphens", "many_lines"}
	var got []string
	for kind := range RowKind(rowKinds) {
		var back RowKind
		if err := back.UnmarshalText([]byte(kind.Code())); err != nil || back != kind {
			t.Errorf("%s reads back as %s, %v", kind, back, err)
		}
		if kind.Label() == "" || kind.Message() == "" {
			t.Errorf("%s has no words: label %q, message %q", kind, kind.Label(), kind.Message())
		}
		got = append(got, kind.Code())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	var kind RowKind
	if err := kind.UnmarshalText([]byte("nonsense")); err == nil {
		t.Error("an unknown code is accepted")
	}
}
