package deletion_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"winnow/sandbox"
)

// posts are the deletion requests that arrived.
func (w *world) posts() []sandbox.Request {
	return slices.DeleteFunc(w.box.Journal(), func(r sandbox.Request) bool { return r.Route != deleteRoute })
}

// effects are those of them that started an activity.
func (w *world) effects() int {
	n := 0
	for _, p := range w.posts() {
		if p.Applied {
			n++
		}
	}
	return n
}

// body is the SHA-256 of the one right request for ids.
func body(kind string, ids []string) string {
	text, err := json.Marshal(map[string][]string{kind: ids})
	if err != nil {
		panic(err) // strings only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// bodies are the right requests for a set of contacts.
func bodies(ids []string) []string {
	ids = slices.Sorted(slices.Values(ids))
	var all []string
	for part := range slices.Chunk(slices.Compact(ids), 500) {
		all = append(all, body("contact_ids", part))
	}
	return all
}

// posted are the bodies that arrived, in their order.
func (w *world) posted() []string {
	var all []string
	for _, p := range w.posts() {
		all = append(all, p.BodySHA256)
	}
	return all
}
