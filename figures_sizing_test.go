package main

import (
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"winnow/sandbox"
)

// BenchmarkSizing measures what docs/operations.md says about memory and disk: of a file of a million ids, and of a deletion
// of 200,000 contacts sent to its end, which is extrapolated.
func BenchmarkSizing(b *testing.B) {
	dir := b.TempDir()
	file := filepath.Join(dir, "ids.csv")
	writeIDs(b, file, 1_000_000)
	m := startMeasured(b, "--data-dir", filepath.Join(dir, "read"))
	m.signIn(b)
	m.uploadFile(b, file)
	peak := m.memory(b, "VmHWM")
	working := folderSize(b, filepath.Join(dir, "read"))
	report("disk for a file of 1M ids (900,000 different) and its manifest", "", "%.0f MB; %.0f MB while it runs; peak memory %.0f MiB",
		m.sizeAfterEnd(b, filepath.Join(dir, "read")), working, peak)
	sizeOfSending(b, filepath.Join(dir, "sent"))
}

// sizeOfSending sends a deletion to its end as fast as the sandbox takes it.
func sizeOfSending(b *testing.B, dir string) {
	b.Helper()
	const contacts = 200_000
	ids := someIDs(contacts)
	console := "http://" + freeAddress(b)
	o := startOutside(b, console, "--contacts", strconv.Itoa(contacts+contacts/4), "--lists", "3", "--speed", "1000", "--per-second=-1", "--per-day=-1")
	m := &measured{console: console, process: startProcess(b, append(append(consoleFlags(console, o.api), "--plain-http", "--data-dir", dir), hasty...)...)}
	waitForConsole(b, console, nil)
	m.person = newPerson(b)
	m.person.signIn(&world{console: console}, sandbox.OwnerLogin)
	m.person.upload(&world{console: console}, "ids.csv", []byte("contact_id\n"+strings.Join(ids, "\n")+"\n"))
	m.person.submit("/confirm", map[string]string{"count": strconv.Itoa(contacts), "careful": ""})
	m.person.waitUntilEnded(5 * time.Minute)
	peak := m.memory(b, "VmHWM")
	report("disk for each million of contacts deleted, upload, attempts and audit log included", "", "%.0f MB; peak memory %.0f MiB",
		m.sizeAfterEnd(b, dir)*1e6/contacts, peak)
}

// sizeAfterEnd ends the process as an operator does, and tells how large its folder is then, in MB.
func (m *measured) sizeAfterEnd(b *testing.B, dir string) float64 {
	b.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := m.cmd.Wait(); err != nil {
		b.Fatalf("the console ended with %v", err)
	}
	return folderSize(b, dir)
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
