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
func writeManifest(ctx context.Context, s Store, deletion int64, sizes batchSizes, ids iter.Seq2[ID, error]) (Manifest, error) {
	w := manifestWriter{store: s, deletion: deletion, sizes: sizes}
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

// batchSizes says how many ids go into the batches: some first ones, and all others.
type batchSizes struct {
	first []int
	rest  int
}

// of is the size of the n-th batch, from 1.
func (s batchSizes) of(n int) int {
	if n <= len(s.first) {
		return s.first[n-1]
	}
	return s.rest
}

// manifestWriter collects ids into batches and batches into transactions.
type manifestWriter struct {
	store    Store
	deletion int64
	sizes    batchSizes
	manifest Manifest
	pending  []ManifestBatch
}

func (w *manifestWriter) add(ctx context.Context, id ID) error {
	last := len(w.pending) - 1
	if last < 0 || len(w.pending[last].IDs) == w.sizes.of(w.manifest.Batches) {
		if len(w.pending) == batchesAtOnce {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		w.manifest.Batches++
		w.pending = append(w.pending, ManifestBatch{N: w.manifest.Batches, IDs: make([]ID, 0, w.sizes.of(w.manifest.Batches))})
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
