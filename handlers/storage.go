package handlers

import (
	"net/http"

	"winnow/deletion"
	"winnow/views"
)

// storageWords says of each kind of trouble what happened and what to do.
var storageWords = map[deletion.StorageKind]views.Storage{
	deletion.StorageFull: {Happened: "the disk of Winnow's database is full.",
		Todo: "Make room on it; Winnow then goes on by itself."},
	deletion.StorageFailing: {Happened: "the disk of Winnow's database reports errors.",
		Todo: "Have the disk looked at. Winnow goes on by itself as soon as it can write again."},
	deletion.StorageReadOnly: {Happened: "Winnow's database may not be written.",
		Todo: "Let Winnow write to its data folder; it then goes on by itself."},
	deletion.StorageAway: {Happened: "the server of Winnow's database does not answer.",
		Todo: "Have it looked at. Winnow goes on by itself as soon as it answers."},
	deletion.StorageMoved: {Happened: "the file of Winnow's database was moved, removed or replaced while Winnow was running.",
		Todo: "Put the same file back, or start Winnow again with the file that is there."},
	deletion.StorageDamaged: {Happened: "Winnow's database is damaged.",
		Todo: "Stop Winnow, keep a copy of the data folder, and put the newest backup back."},
	deletion.StorageLost: {Happened: "the disk of Winnow's database did not keep what was written to it, so Winnow is ending.",
		Todo: "Have the disk looked at, then start Winnow again."},
}

// storage is the banner for the trouble there is.
func (s *site) storage() views.Storage {
	t := s.Trouble()
	if t == nil {
		return views.Storage{}
	}
	words := storageWords[t.Kind]
	if t.Kept > 0 {
		words.Happened += " " + views.Count(t.Kept, "result") + " of what was sent is kept in the emergency file until then."
	}
	return words
}

// explainStorage is the page for what could not be written. The same words as on the banner above it would be said twice.
func explainStorage() views.Error {
	return views.Error{Status: http.StatusServiceUnavailable, What: "Winnow cannot write to its database.",
		Why: "Nothing was changed, and nothing is sent.", Todo: "Try again when the database can be written; whoever runs Winnow finds the cause above and in the log."}
}
