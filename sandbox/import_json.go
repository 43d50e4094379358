package sandbox

import (
	"bytes"
	"encoding/json"
)

// jsonImport is the body of POST /activities/contacts_json_import.
type jsonImport struct {
	Rows    *json.RawMessage `json:"import_data"`
	ListIDs []string         `json:"list_ids"`
}

// jsonRows are the rows as they came.
type jsonRows []json.RawMessage

// importJSON answers POST /activities/contacts_json_import:
// https://developer.constantcontact.com/api_reference/index.html
func importJSON(c *call) reply {
	var in jsonImport
	if refusal, bad := c.read(&in); bad {
		return refusal
	}
	if in.Rows == nil {
		return invalid("import_data is missing")
	}
	rows, ok := readRows(*in.Rows, maxImport)
	switch {
	case !ok:
		return invalid("import_data does not have a valid value")
	case len(rows) == 0 && c.account.quirks.Empty.or(Refuse) == Refuse:
		return invalid("import_data must have 1 entry at least")
	}
	return c.acceptImport(rows, in.ListIDs, "")
}

// readRows takes an array of rows, as many as end within the limit.
func readRows(text []byte, limit int64) (rows jsonRows, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if opening, err := dec.Token(); err != nil || opening != json.Delim('[') {
		return nil, false
	}
	for dec.More() {
		var row json.RawMessage
		if err := dec.Decode(&row); err != nil {
			return nil, false
		}
		if dec.InputOffset() > limit {
			break
		}
		rows = append(rows, row)
	}
	return rows, true
}

func (r jsonRows) len() int { return len(r) }

// row takes texts, numbers and booleans as cells; null is an empty one.
func (r jsonRows) row(i int) (cells map[string]string, ok bool) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(r[i], &values); err != nil || values == nil {
		return nil, false
	}
	cells = make(map[string]string, len(values))
	for name, value := range values {
		text := string(value)
		switch text[0] {
		case '{', '[':
			return nil, false
		case '"':
			if err := json.Unmarshal(value, &text); err != nil {
				return nil, false
			}
		case 'n':
			text = ""
		}
		cells[columnName(name)] = text
	}
	return cells, true
}
