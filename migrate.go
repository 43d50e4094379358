package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"winnow/config"
	"winnow/store"
)

// migrate is the command `winnow migrate`: opening a database migrates it.
func migrate(ctx context.Context, c config.Migrate, out io.Writer) error {
	db, err := store.Open(ctx, store.Options{Path: databaseFile(c.DataDir), URL: c.DatabaseURL, Log: newLog("info")})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "The database is up to date.")
	return db.Close()
}

func databaseFile(folder string) string { return filepath.Join(folder, "winnow.db") }
