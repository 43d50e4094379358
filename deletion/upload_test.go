package deletion_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"winnow/deletion"
)

// chunk is how many bytes of a file one row of the database holds.
const chunk = 1 << 20

// nothingLeft checks that no row of an upload is in the database.
func (w *world) nothingLeft() {
	w.Helper()
	for _, table := range []string{"uploads", "upload_chunks", "deletions", "batches", "batch_ids", "tallies"} {
		if n := w.rows(table); n != 0 {
			w.Errorf("%s has %d rows", table, n)
		}
	}
}

// csvOf is a file of about so many bytes with an id in every row.
func csvOf(size int) []byte {
	var out bytes.Buffer
	out.WriteString("contact_id,note\n")
	for i := 0; out.Len() < size-200; i++ {
		fmt.Fprintf(&out, "%08x-%04x-11ee-8000-02420a320002,%x\n", i*7919, i%65536, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	out.WriteString("ffffffff-1111-11ee-8000-02420a320002,")
	for out.Len() < size-1 {
		out.WriteByte('x')
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func TestAnUploadThatIsRefusedLeavesNothing(t *testing.T) {
	const header = "contact_id\n"
	for _, c := range []struct {
		name string
		file io.Reader
		code string
	}{
		{"empty", strings.NewReader(""), "empty_file"},
		{"header only", strings.NewReader(header), "no_rows"},
		{"no ids anywhere", strings.NewReader("name,town\nAnn,Rome\nBob,Oslo\n"), "no_id_column"},
		{"a column of ids without one", strings.NewReader(header + "Ann\nBob\n"), "no_id_column"},
		{"a workbook", strings.NewReader("PK\x03\x04 xl/workbook.xml"), "excel"},
		{"a picture", strings.NewReader(header + strings.Repeat("\x00\x01\x02", 3000)), "not_text"},
		{"NUL bytes far behind", io.MultiReader(bytes.NewReader(csvOf(3*chunk)), strings.NewReader("\x00\x00\n")), "not_text"},
		{"larger than allowed", bytes.NewReader(csvOf(5 * chunk)), "too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.console.MaxUpload = 4 * chunk
			_, err := w.console.Upload(t.Context(), w.account, olivia, "file.csv", c.file)
			var refused *deletion.InputError
			if !errors.As(err, &refused) || refused.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			if errors.Is(err, deletion.ErrNotFound) || errors.Is(err, deletion.ErrChanged) {
				t.Errorf("the refusal also says %v", err)
			}
			w.nothingLeft()
		})
	}
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	gone := errors.New("the browser has gone")
	for _, size := range []int{0, 1000, chunk - 1, chunk + 1, 3 * chunk} {
		t.Run(fmt.Sprintf("after %d bytes", size), func(t *testing.T) {
			w := newWorld(t)
			file := io.MultiReader(bytes.NewReader(csvOf(4 * chunk)[:size]), iotest.ErrReader(gone))
			_, err := w.console.Upload(t.Context(), w.account, olivia, "file.csv", file)
			if !errors.Is(err, gone) {
				t.Errorf("got %v", err)
			}
			w.nothingLeft()
		})
	}
}

func TestAnUploadWhoseRequestEndsLeavesNothing(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, rest := csvOf(4 * chunk)[:2*chunk], bytes.NewReader(csvOf(4 * chunk)[2*chunk:])
	file := io.MultiReader(bytes.NewReader(first), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.EOF
	}), rest)
	if _, err := w.console.Upload(ctx, w.account, olivia, "file.csv", file); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.nothingLeft()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// failing is a store of which one method fails at its n-th call, from 1.
type failing struct {
	deletion.Store
	method string
	left   int
}

func (s *failing) fail(method string) error {
	if s.method != method {
		return nil
	}
	if s.left--; s.left == 0 {
		return errDiskFull
	}
	return nil
}

func (s *failing) AppendUpload(ctx context.Context, upload int64, n int, chunk []byte) error {
	if err := s.fail("AppendUpload"); err != nil {
		return err
	}
	return s.Store.AppendUpload(ctx, upload, n, chunk)
}

func (s *failing) CreateDeletion(ctx context.Context, n deletion.NewDeletion) (int64, error) {
	if err := s.fail("CreateDeletion"); err != nil {
		return 0, err
	}
	return s.Store.CreateDeletion(ctx, n)
}

func (s *failing) AddBatches(ctx context.Context, id int64, batches []deletion.ManifestBatch) error {
	if err := s.fail("AddBatches"); err != nil {
		return err
	}
	return s.Store.AddBatches(ctx, id, batches)
}

func (s *failing) FinishUpload(ctx context.Context, u deletion.Upload) error {
	if err := s.fail("FinishUpload"); err != nil {
		return err
	}
	return s.Store.FinishUpload(ctx, u)
}

func (s *failing) MakeReady(ctx context.Context, id int64, r deletion.Reading, m deletion.Manifest) error {
	if err := s.fail("MakeReady"); err != nil {
		return err
	}
	return s.Store.MakeReady(ctx, id, r, m)
}

func TestAnUploadThatCannotBeStoredLeavesNothing(t *testing.T) {
	file := "contact_id\n" + strings.Join(strangers(60_000), "\n") // 3 chunks, and batches in 2 portions
	for _, c := range []struct {
		method string
		call   int
	}{
		{"AppendUpload", 1}, {"AppendUpload", 2}, {"AppendUpload", 3},
		{"CreateDeletion", 1}, {"AddBatches", 1}, {"AddBatches", 2}, {"FinishUpload", 1}, {"MakeReady", 1},
	} {
		t.Run(fmt.Sprintf("%s %d", c.method, c.call), func(t *testing.T) {
			w := newWorld(t)
			w.console.Store = &failing{Store: w.store, method: c.method, left: c.call}
			_, err := w.console.Upload(t.Context(), w.account, olivia, "file.csv", strings.NewReader(file))
			if !errors.Is(err, errDiskFull) || errors.Is(err, deletion.ErrNotFound) {
				t.Errorf("got %v", err)
			}
			w.nothingLeft()
		})
	}
}

func TestAFileIsKeptByteForByte(t *testing.T) {
	w := newWorld(t)
	for _, size := range []int{300, chunk - 1, chunk, chunk + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 3*chunk + 500} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) {
			file := csvOf(size)
			if len(file) != size {
				t.Fatalf("the file has %d bytes", len(file))
			}
			id, err := w.console.Upload(t.Context(), w.account, olivia, "file.csv", iotest.HalfReader(bytes.NewReader(file)))
			if err != nil {
				t.Fatal(err)
			}
			u, err := w.store.Upload(t.Context(), w.account, w.deletion(id).Upload)
			if err != nil {
				t.Fatal(err)
			}
			stored := unpacked(t, w, u.ID)
			if u.Size != int64(size) || u.Hash != sha256.Sum256(file) || !bytes.Equal(stored, file) {
				t.Errorf("%d bytes are kept, noted as %d", len(stored), u.Size)
			}
		})
	}
}

// unpacked reads an upload back without the code under test.
func unpacked(t *testing.T, w *world, upload int64) []byte {
	t.Helper()
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	var file []byte
	for n := 0; ; n++ {
		packed, err := w.store.UploadChunk(t.Context(), upload, n)
		if errors.Is(err, deletion.ErrNotFound) {
			return file
		}
		if err != nil {
			t.Fatal(err)
		}
		if file, err = decoder.DecodeAll(packed, file); err != nil {
			t.Fatal(err)
		}
	}
}
