package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// The cells of SampleCSV that hold no contact id at all.
var sampleRubbish = []string{"n/a", "see other sheet", "12345", "0c1fce8a-7b1e-11ec-b54b", "#REF!", "name@example.com"}

// strangerID looks like a contact id and belongs to nobody.
const strangerID = "00000000-0000-11ee-8000-02420a320002"

// SampleCSV writes a file as an administrator might have it: contact ids of the main account with addresses, a byte
// order mark, semicolons and CRLF. In every hundred rows are two duplicates, an upper-case id, one in braces, one in
// blanks, a cell that is no id, an id that the account does not have, a blank line and a quoted line break; about
// three in a hundred contacts were deleted before. Rows counts the records below the header, blank lines left out.
// The same options and rows give the same file.
func (s *Server) SampleCSV(w io.Writer, rows int) error {
	seeded := s.world()
	contacts := seeded.accounts[0].sampleContacts(rand.New(rand.NewPCG(seeded.options.Seed, 3)), rows)
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "\ufeffContact ID;Email address;Note\r\n")
	for i, c := range contacts {
		if i%100 == 31 {
			fmt.Fprint(out, "\r\n")
		}
		fmt.Fprintf(out, "%s\r\n", sampleRow(i, c, contacts))
	}
	if err := out.Flush(); err != nil { // every earlier write error is kept until here
		return fmt.Errorf("write the sample CSV: %w", err)
	}
	return nil
}

// sampleRow renders a contact, with the mess that is due in this row.
func sampleRow(i int, c Contact, contacts []Contact) string {
	id, email, note := c.ID, c.Email, ""
	switch i % 100 {
	case 7:
		id = strings.ToUpper(id)
	case 19:
		id = "{" + id + "}"
	case 23, 71:
		id, email = contacts[i-2].ID, contacts[i-2].Email
	case 43:
		id = sampleRubbish[i/100%len(sampleRubbish)]
	case 57:
		note = `"called twice,` + "\r\n" + `no answer; ""try again"""`
	case 64:
		id = "  " + id + " "
	case 83:
		id, email = strangerID, "nobody@example.com"
	}
	return id + ";" + email + ";" + note
}

// sampleContacts picks so many contacts, none twice unless there are too few.
func (a *account) sampleContacts(random *rand.Rand, rows int) []Contact {
	a.enter()
	defer a.mu.Unlock()
	if len(a.contacts) == 0 {
		return nil
	}
	order := random.Perm(len(a.contacts))
	picked := make([]Contact, 0, rows)
	for i := range rows {
		picked = append(picked, a.export(uint32(order[i%len(order)])))
	}
	return picked
}
