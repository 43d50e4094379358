package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"
)

// streamContacts answers all contacts of an account, one to a line; there may be a million.
func (m *management) streamContacts(w http.ResponseWriter, r *http.Request) {
	if _, ok := m.account(r.PathValue("account")); !ok {
		http.Error(w, errUnknown.Error(), http.StatusNotFound)
		return
	}
	status := r.URL.Query().Get("status")
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `{"contacts":`)
	writeArray(out, func(yield func(any) bool) {
		for c := range m.Contacts(r.PathValue("account")) {
			if (status == "" || status == c.Status) && !yield(c) {
				return
			}
		}
	})
	fmt.Fprint(out, "}\n")
	_ = out.Flush() // the caller may be gone
}

// stateHead is the beginning of GET /state.
type stateHead struct {
	Seed      uint64    `json:"seed"`
	ChaosSeed uint64    `json:"chaos_seed"`
	Quirks    Quirks    `json:"quirks"`
	Now       time.Time `json:"now"`
	Counts    Counts    `json:"counts"`
	Users     []User    `json:"users"`
}

// streamState answers everything that the sandbox holds but secrets. Accounts are read one after the other while requests
// go on: stop the clock and the program under test for a picture of one moment.
func (m *management) streamState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriter(w)
	world := m.world()
	head := encode(stateHead{
		Seed: world.options.Seed, ChaosSeed: m.faults.seed, Quirks: world.options.Quirks, Now: m.clock.Now().UTC(), Counts: m.Counts(), Users: m.Users(),
	})
	fmt.Fprintf(out, "%s,\"accounts\":[", head[:len(head)-1])
	for n, a := range world.accounts {
		if n > 0 {
			fmt.Fprint(out, ",")
		}
		fmt.Fprintf(out, "\n{\"id\":%q,\"lists\":", a.id)
		writeArray(out, each(a.allLists()))
		fmt.Fprint(out, `,"activities":`)
		writeArray(out, each(a.allActivities()))
		fmt.Fprint(out, `,"contacts":`)
		writeArray(out, func(yield func(any) bool) { a.all(func(c Contact) bool { return yield(c) }) })
		fmt.Fprint(out, "}")
	}
	fmt.Fprint(out, "],\"requests\":")
	writeArray(out, each(m.Journal()))
	fmt.Fprint(out, "}\n")
	_ = out.Flush() // the caller may be gone
}

func each[T any](all []T) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, one := range all {
			if !yield(one) {
				return
			}
		}
	}
}

// writeArray writes a JSON array with each element on a line of its own, and stops when the caller is gone.
func writeArray(out io.Writer, all iter.Seq[any]) {
	separator := "[\n"
	for one := range all {
		if _, err := fmt.Fprintf(out, "%s%s", separator, encode(one)); err != nil {
			return
		}
		separator = ",\n"
	}
	if separator == "[\n" {
		fmt.Fprint(out, "[")
	}
	fmt.Fprint(out, "]")
}
