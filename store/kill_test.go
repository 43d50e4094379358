package store_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"winnow/deletion"
	"winnow/store"
	"winnow/store/pgtest"
)

// killedEnv tells the test's own program to be the process that TestKillWhileSending kills; it names the database.
const killedEnv = "WINNOW_TEST_KILLED"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedEnv); path != "" {
		fmt.Println(claimAndHang(path))
		os.Exit(1)
	}
	// A random history is some thirty transactions on a real disk. The command line may ask for more of them.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(emergencyFolder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := pgtest.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// claimAndHang claims a batch, says so and then is as if the request were on its way.
func claimAndHang(path string) error {
	db, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return err
	}
	a, err := db.Claim(context.Background(), benchAccount, nil)
	if err != nil {
		return err
	}
	fmt.Printf("claimed %d\n", a.ID)
	_, err = io.Copy(io.Discard, os.Stdin) // until somebody kills us
	return errors.Join(errors.New("nobody killed me"), err)
}

func TestKillWhileSending(t *testing.T) {
	path := filepath.Join(t.TempDir(), "winnow.db")
	id := confirmed(t, path)
	attempt := killAfterClaim(t, path)

	db := openAt(t, path) // the lock went with the process
	ctx := t.Context()
	_, err := db.Claim(ctx, benchAccount, nil)
	if !errors.Is(err, deletion.ErrNothingToSend) {
		t.Errorf("claim beside the lost attempt: %v, want ErrNothingToSend", err)
	}
	lost, err := db.AdoptLost(ctx, benchAccount)
	if err != nil || lost != 1 {
		t.Fatalf("adopted %d attempts, %v, want 1", lost, err)
	}
	a, err := db.NextUnknown(ctx, benchAccount)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != attempt || a.Deletion != id || len(a.IDs) != 2 {
		t.Errorf("open attempt is %d of deletion %d with %d ids, want %d of %d with 2", a.ID, a.Deletion, len(a.IDs), attempt, id)
	}
}

// confirmed stores a running deletion of two batches and closes the database.
func confirmed(t *testing.T, path string) int64 {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	id := runSmall(t, db, benchAccount)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return id
}

// killAfterClaim starts a process that claims a batch and kills it then; it returns the attempt's id.
func killAfterClaim(t *testing.T, path string) (attempt int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedEnv+"="+path)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // stays open: the process waits for it
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err := errors.Join(err, cmd.Process.Kill()); err != nil {
		t.Fatalf("the process to kill said %q: %v", line, err)
	}
	cmd.Wait() // it was killed; that is its error
	if _, err := fmt.Sscanf(line, "claimed %d", &attempt); err != nil {
		t.Fatalf("the process to kill said %q", line)
	}
	return attempt
}

// TestUncommittedIsGone looks at the files as a crash would leave them: in the middle of a transaction, the database
// copied with its log.
func TestUncommittedIsGone(t *testing.T) {
	db, path := openNew(t)
	id := runSmall(t, db, benchAccount)
	if _, err := db.Claim(t.Context(), benchAccount, nil); err != nil {
		t.Fatal(err)
	}
	r := openRaw(t, path)
	tx, err := r.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`UPDATE batches SET outcome = 'unknown' WHERE outcome = 'sending'`); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(t.TempDir(), "image.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(image+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := openAt(t, image).AnyDeletion(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if want := (deletion.Counts{InProgress: 2, NotSent: 2}); d.Counts != want {
		t.Errorf("counts after the crash are %+v, want %+v", d.Counts, want)
	}
}
