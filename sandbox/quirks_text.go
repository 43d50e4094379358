package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// The names of the choices in JSON, in the order of their numbers.
var (
	inputNames    = []string{"default", "count", "skip", "report", "refuse"}
	counterNames  = []string{"sent", "matches"}
	conflictNames = []string{"with prefix", "plain", "without id"}
)

// MarshalText is default, count, skip, report or refuse.
func (i Input) MarshalText() ([]byte, error) { return choiceName(inputNames, int(i)) }

// UnmarshalText reads what MarshalText writes.
func (i *Input) UnmarshalText(text []byte) error { return readChoice(inputNames, text, i) }

// MarshalText is sent or matches.
func (c Counters) MarshalText() ([]byte, error) { return choiceName(counterNames, int(c)) }

// UnmarshalText reads what MarshalText writes.
func (c *Counters) UnmarshalText(text []byte) error { return readChoice(counterNames, text, c) }

// MarshalText is with prefix, plain or without id.
func (c Conflict) MarshalText() ([]byte, error) { return choiceName(conflictNames, int(c)) }

// UnmarshalText reads what MarshalText writes.
func (c *Conflict) UnmarshalText(text []byte) error { return readChoice(conflictNames, text, c) }

func choiceName(names []string, n int) ([]byte, error) {
	if n < 0 || n >= len(names) {
		return nil, fmt.Errorf("%d is none of %s", n, strings.Join(names, ", "))
	}
	return []byte(names[n]), nil
}

func readChoice[T ~int](names []string, text []byte, into *T) error {
	at := slices.Index(names, string(text))
	if at < 0 {
		return fmt.Errorf("%q is none of %s", text, strings.Join(names, ", "))
	}
	*into = T(at)
	return nil
}
