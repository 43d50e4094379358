package deletion

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

// An uploaded file is kept as it came, in compressed chunks of this many bytes, so that every line of it can be given its
// outcome later. A chunk is one row of the database and one frame of zstd.
const archiveChunk = 1 << 20

// archive is the writing end: what is written to it is hashed, compressed and stored by a second goroutine while the
// caller goes on reading the file.
type archive struct {
	size   int64
	hash   hash.Hash
	buffer []byte
	full   chan []byte // to the goroutine
	empty  chan []byte // back from it
	done   chan error
	failed error
}

var errArchiveStopped = errors.New("storing the file has stopped")

func newArchive(ctx context.Context, s Store, upload int64) *archive {
	full := make(chan []byte)
	a := &archive{hash: sha256.New(), buffer: make([]byte, 0, archiveChunk),
		full: full, empty: make(chan []byte, 2), done: make(chan error, 1)}
	a.empty <- make([]byte, 0, archiveChunk)
	go func() { a.done <- a.store(ctx, s, upload, full) }()
	return a
}

// store compresses and stores chunks until the channel is closed or something goes wrong. The channel is handed over
// because a file may be given up, and the field cleared, before this begins.
func (a *archive) store(ctx context.Context, s Store, upload int64, full <-chan []byte) error {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(archiveChunk), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return fmt.Errorf("prepare compression: %w", err)
	}
	defer encoder.Close()
	var packed []byte
	n := 0
	for chunk := range full {
		packed = encoder.EncodeAll(chunk, packed[:0])
		if err := s.AppendUpload(ctx, upload, n, packed); err != nil {
			return fmt.Errorf("store part of the file: %w", err)
		}
		n++
		a.empty <- chunk[:0]
	}
	return nil
}

// Write takes bytes of the file. It fails when storing an earlier part failed.
func (a *archive) Write(p []byte) (int, error) {
	written := len(p)
	a.size += int64(written)
	a.hash.Write(p)
	for len(p) > 0 {
		n := min(len(p), archiveChunk-len(a.buffer))
		a.buffer = append(a.buffer, p[:n]...)
		p = p[n:]
		if len(a.buffer) == archiveChunk {
			if err := a.pass(); err != nil {
				return 0, err
			}
		}
	}
	return written, nil
}

// pass hands the full buffer over and takes an empty one.
func (a *archive) pass() error {
	if a.failed != nil {
		return a.failed
	}
	select {
	case a.full <- a.buffer:
	case err := <-a.done:
		a.failed = errors.Join(errArchiveStopped, err)
		return a.failed
	}
	select {
	case a.buffer = <-a.empty:
	case err := <-a.done:
		a.failed = errors.Join(errArchiveStopped, err)
	}
	return a.failed
}

// finish stores what is left and returns the file's size and SHA-256.
func (a *archive) finish() (int64, [32]byte, error) {
	if len(a.buffer) > 0 {
		if err := a.pass(); err != nil {
			return 0, [32]byte{}, err
		}
	}
	if err := a.close(); err != nil {
		return 0, [32]byte{}, err
	}
	return a.size, [32]byte(a.hash.Sum(nil)), nil
}

// stop ends the goroutine when the file was given up; after finish it does nothing.
func (a *archive) stop() { _ = a.close() }

func (a *archive) close() error {
	if a.full == nil {
		return nil
	}
	close(a.full)
	a.full = nil
	if a.failed != nil {
		return a.failed
	}
	return <-a.done
}

// archiveReader is the reading end: the file as it was uploaded, one chunk in memory at a time. It holds nothing that
// would have to be closed.
type archiveReader struct {
	ctx     context.Context
	store   Store
	upload  int64
	n       int
	decoder *zstd.Decoder
	chunk   []byte
	rest    []byte
}

func openArchive(ctx context.Context, s Store, upload int64) (io.Reader, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(archiveChunk))
	if err != nil {
		return nil, fmt.Errorf("prepare decompression: %w", err)
	}
	return &archiveReader{ctx: ctx, store: s, upload: upload, decoder: decoder}, nil
}

// Read returns the next bytes of the file.
func (r *archiveReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		packed, err := r.store.UploadChunk(r.ctx, r.upload, r.n)
		if errors.Is(err, ErrNotFound) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("read part of the file: %w", err)
		}
		r.n++
		if r.chunk, err = r.decoder.DecodeAll(packed, r.chunk[:0]); err != nil {
			return 0, fmt.Errorf("decompress part of the file: %w", err)
		}
		r.rest = r.chunk
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
