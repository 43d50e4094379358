package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errOlder means that the database has become an older copy while it was used: a server was restored behind our back.
var errOlder = errors.New("this database is an older copy")

// startGeneration counts this start, in the database first and then in the emergency file, so that the file never counts
// more than its database. When it does, the database is an older copy, and everything in it is held. That a database which
// several processes share counts more than the file of each is as it should be.
func (db *DB) startGeneration(ctx context.Context) error {
	var name string
	var now, next int64
	file, marked := db.emergency.marked()
	err := db.inTx(ctx, func(tx *tx) error {
		if err := tx.QueryRow(ctx, `SELECT name, generation FROM storage WHERE id = 1`+forUpdate).Scan(&name, &now); err != nil {
			return err
		}
		next = now + 1
		if name == file && now < marked {
			next = marked + 1
			if err := tx.holdAll(ctx, olderEvidence(now, marked)); err != nil {
				return err
			}
			db.log.WarnContext(ctx, "this database is an older copy: everything is held until a person releases it",
				"counted", now, "emergency_file", marked)
		}
		_, err := tx.Exec(ctx, `UPDATE storage SET generation = $1`, next)
		return err
	})
	if err != nil {
		return fmt.Errorf("count the start: %w", err)
	}
	return db.emergency.mark(name, next)
}

func olderEvidence(database, file int64) string {
	return fmt.Sprintf("The database has counted %d starts and requests, the emergency file beside it %d."+
		" So the database is an older copy: %d of them are missing from it.", database, file, file-database)
}

// claimed counts a claim that is being made. It refuses one in a database that counts less than the emergency file: errOlder.
func (tx *tx) claimed(ctx context.Context) (generation int64, err error) {
	err = tx.QueryRow(ctx, `UPDATE storage SET generation = generation + 1 RETURNING generation`).Scan(&generation)
	if err != nil {
		return 0, fmt.Errorf("count the claim: %w", err)
	}
	if _, marked := tx.db.emergency.marked(); generation <= marked {
		return 0, errOlder
	}
	return generation, nil
}

// claimedDurably has the emergency file count a claim that is on the disk. An error only means that an older copy would
// not be known by its count.
func (db *DB) claimedDurably(ctx context.Context, generation int64) {
	name, _ := db.emergency.marked()
	if err := db.emergency.mark(name, generation); err != nil {
		db.log.ErrorContext(ctx, "the emergency file does not count any more", "error", err)
	}
}

// emergencyPath is where the file is unless the operator names another place.
func emergencyPath(o Options) string {
	if o.Emergency != "" {
		return o.Emergency
	}
	return o.Path + ".emergency"
}

// lockEmergency keeps the file for this process, which on SQLite the lock of the database does.
func (db *DB) lockEmergency(path string) (err error) {
	if db.pool == nil {
		return nil
	}
	if db.opts.Path == "" && db.opts.Emergency == "" {
		return errors.New("the emergency file has no place: give the path of a file in a data folder, too")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("prepare the emergency file: %w", err)
	}
	db.lock, err = lockFile(path + ".lock")
	if errors.Is(err, ErrInUse) {
		return fmt.Errorf("%s: %w", path, ErrFolderInUse)
	}
	return err
}

// openRescue opens the emergency file and stores what an earlier process left there. A file of another database is put
// aside.
func (db *DB) openRescue(ctx context.Context) error {
	path := emergencyPath(db.opts)
	if err := db.lockEmergency(path); err != nil {
		return err
	}
	e, lines, unreadable, err := openEmergency(path)
	if err != nil {
		return err
	}
	var name string
	if err := db.w.QueryRow(ctx, `SELECT name FROM storage`).Scan(&name); err != nil {
		return errors.Join(fmt.Errorf("name of the database: %w", err), e.close())
	}
	if e.name != "" && e.name != name {
		db.log.WarnContext(ctx, "the emergency file belongs to another database and is put aside", "file", path+"."+e.name)
		if err := errors.Join(e.close(), os.Rename(path, path+"."+e.name)); err != nil {
			return fmt.Errorf("put the emergency file aside: %w", err)
		}
		if e, lines, unreadable, err = openEmergency(path); err != nil {
			return err
		}
	}
	db.emergency = e
	if err := db.readKept(ctx, lines, unreadable); err != nil {
		return err
	}
	return db.startGeneration(ctx)
}
