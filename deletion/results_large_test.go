package deletion_test

import (
	"bytes"
	"database/sql"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"winnow/deletion"
)

// replaceFile puts another file in the place of a stored one, of one chunk, behind the program's back.
func (w *world) replaceFile(upload int64, file string) {
	w.Helper()
	encoder, err := zstd.NewWriter(nil)
	w.ok(err)
	defer encoder.Close()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(10000)")
	w.ok(err)
	defer db.Close()
	_, err = db.Exec("UPDATE upload_chunks SET chunk = ? WHERE upload_id = ?", encoder.EncodeAll([]byte(file), nil), upload)
	w.ok(err)
}

func TestAFileThatIsNotTheManifestsIsRefused(t *testing.T) {
	ids := strangers(4)
	for _, c := range []struct {
		name string
		ids  []string
	}{
		{"one id less", ids[:2]},
		{"one id more", ids},
		{"another id", []string{ids[0], ids[1], ids[3]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.upload(ids[:3])
			same(w, "rows of the right file", len(w.results(id, deletion.AllResults)), 3)
			w.replaceFile(w.deletion(id).Upload, "contact_id\n"+strings.Join(c.ids, "\n")+"\n")
			var out bytes.Buffer
			if err := w.console.WriteResults(t.Context(), &out, w.deletion(id), deletion.AllResults); err == nil {
				t.Errorf("got results:\n%s", out.String())
			}
		})
	}
}

func TestResultsThatCannotBeWrittenAreAnError(t *testing.T) {
	w := newWorld(t)
	id := w.upload(strangers(3))
	for _, f := range []deletion.ResultFilter{deletion.AllResults, deletion.UnknownResults} {
		if err := w.console.WriteResults(t.Context(), brokenPipe{}, w.deletion(id), f); err == nil {
			t.Errorf("no error with filter %q", f)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// watermark counts lines and, every now and then, looks how much memory is in use.
type watermark struct {
	lines, writes int
	highest       uint64
}

func (m *watermark) Write(p []byte) (int, error) {
	m.lines += bytes.Count(p, []byte{'\n'})
	if m.writes++; m.writes%200 == 1 {
		m.highest = max(m.highest, memoryInUse())
	}
	return len(p), nil
}

func memoryInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestResultsOfALargeFileTakeLittleMemory(t *testing.T) {
	const rows, most = 100_000, 12 << 20 // the file has 17 MiB
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("contact_id,note\n")
	for i, id := range strangers(rows) {
		file.WriteString(id + ",row " + strconv.Itoa(i) + strings.Repeat(" and some more", 10) + "\n")
	}
	id := w.uploadText("large.csv", file.String())
	file.Reset()
	before := memoryInUse()
	m := &watermark{}
	w.ok(w.console.WriteResults(t.Context(), m, w.deletion(id), deletion.AllResults))
	same(w, "lines", m.lines, rows+1)
	if grown := int64(m.highest) - int64(before); grown > most {
		t.Errorf("memory grew by %d MiB", grown>>20)
	} else {
		t.Logf("memory grew by %d KiB", grown>>10)
	}
}
