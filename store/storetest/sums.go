package storetest

import "winnow/deletion"

// countsAre ends the test unless the deletion's counts are these and everything adds up.
func (b *bench) countsAre(id int64, want deletion.Counts) {
	b.Helper()
	b.same(b.deletion(id).Counts, want, "counts")
	b.addsUp(id)
}

// addsUp recomputes everything that the store keeps as sums from the batches themselves.
func (b *bench) addsUp(id int64) (*deletion.Deletion, []*deletion.Batch) {
	b.Helper()
	d, err := b.s.AnyDeletion(b.Context(), id)
	b.ok(err)
	batches, err := b.s.Batches(b.Context(), id, deletion.BatchFilter{})
	b.ok(err)
	var want deletion.Counts
	outcomes, open := map[deletion.Outcome]int{}, 0
	for _, batch := range batches {
		outcomes[batch.Outcome]++
		want.Deleted += int64(batch.Deleted)
		want.Failed += int64(batch.Failed)
		want.Changed += int64(batch.Changed)
		rest := int64(batch.Open())
		switch batch.Outcome {
		case deletion.Waiting, deletion.NotSent:
			want.NotSent += rest
		case deletion.Sending, deletion.Accepted:
			want.InProgress += rest
			open++
		case deletion.Unknown:
			want.Unknown += rest
			open++
		default:
			if rest != 0 {
				b.Fatalf("batch %d has ended with %d rows unaccounted for", batch.N, rest)
			}
		}
	}
	b.same(d.Counts, want, "counts kept and counts recomputed")
	if d.Counts.Items() != d.Items || d.Open != open {
		b.Fatalf("counts add up to %d of %d items with %d of %d batches open", d.Counts.Items(), d.Items, d.Open, open)
	}
	kept, err := b.s.CountBatches(b.Context(), id)
	b.ok(err)
	b.same(kept, outcomes, "batches by outcome")
	return d, batches
}
