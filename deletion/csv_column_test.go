package deletion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestColumnOfIDs(t *testing.T) {
	a, b := someID(1), someID(2)
	type found struct {
		Delimiter CSVDelimiter
		Column    int
		HasHeader bool
		Columns   []string
	}
	for _, tc := range []struct {
		name, text string
		want       found
	}{
		{"by name contact_id", "email,contact_id\nx@y.example," + a, found{Comma, 1, true, []string{"email", "contact_id"}}},
		{"by name Contact ID", "Email;Contact ID\nx@y.example;" + a, found{Semicolon, 1, true, []string{"Email", "Contact ID"}}},
		{"by name id", "name\tID\nAda\t" + a, found{Tab, 1, true, []string{"name", "ID"}}},
		{"by content alone", "Kontakt|Name\n" + a + "|Ada", found{Pipe, 0, true, []string{"Kontakt", "Name"}}},
		{"by content without a header", "Ada,ada@example.com," + a, found{Comma, 2, false, []string{"Column 1", "Column 2", "Column 3"}}},
		{"contact_id before other ids", "id,contact_id\n" + a + "," + b, found{Comma, 1, true, []string{"id", "contact_id"}}},
		{"contact_id even without ids", "ref,contact_id\n" + a + ",ada@example.com", found{Comma, 1, true, []string{"ref", "contact_id"}}},
		{"id with ids before other ids", "ref,id\n" + a + "," + b, found{Comma, 1, true, []string{"ref", "id"}}},
		{"id without ids after others", "id,ref\n12," + b, found{Comma, 1, true, []string{"id", "ref"}}},
		{"id when there is nothing else", "id,name\n12,Ada", found{Comma, 0, true, []string{"id", "name"}}},
		{"ids of lists are not ids of contacts", "list_id,ref\n" + a + "," + b, found{Comma, 1, true, []string{"list_id", "ref"}}},
		{"the most ids", "x,ref\nn," + b + "\n" + a + "," + b, found{Comma, 1, true, []string{"x", "ref"}}},
		{"the leftmost of equals", a + "," + b, found{Comma, 0, false, []string{"Column 1", "Column 2"}}},
		{"header cells are trimmed and named when empty", " contact_id ,,x\n" + a + ",1,2,3", found{Comma, 0, true, []string{"contact_id", "Column 2", "x", "Column 4"}}},
		{"a header over two lines", "\"contact\nid\"\n" + a, found{Comma, 0, true, []string{"contact id"}}},
		{"delimiters inside quotes do not count", "contact_id,note\n" + a + ",\"a;b;c;d\"\n" + b + ",\";;;;\"", found{Comma, 0, true, []string{"contact_id", "note"}}},
		{"a tab after a comma separates", "a,b,\t" + a + "\nd,e,\t" + b, found{Tab, 1, false, []string{"Column 1", "Column 2"}}},
		{"commas with tabs beside them", "x,\t" + a + ",y\nz,\t" + b + ",y", found{Comma, 1, false, []string{"Column 1", "Column 2", "Column 3"}}},
		{"a first row without its id is a row", ",Ada\n" + a + ",Bob", found{Comma, 0, false, []string{"Column 1", "Column 2"}}},
		{"a first row with an address is a row", "x,ada@example.com\n" + a + ",b@example.com", found{Comma, 0, false, []string{"Column 1", "Column 2"}}},
		{"a first row that cannot be read is a row", "\"x\n" + a + "\n", found{Comma, 0, false, []string{"Column 1"}}},
		{"names with digits and hyphens", "contact,e-mail-opt-in,address-line-2\n" + a + ",x,y", found{Comma, 0, true, []string{"contact", "e-mail-opt-in", "address-line-2"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, f := mustRead(t, tc.text)
			if diff := cmp.Diff(tc.want, found{f.Delimiter, f.Column, f.HasHeader, f.Columns}); diff != "" {
				t.Errorf("format (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChosenColumn(t *testing.T) {
	a, b := someID(1), someID(2)
	text := "contact_id;other\n" + a + ";" + b + "\n" + b + ";x\n"
	rows, format := mustRead(t, text, CSVOptions{Column: 1})
	if diff := cmp.Diff([]seen{{2, RowID, b}, {3, RowNotAnID, "x"}}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 1}, format.Candidates); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
	for _, column := range []int{2, 300, -2} {
		if got := refusal(t, strings.NewReader(text), CSVOptions{Column: column}); got != "no_such_column" {
			t.Errorf("column %d is refused for %q, want no_such_column", column, got)
		}
	}
}

func TestChoosingAColumnChangesNothingElse(t *testing.T) {
	a := someID(1)
	for _, tc := range []struct{ name, text string }{
		{"a delimiter that makes more cells", "contact_id;note;list\n" + a + ";x,y,z,x,y,z;\n"},
		{"ids under another delimiter", "contact_id;note;list\n" + a + ";," + a + ",;\n" + a + ";,,;\n"},
		{"a name that looks like data", "contact_id;2024;a@b.example\n" + a + ";1;2\n"},
		{"a column without a name", "contact_id;;x\n" + a + ";1;2\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, found := mustRead(t, tc.text)
			for column := range found.Columns {
				_, chosen := mustRead(t, tc.text, CSVOptions{Column: column})
				want := found
				want.Column = column
				if diff := cmp.Diff(want, chosen); diff != "" {
					t.Errorf("column %d (-found +chosen):\n%s", column, diff)
				}
			}
		})
	}
}

func TestChosenColumnWhereNoneIsFound(t *testing.T) {
	rows, format := mustRead(t, "name,x;list_id\n1,2;"+someID(1)+"\n", CSVOptions{Column: 1})
	if format.Delimiter != Semicolon || len(rows) != 1 || rows[0].Kind != RowID {
		t.Errorf("read %v with %s, want the id of the chosen column", rows, format.Delimiter)
	}
}

func TestManyColumns(t *testing.T) {
	names := strings.Repeat("x,", 1000) + "contact_id"
	row := strings.Repeat("1,", 1000) + someID(1)
	if got := refusal(t, strings.NewReader(names+"\n"+row), CSVOptions{Column: FindColumn}); got != "no_id_column" {
		t.Errorf("refused for %q, want no_id_column: only 256 columns are looked at", got)
	}
	_, format := mustRead(t, "contact_id,"+names+"\n"+someID(1)+","+row)
	if len(format.Columns) != maxColumns || len(format.Sample[0]) != maxColumns {
		t.Errorf("%d columns, %d in the sample, want %d", len(format.Columns), len(format.Sample[0]), maxColumns)
	}
}

func TestSample(t *testing.T) {
	var text strings.Builder
	text.WriteString("contact_id,note\n\n")
	for n := range 20 {
		text.WriteString(someID(n) + ",note\n")
	}
	_, format := mustRead(t, text.String())
	if len(format.Sample) != sampleRows || format.Sample[0][0] != someID(0) || format.Sample[9][0] != someID(9) {
		t.Errorf("sample = %v, want the first %d rows below the header", format.Sample, sampleRows)
	}
}

func TestSampleIsFitToBeShown(t *testing.T) {
	for cell, want := range map[string]string{
		strings.Repeat("é", 80):  strings.Repeat("é", 80),
		strings.Repeat("é", 81):  strings.Repeat("é", 79) + "…",
		strings.Repeat("x", 500): strings.Repeat("x", 79) + "…",
		" a\tb\u202ec ":          "a b c",
		"bad \xff byte":          "bad \ufffd byte",
	} {
		_, format := mustRead(t, "contact_id;note\n"+someID(1)+";"+cell+"\n")
		if got := format.Sample[0][1]; got != want {
			t.Errorf("%q is shown as %q, want %q", cell, got, want)
		}
	}
}
