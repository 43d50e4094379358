package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// ErrNewerSchema means that a newer version of Winnow wrote the database.
var ErrNewerSchema = errors.New("a newer version of Winnow wrote this database: run that version, or restore a backup" +
	" from before the upgrade")

//go:embed migrations
var migrations embed.FS

// migrate brings our tables and then those of the job queue to the newest version this program knows. Of several processes
// that start together one does it and the others wait.
func (db *DB) migrate(ctx context.Context) error {
	if db.pool != nil {
		unlock, err := db.lockSchema(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	if err := db.migrateTables(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := db.migrateQueue(ctx); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}

func (db *DB) migrateTables(ctx context.Context) error {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	if db.pool != nil {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db.write, files)
	if err != nil {
		return err
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > newest {
		return fmt.Errorf("%w (version %d, this program knows %d)", ErrNewerSchema, current, newest)
	}
	_, err = provider.Up(ctx)
	return err
}

func (db *DB) migrateQueue(ctx context.Context) error {
	if db.pool != nil {
		return migrateQueue(ctx, db, riverpgxv5.New(db.pool), `SELECT count(*) FROM pg_class WHERE oid = to_regclass('river_migration')`)
	}
	return migrateQueue(ctx, db, riversqlite.New(db.write), `SELECT count(*) FROM sqlite_schema WHERE name = 'river_migration'`)
}

// migrateQueue migrates the tables of a driver of the queue; begun counts 1 when there are any.
func migrateQueue[T any](ctx context.Context, db *DB, driver riverdriver.Driver[T], begun string) error {
	quiet := slog.New(slog.DiscardHandler) // it tells every statement's time; its errors come back
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	all := migrator.AllVersions()
	newest, current := all[len(all)-1].Version, 0
	if err := db.w.QueryRow(ctx, begun).Scan(&current); err != nil {
		return err
	}
	if current > 0 {
		if err := db.w.QueryRow(ctx, `SELECT max(version) FROM river_migration`).Scan(&current); err != nil {
			return err
		}
	}
	switch {
	case current > newest:
		return fmt.Errorf("%w (queue version %d, this program knows %d)", ErrNewerSchema, current, newest)
	case current == newest:
		return nil
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
