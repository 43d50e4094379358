package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"winnow/auth"
	"winnow/config"
	"winnow/store"
)

// rekey seals tokens and sessions with the newest master key and says how many rows it changed.
func rekey(ctx context.Context, c config.Rekey, out io.Writer) (err error) {
	resealer, err := resealerFor(c)
	if err != nil {
		return err
	}
	o := store.Options{Path: databaseFile(c.DataDir), URL: c.DatabaseURL}
	if _, err := os.Stat(o.Path); o.URL == "" && err != nil { // opening would make a new one
		return fmt.Errorf("find the database: %w", err)
	}
	db, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	done, err := db.Rekey(ctx, resealer)
	if err != nil {
		return err
	}
	tellRekeyed(out, "tokens", done.Tokens)
	tellRekeyed(out, "sessions", done.Sessions)
	if done.Tokens.Lost > 0 {
		return fmt.Errorf("%d rows of tokens open with none of the keys: keep every key, or have these people sign in again", done.Tokens.Lost)
	}
	return nil
}

// resealerFor reads the keys, and unlike the console never makes one.
func resealerFor(c config.Rekey) (*auth.Resealer, error) {
	text := c.Keys
	if text == "" {
		content, err := os.ReadFile(filepath.Join(c.DataDir, "winnow.key"))
		if err != nil {
			return nil, fmt.Errorf("master keys: %w", err)
		}
		text = strings.TrimSpace(string(content))
	}
	keys, err := auth.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("master keys: %w", err)
	}
	return keys.Resealer()
}

func tellRekeyed(out io.Writer, what string, n store.Resealed) {
	fmt.Fprintf(out, "%-9s %d sealed anew, %d with the newest key already, %d that no key opens\n", what, n.Again, n.Rows-n.Again-n.Lost, n.Lost)
}
