package storetest

import (
	"slices"
	"time"

	"winnow/deletion"
)

var manifests = map[string]func(*bench){
	"a deletion begins as preparing and counts nothing yet": func(b *bench) {
		id, _ := b.preparing(5, 2)
		d := b.deletion(id)
		b.recent(d.CreatedAt, "CreatedAt")
		b.same(d, &deletion.Deletion{
			ID: id, Account: b.account, Source: deletion.FromCSV, State: deletion.Preparing, CreatedBy: ann,
			CreatedAt: d.CreatedAt, Upload: d.Upload,
		}, "deletion")
	},
	"a ready deletion shows reading and manifest": func(b *bench) {
		id, m := b.ready(5, 2)
		d := b.deletion(id)
		b.same(d, &deletion.Deletion{
			ID: id, Account: b.account, Source: deletion.FromCSV, State: deletion.Ready, CreatedBy: ann,
			CreatedAt: d.CreatedAt, Upload: d.Upload, Reading: readingOf(5), Manifest: m, Counts: deletion.Counts{NotSent: 5}, Unsent: 3,
		}, "deletion")
		b.addsUp(id)
	},
	"batches keep their ids in order": func(b *bench) {
		id, _ := b.ready(5, 2)
		for n, want := range [][]deletion.ID{idsFrom(0, 2), idsFrom(2, 2), idsFrom(4, 1)} {
			got, err := b.s.BatchIDs(b.Context(), id, n+1)
			b.ok(err)
			b.same(got, &deletion.BatchIDs{IDs: want}, "ids")
		}
		_, err := b.s.BatchIDs(b.Context(), id, 4)
		b.wants(err, deletion.ErrNotFound)
		_, err = b.s.Batch(b.Context(), id, 4)
		b.wants(err, deletion.ErrNotFound)
	},
	"a manifest that is not what is stored is refused": func(b *bench) {
		id, m := b.preparing(5, 2)
		wrong := []deletion.Manifest{
			{Items: m.Items + 1, Batches: m.Batches, Hash: m.Hash},
			{Items: m.Items, Batches: m.Batches - 1, Hash: m.Hash},
			{Items: m.Items, Batches: m.Batches, Hash: [32]byte{1}},
		}
		for _, w := range wrong {
			b.wants(b.s.MakeReady(b.Context(), id, readingOf(5), w), deletion.ErrChanged)
		}
		b.stateIs(id, deletion.Preparing)
		b.ok(b.s.MakeReady(b.Context(), id, readingOf(5), m))
		b.wants(b.s.MakeReady(b.Context(), id, readingOf(5), m), deletion.ErrChanged)
	},
	"a gap between batches is refused": func(b *bench) {
		id, m := b.preparing(0, 1)
		batches, m3 := batched(3, 1)
		b.ok(b.s.AddBatches(b.Context(), id, []deletion.ManifestBatch{batches[0], batches[2]}))
		b.refused(b.s.MakeReady(b.Context(), id, readingOf(3), m3), "a manifest with a gap")
		b.refused(b.s.MakeReady(b.Context(), id, readingOf(0), m), "an empty manifest of two batches")
	},
	"batches are only added while preparing, all or none": func(b *bench) {
		id, _ := b.preparing(2, 2)
		batches, _ := batched(4, 2)
		b.refused(b.s.AddBatches(b.Context(), id, []deletion.ManifestBatch{batches[1], batches[0]}), "a batch number that is there")
		got, err := b.s.Batches(b.Context(), id, deletion.BatchFilter{})
		b.ok(err)
		b.same(len(got), 1, "number of batches")
		ready, _ := b.ready(2, 2)
		b.wants(b.s.AddBatches(b.Context(), ready, batches[1:]), deletion.ErrChanged)
		b.wants(b.s.AddBatches(b.Context(), 1<<40, batches), deletion.ErrNotFound)
	},
	"preparing tells how far it is and why it waits": func(b *bench) {
		id, m := b.preparing(2, 2)
		b.ok(b.s.NotePreparing(b.Context(), id, 1234, deletion.QuotaUsed, "tomorrow"))
		d := b.deletion(id)
		b.same([]any{d.Reading.Read, d.Reason, d.ReasonNote}, []any{int64(1234), deletion.QuotaUsed, "tomorrow"}, "note")
		b.ok(b.s.MakeReady(b.Context(), id, readingOf(2), m))
		d = b.deletion(id)
		b.same([]any{d.Reason, d.ReasonNote}, []any{deletion.NoReason, ""}, "note of a ready deletion")
		b.wants(b.s.NotePreparing(b.Context(), id, 1, "", ""), deletion.ErrChanged)
	},
	"a manifest can be made anew until it is confirmed": func(b *bench) {
		id, _ := b.ready(5, 2)
		b.ok(b.s.ResetManifest(b.Context(), id, time.Now()))
		d := b.deletion(id)
		b.same([]any{d.State, d.Items, d.Manifest, d.Reading}, []any{deletion.Preparing, int64(0), deletion.Manifest{}, deletion.Reading{}}, "reset")
		b.ok(b.s.ResetManifest(b.Context(), id, time.Now()))
		batches, m := batched(3, 3)
		b.ok(b.s.AddBatches(b.Context(), id, batches))
		b.ok(b.s.MakeReady(b.Context(), id, readingOf(3), m))
		b.countsAre(id, deletion.Counts{NotSent: 3})
		b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}))
		b.wants(b.s.ResetManifest(b.Context(), id, time.Now()), deletion.ErrChanged)
		b.wants(b.s.ResetManifest(b.Context(), 1<<40, time.Now()), deletion.ErrNotFound)
	},
	"a discarded deletion leaves nothing": func(b *bench) {
		id, _ := b.ready(5, 2)
		upload := b.deletion(id).Upload
		b.ok(b.s.Discard(b.Context(), b.account, id))
		_, err := b.s.Deletion(b.Context(), b.account, id)
		b.wants(err, deletion.ErrNotFound)
		_, err = b.s.Upload(b.Context(), b.account, upload)
		b.wants(err, deletion.ErrNotFound)
		_, err = b.s.BatchIDs(b.Context(), id, 1)
		b.wants(err, deletion.ErrNotFound)
		counts, err := b.s.CountBatches(b.Context(), id)
		b.ok(err)
		b.same(counts, map[deletion.Outcome]int{}, "tallies")
		b.wants(b.s.Discard(b.Context(), b.account, id), deletion.ErrNotFound)
	},
	"a confirmed deletion is not discarded": func(b *bench) {
		id := b.running(2, 2)
		b.wants(b.s.Discard(b.Context(), b.account, id), deletion.ErrChanged)
	},
	"lists keep their order, names and sizes": func(b *bench) {
		ids := idsFrom(7, 3)
		lists := []deletion.List{{ID: ids[2], Name: "Späth & Söhne", Members: 3}, {ID: ids[0], Name: "", Members: 0}, {ID: ids[1], Name: "b"}}
		id, err := b.s.CreateDeletion(b.Context(), deletion.NewDeletion{Account: b.account, Source: deletion.FromMembers, By: ann, Lists: lists})
		b.ok(err)
		got, err := b.s.Lists(b.Context(), id)
		b.ok(err)
		b.same(got, lists, "lists")
		preparing, err := b.s.PreparingDeletions(b.Context())
		b.ok(err)
		if !slices.Contains(preparing, id) {
			b.Fatal("a deletion from members is not among the preparing ones")
		}
		b.ok(b.s.Discard(b.Context(), b.account, id))
	},
	"a file that is being read is not the runner's to prepare": func(b *bench) {
		id, _ := b.preparing(2, 2)
		preparing, err := b.s.PreparingDeletions(b.Context())
		b.ok(err)
		if slices.Contains(preparing, id) {
			b.Fatal("a deletion from a file is among the preparing ones")
		}
	},
}
