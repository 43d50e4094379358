package deletion

import (
	"errors"
	"time"
)

// ErrStorage means that the database cannot be written. Nothing was changed, and nothing is sent until it can be written
// again.
var ErrStorage = errors.New("the database cannot be written")

// StorageKind is what is wrong with the place where the database is kept.
type StorageKind string

// The kinds of trouble with storage.
const (
	StorageFull     StorageKind = "full"     // no room is left on the disk
	StorageFailing  StorageKind = "failing"  // the disk reports errors
	StorageReadOnly StorageKind = "readonly" // the file or its disk lets nobody write
	StorageAway     StorageKind = "away"     // the server of the database does not answer
	StorageMoved    StorageKind = "moved"    // the file was moved, removed or replaced while Winnow was running
	StorageDamaged  StorageKind = "damaged"  // the file is not, or no longer, a sound database
	StorageLost     StorageKind = "lost"     // the disk did not keep what it had taken; Winnow is ending
)

// StorageTrouble tells that the database cannot be written. It is over when a trial write worked.
type StorageTrouble struct {
	Kind  StorageKind
	Since time.Time
	// Kept is how many results wait in the emergency file until they can be stored.
	Kept int
}
