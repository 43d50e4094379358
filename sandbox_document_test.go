package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shellBlocks are the blocks of a document that are meant to be run.
var shellBlocks = regexp.MustCompile("(?s)```sh\n(.*?)```")

// watched makes curl fail on a refusal, and note it even inside a pipe. That a reader in the pipe had enough (23) is no
// failure.
const watched = `set -eu
curl() { command curl --fail --max-time 20 "$@" || { rc=$?; [ $rc = 23 ] || echo "$rc: curl $*" >> failed; }; }
`

func TestLinesOfTheSandboxDocumentWork(t *testing.T) {
	needs(t, "bash")
	needs(t, "curl")
	document, err := os.ReadFile(filepath.Join("docs", "sandbox.md"))
	if err != nil {
		t.Fatal(err)
	}
	r := startSandboxCommand(t, "--per-second=-1", "--contacts", "2000", "--chaos", "off")
	script := watched
	for _, block := range shellBlocks.FindAllStringSubmatch(string(document), -1) {
		script += block[1]
	}
	script = strings.ReplaceAll(script, "http://127.0.0.1:8081", strings.TrimSuffix(r.said["API"], "/v3"))
	script = strings.ReplaceAll(script, "http://127.0.0.1:8082", r.said["management"])
	dir := t.TempDir()
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir = dir
	said, err := command.CombinedOutput()
	failed, _ := os.ReadFile(filepath.Join(dir, "failed")) // absent when none did
	if err != nil || len(failed) > 0 {
		t.Errorf("the lines ended with %v; these failed:\n%s\nthey said:\n%s", err, failed, said)
	}
	for _, want := range []string{`"state":"completed"`, `"encoded_account_id"`, "<h1>Done</h1>", `"effect":"answer after"`, `"scope":"contact_data"`} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the lines did not say %s:\n%s", want, said)
		}
	}
	r.end()
}
