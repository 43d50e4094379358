package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// exportsPath leads to the file of an export. The reference's own example misspells it.
const exportsPath = "/v3/contact_exports/"

// maxExportExclude is how many contacts an export can leave out.
const maxExportExclude = 50

// exportInput is the body of POST /activities/contact_exports; without any source it is the whole account.
type exportInput struct {
	sourceInput
	Status  *string   `json:"status"`
	Fields  *[]string `json:"fields"`
	Exclude struct {
		ContactIDs []string `json:"contact_ids"`
	} `json:"exclude"`
}

var exportWays = []string{"contact_ids", "list_ids", "tag_ids", "segment_id", "new_subscriber"}

func (in *exportInput) read(q Quirks) (s source, problem string) {
	given := in.given(exportWays)
	if len(given) > 0 {
		if s, problem = in.sourceInput.read(exportWays, q); problem != "" {
			return s, problem
		}
	}
	narrow := slices.Contains(given, "contact_ids") || slices.Contains(given, "list_ids")
	wide := slices.Contains(given, "list_ids") || slices.Contains(given, "new_subscriber")
	switch {
	case in.Status != nil && !slices.Contains([]string{"active", "unsubscribed", "removed"}, *in.Status):
		return s, "status does not have a valid value"
	case in.Status != nil && !narrow:
		return s, "status can only be used with contact_ids or list_ids"
	case len(in.Exclude.ContactIDs) > 0 && !wide:
		return s, "exclude can only be used with list_ids or new_subscriber"
	case len(in.Exclude.ContactIDs) > 0:
		if s.exclude, problem = readIDs("exclude.contact_ids", in.Exclude.ContactIDs, maxExportExclude, q); problem != "" {
			return s, problem
		}
	}
	return s, in.fieldProblem()
}

func (in *exportInput) fieldProblem() string {
	for i, name := range entries(in.Fields) {
		if !slices.Contains(exportFields, name) {
			return fmt.Sprintf("fields[%d] does not have a valid value", i)
		}
		if slices.Contains(optFields, name) && !slices.Contains(*in.Fields, "email_address") {
			return "fields must have email_address for " + name
		}
	}
	return ""
}

// export is the work of a contact_exports. Its file is what the contacts are when their turn comes.
type export struct {
	usualJob
	targets
	everyone bool
	status   string   // empty: not asked for
	fields   []string // nil: the usual ones
	file     []byte   // gzip of the CSV; nil until the activity is completed
	pack     *gzip.Writer
	rows     *csv.Writer
	buffer   bytes.Buffer
	columns  []column
}

// createExport answers POST /activities/contact_exports:
// https://developer.constantcontact.com/api_reference/index.html
func createExport(c *call) reply {
	var in exportInput
	if len(bytes.TrimSpace(c.body)) > 0 || c.jsonBody {
		if refusal, bad := c.read(&in); bad {
			return refusal
		}
	}
	work := &export{everyone: len(in.given(exportWays)) == 0}
	var problem string
	if work.source, problem = in.read(c.account.quirks); problem != "" {
		return invalid(problem)
	}
	if in.Status != nil {
		work.status = *in.Status
	}
	if in.Fields != nil {
		work.fields = *in.Fields
	}
	c.contactIDs, c.listIDs = work.contacts, work.lists
	a := c.account
	now := a.enter()
	defer a.mu.Unlock()
	id := a.ids.next(now)
	act := &activity{work: work, result: exportsPath + id.String()}
	answer := c.accept(act, now)
	if c.applied {
		a.exports[id] = act
	}
	return answer
}

// cost is that of a contact written to a file.
func (w *export) cost() time.Duration { return 200 * time.Microsecond }

func (w *export) begin(a *account, act *activity) int {
	if w.everyone {
		w.slots = slices.Collect(a.everyone(uint32(len(a.contacts))))
	} else {
		w.find(a, act.started)
	}
	w.keep(func(i int) bool {
		return w.slots[i] != noSlot && (w.repeats == nil || !w.repeats[i]) && w.wants(&a.contacts[w.slots[i]])
	})
	w.columns = columnsOf(w.fields)
	w.pack, _ = gzip.NewWriterLevel(&w.buffer, gzip.BestSpeed) // a level that exists
	w.rows = csv.NewWriter(w.pack)
	headings := make([]string, len(w.columns))
	for i, col := range w.columns {
		headings[i] = col.heading
	}
	_ = w.rows.Write(headings) // to memory
	return len(w.slots)
}

// wants tells whether the status fits. Deleted contacts are exported as removed alone.
func (w *export) wants(c *contact) bool {
	switch w.status {
	case "active":
		return c.status() == statusActive
	case "unsubscribed":
		return c.status() == statusUnsubscribed
	case "removed":
		return c.status() == statusDeleted
	}
	return c.deleted == 0
}

func (w *export) item(a *account, act *activity, i int, _ time.Time) {
	row := make([]string, len(w.columns))
	for k, col := range w.columns {
		row[k] = col.value(a, w.slots[i])
	}
	_ = w.rows.Write(row) // to memory
	act.done++
}

func (w *export) end(_ *account, act *activity, _ time.Time) {
	w.rows.Flush()
	_ = w.pack.Close() // to memory
	if act.state == stateCompleted {
		w.file = slices.Clone(w.buffer.Bytes())
	}
	w.buffer, w.rows, w.pack, w.targets = bytes.Buffer{}, nil, nil, targets{}
}

// text unpacks the file.
func (w *export) text() []byte {
	unpack, err := gzip.NewReader(bytes.NewReader(w.file))
	if err != nil {
		panic(fmt.Sprintf("sandbox: unpack an export: %v", err)) // our own bytes
	}
	text, err := io.ReadAll(unpack)
	if err != nil {
		panic(fmt.Sprintf("sandbox: unpack an export: %v", err))
	}
	return text
}

// getExport answers GET /contact_exports/{id}: the file of a completed export, for as long as its activity is kept.
func getExport(c *call) reply {
	a := c.account
	a.enter()
	act := a.exports[c.id]
	known := act != nil
	var work *export
	if known {
		work = act.work.(*export)
	}
	ready := known && work.file != nil
	pending := known && !act.final()
	a.mu.Unlock()
	switch {
	case ready: // the file does not change any more
		return reply{status: http.StatusOK, header: map[string]string{"Content-Type": "text/csv"}, body: work.text()}
	case pending && a.quirks.PendingExports:
		return jsonReply(http.StatusAccepted, waiting{"processing"})
	}
	return notFound()
}

// forgetExport lets go of the file of an activity that is forgotten.
func (a *account) forgetExport(act *activity) {
	if id, isExport := strings.CutPrefix(act.result, exportsPath); isExport {
		file, _ := parseID(id)
		delete(a.exports, file)
	}
}
