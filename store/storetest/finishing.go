package storetest

import (
	"slices"
	"time"

	"winnow/deletion"
)

var finishing = map[string]func(*bench){
	"a deletion finishes when nothing waits and nothing is open": func(b *bench) {
		id := b.running(4, 2)
		other := b.running(2, 2)
		b.finish(2)
		var attempts []*deletion.Attempt
		for range 3 {
			attempts = append(attempts, b.accepted())
		}
		b.finish(2)
		for _, a := range slices.Backward(attempts) {
			b.stateIs(id, deletion.Running)
			b.conclude(a, deletion.Completed, 2, 0, nil)
		}
		b.finish(0)
		for _, d := range []int64{id, other} {
			b.stateIs(d, deletion.Finished)
			b.recent(b.deletion(d).EndedAt, "EndedAt")
		}
	},
	"a deletion with an unknown batch does not finish": func(b *bench) {
		id := b.running(2, 2)
		b.settle(b.claim(), deletion.AttemptUnknown, deletion.Unknown)
		b.finish(1)
		b.stateIs(id, deletion.Running)
	},
	"the file of a deletion that ended long enough ago is purged, what is known of it stays": func(b *bench) {
		id, running := b.running(2, 2), b.running(2, 2)
		b.conclude(b.accepted(), deletion.Completed, 2, 0, nil)
		b.finish(1)
		upload := b.deletion(id).Upload
		purge := func(endedBefore time.Time) {
			_, err := b.s.PurgeUploads(b.Context(), endedBefore)
			b.ok(err)
		}
		purge(time.Now().Add(-time.Hour))
		_, err := b.s.UploadChunk(b.Context(), upload, 0)
		b.ok(err)
		purge(time.Now().Add(time.Minute))
		purge(time.Now().Add(time.Minute))
		_, err = b.s.UploadChunk(b.Context(), upload, 0)
		b.wants(err, deletion.ErrNotFound)
		got, err := b.s.Upload(b.Context(), b.account, upload)
		b.ok(err)
		b.recent(got.PurgedAt, "PurgedAt")
		b.same(got.Name, uploadOf(upload).Name, "name")
		_, err = b.s.UploadChunk(b.Context(), b.deletion(running).Upload, 0)
		b.ok(err)
	},
	"the account may have nothing to finish": func(b *bench) { b.finish(0) },
}
