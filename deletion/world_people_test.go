package deletion_test

import (
	"fmt"

	"winnow/deletion"
)

// contacts are the ids of the account's contacts that are, or are not, deleted.
func (w *world) contacts(deleted bool) []string {
	var ids []string
	for c := range w.box.Contacts(w.account) {
		if c.DeletedAt.IsZero() != deleted {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// living are n contacts that are not deleted, in no useful order.
func (w *world) living(n int) []string {
	w.Helper()
	ids := w.contacts(false)
	if len(ids) < n {
		w.Fatalf("only %d living contacts", len(ids))
	}
	return ids[:n]
}

// strangers are n ids that belong to nobody.
func strangers(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%08x-1111-11ee-8000-02420a320002", i*7919)
	}
	return ids
}

// honest checks that every contact that is called deleted is deleted in the sandbox.
func (w *world) honest() {
	w.Helper()
	all, err := w.store.Deletions(w.Context(), w.account, deletion.DeletionFilter{})
	w.ok(err)
	for _, d := range all {
		for n := 1; d.Source != deletion.FromLists && n <= d.Batches; n++ {
			w.honestBatch(w.batch(d.ID, n))
		}
	}
}

func (w *world) honestBatch(b *deletion.Batch) {
	w.Helper()
	if b.Deleted == 0 {
		return
	}
	ids, err := w.store.BatchIDs(w.Context(), b.Deletion, b.N)
	w.ok(err)
	called := 0
	for i, id := range ids.IDs {
		if ids.Changed.Has(i) || b.Deleted+b.Changed < b.Items && ids.Missed.Has(i) {
			continue
		}
		called++
		if contact, ok := w.box.Contact(w.account, id.String()); !ok || contact.DeletedAt.IsZero() {
			w.Fatalf("contact %s is called deleted and is not", id)
		}
	}
	same(w, "contacts that are called deleted", called, b.Deleted)
}
