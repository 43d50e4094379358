package constantcontact

import (
	"encoding/json"
	"errors"
	"time"
)

// timeForms are the forms of a time in the vendor's answers: seconds and a Z nearly everywhere, a date for
// deleted_at, and a zone without a colon in a few places.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05-0700", time.DateOnly}

// stamp decodes a time of the vendor. An absent, null or empty one is the zero time.
type stamp time.Time

// UnmarshalJSON refuses a text that is no time without repeating it.
func (s *stamp) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return errors.New("a time is not a string")
	}
	if text == "" {
		*s = stamp{}
		return nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			*s = stamp(t.UTC())
			return nil
		}
	}
	return errors.New("a time has an unknown form")
}
