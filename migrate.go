package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"winnow/config"
	"winnow/store"
)

// migrate is the command `winnow migrate`.
func migrate(ctx context.Context, c config.Migrate, out io.Writer) error {
	err := store.Migrate(ctx, store.Options{Path: databaseFile(c.DataDir), URL: c.DatabaseURL, Log: newLog("info")})
	if err == nil {
		fmt.Fprintln(out, "The database is up to date.")
	}
	return err
}

func databaseFile(folder string) string { return filepath.Join(folder, "winnow.db") }
