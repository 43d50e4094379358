package sandbox

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Limits of imports: https://developer.constantcontact.com/api_reference/index.html
const (
	maxImport      = 4_000_000 // bytes; what is behind them is dropped without a word
	maxImportLists = 50
	maxImportRows  = 40_000 // lines of a file, its heading included
)

// importing is the work of an import: rows of contacts that all go to the same lists.
type importing struct {
	rows  importRows
	lists []uuid.UUID
}

// importRows are the rows of an import, in the form they came in.
type importRows interface {
	len() int
	// row gives the cells of one row by column; ok is false for a row that cannot be read.
	row(i int) (cells map[string]string, ok bool)
}

// acceptImport queues an import. Lists that the account does not have are passed over.
func (c *call) acceptImport(rows importRows, texts []string, fileName string) reply {
	a := c.account
	lists, problem := readIDs("list_ids", texts, maxImportLists, a.quirks)
	if problem != "" {
		return invalid(problem)
	}
	c.listIDs = lists
	now := a.enter()
	defer a.mu.Unlock()
	return c.accept(&activity{work: &importing{rows: rows, lists: lists}, fileName: fileName}, now)
}

// cost is less than that of a deletion.
func (w *importing) cost() time.Duration { return 3 * time.Millisecond }

func (w *importing) begin(*account, *activity) int { return w.rows.len() }

func (w *importing) end(*account, *activity, time.Time) { w.rows, w.lists = nil, nil }

func (w *importing) counters(act *activity, _ Quirks) *statusBody {
	total, t := act.total, act.tally
	return &statusBody{
		Total: &total, Persons: &t.persons, Errors: &t.errors, Correctable: &t.correctable, Unlistable: &t.unlistable,
	}
}

// item makes or changes one contact. Who unsubscribed is changed, but not added to the lists.
func (w *importing) item(a *account, act *activity, i int, at time.Time) {
	cells, ok := w.rows.row(i)
	if !ok {
		act.tally.errors++
		return
	}
	in, refs, outcome := a.readRow(cells)
	switch outcome {
	case rowWrong:
		act.tally.errors++
		return
	case rowCorrectable:
		act.tally.correctable++
		return
	}
	slot := a.importContact(&in, at)
	if a.contacts[slot].permission == unsubscribed {
		act.tally.unlistable++
	} else {
		refs.lists = a.lists.find(w.lists)
	}
	a.extend(slot, &in, refs, origin{at: at, createdBy: "Account", updatedBy: "Account"})
	act.tally.persons++
	act.done++
}

// importContact finds the contact of a row by its address, or makes one. A deleted contact comes back; a row without
// an address is a new contact every time.
func (a *account) importContact(in *contactInput, at time.Time) (slot uint32) {
	if in.Email != nil {
		if slot, known := a.emails.find(in.Email.Address); known {
			a.revive(slot, at)
			a.fill(slot, in)
			a.touch(slot, byAccount, at)
			return slot
		}
	}
	return a.create(in, byAccount, at)
}

// rowOutcome says whether a row can become a contact.
type rowOutcome int

const (
	rowRight rowOutcome = iota
	rowCorrectable
	rowWrong
)

// importColumns are the columns for the scalars.
var importColumns = map[string]func(*contactInput) **string{
	"first_name":   func(in *contactInput) **string { return &in.FirstName },
	"last_name":    func(in *contactInput) **string { return &in.LastName },
	"job_title":    func(in *contactInput) **string { return &in.JobTitle },
	"company_name": func(in *contactInput) **string { return &in.CompanyName },
	"anniversary":  func(in *contactInput) **string { return &in.Anniversary },
}

// customColumn is the beginning of the columns for custom fields.
const customColumn = "cf:"

// readRow makes a contactInput of a row. Empty cells change nothing, and columns that nobody knows are ignored.
func (a *account) readRow(cells map[string]string) (in contactInput, refs references, outcome rowOutcome) {
	for column, cell := range cells {
		if field := importColumns[column]; field != nil && cell != "" {
			*field(&in) = &cell
		}
	}
	if email := cells["email"]; email != "" {
		in.Email = &emailInput{Address: email}
	}
	if !in.readBirthday(cells) || in.Email == nil && in.FirstName == nil && in.LastName == nil {
		return in, refs, rowCorrectable
	}
	in.readPhones(cells)
	in.readAddresses(cells)
	refs.values = a.readCustom(cells)
	switch {
	case in.emailProblem() != "" || in.dateProblem() != "":
		return in, refs, rowCorrectable
	case len(refs.values) > maxContactFields || in.problem() != "":
		return in, refs, rowWrong
	}
	return in, refs, rowRight
}

// readCustom are the values of the custom fields that the account has, in their order.
func (a *account) readCustom(cells map[string]string) (values []fieldValue) {
	for _, f := range a.fields {
		cell := cells[customColumn+strings.ToLower(f.name)]
		if cell != "" && !f.deleted {
			values = append(values, fieldValue{field: f, value: cell})
		}
	}
	return values
}
