package deletion

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// scatter spreads consecutive numbers over all 64 bits, so that ids come in no order.
func scatter(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// numberedID is a different id for every n.
func numberedID(n int) (id ID) {
	binary.BigEndian.PutUint64(id[:8], scatter(uint64(n)+1))
	binary.BigEndian.PutUint64(id[8:], scatter(uint64(n)+1e12))
	return id
}

const benchRows = 200_000

func benchFile(header, row string) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for n := range benchRows {
		fmt.Fprintf(&b, row, numberedID(n))
	}
	return b.Bytes()
}

func BenchmarkReadCSV(b *testing.B) {
	for _, bm := range []struct {
		name string
		file []byte
	}{
		{"one column, LF", benchFile("contact_id\n", "%s\n")},
		{"one column, CRLF", benchFile("contact_id\r\n", "%s\r\n")},
		{"one column, CR", benchFile("contact_id\r", "%s\r")},
		{"one column, quoted", benchFile("contact_id\n", "\"%s\"\n")},
		{"four columns", benchFile("email,contact_id,first,last\n", "someone@example.com,%s,Ada,Lovelace\n")},
		{"four columns, quoted", benchFile("email,contact_id,first,last\n", "\"someone@example.com\",\"%s\",\"Ada\",\"Love,lace\"\n")},
		{"not one id", benchFile("contact_id\n", "x%s\n")},
		{"UTF-16", utf16Text(benchFile("contact_id\n", "%s\n"), UTF16LE, true)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.file)))
			b.ReportAllocs()
			for b.Loop() {
				if rows := drain(b, bm.file); rows != benchRows {
					b.Fatalf("read %d rows, want %d", rows, benchRows)
				}
			}
		})
	}
}

func drain(tb testing.TB, file []byte) int {
	tb.Helper()
	r, err := NewCSVReader(bytes.NewReader(file), CSVOptions{Column: FindColumn})
	if err != nil {
		tb.Fatal(err)
	}
	rows := 0
	for _, ok := r.Next(); ok; _, ok = r.Next() {
		rows++
	}
	if r.Err() != nil {
		tb.Fatal(r.Err())
	}
	return rows
}

func BenchmarkReadQuoteBomb(b *testing.B) {
	for _, line := range []string{"x", "\"\"\"", "\"x", "\n", "\"\"x\"", "a,b,\"c\n\"\""} {
		file := append([]byte("contact_id\n\""), bytes.Repeat([]byte(line+"\n"), 4<<20/(len(line)+1))...)
		b.Run(fmt.Sprintf("%q", line), func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				drain(b, file)
			}
		})
	}
}

func BenchmarkParseID(b *testing.B) {
	for _, cell := range []string{exampleID, " {" + exampleID + "} ", "someone@example.com"} {
		b.Run(cell, func(b *testing.B) {
			b.ReportAllocs()
			text := []byte(cell)
			for b.Loop() {
				ParseID(text)
			}
		})
	}
}
