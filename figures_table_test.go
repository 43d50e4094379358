package main

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"text/tabwriter"

	"winnow/store"
)

// figure is one line of the table of docs/benchmarks.md, with what was measured on each database.
type figure struct {
	what, goal string
	measured   map[string]string
}

var figures []*figure

// database is one of the two that everything is measured on.
type database struct {
	name  string
	flags []string // for the program; empty: a file in its data folder
	url   string
}

const (
	onSQLite     = "SQLite"
	onPostgreSQL = "PostgreSQL"
)

// onEach measures on both databases, one after another.
func onEach(b *testing.B, measure func(b *testing.B, d database)) {
	b.Run(onSQLite, func(b *testing.B) { measure(b, database{name: onSQLite}) })
	b.Run(onPostgreSQL, func(b *testing.B) {
		flags := onPostgres(b)
		measure(b, database{name: onPostgreSQL, flags: flags, url: flags[1]})
	})
}

// options open the database in this process.
func (d database) options(dir string) store.Options {
	return store.Options{Path: filepath.Join(dir, "winnow.db"), URL: d.url}
}

func (d database) report(what, goal, format string, args ...any) {
	measured := fmt.Sprintf(format, args...)
	for _, f := range figures {
		if f.what == what {
			f.measured[d.name] = measured
			return
		}
	}
	figures = append(figures, &figure{what, goal, map[string]string{d.name: measured}})
}

// printFigures writes the table, when anything was measured.
func printFigures(out io.Writer) {
	if len(figures) == 0 {
		return
	}
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| figure\t| SQLite\t| PostgreSQL\t| goal\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|")
	for _, f := range figures {
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %s\t|\n", f.what, f.measured[onSQLite], f.measured[onPostgreSQL], f.goal)
	}
	w.Flush()
}
