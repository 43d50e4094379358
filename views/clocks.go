package views

import (
	"strings"
	"time"
)

// Clocks says how far the clock of this console is ahead of those from which it differs by too much; less than zero is behind, and
// zero is no difference to speak of.
type Clocks struct{ Vendor, Database time.Duration }

func (c Clocks) differ() bool { return c != Clocks{} }

// happened names the differences in a sentence.
func (c Clocks) happened() string {
	var all []string
	if c.Vendor != 0 {
		all = append(all, apart(c.Vendor)+" Constant Contact's")
	}
	if c.Database != 0 {
		all = append(all, apart(c.Database)+" that of its database")
	}
	return "the clock of the machine on which it runs is about " + strings.Join(all, " and ") + "."
}

// todo says which clock to set. Where only the server of the database is apart, ours and Constant Contact's agree.
func (c Clocks) todo() string {
	whose := "that machine"
	if c.Vendor == 0 {
		whose = "the database's machine"
	}
	return "Set the clock of " + whose + "; sending goes on by itself once the clocks agree."
}

func apart(ahead time.Duration) string {
	if ahead < 0 {
		return Duration(-ahead) + " behind"
	}
	return Duration(ahead) + " ahead of"
}
