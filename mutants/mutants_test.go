//go:build mutants

// Package mutants breaks the program on purpose, one promise at a time, and fails when no test notices. A rig that lets a broken
// program pass is itself broken. Run it with `make mutants`.
package mutants

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// mutant is a program with one promise broken, and the tests of which at least one must fail then.
type mutant struct {
	name  string
	edits []edit
	tests []tests
}

// edit replaces a text that stands once in a file.
type edit struct{ file, old, new string }

// tests are some of a package.
type tests struct{ pkg, run string }

var (
	// histories are enough of them to meet what each mutant does wrong.
	histories = tests{".", "^TestHistories$"}
	crashes   = tests{".", "^TestCrashSweep$"}
	lost      = tests{"./deletion", "Dead|Answer|Lost"}
)

// arguments go to a run of tests: some hundred histories instead of a few, and no look for a shorter one that fails.
var arguments = map[tests][]string{histories: {"-rapid.checks=120", "-rapid.shrinktime=1ms"}}

// chosen are all mutants, or those whose name has the words of WINNOW_MUTANT in it.
func chosen() []mutant {
	return slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return !strings.Contains(m.name, os.Getenv("WINNOW_MUTANT")) })
}

func TestEveryMutantIsKilled(t *testing.T) {
	c := newCopy(t)
	c.healthy(t)
	table := new(bytes.Buffer)
	w := tabwriter.NewWriter(table, 0, 4, 2, ' ', 0)
	for _, m := range chosen() {
		killers := c.kill(m)
		if len(killers) == 0 {
			t.Errorf("nobody notices: %s", m.name)
			killers = []string{"SURVIVED"}
		}
		fmt.Fprintf(w, "%s\t%s\n", m.name, strings.Join(killers, ", "))
		t.Logf("%s: %s", m.name, strings.Join(killers, ", "))
	}
	_ = w.Flush()
	t.Logf("mutant and the tests that kill it\n%s", table)
}

// TestEveryMutantApplies tells at once which edits the program has outgrown.
func TestEveryMutantApplies(t *testing.T) {
	for _, m := range all {
		for _, e := range m.edits {
			text, err := os.ReadFile(filepath.Join("..", e.file))
			if n := strings.Count(string(text), e.old); err != nil || n != 1 {
				t.Errorf("%s: %s has %d times %q (%v)", m.name, e.file, n, e.old, err)
			}
		}
	}
}

// workCopy is a copy of the tree in which one mutant lives at a time.
type workCopy struct {
	t   *testing.T
	dir string
}

func newCopy(t *testing.T) *workCopy {
	t.Helper()
	c := &workCopy{t, t.TempDir()}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel("..", path)
		switch {
		case err != nil:
			return err
		case name == ".git" && d.IsDir():
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(c.dir, name), 0o755)
		case !d.Type().IsRegular() || name == ".git":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(c.dir, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// healthy makes sure that the tests hold while nothing is broken.
func (c *workCopy) healthy(t *testing.T) {
	t.Helper()
	seen := map[tests]bool{}
	for _, m := range chosen() {
		for _, run := range m.tests {
			if seen[run] {
				continue
			}
			seen[run] = true
			if failed, out := c.test(run); len(failed) > 0 {
				t.Fatalf("%s %s fails without a mutant:\n%s", run.pkg, run.run, out)
			}
		}
	}
}

// kill makes the mutant, names the tests that fail, and makes the program whole again.
func (c *workCopy) kill(m mutant) (killers []string) {
	c.t.Helper()
	for _, e := range m.edits {
		defer c.apply(m.name, e)()
	}
	for _, run := range m.tests {
		failed, out := c.test(run)
		if strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
			c.t.Fatalf("%s is no program:\n%s", m.name, out)
		}
		if len(failed) > 0 {
			return failed // one is enough
		}
	}
	return nil
}

// apply edits a file and returns how to undo that.
func (c *workCopy) apply(name string, e edit) (undo func()) {
	c.t.Helper()
	path := filepath.Join(c.dir, e.file)
	text, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	if n := strings.Count(string(text), e.old); n != 1 {
		c.t.Fatalf("%s no longer applies: %s has %d times\n%s", name, e.file, n, e.old)
	}
	changed := strings.Replace(string(text), e.old, e.new, 1)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		c.t.Fatal(err)
	}
	return func() {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			c.t.Error(err)
		}
	}
}

// test runs tests in the copy and names those that fail, without the ones that only contain them.
func (c *workCopy) test(run tests) (failed []string, out string) {
	args := append([]string{"test", "-buildvcs=false", "-vet=off", "-count=1", "-run", run.run, run.pkg}, arguments[run]...)
	cmd := exec.Command("go", args...)
	cmd.Dir = c.dir
	text, err := cmd.CombinedOutput()
	if err == nil {
		return nil, string(text)
	}
	for line := range strings.Lines(string(text)) {
		_, name, found := strings.Cut(line, "--- FAIL: ")
		name, _, _ = strings.Cut(name, " ")
		name, _, _ = strings.Cut(name, "/")
		if found && !slices.Contains(failed, name) {
			failed = append(failed, name)
		}
	}
	if len(failed) == 0 {
		failed = []string{"the program does not start"}
	}
	return failed, string(text)
}
