package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"winnow/config"
	"winnow/store"
)

// verifyAudit walks the audit log of a database and prints what it has seen. The head printed here, kept elsewhere,
// shows later that everything up to this row is still what it is now.
func verifyAudit(ctx context.Context, c config.VerifyAudit, out io.Writer) error {
	o := store.Options{Path: databaseFile(c.DataDir), URL: c.DatabaseURL}
	seen, err := store.VerifyAudit(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The audit log of %s is whole.\nrows   %d\n", o, seen.Rows)
	if seen.Rows > 0 {
		fmt.Fprintf(out, "first  %s\nlast   %s\n", seen.First.Format(time.RFC3339Nano), seen.Last.Format(time.RFC3339Nano))
	}
	fmt.Fprintf(out, "head   %s\n", hex.EncodeToString(seen.Head[:]))
	return nil
}
