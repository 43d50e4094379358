package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"winnow/deletion"
	"winnow/sandbox"
)

// The benchmarks of this file measure the program as its users meet it: in a process of its own, over real connections.
// `make bench` runs them once and prints the table of docs/benchmarks.md.

// measured is a console in a process of its own, with a person signed in.
type measured struct {
	*process
	database
	console string
	person  *person
}

// startMeasured starts a console on the database.
func startMeasured(b *testing.B, d database, flags ...string) *measured {
	b.Helper()
	m := &measured{database: d, console: "http://" + freeAddress(b)}
	m.process = startProcess(b, append(d.console(b, m.console), flags...)...)
	waitForConsole(b, m.console, nil)
	return m
}

// console are the flags of a console in sandbox mode, or, since that keeps to a file of its own, of one on PostgreSQL with a sandbox
// in another process.
func (d database) console(b *testing.B, console string) []string {
	b.Helper()
	if d.url == "" {
		return []string{"--listen", strings.TrimPrefix(console, "http://"), "--public-url", console, "--plain-http", "--log-level", "error"}
	}
	o := startOutside(b, console, "--contacts", "100", "--lists", "1")
	return slices.Concat(consoleFlags(console, o.api), d.flags, []string{"--plain-http"})
}

func (m *measured) signIn(b *testing.B) {
	b.Helper()
	m.person = newPerson(b)
	m.person.signIn(&world{console: m.console}, sandbox.OwnerLogin)
}

// memory reads a line of the process's status, in MiB.
func (m *measured) memory(b *testing.B, line string) float64 {
	b.Helper()
	return memoryOf(b, m.cmd.Process.Pid, line)
}

func memoryOf(b *testing.B, pid int, line string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for l := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	b.Fatalf("no %s in the status of the process", line)
	return 0
}

func BenchmarkStart(b *testing.B) { onEach(b, measureStart) }

func measureStart(b *testing.B, d database) {
	var best time.Duration
	var idle float64
	for range 5 {
		console := "http://" + freeAddress(b)
		flags := append(d.console(b, console), "--data-dir", b.TempDir())
		start := time.Now()
		p := startProcess(b, flags...)
		waitForPage(b, console)
		if took := time.Since(start); best == 0 || took < best {
			best = took
		}
		m := &measured{process: p}
		idle = m.memory(b, "VmRSS")
		p.kill()
	}
	d.report("start to first page, best of 5 (SQLite: sandbox mode)", "≤ 300 ms", "%d ms", best.Milliseconds())
	d.report("memory at rest (RSS)", "≤ 48 MiB", "%.0f MiB", idle)
}

// waitForPage asks for the start page again and again without a pause.
func waitForPage(b *testing.B, url string) {
	b.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if res, err := http.Get(url + "/"); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			return
		}
	}
	b.Fatal("no page")
}

// writeIDs writes a CSV of n rows, one row in ten an id that stood before.
func writeIDs(b *testing.B, path string, n int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "contact_id")
	random := rand.New(rand.NewPCG(1, 2))
	var recent [1000]deletion.ID
	var line []byte
	for i := range n {
		id := recent[random.IntN(len(recent))]
		if i < len(recent) || i%10 != 9 {
			binary.BigEndian.PutUint64(id[:8], random.Uint64())
			binary.BigEndian.PutUint64(id[8:], random.Uint64())
			recent[i%len(recent)] = id
		}
		line = append(append(line[:0], id.String()...), '\n')
		w.Write(line)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	f.Close()
}

// copyFile is the yardstick for an upload: the same bytes to the same disk, synced.
func copyFile(b *testing.B, from, to string) time.Duration {
	b.Helper()
	start := time.Now()
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(struct{ io.Writer }{out}, struct{ io.Reader }{in}); err != nil {
		b.Fatal(err)
	}
	if err := out.Sync(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// uploadFile streams a file through the upload form and reads the page it leads to.
func (m *measured) uploadFile(b *testing.B, path string) time.Duration {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	body, pipe := io.Pipe()
	form := multipart.NewWriter(pipe)
	go func() {
		part, err := form.CreateFormFile("file", filepath.Base(path))
		if err == nil {
			_, err = io.Copy(part, f)
		}
		if err == nil {
			err = form.Close()
		}
		pipe.CloseWithError(err)
	}()
	start := time.Now()
	req, err := http.NewRequest(http.MethodPost, m.console+"/uploads", body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	m.person.do(req)
	m.person.sees("Will be deleted")
	return time.Since(start)
}

const manyRows = 5_000_000

func BenchmarkUploadAndProgress(b *testing.B) { onEach(b, measureUploadAndProgress) }

func measureUploadAndProgress(b *testing.B, d database) {
	dir := b.TempDir()
	file := filepath.Join(dir, "ids.csv")
	writeIDs(b, file, manyRows)
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	m := startMeasured(b, d, "--data-dir", filepath.Join(dir, "data"))
	m.signIn(b)
	idle := m.memory(b, "VmRSS")
	copied := copyFile(b, file, filepath.Join(dir, "copy.csv"))
	took := m.uploadFile(b, file)
	peak := m.memory(b, "VmHWM")
	d.report(fmt.Sprintf("CSV of 5M ids, 10 %% repeated (%d MB), request to review page", info.Size()/1e6), "≤ 4 s",
		"%.1f s; a plain copy to the same disk, synced: %.1f s", took.Seconds(), copied.Seconds())
	d.report("peak memory (RSS) of that, above rest", "≤ 64 MiB", "%.0f MiB (peak %.0f, rest %.0f)", peak-idle, peak, idle)
	large := m.confirmed(b)
	m.resultFile(b, large)

	m.person.upload(&world{console: m.console}, "small.csv", head(b, file, 4500))
	small := m.confirmed(b)
	m.compareFragments(b, small, large)
}

// confirmed confirms the deletion on the page and returns the URL of its polled part.
func (m *measured) confirmed(b *testing.B) string {
	b.Helper()
	page := m.person.url.String()
	m.person.submit("/confirm", map[string]string{"count": m.person.page.Find(".figure-result .num").Text()})
	return page
}

// resultFile downloads what became of every row.
func (m *measured) resultFile(b *testing.B, page string) {
	b.Helper()
	start := time.Now()
	req, err := http.NewRequest(http.MethodGet, page+"/results.csv", nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := m.person.http.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil {
		b.Fatal(err)
	}
	m.report("result file of those 5M rows", "", "%.1f s for %d MB; peak memory %.0f MiB", time.Since(start).Seconds(), n/1e6, m.memory(b, "VmHWM"))
}

func head(b *testing.B, path string, rows int) []byte {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	s := bufio.NewScanner(f)
	for range rows + 1 {
		s.Scan()
		out.Write(s.Bytes())
		out.WriteByte('\n')
	}
	return out.Bytes()
}
