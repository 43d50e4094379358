package main

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"winnow/sandbox"
)

// These measure what docs/operations.md says about memory and disk: of a file of a million ids, and of a deletion of 200,000
// contacts sent to its end, which is extrapolated.
func BenchmarkSizingOfAFile(b *testing.B)     { onEach(b, sizeOfAFile) }
func BenchmarkSizingOfADeletion(b *testing.B) { onEach(b, sizeOfADeletion) }

func sizeOfAFile(b *testing.B, d database) {
	dir := b.TempDir()
	file := filepath.Join(dir, "ids.csv")
	writeIDs(b, file, 1_000_000)
	data := filepath.Join(dir, "data")
	m := startMeasured(b, d, "--data-dir", data)
	m.signIn(b)
	m.uploadFile(b, file)
	peak := m.memory(b, "VmHWM")
	working := m.size(b, data)
	d.report("disk for a file of 1M ids (900,000 different) and its manifest", "", "%.0f MB; %.0f MB while it runs; peak memory %.0f MiB",
		m.sizeAfterEnd(b, data), working, peak)
}

// sizeOfADeletion sends one to its end as fast as the sandbox takes it.
func sizeOfADeletion(b *testing.B, d database) {
	const contacts = 200_000
	dir := b.TempDir()
	ids := someIDs(contacts)
	console := "http://" + freeAddress(b)
	o := startOutside(b, console, "--contacts", strconv.Itoa(contacts+contacts/4), "--lists", "3", "--speed", "1000", "--per-second=-1", "--per-day=-1")
	m := &measured{database: d, console: console,
		process: startProcess(b, slices.Concat(consoleFlags(console, o.api), d.flags, hasty, []string{"--plain-http", "--data-dir", dir})...)}
	waitForConsole(b, console, nil)
	m.person = newPerson(b)
	m.person.signIn(&world{console: console}, sandbox.OwnerLogin)
	m.person.upload(&world{console: console}, "ids.csv", []byte("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	m.person.submit("/confirm", map[string]string{"count": strconv.Itoa(contacts), "careful": ""})
	m.person.waitUntilEnded(5 * time.Minute)
	peak := m.memory(b, "VmHWM")
	d.report("disk for each million of contacts deleted, upload, attempts and audit log included", "", "%.0f MB; peak memory %.0f MiB",
		m.sizeAfterEnd(b, dir)*1e6/contacts, peak)
}

// size is that of the data folder and the database, in MB. PostgreSQL's log is not in it, and what it could use again is.
func (m *measured) size(b *testing.B, dir string) float64 {
	b.Helper()
	size := folderSize(b, dir)
	if m.url == "" {
		return size
	}
	conn, err := pgx.Connect(b.Context(), m.url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.Background())
	var bytes int64
	if err := conn.QueryRow(b.Context(), `SELECT pg_database_size(current_database())`).Scan(&bytes); err != nil {
		b.Fatal(err)
	}
	return size + float64(bytes)/1e6
}

// sizeAfterEnd ends the process as an operator does, and tells the size then.
func (m *measured) sizeAfterEnd(b *testing.B, dir string) float64 {
	b.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := m.cmd.Wait(); err != nil {
		b.Fatalf("the console ended with %v", err)
	}
	return m.size(b, dir)
}

// folderSize is the size of all files of a folder, in MB.
func folderSize(b *testing.B, dir string) float64 {
	b.Helper()
	var size int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return float64(size) / 1e6
}
