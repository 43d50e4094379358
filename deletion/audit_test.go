package deletion_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"winnow/deletion"
)

// auditRow draws a row with any content but its place in the log.
func auditRow(t *rapid.T) deletion.AuditRow {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00,=é")), 0, 4, -1)
	number := rapid.Int64Range(0, 3)
	r := deletion.AuditRow{
		At: time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at")).UTC(), Action: deletion.Action(text.Draw(t, "action")),
		Deletion: number.Draw(t, "deletion"), Batch: int(number.Draw(t, "batch")), Attempt: number.Draw(t, "attempt"),
		Activity: text.Draw(t, "activity"), Count: number.Draw(t, "count"), Outcome: text.Draw(t, "outcome"), Reason: text.Draw(t, "reason"),
	}
	r.Account, r.User.ID, r.Name, r.From = text.Draw(t, "account"), text.Draw(t, "user"), text.Draw(t, "name"), text.Draw(t, "from")
	r.Hash[rapid.IntRange(0, 31).Draw(t, "byte")] = rapid.Byte().Draw(t, "hash")
	return r
}

// auditLog draws a sealed log of a few rows.
func auditLog(t *rapid.T) []deletion.AuditRow {
	var head [32]byte
	log := rapid.SliceOfN(rapid.Custom(auditRow), 1, 5).Draw(t, "log")
	for i := range log {
		log[i].ID = int64(i + 1)
		log[i].Seal(head)
		head = log[i].Chain
	}
	return log
}

// walkAudit gives what was seen of a log, and the first error.
func walkAudit(log []deletion.AuditRow) (deletion.AuditChain, error) {
	var c deletion.AuditChain
	for _, r := range log {
		if err := c.Next(r); err != nil {
			return c, err
		}
	}
	return c, nil
}

func TestAWholeAuditLogIsWalkedToItsHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := auditLog(t)
		last := log[len(log)-1]
		want := deletion.AuditChain{Rows: last.ID, First: log[0].At, Last: last.At, Head: last.Chain}
		if got, err := walkAudit(log); err != nil || got != want {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	})
}

// fieldsOf lists the settable fields of a row, those of its person included.
func fieldsOf(v reflect.Value) []reflect.Value {
	var all []reflect.Value
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[time.Time]() {
			all = append(all, fieldsOf(f)...)
			continue
		}
		all = append(all, f)
	}
	return all
}

// change gives a field another value.
func change(t *rapid.T, f reflect.Value) {
	switch v := f.Addr().Interface().(type) {
	case *time.Time:
		*v = v.Add(time.Millisecond)
	case *[32]byte:
		v[rapid.IntRange(0, 31).Draw(t, "which byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "which bit")
	default:
		if f.CanInt() {
			f.SetInt(f.Int() + 1)
			return
		}
		f.SetString(f.String() + "x")
	}
}

func TestEverySingleChangeOfAFieldBreaksTheAuditLog(t *testing.T) {
	fields := len(fieldsOf(reflect.ValueOf(new(deletion.AuditRow)).Elem()))
	if fields != 16 {
		t.Fatalf("a row has %d fields; is the new one part of its encoding?", fields)
	}
	for n := range fields {
		rapid.Check(t, func(t *rapid.T) {
			log := auditLog(t)
			i := rapid.IntRange(0, len(log)-1).Draw(t, "row")
			change(t, fieldsOf(reflect.ValueOf(&log[i]).Elem())[n])
			_, err := walkAudit(log)
			if !errors.Is(err, deletion.ErrAuditBroken) || !strings.Contains(err.Error(), fmt.Sprintf("row %d:", i+1)) {
				t.Fatalf("field %d of row %d was changed: %v", n, i+1, err)
			}
		})
	}
}

func TestWhatMovesFromOneFieldToTheNextBreaksTheAuditLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := auditLog(t)
		r := &log[0]
		texts := []*string{&r.Account, &r.User.ID, &r.Name, &r.From, (*string)(&r.Action), &r.Activity, &r.Outcome, &r.Reason}
		i := rapid.IntRange(0, len(texts)-2).Draw(t, "field")
		*texts[i] += "x"
		r.Seal([32]byte{})
		*texts[i], *texts[i+1] = strings.TrimSuffix(*texts[i], "x"), "x"+*texts[i+1]
		if _, err := walkAudit(log[:1]); !errors.Is(err, deletion.ErrAuditBroken) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestRowsThatAreMissingOrMovedBreakTheAuditLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := auditLog(t)
		if len(log) < 3 {
			return
		}
		i := rapid.IntRange(0, len(log)-2).Draw(t, "row")
		if _, err := walkAudit(slices.Delete(slices.Clone(log), i, i+1)); !errors.Is(err, deletion.ErrAuditBroken) {
			t.Fatalf("row %d is gone: %v", i+1, err)
		}
		log[i], log[i+1] = log[i+1], log[i]
		if _, err := walkAudit(log); !errors.Is(err, deletion.ErrAuditBroken) {
			t.Fatalf("rows %d and %d changed places: %v", i+1, i+2, err)
		}
	})
}

// longLog answers with the rows of a log of the given length.
type longLog struct {
	deletion.Store
	rows int64
}

func (l longLog) Audit(_ context.Context, account string, f deletion.AuditFilter) ([]deletion.AuditRow, error) {
	var part []deletion.AuditRow
	last := l.rows
	if f.Before > 0 {
		last = f.Before - 1
	}
	for id := last; id > 0 && len(part) < f.Limit; id-- {
		r := deletion.AuditRow{ID: id, At: time.UnixMilli(id).UTC(), Action: deletion.ActionPaused, Deletion: f.Deletion, Reason: "-1+2"}
		r.Account, r.Name, r.From = account, "=HYPERLINK()", "::1"
		part = append(part, r)
	}
	return part, nil
}

func TestTheFileOfTheAuditLogHasEveryRowOnce(t *testing.T) {
	for _, rows := range []int64{0, 1, 999, 1000, 1001, 3000} {
		var file bytes.Buffer
		console := &deletion.Console{Store: longLog{rows: rows}}
		if err := console.WriteAudit(t.Context(), &file, "a", 7); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&file).ReadAll()
		if err != nil || int64(len(lines)) != rows+1 {
			t.Fatalf("%d rows became %d lines: %v", rows, len(lines), err)
		}
		for i, line := range lines[1:] {
			if line[0] != fmt.Sprint(rows-int64(i)) {
				t.Fatalf("line %d of %d is row %s", i+1, rows, line[0])
			}
			if line[2] != "'=HYPERLINK()" || line[11] != "'-1+2" || line[6] != "7" || line[7] != "" {
				t.Fatalf("line is %q", line)
			}
		}
	}
}
