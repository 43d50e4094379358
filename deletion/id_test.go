package deletion

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestParseID(t *testing.T) {
	const id = exampleID
	for _, tc := range []struct {
		name, cell string
		ok         bool
	}{
		{"canonical", id, true},
		{"upper case", strings.ToUpper(id), true},
		{"blanks around", " \t" + id + " \r\n", true},
		{"no-break spaces around", "\u00a0 " + id + " \u00a0", true},
		{"braces", "{" + id + "}", true},
		{"braces and blanks", " {" + id + "} ", true},
		{"apostrophe before it", "'" + id, true},
		{"blank, apostrophe, braces", " '{" + id + "}", true},
		{"all zeros", "00000000-0000-0000-0000-000000000000", true},

		{"empty", "", false},
		{"blanks only", " \u00a0\t", false},
		{"36 blanks", strings.Repeat(" ", 36), false},
		{"two apostrophes", "''" + id, false},
		{"apostrophe after it", id + "'", false},
		{"two pairs of braces", "{{" + id + "}}", false},
		{"opening brace only", "{" + id, false},
		{"closing brace only", id + "}", false},
		{"blanks inside braces", "{ " + id + " }", false},
		{"quotes", `"` + id + `"`, false},
		{"no hyphens", strings.ReplaceAll(id, "-", ""), false},
		{"urn", "urn:uuid:" + id, false},
		{"one digit short", id[:35], false},
		{"one digit more", id + "0", false},
		{"a letter past f", "g" + id[1:], false},
		{"a hyphen moved", "4e6345f-6bc35-11f1-959b-02420a320002", false},
		{"full-width digit", "\uff14" + id[3:], false},
		{"byte above ASCII", "\xc2" + id[1:], false},
		{"NUL in it", "\x00" + id[1:], false},
		{"Latin-1 no-break space", "\xa0" + id, false},
		{"two ids", id + "," + id, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := ParseID([]byte(tc.cell))
			if ok != tc.ok {
				t.Fatalf("ParseID(%q) ok = %t, want %t", tc.cell, ok, tc.ok)
			}
			if !ok && got != (ID{}) {
				t.Errorf("ParseID(%q) = %v with ok false, want the zero ID", tc.cell, got)
			}
			if ok && tc.name != "all zeros" && got.String() != id {
				t.Errorf("ParseID(%q) = %s, want %s", tc.cell, got, id)
			}
		})
	}
}

func TestIDReadsBackFromItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		if want := uuid.UUID(id).String(); id.String() != want {
			t.Fatalf("String() = %s, want %s", id, want)
		}
		if back, ok := ParseID([]byte(id.String())); !ok || back != id {
			t.Fatalf("ParseID(%s) = %s, %t", id, back, ok)
		}
	})
}

func TestIDInJSON(t *testing.T) {
	type page struct {
		ID ID `json:"id"`
	}
	in := page{numberedID(7)}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"` + in.ID.String() + `"}`; string(text) != want {
		t.Errorf("json = %s, want %s", text, want)
	}
	var out page
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("read back %v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"id":"a@example.com"}`), &out); err == nil || strings.Contains(err.Error(), "example.com") {
		t.Errorf("error for an address is %v, want one that does not repeat it", err)
	}
}

func TestCompareOrdersAsTextDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.SliceOfN(rapid.ByteRange(0, 2), 16, 16)
		a, b := ID(few.Draw(t, "a")), ID(few.Draw(t, "b"))
		if got, want := Compare(a, b), strings.Compare(a.String(), b.String()); got != want {
			t.Fatalf("Compare(%s, %s) = %d, want %d", a, b, got, want)
		}
	})
}

func TestParseIDNeverAllocates(t *testing.T) {
	for _, cell := range []string{exampleID, " '{" + exampleID + "} ", "someone@example.com"} {
		text := []byte(cell)
		if n := testing.AllocsPerRun(100, func() { ParseID(text) }); n != 0 {
			t.Errorf("ParseID(%q) allocates %v times", cell, n)
		}
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{exampleID, "{" + exampleID + "}", "'" + exampleID, "\u00a0" + exampleID + " ", "a@b.c", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		id, ok := ParseID(cell)
		if !ok {
			if _, err := uuid.ParseBytes(cell); err == nil && len(cell) == idLength {
				t.Fatalf("ParseID refuses %q", cell)
			}
			return
		}
		if !strings.Contains(strings.ToLower(string(cell)), id.String()) {
			t.Fatalf("ParseID(%q) = %s, which is not in it", cell, id)
		}
	})
}
