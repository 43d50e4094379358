// Package sandboxtest starts sandboxes for tests, gives clients for them, and checks what the program under test has
// asked of them. It is apart from package sandbox so that programs do not link package testing.
//
// A sandbox of Start is unkind: it misbehaves by chance, as sandbox.DefaultChaos says. The test's log names the seed, and
// with it in WINNOW_CHAOS_SEED the same requests meet the same misfortunes again:
//
//	WINNOW_CHAOS_SEED=1234 go test -run TestDeletion ./...
//
// A test that wants to say itself what goes wrong, and when, switches that off with Options.Chaos = sandbox.Kind and
// injects its own faults.
package sandboxtest
