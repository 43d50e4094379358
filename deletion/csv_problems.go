package deletion

import (
	"errors"
	"slices"
)

// RowKind says what one row of a CSV turned out to be; its code is stored and written to result files and never changes.
type RowKind uint8

// The kinds of rows. Every row read has exactly one, so that the counts always add up to the rows read.
const (
	// RowID is a row with a contact id.
	RowID RowKind = iota
	// RowDuplicate is a row whose id stands on an earlier line. The reader cannot know; who sorted the ids says so.
	RowDuplicate
	// RowBlank is a row whose every cell is empty or blank.
	RowBlank
	// RowNotAnID is a row whose id cell holds something else.
	RowNotAnID
	// RowEmptyCell is a row with text, but none in its id cell.
	RowEmptyCell
	// RowShort is a row that ends before the id column.
	RowShort
	// RowTooLong is a row of more than 64 KiB.
	RowTooLong
	// RowOpenQuote is a row with a quote that is not closed, or only where it cannot belong.
	RowOpenQuote
	// RowEmail is a row whose id cell looks like an e-mail address.
	RowEmail
	// RowNumber is a row whose id cell is a number, as the ids of the vendor's version 2 API were.
	RowNumber
	// RowNoHyphens is a row whose id cell is an id written without hyphens, which is not guessed at.
	RowNoHyphens
	// RowManyLines is a row whose id cell, being quoted, goes over several lines; a missing quote does that.
	RowManyLines

	rowKinds = iota
)

var rowKindWords = [rowKinds]struct{ code, label, message string }{
	RowID:        {"id", "Contact id", "The row holds a contact id."},
	RowDuplicate: {"duplicate", "Repeated", "The same id stands on an earlier line. It is deleted once."},
	RowBlank:     {"blank", "Blank", "The line is blank."},
	RowNotAnID:   {"not_an_id", "Not a contact id", "This is not a contact id. A contact id looks like " + exampleID + "."},
	RowEmptyCell: {"empty_cell", "No id in the row", "The cell for the contact id is empty."},
	RowShort:     {"too_short", "Row too short", "The row ends before the column of contact ids. Check the separators in this line."},
	RowTooLong:   {"too_long", "Row too long", "The row is longer than 64 KiB, so it was not read."},
	RowOpenQuote: {"open_quote", "Quote not closed", "A quote opens in this row and is not closed correctly, so the row was not read. Check the quotes in this line."},
	RowEmail:     {"email_address", "An e-mail address", "This looks like an e-mail address. The column must hold contact ids."},
	RowNumber: {"number", "A number", "This is a number. Contact ids of the older Constant Contact API were numbers and cannot be used. " +
		"Export the contacts again to get their current ids."},
	RowNoHyphens: {"no_hyphens", "Id without hyphens", "The id has no hyphens. A contact id looks like " + exampleID + "."},
	RowManyLines: {"many_lines", "Several lines in the cell", "The cell for the contact id goes over several lines. Check the quotes in this line."},
}

// Code is the kind's stable name, such as not_an_id.
func (k RowKind) Code() string {
	if int(k) >= rowKinds {
		return "unknown"
	}
	return rowKindWords[k].code
}

// String is the code.
func (k RowKind) String() string { return k.Code() }

// Label is the kind in a few words, for a table.
func (k RowKind) Label() string {
	if int(k) >= rowKinds {
		return "Not readable"
	}
	return rowKindWords[k].label
}

// Message is a sentence for people: what is the matter with the row and, where it helps, what to do.
func (k RowKind) Message() string {
	if int(k) >= rowKinds {
		return "The row could not be read."
	}
	return rowKindWords[k].message
}

// Invalid reports whether the row counts as invalid: neither an id, nor a duplicate, nor blank.
func (k RowKind) Invalid() bool { return k > RowBlank }

// MarshalText is the code; the error is always nil.
func (k RowKind) MarshalText() ([]byte, error) { return []byte(k.Code()), nil }

// UnmarshalText reads a code and refuses any other text.
func (k *RowKind) UnmarshalText(text []byte) error {
	for kind := range RowKind(rowKinds) {
		if kind.Code() == string(text) {
			*k = kind
			return nil
		}
	}
	return errors.New("unknown kind of row")
}

// problemLines is how many line numbers of a kind are kept for the screen; a file has all of them.
const problemLines = 5

// Problem is one group of rows that are not simply taken: how many, and the first five line numbers in file order.
type Problem struct {
	Kind  RowKind `json:"kind"`
	Count int64   `json:"count"`
	Lines []int64 `json:"lines"`
}

// Problems groups rows by kind, ordered by kind. The zero value is empty and ready; JSON carries it as it is.
type Problems []Problem

// Add counts a row of any kind but RowID, which is no problem and ignored. Lines must come in ascending order within a
// kind, or Lines holds the first ones added rather than the first ones in the file.
func (p *Problems) Add(kind RowKind, line int64) {
	if kind == RowID {
		return
	}
	i, found := slices.BinarySearchFunc(*p, kind, func(q Problem, k RowKind) int { return int(q.Kind) - int(k) })
	if !found {
		*p = slices.Insert(*p, i, Problem{Kind: kind, Lines: make([]int64, 0, problemLines)})
	}
	group := &(*p)[i]
	group.Count++
	if len(group.Lines) < problemLines {
		group.Lines = append(group.Lines, line)
	}
}

// Count is the number of rows of one kind.
func (p Problems) Count(kind RowKind) int64 {
	for _, group := range p {
		if group.Kind == kind {
			return group.Count
		}
	}
	return 0
}

// Invalid is the number of rows that are neither duplicate nor blank.
func (p Problems) Invalid() int64 {
	var sum int64
	for _, group := range p {
		if group.Kind.Invalid() {
			sum += group.Count
		}
	}
	return sum
}
