package deletion

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
)

// batchesAtOnce is how many batches one transaction stores: about a megabyte, some milliseconds of the database's time.
const batchesAtOnce = 100

// writeManifest cuts sorted, unique ids into batches, stores them under a preparing deletion and returns what was stored.
// On an error the caller resets or discards the deletion.
func writeManifest(ctx context.Context, s Store, deletion int64, size int, ids iter.Seq2[ID, error]) (Manifest, error) {
	w := manifestWriter{store: s, deletion: deletion, size: size}
	hash := sha256.New()
	for id, err := range ids {
		if err != nil {
			return Manifest{}, err
		}
		hash.Write(id[:])
		if err := w.add(ctx, id); err != nil {
			return Manifest{}, err
		}
	}
	if err := w.flush(ctx); err != nil {
		return Manifest{}, err
	}
	hash.Sum(w.manifest.Hash[:0])
	return w.manifest, nil
}

// manifestWriter collects ids into batches and batches into transactions.
type manifestWriter struct {
	store    Store
	deletion int64
	size     int
	manifest Manifest
	pending  []ManifestBatch
}

func (w *manifestWriter) add(ctx context.Context, id ID) error {
	last := len(w.pending) - 1
	if last < 0 || len(w.pending[last].IDs) == w.size {
		if len(w.pending) == batchesAtOnce {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		w.manifest.Batches++
		w.pending = append(w.pending, ManifestBatch{N: w.manifest.Batches, IDs: make([]ID, 0, w.size)})
		last = len(w.pending) - 1
	}
	w.pending[last].IDs = append(w.pending[last].IDs, id)
	w.manifest.Items++
	return nil
}

func (w *manifestWriter) flush(ctx context.Context) error {
	if len(w.pending) == 0 {
		return nil
	}
	if err := w.store.AddBatches(ctx, w.deletion, w.pending); err != nil {
		return fmt.Errorf("store batches: %w", err)
	}
	w.pending = w.pending[:0]
	return nil
}
