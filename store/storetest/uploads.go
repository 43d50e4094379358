package storetest

import "winnow/deletion"

var uploads = map[string]func(*bench){
	"an upload comes back as it was stored": func(b *bench) {
		id := b.upload()
		got, err := b.s.Upload(b.Context(), b.account, id)
		b.ok(err)
		b.same(got, uploadOf(id), "upload")
		for n, text := range []string{"chunk 0", "chunk 1"} {
			chunk, err := b.s.UploadChunk(b.Context(), id, n)
			b.ok(err)
			b.same(string(chunk), text, "chunk")
		}
		_, err = b.s.UploadChunk(b.Context(), id, 2)
		b.wants(err, deletion.ErrNotFound)
	},
	"chunks come one after another and none after the end": func(b *bench) {
		id, err := b.s.CreateUpload(b.Context(), b.account, "x.csv")
		b.ok(err)
		b.wants(b.s.AppendUpload(b.Context(), id, 1, []byte("too early")), deletion.ErrChanged)
		b.ok(b.s.AppendUpload(b.Context(), id, 0, []byte("first")))
		b.wants(b.s.AppendUpload(b.Context(), id, 0, []byte("again")), deletion.ErrChanged)
		got, err := b.s.Upload(b.Context(), b.account, id)
		b.ok(err)
		b.same(got, deletion.Upload{ID: id, Name: "x.csv"}, "unfinished upload")
		b.ok(b.s.FinishUpload(b.Context(), uploadOf(id)))
		b.wants(b.s.AppendUpload(b.Context(), id, 1, []byte("late")), deletion.ErrChanged)
	},
	"an unused upload is deleted once, with its chunks": func(b *bench) {
		id := b.upload()
		b.ok(b.s.DeleteUpload(b.Context(), id))
		b.wants(b.s.DeleteUpload(b.Context(), id), deletion.ErrNotFound)
		_, err := b.s.UploadChunk(b.Context(), id, 0)
		b.wants(err, deletion.ErrNotFound)
	},
	"an upload with a deletion stays": func(b *bench) {
		id, _ := b.ready(3, 2)
		b.wants(b.s.DeleteUpload(b.Context(), b.deletion(id).Upload), deletion.ErrChanged)
	},
	"what was read of a file is frozen when its deletion is confirmed": func(b *bench) {
		id, m := b.ready(3, 2)
		u := uploadOf(b.deletion(id).Upload)
		b.ok(b.s.FinishUpload(b.Context(), u))
		b.ok(b.s.Confirm(b.Context(), b.account, id, deletion.Confirmation{By: ann, Count: m.Items, Hash: m.Hash}))
		b.wants(b.s.FinishUpload(b.Context(), u), deletion.ErrChanged)
	},
	"an upload that nobody began is not found": func(b *bench) {
		b.wants(b.s.AppendUpload(b.Context(), 1<<40, 0, nil), deletion.ErrNotFound)
		b.wants(b.s.FinishUpload(b.Context(), uploadOf(1<<40)), deletion.ErrNotFound)
		_, err := b.s.Upload(b.Context(), b.account, 1<<40)
		b.wants(err, deletion.ErrNotFound)
	},
	"an upload makes one deletion": func(b *bench) {
		upload := b.upload()
		n := deletion.NewDeletion{Account: b.account, Source: deletion.FromCSV, By: ann, Upload: upload}
		_, err := b.s.CreateDeletion(b.Context(), n)
		b.ok(err)
		_, err = b.s.CreateDeletion(b.Context(), n)
		b.wants(err, deletion.ErrChanged)
		n.Upload = 1 << 40
		_, err = b.s.CreateDeletion(b.Context(), n)
		b.wants(err, deletion.ErrNotFound)
	},
}
