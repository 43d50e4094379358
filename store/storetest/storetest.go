package storetest

import (
	"testing"

	"winnow/deletion"
)

// Run tests the store that open returns. The store must be empty at first and stay open until the test has ended.
func Run(t *testing.T, open func(t *testing.T) deletion.Store) {
	s := open(t)
	groups := []struct {
		name  string
		tests map[string]func(*bench)
	}{
		{"uploads", uploads},
		{"manifests", manifests},
		{"reading", reading},
		{"control", control},
		{"sending", sending},
		{"parking", parking},
		{"changing", changing},
		{"careful", careful},
		{"concluding", concluding},
		{"retrying", retrying},
		{"finishing", finishing},
		{"audit log", audited},
		{"halting", halting},
		{"holding", holding},
		{"other accounts", isolation},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for name, test := range g.tests {
				t.Run(name, func(t *testing.T) { test(newBench(t, s)) })
			}
		})
	}
	t.Run("random histories add up", func(t *testing.T) { histories(t, s) })
}
