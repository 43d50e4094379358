package deletion

import (
	"fmt"
	"testing"
)

// withDuplicates is the id of record n, where every tenth is an earlier one again.
func withDuplicates(n int) ID {
	if n%10 == 9 {
		return numberedID(n / 20 * 10)
	}
	return numberedID(n)
}

func BenchmarkIDSorter(b *testing.B) {
	for _, n := range []int{100_000, 5_000_000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			b.SetBytes(int64(n) * idLineWidth)
			b.ReportAllocs()
			for b.Loop() {
				s := newIDSorter(b.TempDir())
				for i := range n {
					if err := s.add(withDuplicates(i), uint32(i)); err != nil {
						b.Fatal(err)
					}
				}
				count := 0
				for _, err := range s.sorted() {
					if err != nil {
						b.Fatal(err)
					}
					count++
				}
				if err := s.Close(); err != nil || count != n {
					b.Fatalf("sorted %d of %d: %v", count, n, err)
				}
			}
		})
	}
}

func BenchmarkLineSorter(b *testing.B) {
	const n = 5_000_000
	b.SetBytes(n * lineValueWidth)
	for b.Loop() {
		s := newLineSorter(b.TempDir())
		for i := range n {
			if err := s.add(uint32(scatter(uint64(i))), uint32(i)); err != nil {
				b.Fatal(err)
			}
		}
		for _, err := range s.sorted() {
			if err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
