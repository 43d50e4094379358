package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which packages of ours each package may import. Anything else is an error; the root imports all of them.
var arrows = map[string][]string{
	"auth":                nil,
	"config":              nil,
	"constantcontact":     nil,
	"deletion":            {"constantcontact"},
	"handlers":            {"auth", "deletion", "static", "views"},
	"sandbox":             nil,
	"sandbox/sandboxtest": {"sandbox"},
	"static":              nil,
	"store":               {"auth", "deletion"},
	"store/pgtest":        nil,
	"store/storetest":     {"auth", "deletion"},
	"views":               {"static"},
}

// rooms says in which packages a library may be used; not listed means anywhere.
var rooms = map[string][]string{
	"database/sql":                  {".", "store"},
	"github.com/labstack/echo/v4":   {".", "auth", "handlers"},
	"github.com/a-h/templ":          {"handlers", "views"},
	"github.com/alecthomas/kong":    {"config"},
	"github.com/riverqueue/river":   {"store"},
	"riverqueue.com/riverui":        {"store"},
	"github.com/prometheus":         {"."},
	"github.com/jackc/pgx":          {"store", "store/pgtest"},
	"golang.org/x/oauth2":           {"auth"},
	"github.com/gorilla/sessions":   {"auth"},
	"github.com/klauspost/compress": {"deletion"},
}

func TestEveryImportIsAnArrowOfTheHouse(t *testing.T) {
	for dir, imports := range importsOfTheHouse(t) {
		allowed, known := arrows[dir]
		if !known && dir != "." {
			t.Errorf("package %s is not part of the house", dir)
		}
		for _, imported := range imports {
			ours, isOurs := strings.CutPrefix(imported, "winnow/")
			if isOurs && dir != "." && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s: that arrow is not on the list", dir, ours)
			}
			for library, where := range rooms {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !slices.Contains(where, dir) {
					t.Errorf("%s imports %s, which belongs to %v", dir, imported, where)
				}
			}
		}
	}
}

// importsOfTheHouse reads the imports of all files but tests, by folder.
func importsOfTheHouse(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name == "tools" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(filepath.ToSlash(name))
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
