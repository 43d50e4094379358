package deletion_test

import (
	"errors"
	"strings"
	"testing"

	"winnow/deletion"
	"winnow/sandbox"
)

const twoColumns = "contact_id,parent,name\n" +
	"00000001-1111-11ee-8000-02420a320002,0000000b-1111-11ee-8000-02420a320002,Ann\n" +
	"00000002-1111-11ee-8000-02420a320002,0000000c-1111-11ee-8000-02420a320002,Bob\n" +
	"00000003-1111-11ee-8000-02420a320002,0000000b-1111-11ee-8000-02420a320002,Cid\n"

// uploadText makes a ready deletion of a file.
func (w *world) uploadText(name, text string) int64 {
	w.Helper()
	id, err := w.console.Upload(w.Context(), w.account, olivia, name, strings.NewReader(text))
	w.ok(err)
	return id
}

// manifest is the text of all ids in the manifest.
func (w *world) manifest(id int64) (ids []string) {
	w.Helper()
	for n := 1; n <= w.deletion(id).Batches; n++ {
		b, err := w.store.BatchIDs(w.Context(), id, n)
		w.ok(err)
		for _, contact := range b.IDs {
			ids = append(ids, contact.String())
		}
	}
	return ids
}

func TestAnotherColumnMakesAnotherManifest(t *testing.T) {
	w := newWorld(t)
	id := w.uploadText("file.csv", twoColumns)
	first := w.deletion(id)
	w.ok(w.console.ChooseColumn(t.Context(), w.account, id, 1))
	w.state(id, deletion.Ready, deletion.NoReason)
	same(w, "manifest", w.manifest(id), []string{
		"0000000b-1111-11ee-8000-02420a320002", "0000000c-1111-11ee-8000-02420a320002"})
	same(w, "reading", w.deletion(id).Reading, deletion.Reading{Read: 3, Accepted: 2, Duplicate: 1})
	u, err := w.store.Upload(t.Context(), w.account, first.Upload)
	w.ok(err)
	same(w, "column", u.Format.Column, 1)
	same(w, "problems", u.Problems, deletion.Problems{{Kind: deletion.RowDuplicate, Count: 1, Lines: []int64{4}}})
	err = w.store.Confirm(t.Context(), w.account, id, deletion.Confirmation{By: olivia, Count: first.Items, Hash: first.Hash})
	if !errors.Is(err, deletion.ErrChanged) {
		t.Errorf("confirming what was shown before got %v", err)
	}

	w.ok(w.console.ChooseColumn(t.Context(), w.account, id, 0))
	again := w.deletion(id)
	again.AsOf = first.AsOf // it is a new preview
	same(w, "deletion", again, first)
}

func TestAColumnThatCannotBeTakenChangesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.uploadText("file.csv", twoColumns)
	before, manifest := w.deletion(id), w.manifest(id)
	for _, c := range []struct {
		name   string
		column int
		code   string
	}{
		{"a column without ids", 2, "no_id_column"},
		{"a column beyond the last", 3, "no_such_column"},
		{"a column far beyond the last", 1 << 30, "no_such_column"},
		{"a column before the first", -2, "no_such_column"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := w.console.ChooseColumn(t.Context(), w.account, id, c.column)
			var refused *deletion.InputError
			if !errors.As(err, &refused) || refused.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			same(w, "deletion", w.deletion(id), before)
			same(w, "manifest", w.manifest(id), manifest)
		})
	}
}

func TestAColumnIsChosenBeforeTheConfirmationOnly(t *testing.T) {
	w := newWorld(t)
	id := w.uploadText("file.csv", twoColumns)
	if err := w.console.ChooseColumn(t.Context(), sandbox.SecondAccount, id, 1); !errors.Is(err, deletion.ErrNotFound) {
		t.Errorf("another account got %v", err)
	}
	w.confirm(id)
	lists := w.choose(deletion.FromLists, w.lists()[0])
	for _, id := range []int64{id, lists} {
		if err := w.console.ChooseColumn(t.Context(), w.account, id, 1); !errors.Is(err, deletion.ErrChanged) {
			t.Errorf("got %v", err)
		}
	}
}

func TestNamesOfFilesAreMadeFitForDisplay(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ what, name, want string }{
		{"a plain name", "leavers 2026.csv", "leavers 2026.csv"},
		{"a path of Windows", `C:\fakepath\leavers.csv`, "leavers.csv"},
		{"a path upwards", "../../etc/passwd", "passwd"},
		{"nothing", "", "unnamed.csv"},
		{"nothing but a path", "a/b/", "unnamed.csv"},
		{"control characters", "a\x00b\r\nc\x7f.csv", "abc.csv"},
		{"changes of direction", "a\u202evsc.exe\u2066.csv", "avsc.exe.csv"},
		{"invalid UTF-8", "a\xff.csv", "a\uFFFD.csv"},
		{"markup", "<b>.csv", "<b>.csv"},
		{"too long", strings.Repeat("ä", 150), strings.Repeat("ä", 100)},
		{"too long at an odd place", "x" + strings.Repeat("ä", 150), "x" + strings.Repeat("ä", 99)},
	} {
		t.Run(c.what, func(t *testing.T) {
			id := w.uploadText(c.name, twoColumns)
			u, err := w.store.Upload(t.Context(), w.account, w.deletion(id).Upload)
			w.ok(err)
			same(w, "name", u.Name, c.want)
		})
	}
}

func TestTheBeginningOfAFileIsShown(t *testing.T) {
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("contact_id,name\n\nn/a,Ann\n")
	for _, id := range strangers(12) {
		file.WriteString(id + "," + strings.Repeat("long", 30) + "\n")
	}
	id := w.uploadText("file.csv", file.String())
	u, err := w.store.Upload(t.Context(), w.account, w.deletion(id).Upload)
	w.ok(err)
	rows, err := w.console.Sample(t.Context(), u)
	w.ok(err)
	want := []deletion.SampleRow{{Line: 3, Cells: []string{"n/a", "Ann"}, Kind: deletion.RowNotAnID}}
	for i, id := range strangers(9) {
		want = append(want, deletion.SampleRow{Line: int64(4 + i), Cells: []string{id, strings.Repeat("long", 20)[:79] + "…"}})
	}
	same(w, "sample", rows, want)
}
