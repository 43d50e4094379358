package sandbox

import (
	"bytes"
	"encoding/csv"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// fileRows are the lines of a CSV file below its heading.
type fileRows struct {
	columns []string
	lines   [][]string
}

// importFile answers POST /activities/contacts_file_import, a multipart form with a file and list_ids:
// https://developer.constantcontact.com/api_reference/index.html
func importFile(c *call) reply {
	kind, settings, err := mime.ParseMediaType(c.contentType)
	if err != nil || kind != "multipart/form-data" {
		return unsupportedFile()
	}
	form, err := multipart.NewReader(bytes.NewReader(c.body), settings["boundary"]).ReadForm(maxBodyImport)
	if err != nil {
		return invalid("the body is not a form of the expected form")
	}
	defer form.RemoveAll() //nolint:errcheck // all of it is in memory
	files := form.File["file"]
	switch {
	case len(files) != 1:
		return invalid("file is missing")
	case !strings.HasSuffix(strings.ToLower(files[0].Filename), ".csv"):
		return unsupportedFile()
	}
	rows, ok := readFile(files[0])
	if !ok {
		return invalid("file does not have a valid value")
	}
	return c.acceptImport(rows, splitIDs(form.Value["list_ids"]), files[0].Filename)
}

// unsupportedFile is the answer to another Content-Type, and to a file of another kind. The words are the reference's.
func unsupportedFile() reply {
	return jsonReply(http.StatusUnsupportedMediaType, []apiError{{
		"contacts.api.unsupported_media_type", "This endpoint requires that Content-Type be unspecified",
	}})
}

func splitIDs(values []string) []string {
	var ids []string
	for _, value := range values {
		for id := range strings.SplitSeq(value, ",") {
			if id = strings.TrimSpace(id); id != "" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// readFile reads as many lines as there may be, within the bytes there may be. A line that the limit cuts is dropped.
func readFile(header *multipart.FileHeader) (fileRows, bool) {
	file, err := header.Open()
	if err != nil {
		return fileRows{}, false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxImport))
	if err != nil {
		return fileRows{}, false
	}
	if cut := bytes.LastIndexByte(text, '\n'); header.Size > maxImport && cut >= 0 {
		text = text[:cut]
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	reader.FieldsPerRecord = -1
	lines, err := reader.ReadAll()
	if err != nil || len(lines) == 0 {
		return fileRows{}, false
	}
	rows := fileRows{lines: lines[1:min(len(lines), maxImportRows)]}
	for _, heading := range lines[0] {
		rows.columns = append(rows.columns, columnName(heading))
	}
	return rows, true
}

func (r fileRows) len() int { return len(r.lines) }

func (r fileRows) row(i int) (cells map[string]string, ok bool) {
	cells = make(map[string]string, len(r.columns))
	for k, cell := range r.lines[i] {
		if k < len(r.columns) {
			cells[r.columns[k]] = strings.TrimSpace(cell)
		}
	}
	return cells, true
}
