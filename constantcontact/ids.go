package constantcontact

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// uuidLength is that of the one spelling the vendor uses, with hyphens and nothing around it.
const uuidLength = 36

// errNotUUID does not repeat the value: a mistaken one may be an e-mail address.
var errNotUUID = errors.New("id is not a UUID")

func checkID(id string) error {
	if len(id) != uuidLength || uuid.Validate(id) != nil {
		return errNotUUID
	}
	return nil
}

// checkIDs checks that there are 1 to limit ids, each of them a UUID.
func checkIDs(what string, ids []string, limit int) error {
	if len(ids) == 0 || len(ids) > limit {
		return fmt.Errorf("%d %s given, 1 to %d allowed", len(ids), what, limit)
	}
	for i, id := range ids {
		if err := checkID(id); err != nil {
			return fmt.Errorf("%s: number %d of %d: %w", what, i+1, len(ids), err)
		}
	}
	return nil
}

// sameID checks that an answer is about the thing that was asked for.
func sameID(asked, got string) error {
	if !strings.EqualFold(asked, got) {
		return errors.New("the answer is about another id")
	}
	return nil
}
